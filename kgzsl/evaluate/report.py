"""Reports as files: the suffix says of which kind."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kgzsl.errors import EvaluationError, MissingFileError, suggest
from kgzsl.evaluate.contents import comparison_table, facts, sections
from kgzsl.evaluate.html import Section, page
from kgzsl.evaluate.overview import overview
from kgzsl.evaluate.results import FORMAT, VERSION, Report
from kgzsl.evaluate.tables import csv_text, latex, markdown
from kgzsl.whole import written_whole

MOST_ROWS = 400
"""Rows of a table that Markdown and LaTeX show; more are in JSON and HTML."""


def json_text(report: Report) -> str:
    """Return all of a report; :func:`parsed` takes it back."""
    return _adapter().dump_json(report, indent=1).decode("utf8") + "\n"


def parsed(text: str | bytes, file: str | None = None) -> Report:
    """Return the report of a JSON text.

    Raises:
        EvaluationError: no JSON, no report, or one of another version.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"is not JSON: {error}", file=file) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise EvaluationError("is no report of `kgzsl evaluate`", file=file, fix="give its .json")
    if data.get("version") != VERSION:
        raise EvaluationError(f"is a report of version {data.get('version')}; this kgzsl reads version {VERSION}",
                              file=file, value=data.get("version"), fix="evaluate again")  # fmt: skip
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise EvaluationError(f"does not hold what a report must: '{place}': {first['msg']}", file=file) from None


def read_report(path: str | Path) -> Report:
    """Read a report in JSON; raises as :func:`parsed` does, and MissingFileError."""
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("no such report", file=str(path))
    return parsed(path.read_bytes(), str(path))


def csv_of(report: Report) -> str:
    """Return every figure over problems and seeds, one a row, as shares and not per cent."""
    heads = ("task", "learner", "scores", "measure", "value", "low", "high", "mean over seeds", "sd over seeds",
             "seeds", "note")  # fmt: skip
    rows = [(s.task, s.learner, s.scores, s.measure, s.figure.value, s.figure.low, s.figure.high, s.seeds.mean,
             s.seeds.deviation, s.seeds.seeds, s.figure.note) for s in report.summaries]  # fmt: skip
    return csv_text(heads, rows)


def markdown_of(report: Report) -> str:
    """Return the tables that are not too long, as Markdown."""
    tables = [section.table for section in sections(report) if len(section.table.rows) <= MOST_ROWS]
    return markdown(_title(report), facts(report), tables)


def latex_of(report: Report) -> str:
    """Return the first tables, those of figures and of comparisons, as LaTeX."""
    tables = [section.table for section in sections(report)[:3] if section.table.rows]
    return latex(_title(report), facts(report), tables)


def html_of(report: Report) -> str:
    """Return all of it as one page."""
    first = [Section(table) for table in overview(report) if table.title != comparison_table(report).title]
    return page(_title(report), facts(report), [*first, *sections(report)])


KINDS: dict[str, Callable[[Report], str]] = {
    ".json": json_text, ".csv": csv_of, ".md": markdown_of, ".tex": latex_of, ".html": html_of,
}  # fmt: skip
"""Suffix → what makes the content."""


def check_place(path: str | Path) -> None:
    """Refuse a file that could not be written, before anything is computed.

    Raises:
        EvaluationError: a suffix of no known kind, no such folder, or one that may not be written to.
    """
    path = Path(path)
    if path.suffix.lower() not in KINDS:
        near = suggest(path.suffix, KINDS) if path.suffix else None
        fix = f"use one of {', '.join(KINDS)}" + (f"; did you mean '{near}'?" if near else "")
        what = f"a report cannot be written as '{path.suffix}'" if path.suffix else "no suffix says what to write"
        raise EvaluationError(what, file=str(path), value=path.suffix, fix=fix)
    if not path.parent.is_dir():
        raise EvaluationError("no such folder", file=str(path.parent), fix="make it first")
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise EvaluationError("cannot be written there", file=str(path), fix="name another file")


def write_report(report: Report, path: str | Path) -> None:
    """Write a report as ``.json``, ``.csv``, ``.md``, ``.tex`` or ``.html``, whole or not at all.

    Raises:
        EvaluationError: another suffix, or a place that cannot be written.
    """
    check_place(path)
    write_text(KINDS[Path(path).suffix.lower()](report), path)


def write_text(text: str, path: str | Path) -> None:
    """Write a text, whole or not at all.

    Raises:
        EvaluationError: a place that cannot be written.
    """
    try:
        with written_whole(path) as file:
            file.write(text.encode("utf8", "backslashreplace"))
    except OSError as error:
        raise EvaluationError(f"cannot be written: {error.strerror}", file=str(path)) from None


def _title(report: Report) -> str:
    protocol = report.problems[0].protocol if report.problems else "evaluation"
    return f"{report.name}: {protocol}"


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
