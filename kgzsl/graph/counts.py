"""Counts of concepts, as given: a mapping of names, or a file with a name and a number a line."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from kgzsl.errors import MissingFileError, QueryError

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

_LINE = re.compile(r"(?P<name>.*\S)(?:\s*[,\t]\s*|\s+)(?P<count>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
Counts = Mapping[str, float] | str | Path


def counted(graph: ClassGraph, counts: Counts) -> dict[int, float]:
    """Return row → count; counts of what the graph does not know are left out with a warning.

    Raises:
        QueryError: a count that is no number of 0 or more, or none that is of a concept.
        UnknownNameError: an ambiguous name.
    """
    pairs = counts if isinstance(counts, Mapping) else read_counts(counts)
    unknown = [name for name in pairs if not graph.names.candidates(name)]
    found: dict[int, float] = {}
    for name in (name for name in pairs if graph.names.candidates(name)):
        if not (isinstance(pairs[name], Real) and pairs[name] >= 0 and math.isfinite(pairs[name])):
            raise QueryError(f"the count of '{name}' is {pairs[name]}, not 0 or more", value=pairs[name])
        row = graph.index[graph.find(name)]
        found[row] = found.get(row, 0.0) + pairs[name]
    if not found:
        first = f"; the first is of '{unknown[0]}'" if unknown else ""
        raise QueryError(f"none of {len(pairs)} counts is of a concept of this graph{first}")
    if unknown:
        warnings.warn(f"{len(unknown)} counts are of no concept here, such as '{unknown[0]}'", stacklevel=2)
    return found


def read_counts(path: str | Path) -> dict[str, float]:
    """Read a file with a name and a number on each line, between them a tab, a comma or spaces; ``#`` begins a remark.

    Raises:
        MissingFileError: no such file.
        QueryError: a line that is neither, with file and line.
    """
    file = Path(path)
    if not file.is_file():
        raise MissingFileError("no such file of counts", file=str(path))
    counts: dict[str, float] = {}
    for number, line in enumerate(file.read_text(encoding="utf8", errors="replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        found = _LINE.fullmatch(text)
        if not found:
            raise QueryError(f"'{text[:60]}' is not a name and a number", file=str(path), line=number, value=text)
        counts[found["name"]] = counts.get(found["name"], 0.0) + float(found["count"])
    return counts
