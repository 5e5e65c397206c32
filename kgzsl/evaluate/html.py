"""A report as one HTML file: tables, plots with the data behind them, no script, nothing from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from kgzsl.errors import one_line
from kgzsl.evaluate.tables import Table, csv_text
from kgzsl.explain.draw.text import escaped

STYLE = """
:root { --ink: #1f2933; --soft: #52606d; --paper: #ffffff; --line: #d9dee4; color-scheme: light dark; }
body { color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, 'Helvetica Neue', Arial, sans-serif;
  max-width: 1080px; margin: 0 auto; padding: 20px 24px; overflow-wrap: anywhere; }
h1 { font-size: 1.6em; margin: 0 0 .3em; } h2 { font-size: 1.2em; margin: 2em 0 .4em; }
h3 { font-size: 1em; margin: 1.4em 0 .3em; }
p { margin: .3em 0; } .soft, .plot .small { color: var(--soft); font-size: .9em; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .92em; overflow-wrap: normal; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .25em 1em .25em 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
details { margin: .3em 0 1em; } summary { cursor: pointer; color: var(--soft); }
.plot { max-width: 100%; height: auto; display: block; } .plot text { font: 12px sans-serif; fill: var(--ink); }
.plot .small { font-size: 11px; fill: var(--soft); } .plot .grid { stroke: var(--line); fill: none; }
.plot .soft { stroke: var(--soft); stroke-dasharray: 4 4; fill: none; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --soft: #a3adb8; --paper: #15191e; --line: #333c46; } a { color: #56b4e9; } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@dataclass(frozen=True)
class Section:
    """A table, and the plot that it is the data of, if any; ``folded`` where the table is for those who look for it."""

    table: Table
    plot: str = ""
    folded: bool = False


def page(title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """Return a whole page.

    Args:
        title: of it.
        facts: names and values that are told first.
        sections: with a plot, the table is behind it; without, it is all there is.
    """
    told = "\n".join(f'<p class="soft">{escaped(name)}: {escaped(value)}</p>' for name, value in facts)
    body = "\n".join(map(_section, sections))
    return (f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escaped(title)}</title>\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escaped(title)}</h1>\n{told}\n{body}\n</body>\n</html>\n")


def _section(section: Section) -> str:
    table = section.table
    note = f'<p class="soft">{escaped(table.note)}</p>\n' if table.note else ""
    head = f"<h2>{escaped(table.title)}</h2>\n{note}"
    if not section.plot and not section.folded:
        return f"{head}{_table(table)}\n<p>{_link(table)}</p>"
    plot = f'<div class="scroll">{section.plot}</div>\n' if section.plot else ""
    return (f'{head}{plot}<details><summary>{"The data behind it" if plot else "All of it"}</summary>\n'
            f"{_table(table)}\n<p>{_link(table)}</p>\n</details>")  # fmt: skip


def _table(table: Table) -> str:
    kinds = [' class="number"' if head.startswith(">") else "" for head in table.heads]
    heads = "".join(f"<th{kind}>{escaped(name)}</th>" for kind, name in zip(kinds, table.names, strict=True))
    rows = "\n".join("<tr>" + "".join(f"<td{kind}>{escaped(cell)}</td>"
                                      for kind, cell in zip(kinds, row, strict=True)) + "</tr>"
                     for row in table.rows)  # fmt: skip
    return f'<div class="scroll"><table>\n<tr>{heads}</tr>\n{rows}\n</table></div>'


def _link(table: Table) -> str:
    """Return a link whose target is the table itself, as CSV."""
    data = base64.b64encode(csv_text(table.names, table.rows).encode("utf8")).decode("ascii")
    name = "".join(c if c.isalnum() else "-" for c in one_line(table.title).lower()).strip("-")[:60]
    return f'<a download="{escaped(name or "table")}.csv" href="data:text/csv;charset=utf-8;base64,{data}">CSV</a>'
