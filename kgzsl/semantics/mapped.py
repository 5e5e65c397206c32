"""Large tables of word vectors kept beside their file as plain arrays, so that they can be memory-mapped."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.whole import written_whole

SMALL = 8 * 1024**2
"""Bytes; what is smaller is read in a moment, and nothing is written beside it."""

Kept = tuple[list[str], Array, Array | None, tuple[int, int]]


def mapped(path: Path) -> Kept | None:
    """Return what :func:`write_mapped` kept of a file, memory-mapped; None where it is not of the file as it is."""
    try:
        about: dict[str, Any] = json.loads(_beside(path, "words.json").read_bytes())
        if about["file"] != _stamp(path):
            return None
        vectors = np.load(_beside(path, "vectors.npy"), mmap_mode="r", allow_pickle=False)
        lengths = about["lengths"]
        grams = np.load(_beside(path, "ngrams.npy"), mmap_mode="r", allow_pickle=False) if lengths[1] else None
        return (about["words"], vectors, grams, (lengths[0], lengths[1])) if len(vectors) == about["count"] else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def write_mapped(path: Path, words: list[str], vectors: Array, grams: Array | None, lengths: tuple[int, int]) -> None:
    """Keep large vectors beside their file; what says that they are there is written last.

    Nothing is kept where the folder cannot be written.
    """
    tables = {"vectors.npy": vectors} | ({} if grams is None else {"ngrams.npy": grams})
    if sum(table.nbytes for table in tables.values()) < SMALL:
        return
    about = {"file": _stamp(path), "count": len(words), "lengths": lengths if grams is not None else (0, 0),
             "words": words}  # fmt: skip
    with contextlib.suppress(OSError):
        for name, table in tables.items():
            with written_whole(_beside(path, name)) as file:
                np.save(file, np.ascontiguousarray(table, np.float32))
        with written_whole(_beside(path, "words.json")) as file:
            file.write(json.dumps(about).encode())


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}.{ending}")


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]
