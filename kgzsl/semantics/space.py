"""The ClassSpace: a graph with a vector for every concept; all that a learner sees of the classes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Protocol

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Concept, Relation
from kgzsl.graph.operators import adjacency, row_normalised, smoothing


class VectorSource(Protocol):
    """Gives a vector to every concept that it can describe."""

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return vectors (N, d) and which of them are real (N,) bool; the others are zero."""
        ...


@dataclass(frozen=True, eq=False)
class ClassSpace:
    """Graph, relation weights and unit-length concept vectors.

    Args:
        graph: concepts and relations.
        relations: relation → weight in propagation.
        vectors: (N, d) float32, in the order of ``graph.ids``.
        described: (N,) bool; False where the vector was taken from the ancestors.
        source: where vectors come from, for what is added.
    """

    graph: ClassGraph
    relations: Mapping[str, float]
    vectors: Array
    described: Array
    source: VectorSource

    @cached_property
    def parents(self) -> sparse.csr_array:
        """Row-normalised child → parent matrix. Shape: (N, N)."""
        return row_normalised(adjacency(self.graph, {SUBCLASS: 1.0}))

    @cached_property
    def smoothing(self) -> sparse.csr_array:
        """``D⁻¹ (A + Aᵀ + I)`` over the relations of the recipe. Shape: (N, N)."""
        return smoothing(self.graph, self.relations)

    @cached_property
    def class_rows(self) -> Array:
        """Rows of the candidates for answers, in the order of ``graph.classes``."""
        index = self.graph.index
        return np.array([index[iri] for iri in self.graph.classes], np.int64)

    def without(self, edges: Iterable[Relation]) -> ClassSpace:
        """Return the space less these edges: the counterfactual 'had this not been stated'."""
        return build_space(self.graph.without(edges), self.relations, self.source)

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
        edges = [(SUBCLASS, iri, 1.0) for iri in parents] + [(name, iri, 1.0) for name, iri in relations]
        edges += [(ATTRIBUTE, iri, strength) for iri, strength in (attributes or {}).items()]
        iri = "urn:kgzsl:temporary:" + hashlib.sha256(repr((label, edges, gloss)).encode()).hexdigest()[:16]
        concept = Concept(iri, "class", label, (), gloss)
        graph = self.graph.with_concept(concept, [Relation(iri, n, t, w) for n, t, w in edges])
        return build_space(graph, self.relations, self.source), iri


def build_space(
    graph: ClassGraph,
    relations: Mapping[str, float],
    source: VectorSource,
    progress: Callable[[str, int, int], None] | None = None,
) -> ClassSpace:
    """Return the space of a graph; a concept without a description takes the mean of its parents' vectors.

    ``progress`` is called with (stage, done, total) where texts are encoded.
    """
    if progress and hasattr(source, "add"):
        source.add((c.text for c in graph.concepts.values()), partial(progress, "encode texts"))
    vectors, described = source.vectors(graph)
    space = ClassSpace(graph, dict(relations), unit_rows(vectors), described, source)
    return space if described.all() else replace(space, vectors=_from_ancestors(space))


def _from_ancestors(space: ClassSpace) -> Array:
    vectors, known = space.vectors.copy(), space.described.copy()
    while True:
        rows = np.flatnonzero(~known & (space.parents @ known.astype(np.float32) > 0))
        if not len(rows):
            return vectors
        vectors[rows] = unit_rows(space.parents[rows] @ (vectors * known[:, None]))
        known[rows] = True
