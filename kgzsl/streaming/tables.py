"""Batches of .parquet and .csv files: numeric columns, or one column of lists of numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError
from kgzsl.features import LABEL_KEYS

BLOCK = 1 << 20
"""Bytes that are read at once."""
SPREAD = 1 << 20
"""Numbers that are decoded at once, whatever the size of a chunk that is asked for."""


def parquet_batches(path: Path, start: int, size: int) -> Iterator[Array]:
    from pyarrow import parquet

    with parquet.ParquetFile(path, pre_buffer=False, buffer_size=BLOCK) as file:
        names = [name for name in file.schema_arrow.names if name not in LABEL_KEYS]
        groups: list[int] = []
        before = 0
        for k in range(file.num_row_groups):
            rows = file.metadata.row_group(k).num_rows
            if groups or before + rows > start:
                groups.append(k)
            else:
                before += rows
        step = max(1, min(size, SPREAD // max(1, len(names))))
        for batch in file.iter_batches(step, groups, columns=names):
            part = _numbers(batch, path)[max(0, start - before) :]
            before += batch.num_rows
            if len(part):
                yield part


def csv_batches(path: Path, start: int, size: int) -> Iterator[Array]:
    import pyarrow as pa
    from pyarrow import csv as reader

    with open(path, newline="", encoding="utf8") as file:
        names = next(csv.reader(file), [])
    kept = [name for name in names if name not in LABEL_KEYS]
    convert = reader.ConvertOptions(include_columns=kept, column_types=dict.fromkeys(kept, pa.float64()))
    before = 0
    try:
        for batch in reader.open_csv(path, reader.ReadOptions(block_size=BLOCK), convert_options=convert):
            part = _numbers(batch, path)[max(0, start - before) :]
            before += batch.num_rows
            if len(part):
                yield part
    except pa.ArrowException as error:
        _say_where(path, kept)
        raise FeatureError(f"cannot be read: {str(error).splitlines()[0]}", file=str(path)) from None


def _say_where(path: Path, kept: list[str]) -> None:
    """Raise with the line of the first cell that is no number."""
    with open(path, newline="", encoding="utf8") as file:
        lines = csv.DictReader(file)
        for line in lines:
            for name in kept:
                try:
                    float(line[name])
                except (TypeError, ValueError):
                    raise FeatureError(f"column '{name}': {line[name]!r} is not a number", file=str(path),
                                       line=lines.line_num, value=line[name]) from None  # fmt: skip


def _numbers(batch: Any, path: Path) -> Array:
    """Return the numeric columns of a batch, or its one column of lists. Shape: (n, d)."""
    import pyarrow as pa

    if batch.num_columns == 1 and pa.types.is_nested(batch.column(0).type):
        return _listed(batch.column(0), batch.schema.names[0], path)
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            raise FeatureError(f"column '{name}' does not hold numbers", file=str(path), value=name)
        columns.append(column.to_numpy(zero_copy_only=False).astype(np.float32))
    return np.column_stack(columns) if columns else np.zeros((batch.num_rows, 0), np.float32)


def _listed(column: Any, name: str, path: Path) -> Array:
    import pyarrow as pa
    from pyarrow import compute

    kinds = pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list
    if any(kind(column.type) for kind in kinds) and not column.null_count and len(column):
        values = column.flatten().to_numpy(zero_copy_only=False)
        width = len(values) // len(column)
        if values.dtype.kind in "fiu" and compute.all(compute.equal(compute.list_value_length(column), width)).as_py():
            return np.asarray(values.reshape(len(column), width), np.float32)
    raise FeatureError(f"column '{name}' does not hold lists of numbers of one length", file=str(path), value=name)


def count_parquet(path: Path) -> int:
    from pyarrow import parquet

    return int(parquet.read_metadata(path).num_rows)


def count_csv(path: Path) -> int:
    with open(path, "rb") as file:
        return max(0, sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b"")) - 1)
