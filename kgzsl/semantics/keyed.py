"""Files of word vectors as gensim ``KeyedVectors``, memory-mapped; nothing in them is executed."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import MissingFileError, RecipeError
from kgzsl.semantics.mapped import mapped, write_mapped

FASTTEXT = struct.pack("<i", 793712314)
"""First bytes of a model that fastText saved."""
COUNT = re.compile(rb"^(\d+) (\d+)\s*$")
FIX = "word vectors are .txt or .vec (word2vec, GloVe, fastText), .bin (word2vec, fastText), or .npy beside .parquet"


class WordVectors(NamedTuple):
    """Words and their vectors, with fastText's n-grams where there are any.

    Args:
        words: (V,), each once.
        vectors: (V, d) float32.
        grams: vectors of hashed character n-grams, or None. Shape: (buckets, d).
        lengths: of the n-grams, shortest and longest.
    """

    words: list[str]
    vectors: Array
    grams: Array | None = None
    lengths: tuple[int, int] = (0, 0)

    def keyed(self) -> Any:
        """Return gensim ``KeyedVectors`` over the same arrays; with n-grams ``FastTextKeyedVectors``."""
        from gensim.models import KeyedVectors
        from gensim.models.fasttext import FastTextKeyedVectors

        width = self.vectors.shape[1]
        if self.grams is None:
            made: Any = KeyedVectors(width)
        else:
            made = FastTextKeyedVectors(width, *self.lengths, len(self.grams))
            made.vectors_ngrams = self.grams
        made.vectors, made.index_to_key = self.vectors, self.words
        made.key_to_index = {word: row for row, word in enumerate(self.words)}
        return made


def read_keyed(path: Path) -> Any:
    """Return the ``KeyedVectors`` of a file.

    What is not an ``.npy`` is read once, and where it is large kept beside the file (``<file>.vectors.npy`` and
    ``<file>.words.json``): from then on it is memory-mapped, and so shared by processes and read as it is needed.

    Raises:
        MissingFileError: no such file, or no words beside an ``.npy``.
        RecipeError: not word vectors, or gensim's own files, which are pickles.
    """
    if not path.is_file():
        raise MissingFileError("no such word vectors", file=str(path))
    if path.suffix == ".npy":
        return _pair(path).keyed()
    kept = mapped(path)
    if kept is None:
        made = _read(path)
        write_mapped(path, *made)
        kept = mapped(path) or made
    return WordVectors(*kept).keyed()


def _read(path: Path) -> WordVectors:
    with path.open("rb") as file:
        start = file.read(4)
    if start[:1] == b"\x80":
        raise RecipeError("is a pickle, as gensim saves its own: loading it could run anything", file=str(path),
                          fix="save it with save_word2vec_format(…, binary=True) where you trust it")  # fmt: skip
    try:
        if path.suffix in (".txt", ".vec"):
            made = _text(path)
        else:
            made = _fasttext(path) if start == FASTTEXT else _binary(path)
    except RecipeError:
        raise
    except Exception as error:  # the readers raise whatever a broken byte leads them to
        said = str(error).partition("\n")[0] or type(error).__name__
        raise RecipeError(f"not word vectors in word2vec's format: {said}", file=str(path), fix=FIX) from None
    return _checked(made, path)


def _checked(made: WordVectors, path: Path) -> WordVectors:
    if not len(made.words):
        raise RecipeError("holds no word", file=str(path), fix=FIX)
    bad = np.flatnonzero(~np.isfinite(made.vectors).all(axis=1))
    if len(bad):
        word = made.words[bad[0]]
        raise RecipeError(f"the vector of '{word}' holds NaN or Inf", file=str(path), value=word,
                          fix=f"{len(bad)} such words in all")  # fmt: skip
    return made


def _binary(path: Path) -> WordVectors:
    """word2vec's binary format, plain or ``.gz``, through gensim."""
    from gensim.models import KeyedVectors

    if path.suffix != ".gz":
        with path.open("rb") as file:
            count = COUNT.match(file.readline(64))
        if not count or int(count[1]) * int(count[2]) * 4 > path.stat().st_size:
            raise ValueError("its first line is not the number of words and of dimensions, or it was cut short")
    keyed = KeyedVectors.load_word2vec_format(str(path), binary=True, unicode_errors="replace")
    return WordVectors(keyed.index_to_key, keyed.vectors)


def _fasttext(path: Path) -> WordVectors:
    """A model of fastText with its n-grams, through gensim, which reads fields and numbers and runs nothing."""
    from gensim.models.fasttext import load_facebook_vectors

    keyed = load_facebook_vectors(str(path))
    grams = keyed.vectors_ngrams if keyed.bucket else None
    return WordVectors(keyed.index_to_key, keyed.vectors, grams, (keyed.min_n, keyed.max_n))


def _text(path: Path) -> WordVectors:
    """Lines of a word and its numbers, after a line of two counts (word2vec, fastText) or none (GloVe).

    Words may hold spaces, as some of GloVe's do. Of a word that stands twice the first vector counts.
    """
    words: dict[str, None] = {}
    with path.open("rb") as file:
        first = file.readline()
        count = COUNT.match(first)
        width = int(count[2]) if count else len(first.split()) - 1
        if width < 1:
            raise RecipeError("not a word and its numbers", file=str(path), line=1, fix=FIX)
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) + 2
        table = np.empty((min(lines, path.stat().st_size // (2 * width) + 1), width), np.float32)
        file.seek(0)
        for line, text in enumerate(file, 1):
            text = text.rstrip(b"\r\n ")
            if not text or (line == 1 and count):
                continue
            table[len(words)], word = _parse(text, width, path, line)
            words.setdefault(word.decode("utf8", "replace"))
    return WordVectors(list(words), table[: len(words)])


def _parse(text: bytes, width: int, path: Path, line: int) -> tuple[Array, bytes]:
    word, _, rest = text.partition(b" ")
    try:
        numbers = np.fromstring(rest, np.float32, sep=" ")
        if len(numbers) == width:
            return numbers, word
    except (ValueError, DeprecationWarning):  # a word with spaces, or no numbers
        pass
    word, *fields = text.rsplit(b" ", width)
    try:
        if len(fields) == width:
            return np.array(fields, np.float32), word
    except ValueError:
        pass
    raise RecipeError(f"not a word and {width} numbers", file=str(path), line=line, fix=FIX)


def _pair(path: Path) -> WordVectors:
    """An ``.npy`` of vectors, memory-mapped, and the words of its rows in a ``.parquet`` beside it."""
    from pyarrow import parquet

    beside = sorted(path.parent.glob("*.parquet"))
    own = [file for file in beside if file.stem == path.stem] or beside
    if len(own) != 1:
        raise MissingFileError(f"{len(own)} files may hold the words of its rows", file=str(path),
                               fix=f"put them beside it in {path.stem}.parquet")  # fmt: skip
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
        words = [str(word) for word in parquet.read_table(own[0]).column(0).to_pylist()]
    except Exception as error:  # the readers raise whatever a broken byte leads them to
        raise RecipeError(f"not vectors and words: {str(error).splitlines()[0]}", file=str(path)) from None
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or len(vectors) != len(words):
        raise RecipeError(f"vectors of shape {vectors.shape} for {len(words)} words in {own[0].name}", file=str(path))
    return WordVectors(words, vectors)
