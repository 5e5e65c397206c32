"""Sums over the legal states of candidates, written once and worked out for any weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.decide.legality import Legality

MOST_NODES = 20_000
"""Sub-problems of one part; more are refused."""


class TooManyError(Exception):
    """More sub-problems than are worked out."""


class Branch(NamedTuple):
    """One way to go on: what holds from here, and the nodes that sum over what is left."""

    on: tuple[int, ...]
    nodes: tuple[int, ...]


class Circuit(NamedTuple):
    """The sum over the legal states of candidates that constrain one another.

    A node is a sum over branches that exclude one another; a branch is the product of the weights of what holds in it
    and of nodes that have no candidate in common. The last node is the whole sum.

    Args:
        members: candidates.
        nodes: each after those that it needs.
    """

    members: tuple[int, ...]
    nodes: tuple[tuple[Branch, ...], ...]

    def log_total(self, weights: Array) -> Array:
        """Return the logarithm of the sum over legal states of the product of weights of what holds.

        Args:
            weights: logarithms, of all candidates; minus infinity for what does not hold. Shape: (n, C).

        Shapes: (n, C) → (n,).
        """
        values: list[Array] = []
        for branches in self.nodes:
            terms = [weights[:, b.on].sum(axis=1) + sum((values[node] for node in b.nodes), np.zeros(len(weights)))
                     for b in branches]  # fmt: skip
            values.append(np.logaddexp.reduce(terms, axis=0))
        return values[-1]


def circuits(legality: Legality) -> list[Circuit]:
    """Return one circuit a group of candidates that constrain one another, directly or through others.

    Branching is over a set of candidates that exclude one another: none of them holds, or one does, and takes out
    what it implies and excludes. What is left falls into parts, each of which is met once however often it arises,
    so that a hierarchy whose siblings exclude one another costs no more than its size.

    Source: Deng et al. 2014, Large-Scale Object Classification Using Label Relation Graphs, sections 3 and 4 (the
    states and their sum); Chavira, Darwiche 2008, On Probabilistic Inference by Weighted Model Counting (the way).

    Raises:
        TooManyError: one has more than ``MOST_NODES`` sub-problems.
    """
    rules = _Masks(legality)
    whole = sum(1 << k for k in range(len(legality.ids)) if k not in legality.impossible)
    return [_Compiler(rules).circuit(part) for part in rules.parts(whole)]


class _Masks:
    """Candidates as bits of whole numbers."""

    def __init__(self, legality: Legality) -> None:
        def masks(those: tuple[frozenset[int], ...]) -> list[int]:
            return [sum(1 << k for k in one) for one in those]

        self.implied, self.implying = masks(legality.implied), masks(legality.implying)
        self.excluded = masks(legality.excluded)
        self.near = [a | b | c for a, b, c in zip(self.implied, self.implying, self.excluded, strict=True)]

    def parts(self, mask: int) -> Iterator[int]:
        """Yield what is left in parts that do not constrain one another."""
        while mask:
            part, edge = 0, mask & -mask
            while edge:
                part |= edge
                edge = self._around(edge) & mask & ~part
            yield part
            mask &= ~part

    def clique(self, mask: int) -> list[int]:
        """Return candidates that exclude one another, the most constrained first."""
        order = sorted(bits(mask), key=lambda k: (-(self.near[k] & mask).bit_count(), k))
        found, open_ = [order[0]], self.excluded[order[0]]
        for k in order[1:]:
            if open_ >> k & 1:
                found.append(k)
                open_ &= self.excluded[k]
        return found

    def _around(self, mask: int) -> int:
        found = 0
        for k in bits(mask):
            found |= self.near[k]
        return found


class _Compiler:
    def __init__(self, rules: _Masks) -> None:
        self.rules = rules
        self.nodes: list[tuple[Branch, ...]] = []
        self.known: dict[int, int] = {}

    def circuit(self, mask: int) -> Circuit:
        self.node(mask)
        return Circuit(tuple(bits(mask)), tuple(self.nodes))

    def node(self, mask: int) -> int:
        if mask not in self.known:
            branches = tuple(self.branches(mask))
            if len(self.nodes) >= MOST_NODES:
                raise TooManyError
            self.known[mask] = len(self.nodes)
            self.nodes.append(branches)
        return self.known[mask]

    def branches(self, mask: int) -> Iterator[Branch]:
        clique, rules, left = self.rules.clique(mask), self.rules, mask
        for k in clique:
            left &= ~(rules.implying[k] | 1 << k)
            on = rules.implied[k] & mask | 1 << k
            yield self.branch(on, mask & ~(on | rules.excluded[k]))
        yield self.branch(0, left)

    def branch(self, on: int, left: int) -> Branch:
        return Branch(tuple(bits(on)), tuple(self.node(part) for part in self.rules.parts(left)))


def bits(mask: int) -> Iterator[int]:
    """Yield the places of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
