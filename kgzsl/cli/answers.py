"""Answers as files: one row a candidate, .parquet or .csv, written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kgzsl.errors import FeatureError
from kgzsl.resolve import Answer
from kgzsl.whole import written_whole

COLUMNS = ("input", "rank", "id", "iri", "label", "score", "seen", "graph_hash", "bundle")


def write(path: Path, answers: Sequence[Answer]) -> None:
    """Write answers.

    Raises:
        FeatureError: neither .parquet nor .csv, or a place that cannot be written.
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    if path.suffix not in (".parquet", ".csv"):
        raise FeatureError(f"cannot write '{path.suffix}'", file=str(path), fix="use .parquet or .csv")
    rows = [(n, r, c.id, c.iri, c.label, c.score, c.seen, a.graph_hash, a.bundle)
            for n, a in enumerate(answers) for r, c in enumerate(a.candidates, 1)]  # fmt: skip
    table = pa.table({name: list(column) for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=True)})
    try:
        with written_whole(path) as file:
            (parquet.write_table if path.suffix == ".parquet" else csv.write_csv)(table, file)
    except OSError as error:
        raise FeatureError(f"cannot be written: {error.strerror}", file=str(path)) from None
