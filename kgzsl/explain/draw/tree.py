"""An explanation on a terminal: a tree with bars and signed colours; in a pipe plain text, indented."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text
from rich.tree import Tree

from kgzsl.explain.draw.sentence import labels, sentence
from kgzsl.explain.draw.tables import BY_FACT, OVER, by_class, fact_text, margins, path_text, stated, sums
from kgzsl.explain.draw.text import clean, counterfactual, decimals, ended, nothing, places, signed
from kgzsl.explain.explanation import AttributeShare, Contribution, Explanation, FactShare, Path

BAR, NAME = 16, 34
MOST, UNDER, FEW = 6, 2, 5
"""Rows of a section, paths under a seen class, and attributes and facts of either sign."""
SMALL = 0.01
"""Attributes that add less than this part of the largest are not listed."""
RAISES, LOWERS = "blue", "dark_orange"


class Row(NamedTuple):
    """A name, what it adds (None: it is only said), a remark, rows under it, and the value of a whole bar.

    The bar of 0 is that of the largest in its section.
    """

    name: str
    value: float | None
    remark: str = ""
    under: tuple[Row, ...] = ()
    whole: float = 0.0


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
    yield "strongest paths", [_path(path) for path in e.paths or () if path.value]
    known = labels(e)
    if not e.paths and (rows := _facts(e.facts, known)):
        yield "facts", [Row(ended(OVER), None), *rows]
    largest = max((abs(a.value) for a in e.attributes), default=0.0)
    yield "attributes that raise it", _attributes([a for a in e.attributes if a.value > 0], largest)
    yield "attributes that lower it", _attributes([a for a in e.attributes if a.value < 0], largest)
    if e.rival:
        title = f"rather than {e.rival.label}"
        facts, seen = _facts(e.rival.facts, known), _seen(e.rival.contributions or (), FEW)
        yield title, [Row(margins(e), None)]
        yield f"{title}, {by_class(e.rival)}", seen
        yield f"{title}, {BY_FACT}", facts


def _seen(parts: Sequence[Contribution], most: int = MOST) -> list[Row]:
    """Return rows of seen classes, the strongest of their paths under them, the rest of the classes as one."""
    fine = decimals(c.value for c in parts)
    counted = [c for c in parts if not nothing(c.value, fine)]
    shown = counted[:most] if len(counted) > most + 1 else counted
    left = [c for c in parts if c not in shown] if len(shown) < len(counted) else []
    rows = [Row(c.label, c.value, f"× {c.coefficient:.3g}", tuple(map(_path, c.paths[:UNDER]))) for c in shown]
    return rows + ([Row(f"{len(left)} others", sum(c.value for c in left))] if left else [])


def _path(path: Path) -> Row:
    return Row(path_text(path), path.value, stated(path))


def _facts(shares: Sequence[FactShare], known: dict[str, str]) -> list[Row]:
    return [Row(fact_text(share, known), share.value, places([share.fact])) for share in shares[:FEW] if share.value]


def _attributes(shares: Sequence[AttributeShare], largest: float) -> list[Row]:
    """Return rows of attributes of one sign, their bars on the scale of both, and how many are left out."""
    shown = [a for a in sorted(shares, key=lambda a: -abs(a.value))[:FEW] if abs(a.value) >= SMALL * largest]
    rows = [Row(a.label, a.value, f"of {a.of_label}" + (f", {places([a.fact])}" if a.fact else ""), (), largest)
            for a in shown]  # fmt: skip
    left = len(shares) - len(shown)
    return [*rows, Row(f"{left} smaller {'one is' if left == 1 else 'ones are'} left out", None)] if left else rows


def _fill(branch: Tree, rows: Sequence[Row]) -> None:
    """Add rows: numbers under each other, then bars, then names."""
    values = [row.value for row in rows if row.value is not None]
    sizes = [*(row.whole for row in rows), *map(abs, filter(math.isfinite, values))]
    fine, largest = decimals(sizes), max(sizes, default=0.0) or 1.0
    wide = max((len(signed(value, fine)) for value in values), default=0)
    name = min(max((cell_len(clean(row.name)) for row in rows if row.value is not None), default=0), NAME)
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
