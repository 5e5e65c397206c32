"""Rows of ``kgzsl compare`` against the best of them, and as files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kgzsl.compare import Row
from kgzsl.evaluate.contents import interval, shown
from kgzsl.evaluate.html import Section, page
from kgzsl.evaluate.report import check_place, write_text
from kgzsl.evaluate.statistics import Paired, holm, paired_classes
from kgzsl.evaluate.tables import Table, csv_text, latex, markdown

TITLE = "Learners side by side"
HEADS = ("family", "learner", ">T1", ">95 %", ">U", ">S", ">H", ">gamma", ">fit s", ">add ms", "fitted anew")


@dataclass(frozen=True)
class Behind:
    """How far a learner is behind the one with the best T1, class by class; ``p`` is adjusted by Holm."""

    best: str
    learner: str
    paired: Paired
    p: float


def behind_best(rows: Sequence[Row], seed: int = 0) -> list[Behind]:
    """Compare the learner with the best T1 to every other that could be used."""
    usable = [row for row in rows if row.t1 is not None]
    if len(usable) < 2:
        return []
    best = max(usable, key=lambda row: row.t1.value if row.t1 else 0.0)
    others = [row for row in usable if row is not best]
    pairs = [paired_classes(np.array(best.by_class) - np.array(row.by_class), seed) for row in others]
    return [Behind(best.learner, row.learner, pair, p)
            for row, pair, p in zip(others, pairs, holm([pair.p for pair in pairs]), strict=True)]  # fmt: skip


def behind_table(behind: Sequence[Behind]) -> Table:
    """Return the comparisons as a table."""
    rows = [(b.learner, shown("", b.paired.difference.value), interval("", b.paired.difference), f"{b.p:.4f}",
             f"{b.paired.better} / {b.paired.worse} / {b.paired.classes}") for b in behind]  # fmt: skip
    title = f"T1 of {behind[0].best} less that of the others" if behind else "T1 against the best"
    return Table(title, ("learner", ">difference", ">95 %", ">p (Holm)", ">better / worse / classes"), tuple(rows),
                 "Paired over classes; p by flipping signs, corrected by Holm.")  # fmt: skip


def write_rows(rows: Sequence[Row], path: str | Path) -> None:
    """Write rows as ``.json``, ``.csv``, ``.md``, ``.tex`` or ``.html``.

    Raises:
        EvaluationError: another suffix, or a place that cannot be written.
    """
    behind = behind_best(rows)
    said = {"rows": [asdict(row) for row in rows], "behind": [asdict(one) for one in behind]}
    write_tables(TITLE, [_table(rows), behind_table(behind), _reasons(rows)], said, path)


def write_tables(title: str, tables: Sequence[Table], said: object, path: str | Path) -> None:
    """Write tables as the suffix says; of those without rows nothing, and as CSV the first alone.

    Args:
        title: of them all.
        tables: what people read.
        said: the same as plain data, for ``.json``.
        path: of the file.

    Raises:
        EvaluationError: another suffix, or a place that cannot be written.
    """
    check_place(path)
    filled = [table for table in tables if table.rows]
    suffix = Path(path).suffix.lower()
    if suffix == ".json":
        text = json.dumps(said, indent=1) + "\n"
    elif suffix == ".csv":
        text = csv_text(tables[0].names, tables[0].rows)
    elif suffix == ".html":
        text = page(title, [], [Section(table) for table in filled])
    else:
        text = (markdown if suffix == ".md" else latex)(title, [], filled)
    write_text(text, path)


def _table(rows: Sequence[Row]) -> Table:
    cells = [(row.family, f"{row.learner} ({row.chosen})" if row.chosen else row.learner, shown("", row.t1.value),
              f"[{shown('', row.t1.low)}, {shown('', row.t1.high)}]", *map(_percent, (row.unseen, row.seen,
              row.harmonic)), _number(row.gamma), _number(row.seconds), _number(row.adding), row.trained)
             for row in rows if row.t1 is not None]  # fmt: skip
    return Table(TITLE, HEADS, tuple(cells))


def _reasons(rows: Sequence[Row]) -> Table:
    return Table("Not usable", ("learner", "reason"), tuple((row.learner, row.reason) for row in rows if row.reason))


def _percent(value: float | None) -> str:
    return shown("", value)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
