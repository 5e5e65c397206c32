"""Restriction to a part of the hierarchy: what an input is, given that it lies below a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import UnknownNameError
from kgzsl.resolve.decide.hierarchy import Hierarchy, hierarchy_of
from kgzsl.resolve.query import Query

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph


def restricted(query: Query, graph: ClassGraph, name: str) -> Query:
    r"""Return the query among the candidates at or below a node, with probabilities that sum to one again.

    .. math:: p(c \mid v) = p(c) / \sum_{c' \le v} p(c')

    Args:
        query: its scores are log-probabilities. Shape: (n, C).
        graph: of the candidates.
        name: of the node.

    Raises:
        UnknownNameError: a name that is unknown or ambiguous, or no candidate at or below it.
    """
    iri = graph.find(name)
    found = hierarchy_of(graph, query.ids)
    if iri not in found.nodes:
        raise UnknownNameError(f"no candidate is '{name}' or lies below it", value=name,
                               fix="name more candidates, or a node above one of them")  # fmt: skip
    return among(query, members(found, found.nodes.index(iri)))


def members(hierarchy: Hierarchy, node: int) -> Array:
    """Return the columns of the candidates at or below a node. Shape: (c,)."""
    return np.sort(hierarchy.below[:, [node]].nonzero()[0])


def among(query: Query, columns: Array) -> Query:
    """Return the query among some candidates; its scores are log-probabilities, before and after. Shape: (c,)."""
    kept = query.scores[:, columns].astype(np.float64)
    return Query(query.bank, query.rows[columns], query.X, renormalised(kept), query.references, query.notes)


def renormalised(scores: Array) -> Array:
    """Return log-probabilities that sum to one in each row. Shapes: (n, C) → (n, C)."""
    top = scores.max(axis=1, keepdims=True)
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True)))
