"""Class vectors from word vectors (gensim KeyedVectors): the mean over the words of names and gloss."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import MissingFileError, RecipeError
from kgzsl.graph.classgraph import ClassGraph


class WordSource:
    """Mean word vectors.

    Args:
        vectors: a file that gensim reads (its own, word2vec text or binary), or KeyedVectors.
    """

    def __init__(self, vectors: Path | Any) -> None:
        self._keyed = _load(vectors) if isinstance(vectors, Path) else vectors

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return vectors (N, d) and which concepts have a known word (N,) bool."""
        out = np.zeros((len(graph), self._keyed.vector_size), np.float32)
        described = np.zeros(len(graph), bool)
        for row, concept in enumerate(graph.concepts.values()):
            words = [w for w in re.findall(r"[a-z]+", concept.text.lower()) if w in self._keyed.key_to_index]
            if words:
                out[row], described[row] = np.mean([self._keyed[w] for w in words], axis=0), True
        return out, described


def _load(path: Path) -> Any:
    from gensim.models import KeyedVectors

    if not path.is_file():
        raise MissingFileError("no such word vectors", file=str(path))
    try:
        if path.suffix in (".txt", ".vec"):
            return KeyedVectors.load_word2vec_format(str(path), no_header=not _has_header(path))
        return KeyedVectors.load_word2vec_format(str(path), binary=True)
    except (ValueError, EOFError, UnicodeDecodeError) as error:
        raise RecipeError(f"not word vectors in word2vec's format: {error}", file=str(path)) from None


def _has_header(path: Path) -> bool:
    with path.open(encoding="utf8", errors="replace") as file:
        return len(file.readline().split()) == 2
