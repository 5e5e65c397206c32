"""Tables for people, JSON for programs, progress on terminals."""

from __future__ import annotations

import codecs
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from kgzsl.errors import cut, one_line, visible

if TYPE_CHECKING:
    from kgzsl.learners.base import Progress

WIDTH_OF_PIPES = 120
INTERRUPTED = 130
"""Exit code after Ctrl-C."""
PLAIN = "kgzsl.plain"
_LIKE = str.maketrans("█▉▊▋▌▍▎▏–—−→←×…·•│├└─“”‘’", "#######|---><x..*||`-\"\"''")
"""What a terminal without Unicode shows instead of the signs that tables and trees are made of."""


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Return like signs for what an encoding lacks, and an escape for any other."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end].translate(_LIKE)
    return lost.encode("ascii", "backslashreplace").decode(), error.end


codecs.register_error(PLAIN, _plainly)


def lenient() -> None:
    """Let both streams write signs that their encoding lacks as like signs or escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", PLAIN) != PLAIN and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=PLAIN)


def console() -> Console:
    """Return a console for standard output; wide enough in pipes that no cell is cut."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_PIPES)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table; columns whose head starts with '>' are right-aligned."""
    grid = Table(title=_cell(title) if title else None, title_justify="left", box=None, pad_edge=False,
                 header_style="bold")  # fmt: skip
    for name in columns:
        grid.add_column(_cell(name.lstrip(">")), justify="right" if name.startswith(">") else "left", overflow="fold")
    for row in rows:
        grid.add_row(*map(_cell, row))
    console().print(grid)


def _cell(value: object) -> Text:
    """Text as it is: square brackets are no markup."""
    return Text(visible(cut(str(value))))


def say(text: str = "", err: bool = False) -> None:
    """Print a line that may hold anything: what a terminal would obey, line breaks too, is written as an escape."""
    print(one_line(text), file=sys.stderr if err else sys.stdout)


def write(text: str) -> None:
    """Print a text of many lines, ended by the last line break; what else a terminal would obey is an escape."""
    print(visible(text), end="" if text.endswith("\n") else "\n")


def as_json(value: Any, indent: int | None = None) -> None:
    """Print JSON, one line where it is not indented.

    Data classes and named tuples become objects, NaN and infinities null. What the encoding of standard output lacks is
    written as JSON's own escapes.
    """
    text = json_text(value, indent)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf8")
    except UnicodeEncodeError:
        text = json_text(value, indent, escaped=True)
    write(text)


def json_text(value: Any, indent: int | None = None, escaped: bool = False) -> str:
    """Return the JSON that :func:`as_json` prints; ``escaped`` in ASCII alone."""
    return json.dumps(_plain(value), ensure_ascii=escaped, default=str, indent=indent)


def show(make: Callable[[bool], RenderableType]) -> None:
    """Print what rich draws.

    Args:
        make: draws it; told whether it is for a pipe, where lines and blocks have no place.
    """
    console().print(make(not sys.stdout.isatty()))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@contextmanager
def progress() -> Iterator[Progress]:
    """Give a progress callback: bars on a terminal, silence in a pipe."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done)

        yield report
