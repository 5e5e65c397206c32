"""What a graph convolutional network reads for two classes, as arrays: nodes, edges and what each layer needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import SUBCLASS, Relation
from kgzsl.learners.graph.gcn import GCN
from kgzsl.propagation.operators import LEVELS, Operator, Related
from kgzsl.propagation.slots import Links, Snapshot

Key = tuple[str, str, str]


@dataclass(frozen=True, eq=False)
class Field:
    """The receptive field of some classes.

    Args:
        vectors: of its nodes. Shape: (n, e).
        edges: which node (first row) is read by which (second row), loops left out. Shape: (2, E).
        inherited: weight of each edge among descriptions, 0 where it is none. Shape: (E,).
        convolved: weight of each edge in a convolution. Shape: (E,).
        own: weight of each node's own values in a convolution. Shape: (n,).
        rows: nodes that each layer computes; the last ones are those of the classes. One (n_k,) each.
        facts: which edges go over each fact, in either direction.
    """

    vectors: Array
    edges: Array
    inherited: Array
    convolved: Array
    own: Array
    rows: tuple[Array, ...]
    facts: dict[Key, list[int]]


def receptive_field(setting: Setting, ids: list[str], facts: tuple[Relation, ...]) -> Field:
    """Return the receptive field of some classes in a network whose layers have one and the same operator.

    Args:
        setting: its learner is a :class:`GCN`.
        ids: IRIs of the classes.
        facts: to find the edges of.
    """
    learner = setting.learner
    assert isinstance(learner, GCN)
    links, operator = Snapshot.of(setting.space).links, learner.operators()[0][0]
    at = np.array([setting.graph.index[iri] for iri in ids], np.int64)
    needed = [at]
    for _ in range(learner.options.layers):
        needed.append(np.union1d(needed[-1], operator.rows(links, np.unique(needed[-1])).indices))
    nodes, parents = needed[-1], Related(SUBCLASS)
    for _ in range(LEVELS if learner.options.decay else 0):
        nodes = np.union1d(nodes, parents.rows(links, nodes).indices)
    inherited = parents.rows(links, nodes)[:, nodes] if learner.options.decay else None
    edges, own, weights = _edges(operator, links, nodes, needed[-2], inherited)
    place = {int(slot): k for k, slot in enumerate(nodes)}
    rows = tuple(np.array([place[int(slot)] for slot in level]) for level in needed[-2::-1])
    index = {iri: place.get(row, -1) for iri, row in setting.graph.index.items()}
    return Field(setting.space.vectors[nodes], edges, *weights, own, rows, _of_facts(facts, index, edges))


def _edges(
    operator: Operator, links: Links, nodes: Array, computed: Array, inherited: sparse.csr_array | None
) -> tuple[Array, Array, tuple[Array, Array]]:
    """Return edges, own weights, and weights of edges among descriptions and in a convolution.

    Rows that no layer computes have no convolution, whatever else reads them.
    """
    n, here = len(nodes), np.searchsorted(nodes, np.unique(computed))
    rows = sparse.csr_array(operator.rows(links, nodes[here])[:, nodes])
    convolved = sparse.csr_array((np.ones(len(here)), (here, np.arange(len(here)))), shape=(n, len(here))) @ rows
    own = convolved.diagonal()
    off = sparse.csr_array(convolved - sparse.diags_array(own))
    up = inherited if inherited is not None else sparse.csr_array((n, n))
    either = sparse.coo_array(abs(off) + abs(up))
    either.eliminate_zeros()
    reader, read = either.coords
    weights = np.asarray(up[reader, read]).ravel(), np.asarray(off[reader, read]).ravel()
    return np.stack([read, reader]).astype(np.int64), own, weights


def _of_facts(facts: tuple[Relation, ...], index: dict[str, int], edges: Array) -> dict[Key, list[int]]:
    number = {(int(a), int(b)): k for k, (a, b) in enumerate(edges.T)}
    found: dict[Key, list[int]] = {}
    for fact in facts:
        a, b = index[fact.source], index[fact.target]
        found[fact[:3]] = [number[pair] for pair in ((a, b), (b, a)) if pair in number]
    return found
