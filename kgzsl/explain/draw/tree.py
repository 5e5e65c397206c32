"""An explanation on a terminal: a tree with bars and signed colours; in a pipe plain text, indented."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text
from rich.tree import Tree

from kgzsl.explain.draw.sentence import labels, sentence
from kgzsl.explain.draw.tables import BY_FACT, by_class, fact_text, margins, path_text, stated, sums
from kgzsl.explain.draw.text import clean, counterfactual, decimals, ended, places, signed
from kgzsl.explain.explanation import AttributeShare, Contribution, Explanation, Path

BAR, NAME = 16, 34
MOST, UNDER, FEW = 6, 2, 5
"""Rows of a section, paths under a seen class, and attributes and facts of either sign."""
SMALL = 0.01
RAISES, LOWERS = "blue", "dark_orange"


class Row(NamedTuple):
    """A name, what it adds, a remark, and rows under it."""

    name: str
    value: float | None
    remark: str = ""
    under: tuple[Row, ...] = ()


class Indented(Tree):
    """A tree whose lines are blanks, for pipes."""

    ASCII_GUIDES = ("  ", "  ", "  ", "  ")
    TREE_GUIDES = [ASCII_GUIDES] * 3


def tree(explanation: Explanation, plain: bool = False) -> Tree:
    """Return the whole as a tree; nothing that is empty is in it.

    Args:
        explanation: what is shown.
        plain: indented, without lines between.
    """
    e = explanation
    made = (Indented if plain else Tree)(_head(e), guide_style="dim")
    made.add(Text(clean(sentence(e)), "bold"))
    for line in sums(e):
        made.add(Text(clean(line), "dim"))
    for title, rows in _sections(e):
        if rows:
            _fill(made.add(Text(clean(title), "bold")), rows)
    changes = [counterfactual(c) for c in e.counterfactuals]
    for title, texts in (("what would change the answer", changes), ("notes", e.notes)):
        branch = made.add(Text(title, "bold")) if texts else made
        for text in texts:
            branch.add(Text(clean(ended(text))))
    return made


def branch(explanation: Explanation, plain: bool = False) -> Tree:
    """Return the paths alone as a tree."""
    made = (Indented if plain else Tree)(_head(explanation), guide_style="dim")
    if explanation.paths:
        _fill(made, [_path(path) for path in explanation.paths])
    return made


def _head(e: Explanation) -> Text:
    name = f"{e.label} ({e.id})" if e.id != e.label else e.label
    head = Text(clean(name), "bold")
    head.append(clean(f"  score {e.score:.4f} before adjusters, learner {e.learner}"), "not bold")
    return head


def _sections(e: Explanation) -> Iterator[tuple[str, list[Row]]]:
    yield "seen classes", _seen(e.contributions or ())
    yield "strongest paths", [_path(path) for path in e.paths or ()]
    known = labels(e)
    if not e.paths:
        yield "facts", [Row(fact_text(s, known), s.value, places([s.fact])) for s in e.facts[:FEW]]
    largest = max((abs(a.value) for a in e.attributes), default=0.0)
    yield "attributes that raise it", _attributes([a for a in e.attributes if a.value > 0], largest)
    yield "attributes that lower it", _attributes([a for a in e.attributes if a.value < 0], largest)
    if e.rival:
        title = f"rather than {e.rival.label}"
        facts = [Row(fact_text(s, known), s.value, places([s.fact])) for s in e.rival.facts[:FEW]]
        seen = _seen(e.rival.contributions or (), FEW)
        yield title, [Row(margins(e), None)]
        yield f"{title}, {by_class(e.rival)}", seen
        yield f"{title}, {BY_FACT}", facts


def _seen(parts: Sequence[Contribution], most: int = MOST) -> list[Row]:
    """Return rows of seen classes, the strongest of their paths under them, the rest of the classes as one."""
    shown, left = (parts[:most], parts[most:]) if len(parts) > most + 1 else (parts, ())
    rows = [Row(c.label, c.value, f"× {c.coefficient:.3g}", tuple(map(_path, c.paths[:UNDER]))) for c in shown]
    return rows + ([Row(f"{len(left)} others", sum(c.value for c in left))] if left else [])


def _path(path: Path) -> Row:
    return Row(path_text(path), path.value, stated(path))


def _attributes(shares: Sequence[AttributeShare], largest: float) -> list[Row]:
    """Return rows of attributes, those left out that are next to nothing beside the largest."""
    return [Row(a.label, a.value, f"of {a.of_label}" + (f", {places([a.fact])}" if a.fact else ""))
            for a in sorted(shares, key=lambda a: -abs(a.value))[:FEW] if abs(a.value) > SMALL * largest]  # fmt: skip


def _fill(branch: Tree, rows: Sequence[Row]) -> None:
    """Add rows: numbers under each other, then bars, then names."""
    values = [row.value for row in rows if row.value is not None]
    fine, largest = decimals(values), max((abs(v) for v in values if math.isfinite(v)), default=0.0) or 1.0
    wide = max((len(signed(value, fine)) for value in values), default=0)
    name = min(max(cell_len(clean(row.name)) for row in rows), NAME)
    for row in rows:
        under = branch.add(_line(row, fine, wide, largest, name))
        for inner in row.under:
            under.add(_line(inner, fine, wide, largest, 0))


def _line(row: Row, fine: int, wide: int, largest: float, name: int) -> Text:
    if row.value is None:
        return Text(clean(row.name))
    colour = RAISES if row.value > 0 else LOWERS
    line = Text(f"{signed(row.value, fine):>{wide}} ", colour)
    if name:
        line.append(_bar(abs(row.value) / largest).ljust(BAR + 1))
    text = clean(row.name)
    line.append(text, "default")
    if row.remark:
        line.append(" " * max(name - cell_len(text), 0) + "  " + clean(row.remark), "dim default")
    return line


def _bar(share: float) -> str:
    """Return a bar of eighths of a cell, at least one of them."""
    eighths = max(round(share * BAR * 8), 1) if math.isfinite(share) else 0
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")
