"""Features of more inputs than fit into memory: read in chunks, each checked as :mod:`kgzsl.features` checks a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError, MissingFileError
from kgzsl.features import checked
from kgzsl.streaming.arrays import count_npy, count_npz, npy, npz
from kgzsl.streaming.tables import count_csv, count_parquet, csv_batches, parquet_batches

READERS = {".npy": npy, ".npz": npz, ".csv": csv_batches, ".parquet": parquet_batches}
COUNTERS = {".npy": count_npy, ".npz": count_npz, ".csv": count_csv, ".parquet": count_parquet}


@dataclass(frozen=True)
class FeatureFile:
    """A feature file that is never in memory as a whole.

    ``.npy`` and ``.npz`` are read row by row; ``.csv`` and ``.parquet`` in batches: numeric columns, or one column of
    lists of numbers of one length; a column ``label`` is left out.

    Args:
        path: of the file.

    Raises:
        MissingFileError: no such file.
        FeatureError: empty, or of another kind.
    """

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        if not self.path.is_file():
            raise MissingFileError("no such feature file", file=str(self.path))
        if not self.path.stat().st_size:
            raise FeatureError("the file is empty", file=str(self.path))
        if self.path.suffix.lower() not in READERS:
            raise FeatureError(f"no reader for '{self.path.suffix}'", file=str(self.path),
                               fix="features are .npz, .npy, .csv or .parquet")  # fmt: skip

    @cached_property
    def digest(self) -> str:
        """Hash of the content."""
        with open(self.path, "rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()

    @cached_property
    def rows(self) -> int:
        """Number of inputs; of a .csv the number of lines below its head, about as many."""
        with _reading(self.path):
            return int(COUNTERS[self.path.suffix.lower()](self.path))

    def chunks(self, size: int, start: int = 0, width: int | None = None) -> Iterator[Array]:
        """Yield inputs, ``size`` at a time, the last chunk perhaps fewer. Shape of each: (size, d) float32.

        Args:
            size: inputs in a chunk.
            start: inputs to pass over.
            width: how many numbers each input must have.

        Raises:
            FeatureError: a file that cannot be read, or features that cannot be used; rows count from the file's first.
        """
        row, kept, found = start, [], 0
        with _reading(self.path):
            for part in READERS[self.path.suffix.lower()](self.path, start, size):
                part = self._checked(part, row, width)
                row, width = row + len(part), part.shape[1]
                while len(part):
                    take = part[: size - found]
                    kept.append(take)
                    found, part = found + len(take), part[len(take) :]
                    if found == size:
                        yield np.concatenate(kept)
                        kept, found = [], 0
        if kept:
            yield np.concatenate(kept)
        if not row:
            raise FeatureError("has no inputs", file=str(self.path))

    def _checked(self, part: Array, row: int, width: int | None) -> Array:
        if part.ndim == 2 and part.dtype.kind in "fiub":
            part = part.astype(np.float32)
            bad = np.argwhere(~np.isfinite(part))
            if len(bad):
                r, column = (int(k) for k in bad[0])
                raise FeatureError(f"row {row + r}, column {column} is {part[r, column]}: features must be finite",
                                   file=str(self.path), value=float(part[r, column]))  # fmt: skip
        return checked(part, str(self.path), width)


class _reading:
    """Whatever a reader raises on broken bytes becomes one line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, FeatureError) and error.file is None:
            raise FeatureError(error.message, file=str(self.path), value=error.value, fix=error.fix) from None
        if isinstance(error, Exception) and not isinstance(error, FeatureError | MissingFileError):
            said = str(error).partition("\n")[0] or type(error).__name__
            raise FeatureError(f"cannot be read: {said}", file=str(self.path)) from None
