"""The tables of an explanation: the same rows for HTML and Markdown; those that would be empty are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kgzsl.explain.draw.sentence import labels, named
from kgzsl.explain.draw.text import decimals, listed, nothing, places, signed
from kgzsl.explain.explanation import Contribution, Explanation, FactShare, Path, Rival, Total

MOST = 20
"""Rows of a table; the others are summed in one."""
OVER = ("each time a path passes over a fact, and what is inherited and what biases send over it; these sums overlap, "
        "and none is what deleting the fact would do")  # fmt: skip
SINGLE = {"seen classes": "seen class", "paths": "path"}
BY_FACT = "by fact (these overlap)"


class Table(NamedTuple):
    """A title, heads of columns, and rows of texts.

    ``bars`` are the numbers behind the second column, ``note`` says how to read them.
    """

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    bars: list[float]
    note: str = ""


def tables(explanation: Explanation) -> list[Table]:
    """Return the tables of everything the explanation holds."""
    return [table for table in _all(explanation) if table.rows]


def sums(explanation: Explanation) -> list[str]:
    """Return how the parts of each split add up to the score, a sentence each."""
    e = explanation
    both = (e.by_seen, e.contributions), (e.by_path, e.paths)
    return [_sum(total, len(parts or ())) for total, parts in both if total]


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
    yield _facts("Facts", "adds to the score", e.facts, known)._replace(note=OVER)
    yield _made("Attributes", ("attribute", "adds to the score", "of", "stated in"),
                [(a.label, a.value, a.of_label, places([a.fact]) if a.fact else "the mean of what lies below")
                 for a in e.attributes])  # fmt: skip
    if e.rival:
        title = f"Why rather than {e.rival.label}"
        by_seen = _contributions(f"{title}: {by_class(e.rival)}", "adds to the margin", e.rival.contributions or ())
        by_fact = _facts(f"{title}: {BY_FACT}", "adds to the margin", e.rival.facts, known)
        first, *others = [table for table in (by_seen, by_fact) if table.rows] or [by_seen]
        yield from (first._replace(note=margins(e)), *others)


def _contributions(title: str, head: str, parts: Sequence[Contribution]) -> Table:
    rows = [(c.label, c.value, f"{c.coefficient:.3g}") for c in parts]
    return _made(title, ("seen class", head, "coefficient"), rows)


def _facts(title: str, head: str, shares: Sequence[FactShare], known: dict[str, str]) -> Table:
    rows = [(fact_text(share, known), share.value, places([share.fact])) for share in shares]
    return _made(title, ("fact", head, "stated in"), rows)


def _made(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, float, *tuple[str, ...]]]) -> Table:
    """Return a table whose second column is a value; many rows end in one that sums the others, zeros are left out."""
    fine = decimals(value for _, value, *_ in rows)
    rows = [row for row in rows if not nothing(row[1], fine)]
    shown, left = (rows[:MOST], rows[MOST:]) if len(rows) > MOST + 1 else (rows, [])
    texts, values = [(name, *more) for name, _, *more in shown], [value for _, value, *_ in shown]
    if left:
        texts.append((f"{len(left)} others", *[""] * (len(heads) - 2)))
        values.append(sum(value for _, value, *_ in left))
    fine = decimals(values)
    cells = [(name, signed(value, fine), *more) for (name, *more), value in zip(texts, values, strict=True)]
    return Table(title, heads, cells, values)


def by_class(rival: Rival) -> str:
    """Return the head of a margin's split over seen classes: whether that is all of it."""
    total, fine = sum(c.value for c in rival.contributions or ()), decimals([rival.score, rival.margin])
    if nothing(total - rival.margin, fine - 1):
        return "by seen class (sums to the margin)"
    other = signed(rival.margin - total, fine)
    return f"by seen class (sums to {signed(total, fine)}; {other} of the margin belongs to no seen class)"


def margins(explanation: Explanation) -> str:
    """Return the margin over the rival, and that over the best other candidate after adjusters where it is known."""
    rival, edits = explanation.rival, explanation.counterfactuals
    if rival is None:
        return ""
    said = f"{explanation.label} scores {signed(rival.margin, 4)} over {rival.label} before adjusters"
    if not edits:
        return said
    after = signed(edits[0].before, 4)
    return f"{said}, and {after} over the best other candidate after them, which decides the answer"


def _sum(total: Total, shown: int) -> str:
    """Return as ``Over paths (exact): the 10 listed +0.36, the other 2,474 +0.01 and bias −0.01 make 0.36, …``."""
    fine = max(decimals([total.sum]), 4)
    named = [f"{name} {signed(value, fine)}" for name, value in total.baseline if not nothing(value, fine)]
    parts = [*_counted(total, shown, fine), *named]
    only = parts[0].rpartition(" ")[0]
    verb = "sums to" if only.startswith("1 ") or only == "the one listed" else "sum to"
    said = f"{listed(parts)} make" if len(parts) > 1 else f"{only} {verb}"
    gap = f"; a path that is not listed may exceed the last by {total.gap:.2g}" if total.gap else ""
    end = f"{said} {total.sum:.{fine}f}, residual {total.residual:.1g}{gap}"
    return f"Over {total.over} ({total.method}): {end}"


def _counted(total: Total, shown: int, fine: int) -> list[str]:
    """Return the listed parts and the others, each with its number where it is known, and its sum."""
    number, whole = total.number, signed(total.listed + total.rest, fine)
    if not shown:
        return [f"{'all ' + total.over if number is None else _some(number, total.over)}, none of them listed, {whole}"]
    if nothing(total.rest, fine):
        few = number is not None and number > shown
        of_them = f", {shown:,} of them listed," if few else ""
        return [f"{_some(number if number is not None else shown, total.over)}{of_them} {whole}"]
    others = "all others"
    if number is not None:
        others = "the other one" if number - shown == 1 else f"the other {number - shown:,}"
    first = "the one listed" if shown == 1 else f"the {shown:,} listed"
    return [f"{first} {signed(total.listed, fine)}", f"{others} {signed(total.rest, fine)}"]


def _some(number: int, over: str) -> str:
    """Return ``1 seen class`` or ``20 seen classes``."""
    return f"1 {SINGLE.get(over, over)}" if number == 1 else f"{number:,} {over}"
