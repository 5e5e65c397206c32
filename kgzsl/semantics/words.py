"""Class vectors from word vectors (gensim KeyedVectors): the mean over the words of names and gloss."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import RecipeError
from kgzsl.graph.classgraph import ClassGraph, Concept
from kgzsl.semantics.keyed import read_keyed
from kgzsl.semantics.text import KEY_BYTES, key

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
SHOWN = 3

Lacking = tuple[Concept, tuple[str, ...]]


class Told(NamedTuple):
    """What is told of a concept: its names, and its gloss where that is read."""

    names: tuple[str, ...]
    gloss: str = ""

    @property
    def key(self) -> str:
        """Content key of the whole."""
        return key("\n".join((*self.names, "", self.gloss)))


class WordSource:
    r"""The mean of the vectors of what is said of a concept, each term once for each time it is said.

    .. math:: v_c = \frac{1}{|T_c|} \sum_{t \in T_c} w_t

    A term is a whole name that the vectors know (``New_York``), else each of its words, and each word of the gloss. A
    word is looked up as it is written, then in lower case, then with a capital, and a compound with hyphens by its
    parts in the end.

    **Unknown words.** Vectors of fastText with n-grams make a vector of any word from its character n-grams. Else a
    word that the vectors do not know is left out of the mean, and a concept of which no word is known has no vector of
    its own: it takes the mean of its ancestors'. A warning counts them when they are first met, and
    :meth:`unknown_words` lists them.

    What was computed once is kept, and bundles hold it: word vectors are opened only for texts that are new.

    Shapes: vectors (N, d) float32.

    Source: DeViSE (Frome et al. 2013) and ConSE (Norouzi et al. 2014) read names alone, ``text="label"``; Mikolov et
    al. 2013 for phrases; Bojanowski et al. 2017 for n-grams.

    Args:
        vectors: a file of word vectors (see :func:`kgzsl.semantics.keyed.read_keyed`), or gensim ``KeyedVectors``.
        text: what is read of a concept: ``label``, ``names`` (label and synonyms) or ``names and gloss``.
        lazy: open the file when a text is met that is not kept.

    Raises:
        MissingFileError, RecipeError: word vectors that are not there, or are none.
    """

    def __init__(self, vectors: Path | Any, text: str = "names and gloss", lazy: bool = False) -> None:
        self.text = text
        self._path = vectors if isinstance(vectors, Path) else None
        self._keyed: Any = None if self._path else vectors
        self._row: dict[str, int] = {}
        self._table, self._known = np.zeros((0, 0), np.float32), np.zeros(0, bool)
        self._restored = False
        if not lazy:
            self.warm()

    def warm(self) -> None:
        """Open the word vectors now rather than at the first text that is not kept."""
        if self._keyed is None:
            assert self._path
            self._keyed = read_keyed(self._path)

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return vectors (N, d) and which concepts have a known word (N,) bool."""
        told = [self._told(concept) for concept in graph.concepts.values()]
        self._add(told, graph)
        rows = [self._row[each.key] for each in told]
        return self._table[rows], self._known[rows]

    def unknown_words(self, graph: ClassGraph) -> dict[str, tuple[str, ...]]:
        """Return the classes (IRIs) with words that the vectors do not know, and which those are."""
        self.warm()
        found = {iri: self._terms(self._told(graph.concepts[iri]))[1] for iri in graph.class_ids}
        return {iri: unknown for iri, unknown in found.items() if unknown}

    def state(self) -> dict[str, Array]:
        """Return what is kept, for a bundle. Shapes: keys (T, 10) uint8, vectors (T, d), known (T,) bool."""
        keys, rows = b"".join(map(bytes.fromhex, self._row)), list(self._row.values())
        return {"keys": np.frombuffer(keys, np.uint8).reshape(-1, KEY_BYTES), "vectors": self._table[rows],
                "known": self._known[rows]}  # fmt: skip

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take back what :meth:`state` gave."""
        self._row = {bytes(k).hex(): row for row, k in enumerate(arrays["keys"])}
        self._table, self._known, self._restored = arrays["vectors"], arrays["known"], True

    def _told(self, concept: Concept) -> Told:
        synonyms = () if self.text == "label" else concept.synonyms
        names = tuple(name for name in (concept.label, *synonyms) if name)
        return Told(names, concept.gloss if self.text == "names and gloss" else "")

    def _add(self, told: list[Told], graph: ClassGraph) -> None:
        new = {each.key: each for each in told if each.key not in self._row}
        if not new:
            return
        self.warm()
        self._refuse_others(told)
        terms = {name: self._terms(each) for name, each in new.items()}
        made = [np.mean(known, axis=0) if known else np.zeros(self._keyed.vector_size) for known, _ in terms.values()]
        start = len(self._table)
        self._row |= {name: start + k for k, name in enumerate(new)}
        table = self._table if start else np.zeros((0, self._keyed.vector_size), np.float32)
        self._table = np.vstack([table, np.array(made, np.float32)])
        self._known = np.append(self._known, [bool(known) for known, _ in terms.values()])
        self._warn(told, graph, {name: unknown for name, (_, unknown) in terms.items() if unknown})

    def _refuse_others(self, told: list[Told]) -> None:
        """Refuse to mix what a bundle kept with vectors of another file."""
        kept = next((each for each in told if each.key in self._row and self._known[self._row[each.key]]), None)
        if not self._restored or kept is None:
            return
        terms = self._terms(kept)[0]
        old = self._table[self._row[kept.key]]
        if not terms or np.shape(terms[0]) != old.shape or not np.allclose(np.mean(terms, axis=0), old, atol=1e-5):
            raise RecipeError("not the word vectors that the bundle was trained with", file=str(self._path),
                              value=kept.names[:1], fix="put those in its place, or train again")  # fmt: skip
        self._restored = False

    def _terms(self, told: Told) -> tuple[list[Array], tuple[str, ...]]:
        """Return the vectors of its terms, and the words that are unknown."""
        vectors, unknown = list[Array](), dict[str, None]()
        for term in _terms(told, self._keyed.key_to_index):
            if term in self._keyed.key_to_index:
                vectors.append(self._keyed[term])
            else:
                unknown[term] = None
                made = self._of_grams(term)
                vectors += [] if made is None else [made]
        return vectors, tuple(unknown)

    def _of_grams(self, word: str) -> Array | None:
        """Return fastText's vector of an unknown word, None where there are no n-grams or it is too short for one."""
        if not getattr(self._keyed, "bucket", 0) or len(word) + 2 < self._keyed.min_n:
            return None
        made: Array = self._keyed.get_vector(word.lower())
        return made if made.any() else None

    def _warn(self, told: list[Told], graph: ClassGraph, unknown: dict[str, tuple[str, ...]]) -> None:
        """Say which classes lack words; nothing of those that have no text, which checks find."""
        lost, lacking = list[Lacking](), list[Lacking]()
        for concept, each in zip(graph.concepts.values(), told, strict=True):
            if concept.kind == "class" and each.key in unknown:
                whole = self._known[self._row[each.key]]
                (lacking if whole else lost).append((concept, unknown[each.key]))
        said = []
        if lost:
            said.append(f"{len(lost)} classes have no word that the word vectors know, such as {_shown(lost)}: the "
                        "mean of their ancestors' vectors stands in")  # fmt: skip
        if lacking:
            fallback = "made of n-grams" if getattr(self._keyed, "bucket", 0) else "left out of the mean"
            said.append(f"{len(lacking)} classes have unknown words, such as {_shown(lacking)}: these are {fallback}")
        if said:
            warnings.warn("; ".join(said), stacklevel=5)


def _shown(concepts: list[Lacking]) -> str:
    """Return ``'zorse' (zorse, zebroid)`` of the first few."""
    return ", ".join(f"'{c.label or c.iri}' ({', '.join(words[:SHOWN])})" for c, words in concepts[:SHOWN])


def _terms(told: Told, known: dict[str, int]) -> Iterator[str]:
    for name in told.names:
        phrase = _spelling("_".join(name.split()), known)
        yield from (phrase,) if phrase else _words(name, known)
    yield from _words(told.gloss, known)


def _words(text: str, known: dict[str, int]) -> Iterator[str]:
    """Words as the vectors spell them; those that they do not know as they are written."""
    for word in WORD.findall(text):
        spelt = _spelling(word, known)
        if spelt or "-" not in word:
            yield spelt or word
        else:
            yield from (_spelling(part, known) or part for part in word.split("-") if part)


def _spelling(word: str, known: dict[str, int]) -> str | None:
    return next((w for w in (word, word.lower(), word.title()) if w in known), None)
