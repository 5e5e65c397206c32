"""Tables as CSV, Markdown and LaTeX; whatever stands in a cell stays text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgzsl.errors import one_line

_LATEX = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
          "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "±": r"$\pm$", "→": r"$\to$",
          "<": r"\textless{}", ">": r"\textgreater{}", "−": "$-$"}  # fmt: skip
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#])")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """Cells under heads; a head that starts with ``>`` is a column of numbers.

    Args:
        title: of it.
        heads: of columns.
        rows: as long as the heads.
        note: what must be said of it.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The heads as people read them."""
        return tuple(head.lstrip(">") for head in self.heads)


def csv_text(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return CSV (RFC 4180); a text that a spreadsheet would take for a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([list(heads), *([_inert(cell) for cell in row] for row in rows)])
    return text.getvalue()


def _inert(cell: object) -> object:
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def markdown(title: str, facts: Sequence[tuple[str, str]], tables: Sequence[Table]) -> str:
    """Return a page of tables."""
    lines = [f"# {_said(title)}", "", *(f"- {_said(name)}: {_said(value)}" for name, value in facts)]
    for table in tables:
        marks = ["---:" if head.startswith(">") else "---" for head in table.heads]
        lines += ["", f"## {_said(table.title)}", "", *([_said(table.note), ""] if table.note else []),
                  _bars(map(_said, table.names)), _bars(marks), *(_bars(map(_said, row)) for row in table.rows)]
    return "\n".join(lines) + "\n"


def latex(title: str, facts: Sequence[tuple[str, str]], tables: Sequence[Table]) -> str:
    """Return tables to be read by ``\\input``; they need the package booktabs."""
    lines = [f"% {_comment(title)}", *(f"% {_comment(name)}: {_comment(value)}" for name, value in facts)]
    for table in tables:
        columns = "".join("r" if head.startswith(">") else "l" for head in table.heads)
        caption = _tex(table.title + (f". {table.note}" if table.note else ""))
        lines += ["", r"\begin{table}", r"\centering", rf"\caption{{{caption}}}",
                  rf"\begin{{tabular}}{{{columns}}}", r"\toprule", _row(table.names), r"\midrule",
                  *map(_row, table.rows), r"\bottomrule", r"\end{tabular}", r"\end{table}"]  # fmt: skip
    return "\n".join(lines) + "\n"


def _bars(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(_tex, cells)) + r" \\"


def _said(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", one_line(text))


def _tex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in one_line(text))


def _comment(text: str) -> str:
    return one_line(text).replace("\n", " ")
