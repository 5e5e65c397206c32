"""What the vectors of concepts are made of: attributes that they state, or others state, and vectors of parents."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS
from kgzsl.graph.operators import adjacency, row_normalised
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import ClassSpace


class Made(NamedTuple):
    """Vectors as mixtures of attributes that are stated: ``vectors = mixture @ stated``.

    Args:
        mixture: Shape: (N, N), rows in the order of ``graph.ids``.
        stated: strengths as stated. Shape: (N, attributes).
        columns: attribute IRI → column.
    """

    mixture: sparse.csr_array
    stated: Array
    columns: dict[str, int]


def made_of_attributes(space: ClassSpace) -> Made | None:
    """Return what vectors are made of where they are the attribute matrix, lengths held as they are; else None.

    A group has the mean of what lies below it, an undescribed concept that of its parents, as
    :class:`kgzsl.semantics.attributes.AttributeSource` and :func:`kgzsl.semantics.space.build_space` make them.
    """
    if not isinstance(space.source, AttributeSource):
        return None
    graph = space.graph
    names = [iri for iri in graph.ids if graph.concepts[iri].kind == "attribute"]
    rows = [graph.index[iri] for iri in names]
    stated = np.asarray(adjacency(len(graph), graph.edges(ATTRIBUTE))[:, rows].todense(), np.float64)
    known = np.asarray(stated.any(axis=1))
    mixture = sparse.csr_array(sparse.diags_array(known.astype(float)))
    children = sparse.csr_array(adjacency(len(graph), graph.edges(SUBCLASS)).T)
    mixture, known = _filled(mixture, known, children)
    mixture = _of_unit_length(mixture, stated)
    mixture, _ = _filled(mixture, known, space.parents, stated)
    return Made(mixture, stated, {iri: column for column, iri in enumerate(names)})


def _filled(
    mixture: sparse.csr_array, known: Array, beside: sparse.csr_array, stated: Array | None = None
) -> tuple[sparse.csr_array, Array]:
    """Give concepts the mean of those beside them that have something, round by round; of unit length with stated."""
    known = known.copy()
    while True:
        rows = np.flatnonzero(~known & (beside @ known.astype(float) > 0))
        if not len(rows):
            return mixture, known
        mean = row_normalised(sparse.csr_array(beside[rows] @ sparse.diags_array(known.astype(float)))) @ mixture
        mean = mean if stated is None else _of_unit_length(mean, stated)
        place = sparse.csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(known), len(rows)))
        mixture = sparse.csr_array(mixture + place @ mean)
        known[rows] = True


def _of_unit_length(mixture: sparse.csr_array, stated: Array) -> sparse.csr_array:
    length = np.linalg.norm(mixture @ stated, axis=1)
    scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ mixture)
