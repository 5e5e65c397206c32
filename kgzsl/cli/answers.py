"""Answers as files: one row a candidate, .parquet or .csv, in parts that are joined when all are there."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from kgzsl.errors import FeatureError
from kgzsl.resolve import Answer
from kgzsl.whole import written_whole

COLUMNS = ("input", "rank", "id", "iri", "label", "score", "seen", "graph_hash", "bundle")
KINDS = (".parquet", ".csv")
VERSION = 1


class Parts:
    """The folder ``OUT.parts``: what is answered so far, and of what.

    Args:
        out: file to be written in the end.
        about: bundle, graph, input and options; parts of another ``about`` are not gone on with.
        resume: go on with parts that are there.

    Raises:
        FeatureError: neither .parquet nor .csv, parts that are in the way or of something else, or a place that cannot
            be written.
    """

    def __init__(self, out: Path, about: Mapping[str, Any], resume: bool = False) -> None:
        _refuse_kind(out)
        self.out, self.folder = out, out.with_name(out.name + ".parts")
        self.about = {"version": VERSION, **about}
        with _writing(out):
            if self.folder.exists():
                self._go_on(resume)
            else:
                self.folder.mkdir()
                with written_whole(self.folder / "manifest.json") as file:
                    file.write(json.dumps(self.about, indent=1).encode())

    @property
    def done(self) -> int:
        """How many parts from the first on are there."""
        return next(k for k in itertools.count() if not self._part(k).is_file())

    def write(self, k: int, answers: Sequence[Answer], start: int) -> None:
        """Write part ``k``, whole or not at all. Its inputs count from ``start``."""
        from pyarrow import parquet

        with _writing(self.folder), written_whole(self._part(k)) as file:
            parquet.write_table(_table(answers, start), file)

    def join(self) -> None:
        """Write the file from its parts, one at a time, and remove them."""
        with _writing(self.out), written_whole(self.out) as file:
            _joined([self._part(k) for k in range(self.done)], file, self.out.suffix)
        self.forget()

    def forget(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _part(self, k: int) -> Path:
        return self.folder / f"{k:06d}.parquet"

    def _go_on(self, resume: bool) -> None:
        here = str(self.folder)
        if not resume:
            raise FeatureError("answers that were interrupted are in the way", file=here,
                               fix="go on with them (--resume), or remove the folder")  # fmt: skip
        try:
            known = json.loads((self.folder / "manifest.json").read_text(encoding="utf8"))
        except (OSError, ValueError):
            raise FeatureError("has no manifest that can be read", file=here, fix="remove the folder") from None
        other = [name for name in self.about if not isinstance(known, dict) or known.get(name) != self.about[name]]
        if other:
            raise FeatureError(f"these answers are of another {', '.join(other)}", file=here, value=other,
                               fix="ask as before, or remove the folder")  # fmt: skip


def _refuse_kind(path: Path) -> None:
    if path.suffix not in KINDS:
        raise FeatureError(f"cannot write '{path.suffix}'", file=str(path), fix="use .parquet or .csv")


def _table(answers: Sequence[Answer], start: int) -> Any:
    import pyarrow as pa

    rows = [(n, r, c.id, c.iri, c.label, c.score, c.seen, a.graph_hash, a.bundle)
            for n, a in enumerate(answers, start) for r, c in enumerate(a.candidates, 1)]  # fmt: skip
    return pa.table({name: list(column) for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=True)})


def _joined(parts: Sequence[Path], file: IO[bytes], suffix: str) -> None:
    import pyarrow as pa
    from pyarrow import csv, parquet

    writer = None
    for path in parts:
        try:
            table = parquet.read_table(path)
        except pa.ArrowException as error:
            said = str(error).splitlines()[0]
            raise FeatureError(f"cannot be read: {said}", file=str(path), fix="remove it and --resume") from None
        if writer is None:
            make = parquet.ParquetWriter if suffix == ".parquet" else csv.CSVWriter
            writer = make(file, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FeatureError(f"cannot be written: {error.strerror or error}", file=str(path)) from None
