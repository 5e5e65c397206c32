"""Class vectors from a sentence encoder over ``names: gloss``, cached by content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import MissingFileError, RecipeError
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.semantics.encoders import encoder

KEY_BYTES = 10


class TextSource:
    """Sentence vectors, rounded to 16 bits so that a cached one and a fresh one are the same.

    Args:
        model: name of an encoder in the catalogue, or a folder holding a transformers model.
        cache: an ``.npz`` written by :func:`save_cache`; what it lacks is encoded when asked for.
    """

    def __init__(self, model: str, cache: Path | None = None) -> None:
        self.model = model
        self._row: dict[str, int] = {}
        self._table = np.zeros((0, 0), np.float16)
        self._encode: Callable[[str], Array] | None = None
        if cache is not None:
            self._load(cache)

    def warm(self) -> None:
        """Load the encoder now rather than at the first text that is not cached."""
        if self._encode is None:
            self._encode = encoder(self.model)

    def forget(self, text: str) -> None:
        """Drop a text from the cache; it is encoded when next met."""
        self._row.pop(key(text), None)

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return vectors (N, d) float32 and which concepts have a text (N,) bool."""
        texts = [concept.text for concept in graph.concepts.values()]
        self.add(texts)
        described = np.array([bool(text) for text in texts])
        rows = [self._row[key(text)] for text in texts if text]
        out = np.zeros((len(texts), self._table.shape[1]), np.float32)
        out[described] = self._table[rows]
        return out, described

    def add(self, texts: Iterable[str], progress: Callable[[int, int], None] | None = None) -> None:
        """Encode the texts that are not cached, one at a time so that the batch cannot change a bit."""
        new = [text for text in dict.fromkeys(texts) if text and key(text) not in self._row]
        rows = []
        for done, text in enumerate(new, 1):
            self.warm()
            assert self._encode
            rows.append(self._encode(text).astype(np.float16))
            self._row[key(text)] = len(self._table) + done - 1
            if progress:
                progress(done, len(new))
        if rows:
            table = self._table if self._table.size else np.zeros((0, len(rows[0])), np.float16)
            self._table = np.vstack([table, rows])

    def state(self) -> dict[str, Array]:
        """Return the cache as arrays, for a bundle. Shapes: keys (T, 10) uint8, vectors (T, d) float16."""
        keys = b"".join(map(bytes.fromhex, self._row))
        table = self._table[list(self._row.values())]
        return {"keys": np.frombuffer(keys, np.uint8).reshape(-1, KEY_BYTES), "vectors": table}

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take back what :meth:`state` gave."""
        self._row = {bytes(k).hex(): row for row, k in enumerate(arrays["keys"])}
        self._table = arrays["vectors"]

    def save(self, path: Path) -> None:
        """Write the cache."""
        table = self._table[list(self._row.values())]
        np.savez_compressed(path, keys=np.array(list(self._row)), vectors=table, model=np.array(self.model))

    def _load(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as file:
                keys, table, model = file["keys"], file["vectors"], str(file["model"])
        except FileNotFoundError:
            raise MissingFileError("no such vector cache", file=str(path)) from None
        except (ValueError, OSError, KeyError) as error:
            raise RecipeError(f"not a vector cache: {error}", file=str(path)) from None
        if model != self.model:
            raise RecipeError(f"the vectors are of '{model}', the recipe asks for '{self.model}'", file=str(path),
                              value=model)  # fmt: skip
        self._row, self._table = {str(k): row for row, k in enumerate(keys)}, table


def key(text: str) -> str:
    """Content key of a text, 20 hexadecimal digits."""
    return hashlib.blake2b(text.encode(), digest_size=KEY_BYTES).hexdigest()
