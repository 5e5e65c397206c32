"""The tables of an explanation: the same rows for HTML and Markdown; those that would be empty are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kgzsl.explain.draw.sentence import labels, named
from kgzsl.explain.draw.text import decimals, listed, places, signed
from kgzsl.explain.explanation import Contribution, Explanation, FactShare, Path, Total

MOST = 20
"""Rows of a table; the others are summed in one."""


class Table(NamedTuple):
    """A title, heads of columns, and rows of texts; ``bars`` are the numbers behind the second column."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    bars: list[float]


def tables(explanation: Explanation) -> list[Table]:
    """Return the tables of everything the explanation holds."""
    return [table for table in _all(explanation) if table.rows]


def sums(explanation: Explanation) -> list[str]:
    """Return how the parts of each split add up to the score, a sentence each."""
    return [_sum(total) for total in (explanation.by_seen, explanation.by_path) if total]


def fact_text(share: FactShare, known: dict[str, str]) -> str:
    """Return a fact as ``okapi –subClassOf→ giraffe``, with its weight where that is not 1."""
    fact = share.fact
    weight = f" {fact.weight:g}" if fact.weight != 1 else ""
    return f"{named(fact.source, known)} –{fact.relation}→ {named(fact.target, known)}{weight}"


def path_text(path: Path) -> str:
    """Return a path as ``okapi –subClassOf→ giraffe → ruminant``: a relation is named where it changes."""
    said, before = path.labels[0], ""
    for relation, label in zip(path.relations, path.labels[1:], strict=True):
        said += f" → {label}" if relation == before else f" –{relation}→ {label}"
        before = relation
    return said


def stated(path: Path) -> str:
    """Return where the steps of a path are stated; a path without a step is what is said of the class itself."""
    if not path.relations:
        return "its own description"
    return places((fact for step in path.facts for fact in step), 4) if any(path.facts) else "derived"


def _all(e: Explanation) -> Iterator[Table]:
    known = labels(e)
    yield _contributions("Seen classes", "adds to the score", e.contributions or ())
    yield _made("Strongest paths", ("path", "adds to the score", "stated in"),
                [(path_text(path), path.value, stated(path)) for path in e.paths or ()])  # fmt: skip
    yield _facts("Facts, with all paths over them", "adds to the score", e.facts, known)
    yield _made("Attributes", ("attribute", "adds to the score", "of", "stated in"),
                [(a.label, a.value, a.of_label, places([a.fact]) if a.fact else "the mean of what lies below")
                 for a in e.attributes])  # fmt: skip
    if e.rival:
        title = f"Why rather than {e.rival.label}"
        yield _contributions(f"{title}: seen classes", "adds to the margin", e.rival.contributions or ())
        yield _facts(f"{title}: facts", "adds to the margin", e.rival.facts, known)


def _contributions(title: str, head: str, parts: Sequence[Contribution]) -> Table:
    rows = [(c.label, c.value, f"{c.coefficient:.3g}") for c in parts]
    return _made(title, ("seen class", head, "coefficient"), rows)


def _facts(title: str, head: str, shares: Sequence[FactShare], known: dict[str, str]) -> Table:
    rows = [(fact_text(share, known), share.value, places([share.fact])) for share in shares]
    return _made(title, ("fact", head, "stated in"), rows)


def _made(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, float, *tuple[str, ...]]]) -> Table:
    """Return a table whose second column is a value; many rows end in one that sums the others."""
    shown, left = (rows[:MOST], rows[MOST:]) if len(rows) > MOST + 1 else (rows, [])
    texts, values = [(name, *more) for name, _, *more in shown], [value for _, value, *_ in shown]
    if left:
        texts.append((f"{len(left)} others", *[""] * (len(heads) - 2)))
        values.append(sum(value for _, value, *_ in left))
    fine = decimals(values)
    cells = [(name, signed(value, fine), *more) for (name, *more), value in zip(texts, values, strict=True)]
    return Table(title, heads, cells, values)


def _sum(total: Total) -> str:
    """Return as ``Over paths (exact): those listed +0.36, all others of 2,484 +0.01 and bias −0.01 make 0.36, …``."""
    fine = max(decimals([total.sum]), 4)
    number = f"{total.number:,} " if total.number else ""
    others = f"all others of {number}" if number else "all others "
    rest = [f"{others}{signed(total.rest, fine)}"] if round(total.rest, fine) else []
    named = [f"{name} {signed(value, fine)}" for name, value in total.baseline if round(value, fine)]
    parts = [f"{'those listed' if rest else f'{number}{total.over}'} {signed(total.listed, fine)}", *rest, *named]
    said = f"{listed(parts)} make" if len(parts) > 1 else f"{number}{total.over} sum to"
    gap = f"; a path that is not listed may exceed the last by {total.gap:.2g}" if total.gap else ""
    end = f"{said} {total.sum:.{fine}f}, residual {total.residual:.1g}{gap}"
    return f"Over {total.over} ({total.method}): {end}"
