"""The ClassSpace: a graph with a vector for every concept; all that a learner sees of the classes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple, Protocol

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.errors import FeatureError
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Concept, Relation
from kgzsl.graph.operators import Edges, adjacency, row_normalised, smoothing
from kgzsl.graph.recipe import Nearest
from kgzsl.semantics.derived import NEAREST, nearest_edges

Weight = float | tuple[float, float]


class VectorSource(Protocol):
    """Gives a vector to every concept that it can describe."""

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return vectors (N, d) and which of them are real (N,) bool; the others are zero."""
        ...


class Change(NamedTuple):
    """What turns one class space into another.

    Args:
        added: IRIs of new concepts.
        removed: IRIs of concepts that are gone; all their links are among ``links``.
        described: IRIs of concepts, new ones among them, that have other vectors now.
        vectors: of these. Shape: (k, e).
        links: (relation, source, target, new weight), 0 where the edge is gone.
        left: places (in the old order) and IRIs of what no longer is a class.
        came: places (in the new order) and IRIs of what was no class.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    described: tuple[str, ...]
    vectors: Array
    links: tuple[tuple[str, str, str, float], ...]
    left: tuple[tuple[int, str], ...]
    came: tuple[tuple[int, str], ...]


@dataclass(frozen=True, eq=False)
class ClassSpace:
    """Graph, relation weights and unit-length concept vectors.

    Args:
        graph: concepts and relations.
        relations: relation → weight in propagation, or a pair of weights, along it and against it.
        vectors: (N, d) float32, in the order of ``graph.ids``.
        described: (N,) bool; False where the vector was taken from the ancestors.
        source: where vectors come from, for what is added.
        nearest: adds derived edges to the nearest descriptions; see :mod:`kgzsl.semantics.derived`.
        since: a space that this one was made from, and what was changed; only saves finding it out.
    """

    graph: ClassGraph
    relations: Mapping[str, Weight]
    vectors: Array
    described: Array
    source: VectorSource
    nearest: Nearest | None = None
    since: tuple[ClassSpace, Change] | None = None

    @cached_property
    def derived(self) -> dict[str, Edges]:
        """Computed edges, by relation; no file states them."""
        return {NEAREST: nearest_edges(self.vectors, self.nearest)} if self.nearest else {}

    def edges(self, relation: str) -> Edges:
        """Rows of sources, rows of targets and weights of a relation, stated or derived. Shapes: (E,) each."""
        found = self.derived.get(relation)
        return self.graph.edges(relation) if found is None else found

    @cached_property
    def ways(self) -> dict[str, tuple[float, float]]:
        """Relation → weights along it and against it, derived ones among them."""
        given = {name: w if isinstance(w, tuple) else (w, w) for name, w in self.relations.items()}
        return given | ({NEAREST: (self.nearest.weight, self.nearest.weight)} if self.nearest else {})

    @cached_property
    def parents(self) -> sparse.csr_array:
        """Row-normalised child → parent matrix. Shape: (N, N)."""
        return row_normalised(adjacency(len(self.graph), self.graph.edges(SUBCLASS)))

    @cached_property
    def smoothing(self) -> sparse.csr_array:
        """``D⁻¹ (A + Aᵀ + I)`` over the relations of the recipe and derived ones. Shape: (N, N)."""
        return smoothing(len(self.graph), {name: self.edges(name) for name in self.ways}, self.ways)

    @cached_property
    def class_rows(self) -> Array:
        """Rows of the candidates for answers, in the order of ``graph.class_ids``."""
        index = self.graph.index
        return np.array([index[iri] for iri in self.graph.class_ids], np.int64)

    @cached_property
    def read(self) -> frozenset[str] | None:
        """Relations that the source reads to make the vectors; None where it reads more of the graph than edges."""
        from kgzsl.semantics.edited import relations_read

        return relations_read(self.source, self.graph)

    def without(self, edges: Iterable[Relation]) -> ClassSpace:
        """Return the space less these edges: the counterfactual 'had this not been stated'."""
        return self.edited(edges)

    def edited(self, removed: Iterable[Relation] = (), added: Iterable[Relation] = ()) -> ClassSpace:
        """Return the space less some edges and with others between concepts that are there.

        Costs what the edit touches; see :mod:`kgzsl.semantics.edited`.

        Raises:
            UnknownNameError: an edge is added that relates what the graph does not know.
        """
        from kgzsl.semantics.edited import edited_space

        return edited_space(self, removed, added)

    def with_class(
        self,
        label: str,
        parents: Iterable[str] = (),
        relations: Iterable[tuple[str, str]] = (),
        attributes: Mapping[str, float] | None = None,
        gloss: str = "",
    ) -> tuple[ClassSpace, str]:
        """Return the space with one temporary class more, and its IRI.

        Args:
            label: its name; with ``gloss`` the text that is encoded.
            parents: IRIs.
            relations: pairs (relation, IRI).
            attributes: attribute IRI → strength.
            gloss: a definition.
        """
        edges = [(SUBCLASS, iri, 1.0) for iri in dict.fromkeys(parents)]
        edges += [(name, iri, 1.0) for name, iri in dict.fromkeys(relations)]
        edges += [(ATTRIBUTE, iri, strength) for iri, strength in (attributes or {}).items()]
        iri = "urn:kgzsl:temporary:" + hashlib.sha256(repr((label, edges, gloss)).encode()).hexdigest()[:16]
        concept = Concept(iri, "class", label, (), gloss)
        graph = self.graph.with_concept(concept, [Relation(iri, n, t, w) for n, t, w in edges])
        space = build_space(graph, self.relations, self.source, nearest=self.nearest)
        if iri in self.graph.index or self.nearest:
            return space, iri
        links = tuple((e.relation, e.source, e.target, e.weight) for e in graph.relations[len(self.graph.relations) :]
                      if e.relation in {SUBCLASS, *self.relations})  # fmt: skip
        other = np.ones(len(graph), bool)
        other[graph.index[iri]] = False
        changed = ~other
        changed[other] = (space.vectors[other] != self.vectors).any(axis=1)
        rows, came = np.flatnonzero(changed), ((graph.class_ids.index(iri), iri),)
        change = Change((iri,), (), tuple(graph.ids[k] for k in rows), space.vectors[rows], links, (), came)
        return replace(space, since=(self, change)), iri


def build_space(
    graph: ClassGraph,
    relations: Mapping[str, Weight],
    source: VectorSource,
    progress: Callable[[str, int, int], None] | None = None,
    nearest: Nearest | None = None,
) -> ClassSpace:
    """Return the space of a graph; a concept without a description takes the mean of its parents' vectors.

    ``progress`` is called with (stage, done, total) where texts are encoded.
    """
    if progress and hasattr(source, "add"):
        source.add((c.text for c in graph.concepts.values()), partial(progress, "encode texts"))
    vectors, described = source.vectors(graph)
    _refuse_not_finite(graph, vectors)
    space = ClassSpace(graph, dict(relations), unit_rows(vectors), described, source, nearest)
    return space if described.all() else replace(space, vectors=from_ancestors(space.parents, space.vectors, described))


def _refuse_not_finite(graph: ClassGraph, vectors: Array) -> None:
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        concept = graph.concepts[graph.ids[bad[0]]]
        message = f"the vector of '{graph.label(concept.iri)}' holds NaN or Inf"
        raise FeatureError(message, file=concept.file or None, line=concept.line or None, value=concept.iri,
                           fix=f"mend the vectors; {len(bad)} of {len(vectors)} are so")  # fmt: skip


def from_ancestors(parents: sparse.csr_array, vectors: Array, described: Array) -> Array:
    """Return vectors in which a concept that is not described has the mean direction of its parents'.

    Concepts nearest to what is described come first; one without a described ancestor keeps what it has.

    Args:
        parents: row-normalised child → parent matrix. Shape: (N, N).
        vectors: of unit length. Shape: (N, d).
        described: which of them are real. Shape: (N,).
    """
    filled, known = vectors.copy(), described.copy()
    while True:
        rows = np.flatnonzero(~known & (parents @ known.astype(np.float32) > 0))
        if not len(rows):
            return filled
        filled[rows] = unit_rows(parents[rows] @ (filled * known[:, None]))
        known[rows] = True
