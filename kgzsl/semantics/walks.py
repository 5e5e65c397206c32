"""Class vectors of the graph itself: skip-gram over random walks (DeepWalk, node2vec) and words (OWL2Vec*)."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.errors import RecipeError
from kgzsl.graph.classgraph import ClassGraph, Concept
from kgzsl.graph.operators import row_normalised
from kgzsl.graph.recipe import Walks
from kgzsl.semantics.packed import packed, unpacked
from kgzsl.semantics.sentences import Sentences, documents, names_of, node, plain, words
from kgzsl.semantics.walker import links_of, neighbours, random_walks

Table = tuple[dict[str, int], Array]


class WalkSource:
    r"""Concepts that are near in the graph get near vectors, as words that stand near do: skip-gram over walks.

    .. math:: \max \sum_{(c, o)} \log \sigma(u_o \cdot v_c) + \sum_{k} \mathbb{E}_{o_k} \log \sigma(-u_{o_k} \cdot v_c)

    over concepts c and what stands within a window of them, with k negatives each.

    - ``deepwalk``: walks that choose links by their weight;
    - ``node2vec``: walks that remember where they came from, p against going back and q against going on;
    - ``owl2vec``: the documents of :func:`kgzsl.semantics.sentences.documents`. The vector is the concept's own beside
      the mean of those of the words of its names and gloss, each half of unit length: ``V_iri`` and ``V_word``,
      concatenated, 2 · ``dims`` wide. The published form reads the words of the label alone.

    **Trained once.** The first call of :meth:`vectors` trains on its graph, unseen classes included, and nothing is
    trained after that: bundles hold the vectors. From then on they depend on the trained table and the graph alone. A
    concept that was trained keeps its vector, whatever is stated of it later. One that was not (a class added by an
    edit) has the mean of its neighbours' vectors, by the weights of the relations, those nearest to trained ones first;
    with ``owl2vec`` its words are as good as any other's. A concept that nothing links to has no vector of its own.

    The same graph and seed give the same vectors: one worker, and no hash of Python's.

    Shapes: vectors (N, dims) float32, (N, 2 · dims) for ``owl2vec``.

    Source: Perozzi et al. 2014 (DeepWalk); Grover & Leskovec 2016 (node2vec); Chen et al. 2021 (OWL2Vec*); trained by
    gensim's Word2Vec (Mikolov et al. 2013).

    Args:
        model: ``deepwalk``, ``node2vec`` or ``owl2vec``.
        options: of walks and training.
        ways: relation → weights along it and against it.
    """

    def __init__(self, model: str, options: Walks, ways: Mapping[str, tuple[float, float]]) -> None:
        self.model, self.options, self.ways = model, options, dict(ways)
        self._concepts: Table | None = None
        self._words: Table = {}, np.zeros((0, options.dims), np.float32)
        self._means: dict[str, Array | None] = {}

    def fit(self, graph: ClassGraph) -> None:
        """Walk and train; forgets what was trained before.

        Raises:
            RecipeError: no two concepts are linked.
        """
        options, rng = self.options, np.random.default_rng(self.options.seed)
        links = links_of(graph, self.ways)
        linked = np.union1d(np.flatnonzero(links.degree), links.target)
        if not len(linked):
            raise RecipeError("no relation to walk along links any two concepts", value=sorted(self.ways),
                              fix="name relations that the ontology states, in [vectors.walks.relations]")  # fmt: skip
        starts = np.concatenate([rng.permutation(linked) for _ in range(options.walks)])
        nodes, steps = random_walks(links, starts, self._length, options.p, options.q, rng)
        by_words = self.model == "owl2vec"
        rows, table = skip_gram(documents(graph, nodes, steps, links.names, rng) if by_words else plain(nodes), options)
        trained = [row for row in linked.tolist() if node(row) in rows]
        self._concepts = _taken(rows, table, [(graph.ids[row], node(row)) for row in trained])
        self._words = _taken(rows, table, [(name, name) for name in rows if name[0] not in "#@"])
        self._means.clear()

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return vectors (N, d) and which concepts have one (N,) bool; trains on this graph if nothing is trained.

        Raises:
            RecipeError: no two concepts are linked.
        """
        if self._concepts is None:
            self.fit(graph)
        assert self._concepts is not None
        row, table = self._concepts
        found = np.array([row.get(iri, -1) for iri in graph.ids])
        known = found >= 0
        own = np.zeros((len(graph), self.options.dims), np.float32)
        own[known] = table[found[known]]
        own, known = self._filled(graph, own, known)
        if self.model != "owl2vec":
            return own, known
        said, told = self._filled(graph, *self._said(graph))
        return np.hstack([unit_rows(own), unit_rows(said)]), known | told

    def state(self) -> dict[str, Array]:
        """Return what was trained, for a bundle; nothing before the first call of :meth:`vectors`."""
        if self._concepts is None:
            return {}
        (concepts, vectors), (known, of_words) = self._concepts, self._words
        return {"concepts": packed(concepts), "vectors": vectors, "words": packed(known), "word_vectors": of_words}

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take back what :meth:`state` gave."""
        names, known = unpacked(arrays["concepts"]), unpacked(arrays["words"])
        self._concepts = {name: row for row, name in enumerate(names)}, arrays["vectors"]
        self._words = {name: row for row, name in enumerate(known)}, arrays["word_vectors"]
        self._means.clear()

    @property
    def _length(self) -> int:
        return self.options.length or (5 if self.model == "owl2vec" else 40)

    def _said(self, graph: ClassGraph) -> tuple[Array, Array]:
        """The mean over known words of names and gloss, and which concepts have any. Shapes: (N, dims), (N,)."""
        means = [self._mean(concept) for concept in graph.concepts.values()]
        told = np.array([mean is not None for mean in means], bool)
        out = np.zeros((len(graph), self.options.dims), np.float32)
        if told.any():
            out[told] = [mean for mean in means if mean is not None]
        return out, told

    def _mean(self, concept: Concept) -> Array | None:
        if concept.text not in self._means:
            row, table = self._words
            rows = [row[word] for word in (*names_of(concept), *words(concept.gloss)) if word in row]
            self._means[concept.text] = table[rows].mean(axis=0) if rows else None
        return self._means[concept.text]

    def _filled(self, graph: ClassGraph, vectors: Array, known: Array) -> tuple[Array, Array]:
        """Give concepts without a vector the mean of their neighbours', round by round."""
        if known.all():
            return vectors, known
        beside = neighbours(graph, self.ways)
        vectors, known = vectors.copy(), known.copy()
        while True:
            rows = np.flatnonzero(~known & (beside @ known.astype(np.float32) > 0))
            if not len(rows):
                return vectors, known
            of_known = sparse.csr_array(beside[rows] @ sparse.diags_array(known.astype(float)))
            vectors[rows] = row_normalised(of_known) @ vectors
            known[rows] = True


def skip_gram(sentences: Sentences, options: Walks) -> Table:
    """Return token → row, and vectors of unit length. Shape: (V, dims) float32."""
    from gensim.models import Word2Vec

    model = Word2Vec(sentences, vector_size=options.dims, window=options.window, epochs=options.epochs, sg=1, hs=0,
                     negative=options.negative, min_count=1, seed=options.seed, workers=1,
                     hashfxn=lambda text: crc32(text.encode()))  # fmt: skip
    return model.wv.key_to_index, unit_rows(model.wv.vectors)


def _taken(rows: Mapping[str, int], table: Array, named: list[tuple[str, str]]) -> Table:
    return {name: k for k, (name, _) in enumerate(named)}, table[[rows[token] for _, token in named]]
