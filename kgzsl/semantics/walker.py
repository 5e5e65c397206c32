"""Random walks over weighted relations, all at once: of first order (DeepWalk) and second (node2vec)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.graph.classgraph import ClassGraph

TRIES = 24
"""Rounds of rejection; the few walks that are still undecided then are drawn from the exact distribution."""
INVERSE = "inverse of "


class Links(NamedTuple):
    """Where a walk may go: links sorted by source, then target.

    Args:
        start: links of concept i are ``start[i]:start[i + 1]``. Shape: (N + 1,).
        target: rows. Shape: (E,).
        relation: places in ``names``. Shape: (E,).
        total: running sum of weights, 0 first. Shape: (E + 1,).
        pairs: ``source · N + target``, sorted. Shape: (E,).
        names: of relations, ``inverse of …`` where a link is followed against its direction.
    """

    start: Array
    target: Array
    relation: Array
    total: Array
    pairs: Array
    names: tuple[str, ...]

    @property
    def degree(self) -> Array:
        """Links of each concept. Shape: (N,)."""
        return np.diff(self.start)


def links_of(graph: ClassGraph, ways: Mapping[str, tuple[float, float]]) -> Links:
    """Return the links of a graph, followed along and against each relation as it is weighted.

    Args:
        graph: concepts and relations.
        ways: relation → weights along it and against it.
    """
    n, names, none = len(graph), list[str](), np.zeros(0, np.int64)
    parts: list[tuple[Array, Array, Array, Array]] = [(none, none, np.zeros(0), none)]
    for name in sorted(ways):
        (along, against), (source, target, weight) = ways[name], graph.edges(name)
        for factor, a, b, called in ((along, source, target, name), (against, target, source, INVERSE + name)):
            kept = (factor * weight > 0) & (a != b)
            parts.append((a[kept], b[kept], factor * weight[kept], np.full(kept.sum(), len(names))))
            names.append(called)
    source, target, weight, relation = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.lexsort((relation, target, source))
    source, target = source[order].astype(np.int64), target[order].astype(np.int64)
    start = np.searchsorted(source, np.arange(n + 1))
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    return Links(start, target, relation[order], total, source * n + target, tuple(names))


def neighbours(graph: ClassGraph, ways: Mapping[str, tuple[float, float]]) -> sparse.csr_array:
    """Return ``Σ_r (a_r + b_r)(A_r + A_rᵀ)``: how much each concept counts as another's neighbour. Shape: (N, N)."""
    links = links_of(graph, {name: (sum(pair), sum(pair)) for name, pair in ways.items()})
    return sparse.csr_array((np.diff(links.total), links.target, links.start), shape=(len(graph), len(graph)))


def random_walks(
    links: Links, starts: Array, length: int, p: float, q: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    r"""Return the concepts of each walk and the relations it took, -1 behind its end.

    From v, having come from t, a walk goes on to x with a probability that is proportional to

    .. math:: \alpha_{pq}(t, x) \, w_{vx}, \quad
        \alpha_{pq} = 1/p \text{ if } x = t,\; 1 \text{ if } t \text{ links to } x,\; 1/q \text{ else}

    A walk ends where no link leaves. With p = q = 1 it is DeepWalk's.

    Shapes: starts (w,) → concepts (w, length), relations (w, length - 1).

    Source: Perozzi et al. 2014 (DeepWalk); Grover & Leskovec 2016, section 3.2.2 (node2vec); drawn by rejection as in
    Yang et al. 2019 (KnightKing).
    """
    nodes = np.full((len(starts), length), -1, np.int64)
    steps = np.full((len(starts), length - 1), -1, np.int64)
    nodes[:, 0] = starts
    for k in range(1, length):
        going = np.flatnonzero((nodes[:, k - 1] >= 0) & (links.degree[nodes[:, k - 1]] > 0))
        now, forgets = nodes[going, k - 1], k == 1 or p == q == 1
        drawn = _first(links, now, rng) if forgets else _second(links, nodes[going, k - 2], now, p, q, rng)
        nodes[going, k], steps[going, k - 1] = links.target[drawn], links.relation[drawn]
    return nodes, steps


def _first(links: Links, now: Array, rng: np.random.Generator) -> Array:
    """Draw a link of each concept by weight. Shapes: (w,) → (w,)."""
    low, high = links.total[links.start[now]], links.total[links.start[now + 1]]
    drawn = np.searchsorted(links.total, low + rng.random(len(now)) * (high - low), side="right") - 1
    return np.asarray(np.clip(drawn, links.start[now], links.start[now + 1] - 1))


def _second(links: Links, before: Array, now: Array, p: float, q: float, rng: np.random.Generator) -> Array:
    drawn, todo = np.zeros(len(now), np.int64), np.arange(len(now))
    most = max(1 / p, 1.0, 1 / q)
    for _ in range(TRIES):
        tried = _first(links, now[todo], rng)
        taken = rng.random(len(todo)) * most < _bias(links, before[todo], links.target[tried], p, q)
        drawn[todo[taken]] = tried[taken]
        todo = todo[~taken]
    if len(todo):
        drawn[todo] = _exact(links, before[todo], now[todo], p, q, rng)
    return drawn


def _bias(links: Links, before: Array, target: Array, p: float, q: float) -> Array:
    pair = before * (len(links.start) - 1) + target
    at = np.minimum(np.searchsorted(links.pairs, pair), len(links.pairs) - 1)
    return np.where(target == before, 1 / p, np.where(links.pairs[at] == pair, 1.0, 1 / q))


def _exact(links: Links, before: Array, now: Array, p: float, q: float, rng: np.random.Generator) -> Array:
    count = links.degree[now]
    first = np.cumsum(count) - count
    every = np.repeat(links.start[now] - first, count) + np.arange(count.sum())
    weight = np.diff(links.total)[every] * _bias(links, np.repeat(before, count), links.target[every], p, q)
    total = np.concatenate([[0.0], np.cumsum(weight)])
    low, high = total[first], total[first + count]
    drawn = np.searchsorted(total, low + rng.random(len(now)) * (high - low), side="right") - 1
    return np.asarray(every[np.clip(drawn, first, first + count - 1)])
