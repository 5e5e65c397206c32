"""Tables of class vectors: names and rows of numbers from ``.npz``, ``.csv`` or ``.parquet``."""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import MissingFileError, RecipeError, suggest
from kgzsl.expansion import refuse_bomb

NAMES = ("ids", "names", "classes", "wnids")
"""Arrays of an ``.npz`` that may hold the names; the first that is there does."""


def read_rows(path: Path, array: str = "vectors") -> tuple[list[str], Array]:
    """Return names and vectors. Shapes: (n,), (n, d) float32.

    ``.npz``: names in ``ids``, ``names``, ``classes`` or ``wnids``, vectors in ``array``. ``.csv`` and ``.parquet``:
    names in the first column, numbers in the others, or in one column of lists.

    Raises:
        MissingFileError: no such file.
        RecipeError: not such a table; a name that stands twice or is empty; NaN or Inf. With line or name.
    """
    if not path.is_file():
        raise MissingFileError("no such table of vectors", file=str(path))
    try:
        reader = {".npz": _npz, ".csv": _csv, ".parquet": _parquet}[path.suffix.lower()]
    except KeyError:
        raise RecipeError(f"no reader for '{path.suffix}'", file=str(path),
                          fix="tables of vectors are .npz, .csv or .parquet") from None  # fmt: skip
    try:
        names, table = reader(path, array)
    except RecipeError:
        raise
    except Exception as error:  # the readers raise whatever a broken byte leads them to
        said = str(error).partition("\n")[0] or type(error).__name__
        raise RecipeError(f"cannot be read: {said}", file=str(path)) from None
    _check(path, names, table)
    return names, table.astype(np.float32)


def _check(path: Path, names: Sequence[str], table: Array) -> None:
    if table.ndim != 2 or 0 in table.shape or len(table) != len(names) or table.dtype.kind not in "fiu":
        message = f"{table.dtype} of shape {table.shape} for {len(names)} names"
        raise RecipeError(f"vectors must be a row of numbers for each name, not {message}", file=str(path),
                          value=table.shape)  # fmt: skip
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice or "" in names:
        said = f"'{twice[0]}' stands {names.count(twice[0])} times" if twice else "a row has no name"
        name = (twice or [""])[0]
        line = _line(path, [k for k, other in enumerate(names) if other == name][-1])
        raise RecipeError(said, file=str(path), line=line, value=name, fix="one row a class")
    bad = np.argwhere(~np.isfinite(table.astype(np.float32)))
    if len(bad):
        row, column = (int(k) for k in bad[0])
        raise RecipeError(f"the vector of '{names[row]}' is {table[row, column]} at {column}: vectors must be finite",
                          file=str(path), line=_line(path, row), value=names[row],
                          fix=f"{len(bad)} such values in all")  # fmt: skip


def _line(path: Path, row: int) -> int | None:
    return row + 2 if path.suffix.lower() == ".csv" else None


def _npz(path: Path, array: str) -> tuple[list[str], Array]:
    with zipfile.ZipFile(path) as archive:
        refuse_bomb(archive, path, RecipeError)
    with np.load(path, allow_pickle=False) as file:
        names = next((key for key in NAMES if key in file.files), None)
        if names is None or array not in file.files:
            near = suggest(array, file.files)
            fix = "save the names of the rows as 'ids'" if names is None else near and f"did you mean array = '{near}'?"
            raise RecipeError(f"has no array '{'ids' if names is None else array}'; it has {', '.join(file.files)}",
                              file=str(path), value=array, fix=fix)  # fmt: skip
        return [str(name) for name in file[names].ravel()], file[array]


def _csv(path: Path, _: str) -> tuple[list[str], Array]:
    names, rows = list[str](), list[list[float]]()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if len(header) > 1 and all(map(_is_number, header[1:])):
            raise RecipeError("has no header", file=str(path), line=1, fix="name the columns in the first line")
        for row in reader:
            if row:
                names.append(row[0].strip())
                rows.append(_numbers(path, row[1:], reader.line_num, len(header) - 1))
    return names, np.array(rows, np.float64)


def _numbers(path: Path, fields: list[str], line: int, width: int) -> list[float]:
    if len(fields) != width:
        message = f"{len(fields)} numbers, the header names {width}"
        raise RecipeError(message, file=str(path), line=line, value=len(fields))
    wrong = next((field for field in fields if not _is_number(field)), None)
    if wrong is not None:
        raise RecipeError(f"'{wrong}' is not a number", file=str(path), line=line, value=wrong)
    return [float(field) for field in fields]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parquet(path: Path, _: str) -> tuple[list[str], Array]:
    from pyarrow import parquet, types

    table: Any = parquet.read_table(path)
    names = ["" if name is None else str(name) for name in table.column(0).to_pylist()]
    kind = table.column(1).type
    if table.num_columns == 2 and (types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)):
        return names, np.array(table.column(1).to_pylist(), np.float64)
    return names, np.column_stack([column.to_numpy() for column in table.columns[1:]])
