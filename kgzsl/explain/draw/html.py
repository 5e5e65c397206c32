"""An explanation as one HTML file: picture and tables, no script, nothing from elsewhere, light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kgzsl.explain.draw.sentence import sentence
from kgzsl.explain.draw.svg import svg
from kgzsl.explain.draw.tables import Table, sums, tables
from kgzsl.explain.draw.text import counterfactual, ended, escaped, minus
from kgzsl.explain.explanation import Explanation

STYLE = """
.kgzsl { --ink: #1f2933; --soft: #52606d; --paper: #ffffff; --line: #d9dee4; --plus: #0072b2; --minus: #d55e00;
  color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, 'Helvetica Neue', Arial, sans-serif;
  max-width: 1180px; margin: 0 auto; padding: 20px 24px; box-sizing: border-box; color-scheme: light dark; }
.kgzsl h1 { font-size: 1.5em; margin: 0 0 .2em; } .kgzsl h2 { font-size: 1.05em; margin: 1.8em 0 .5em; }
.kgzsl p { margin: .3em 0; } .kgzsl .lead { font-size: 1.1em; } .kgzsl .soft { color: var(--soft); font-size: .9em; }
.kgzsl .picture { overflow-x: auto; margin: 1em 0; } .kgzsl .picture svg { display: block; margin: 0 auto;
  max-width: 100%; min-width: min(640px, 100vw + 220px); height: auto; }
.kgzsl .scroll { overflow-x: auto; }
.kgzsl table { border-collapse: collapse; width: 100%; min-width: 620px; font-size: .92em; }
.kgzsl th { text-align: left; font-weight: 600; color: var(--soft); }
.kgzsl th, .kgzsl td { padding: .3em .9em .3em 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; }
.kgzsl h1, .kgzsl h2, .kgzsl p, .kgzsl td:first-child { overflow-wrap: anywhere; }
.kgzsl td:first-child { min-width: 9em; }
.kgzsl .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; width: 6em; }
.kgzsl .bar { width: 130px; min-width: 130px; }
.kgzsl .bar i { display: block; height: .7em; margin-top: .4em; border-radius: 2px; min-width: 1px; }
.kgzsl .plus { background: var(--plus); } .kgzsl .minus { background: var(--minus); }
@media (prefers-color-scheme: dark) {
.kgzsl { --ink: #e4e7eb; --soft: #a3adb8; --paper: #15191e; --line: #333c46; --plus: #56b4e9; --minus: #f0894a; }
.kgzsl .kgzsl-svg text { fill: #e4e7eb; } .kgzsl .kgzsl-svg .small { fill: #a3adb8; }
.kgzsl .kgzsl-svg .paper { fill: #15191e; } .kgzsl .kgzsl-svg .behind { fill: #15191e; }
.kgzsl .kgzsl-svg .box { fill: #242b33; stroke: #5b6875; } .kgzsl .kgzsl-svg .end { fill: #15191e; stroke: #8794a1; }
.kgzsl .kgzsl-svg .answer { fill: #e4e7eb; } .kgzsl .kgzsl-svg .on-answer { fill: #15191e; }
.kgzsl .kgzsl-svg .rest { fill: none; } .kgzsl .kgzsl-svg .plus { stroke: #56b4e9; }
.kgzsl .kgzsl-svg .minus { stroke: #f0894a; } .kgzsl .kgzsl-svg .raises { fill: #7cc6f2; }
.kgzsl .kgzsl-svg .lowers { fill: #f5a571; } }
"""
PAGE_STYLE = "body { margin: 0; } @media (prefers-color-scheme: dark) { body { background: #15191e; } }"


def html(explanation: Explanation) -> str:
    """Return a whole page."""
    title = escaped(f"Why {explanation.label}?")
    return (f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<style>{PAGE_STYLE}</style>\n</head>\n<body>\n{fragment(explanation)}</body>\n</html>\n")  # fmt: skip


def fragment(explanation: Explanation) -> str:
    """Return the part of a page that notebooks show; its style touches nothing else."""
    e = explanation
    given = f"{e.id} · score {minus(f'{e.score:.4f}')} · learner {e.learner} · graph {e.graph_hash}"
    parts = [f"<style>{STYLE}</style>", '<div class="kgzsl">', f"<h1>{escaped(e.label)}</h1>",
             f'<p class="lead">{escaped(sentence(e))}</p>', f'<p class="soft">{escaped(given)}</p>',
             f'<div class="picture">{drawn}</div>' if (drawn := svg(e, bare=True)) else "",
             _list("What would change the answer", [counterfactual(c) for c in e.counterfactuals]),
             *map(_table, tables(e)),
             _list("How it adds up", sums(e)), _list("Notes", e.notes), "</div>"]  # fmt: skip
    return "\n".join(part for part in parts if part) + "\n"


def _table(table: Table) -> str:
    largest = max((abs(bar) for bar in table.bars if math.isfinite(bar)), default=0.0) or 1.0
    name, value, *others = map(escaped, table.heads)
    heads = "".join(f"<th>{head}</th>" for head in others)
    lines = [f'<tr><th>{name}</th><th class="number" colspan="2">{value}</th>{heads}</tr>']
    for row, number in zip(table.rows, table.bars, strict=True):
        share = 100 * abs(number) / largest if math.isfinite(number) else 0.0
        bar = f'<i class="{"plus" if number > 0 else "minus"}" style="width:{share:.1f}%"></i>'
        cells = "".join(f"<td>{escaped(cell)}</td>" for cell in row[2:])
        lines.append(f'<tr><td>{escaped(row[0])}</td><td class="number">{minus(escaped(row[1]))}</td>'
                     f'<td class="bar">{bar}</td>{cells}</tr>')  # fmt: skip
    note = f'<p class="soft">{escaped(ended(table.note))}</p>\n' if table.note else ""
    head = f'<h2>{escaped(table.title)}</h2>\n{note}<div class="scroll"><table>\n'
    return head + "\n".join(lines) + "\n</table></div>"


def _list(title: str, texts: Sequence[str]) -> str:
    return f"<h2>{title}</h2>\n" + "\n".join(f"<p>{minus(escaped(ended(text)))}</p>" for text in texts) if texts else ""
