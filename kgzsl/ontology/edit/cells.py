"""Rows and cells of a delimited text with their places, so that one can be written without touching the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple


class Cell(NamedTuple):
    """What a cell says and where it stands."""

    value: str
    start: int
    end: int


class Row(NamedTuple):
    """The cells of a row, and the line on which it begins."""

    cells: tuple[Cell, ...]
    line: int

    @property
    def start(self) -> int:
        """Where its first cell starts."""
        return self.cells[0].start

    @property
    def end(self) -> int:
        """Where its last cell ends, before the line end."""
        return self.cells[-1].end


class Sheet:
    """A delimited text.

    Args:
        text: the whole file; a byte order mark is no part of the first cell.
        delimiter: between cells.
    """

    def __init__(self, text: str, delimiter: str) -> None:
        self.text, self.delimiter = text, delimiter
        self.rows = tuple(_rows(text, delimiter))
        self.newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        written = [text[c.start : c.start + 1] for row in self.rows for c in row.cells if c.value]
        self._quotes = bool(written) and all(mark == '"' for mark in written)

    @property
    def header(self) -> list[str]:
        """The cells of the first row, without spaces around them."""
        return [cell.value.strip() for cell in self.rows[0].cells] if self.rows else []

    @property
    def end(self) -> int:
        """Where the last row that is not blank ends."""
        return self.rows[-1].end if self.rows else 0

    def cell(self, value: str) -> str:
        """Return a value as this file writes cells."""
        special = any(mark in value for mark in (self.delimiter, '"', "\n", "\r")) or value != value.strip()
        return '"' + value.replace('"', '""') + '"' if special or (self._quotes and value) else value

    def row(self, values: Iterable[str]) -> str:
        """Return a row without its line end."""
        return self.delimiter.join(map(self.cell, values))

    def stretch(self, rows: Sequence[Row]) -> list[tuple[int, int]]:
        """Return what to cut to take rows out: each with the line end before it."""
        return [(self._before(row), row.end) for row in rows]

    def _before(self, row: Row) -> int:
        index = self.rows.index(row)
        return self.rows[index - 1].end if index else row.start


def _rows(text: str, delimiter: str) -> Iterable[Row]:
    pattern = re.compile(rf'[^\S\r\n{delimiter}]*("(?:[^"]|"")*")|([^{delimiter}\r\n]*)')
    at = len(text) - len(text.lstrip("\ufeff"))
    line, cells = 1, []
    while at <= len(text):
        found = pattern.match(text, at)
        assert found is not None  # the second branch matches the empty string
        quoted, plain = found.groups()
        value = quoted[1:-1].replace('""', '"') if quoted is not None else plain
        start = found.start(1) if quoted is not None else found.start()
        cells.append(Cell(value, start, found.end()))
        stop = text[found.end() : found.end() + 1]
        at = found.end() + 1 + (text[found.end() : found.end() + 2] == "\r\n")
        if stop != delimiter:
            if any(cell.value.strip() for cell in cells):
                yield Row(tuple(cells), line)
            line += text.count("\n", cells[0].start, at)
            cells = []


def number_cell(value: float) -> str:
    """Return a number in its shortest decimal form."""
    text = format(Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
