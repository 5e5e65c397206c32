"""The strongest walks of a classifier: best first over prefixes, and nothing is listed that a bound rules out.

A walk starts at the explained class and ends at a described concept. Steps that stay at a concept (self-loops, skips)
are folded: walks that visit the same concepts in the same order are one, and their values are summed. What is left of
a prefix is a vector for each layer; the last step of a walk is its product with a description, so all ends of a prefix
are valued at once. Best-first search for relevant walks is also the subject of Xiong et al. 2023, Relevant Walk Search
for Explaining Graph Neural Networks, there by max-products and without a certificate.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.bounds import SLACK, Bounds
from kgzsl.explain.descriptions import Descriptions
from kgzsl.explain.trace import Layer, messages
from kgzsl.learners.linear import Term

BUDGET = 5000
FEW = 10
State = dict[int, list[Array]]
Sent = dict[int, list[list[Array]]]


class Member(NamedTuple):
    """One chain: descriptions, the layers above them, and the derivative of the score with respect to the last row.

    Layer ``l`` is ``layers[l - 1]``; the descriptions are layer 0. Shape of the functional: (w,).
    """

    descriptions: Descriptions
    layers: list[Layer]
    functional: Array

    def layer(self, number: int) -> Layer:
        """Return a layer above descriptions."""
        return self.layers[number - 1]

    def width(self, number: int) -> int:
        """Return the width of a layer's rows."""
        return int((self.layers[number - 1].values if number else self.descriptions.snapshot.vectors).shape[1])


class Walk(NamedTuple):
    """Slots from the explained class to a described concept, the group of terms of each step, and the signed part of
    the score."""

    nodes: tuple[int, ...]
    steps: tuple[int, ...]
    value: float


class Found(NamedTuple):
    """Walks, strongest first; by how much another one may exceed the weakest of them; how many were valued."""

    walks: list[Walk]
    gap: float
    valued: int


class Search:
    """Finds the strongest walks.

    Args:
        members: chains whose walks are summed; of equal structure.
        most: how many walks.
        budget: prefixes that are continued at most.
    """

    def __init__(self, members: Sequence[Member], most: int, budget: int = BUDGET) -> None:
        self.members, self.most, self.budget = members, most, budget
        self.bounds = [Bounds(m.descriptions, m.layers, _direction(m)) for m in members]
        self.groups = [[], *(groups(layer.stage.terms) for layer in members[0].layers)]
        self.found: list[tuple[float, tuple[int, ...], tuple[int, ...], float]] = []
        self.heap: list[tuple[float, int, tuple[int, ...], tuple[int, ...], Sent]] = []
        self.valued = self.ticket = 0

    def run(self, start: int) -> Found:
        """Search from a slot."""
        last = len(self.members[0].layers)
        self._arrive(np.array([start]), {last: [m.functional[None] for m in self.members]}, (), ())
        left = self.budget
        while self.heap and left and -self.heap[0][0] > self._threshold:
            _, _, nodes, steps, sent = heapq.heappop(self.heap)
            for group in range(max(map(len, self.groups))):
                inner = self._inner(nodes[-1], sent, group)
                self._ends(inner, nodes, (*steps, group), sent, group)
                if len(inner):
                    states = self._states(nodes[-1], sent, group, inner)
                    self._arrive(inner, states, nodes, (*steps, group))
            left -= 1
        gap = max(-self.heap[0][0] - self._threshold, 0.0) if self.heap else 0.0
        ordered = sorted(self.found, key=lambda f: (-f[0], f[1], f[2]))
        return Found([Walk(nodes, steps, value) for _, nodes, steps, value in ordered], gap, self.valued)

    @property
    def _threshold(self) -> float:
        return self.found[0][0] if len(self.found) == self.most else 0.0

    def _keep(self, children: Array, values: Array, nodes: tuple[int, ...], steps: tuple[int, ...]) -> None:
        """Take the walks that end at these children among the strongest, where they are."""
        self.valued += len(values)
        size = np.abs(values)
        for k in np.argsort(-size, kind="stable")[: self.most]:
            if size[k] <= self._threshold:
                break
            item = (float(size[k]), (*nodes, int(children[k])), steps, float(values[k]))
            if len(self.found) == self.most:
                heapq.heapreplace(self.found, item)
            else:
                heapq.heappush(self.found, item)

    def _arrive(self, at: Array, state: State, nodes: tuple[int, ...], steps: tuple[int, ...]) -> None:
        """Fold steps that stay, value the walks that end here, and queue those that may go on."""
        sent = self._sent(at, state)
        if 0 in state:
            ends = (m.descriptions.rows(at) for m in self.members)
            values = [np.einsum("nw,nw->n", u, e) for u, e in zip(state[0], ends, strict=True)]
            self._keep(at, np.sum(values, axis=0), nodes, steps)
        limit = np.zeros(len(at)) if nodes else np.full(len(at), np.inf)
        for number, by_member in sent.items() if nodes else ():
            for m, terms in enumerate(by_member):
                rows = self.members[m].layer(number).place(at)
                for t, handed in enumerate(terms):
                    limit += self.bounds[m].reach(number, t)[rows] * np.linalg.norm(handed, axis=1)
        for k in np.flatnonzero(limit > self._threshold):
            self.ticket += 1
            mine = {number: [[t[k] for t in terms] for terms in rows] for number, rows in sent.items()}
            heapq.heappush(self.heap, (-float(limit[k]), self.ticket, (*nodes, int(at[k])), steps, mine))

    def _sent(self, at: Array, state: State) -> Sent:
        """Return what each term hands on, after adding, layer by layer, what stays at a concept."""
        sent: Sent = {}
        for number in range(max(state), 0, -1):
            if number not in state:
                continue
            sent[number] = []
            for m, member in enumerate(self.members):
                layer = member.layer(number)
                rows = layer.place(at)
                before = layer.gate[rows] * state[number][m]
                handed = messages(layer.stage.terms, before)
                sent[number].append(handed)
                for matrix, row in zip(layer.matrices, handed, strict=True):
                    stays = _diagonal(matrix, rows, at)
                    if stays.any():
                        self._add(state, number - 1, m, stays[:, None] * row)
                if layer.stage.skip:
                    self._add(state, number - 1, m, state[number][m])
                if layer.stage.beside is not None:
                    self._add(state, layer.stage.beside, m, before)
        return sent

    def _add(self, state: State, number: int, m: int, rows: Array) -> None:
        if number not in state:
            state[number] = [np.zeros((len(rows), other.width(number)), np.float32) for other in self.members]
        state[number][m] = state[number][m] + rows

    def _inner(self, slot: int, sent: Sent, group: int) -> Array:
        """Return where an operator leads from which more than an end can follow."""
        reached = [self._entries(slot, number, group)[0] for number in sent if number > 1]
        return np.unique(np.concatenate(reached)) if reached else np.zeros(0, np.int64)

    def _states(self, slot: int, sent: Sent, group: int, children: Array) -> State:
        states: State = {}
        for number in sent:
            columns, values = self._entries(slot, number, group)
            inside = np.isin(columns, children)
            if not inside.any():
                continue
            at = np.searchsorted(children, columns[inside])
            for m, terms in enumerate(sent[number]):
                rows = np.stack([terms[t] for t in self.groups[number][group]])
                spread = np.zeros((len(children), rows.shape[1]), np.float32)
                spread[at] = values[m][:, inside].T @ rows
                self._add(states, number - 1, m, spread)
        return states

    def _ends(self, inner: Array, nodes: tuple[int, ...], steps: tuple[int, ...], sent: Sent, group: int) -> None:
        """Value walks that end after one more step, the most promising first: they may rule out the rest."""
        columns, values = self._entries(nodes[-1], 1, group) if 1 in sent else (inner[:0], [])
        if not len(columns):
            return
        rows = [np.stack([terms[t] for t in self.groups[1][group]]) for terms in sent[1]]
        lengths = [np.linalg.norm(row, axis=1) for row in rows]
        limit = SLACK * np.sum([np.abs(v).T @ n for v, n in zip(values, lengths, strict=True)], axis=0)
        if len(inner):
            limit[np.isin(columns, inner)] = 0
        order = np.argsort(-limit, kind="stable") if len(columns) > FEW * self.most else np.arange(len(columns))
        for start in range(0, len(order), FEW * FEW * self.most):
            part = order[start : start + FEW * FEW * self.most]
            part = part[limit[part] > self._threshold]
            if not len(part):
                break
            self._keep(columns[part], self._valued(columns[part], [v[:, part] for v in values], rows), nodes, steps)

    def _valued(self, columns: Array, values: list[Array], rows: list[Array]) -> Array:
        total = np.zeros(len(columns))
        for member, value, row in zip(self.members, values, rows, strict=True):
            ends = member.descriptions.rows(columns)
            total += np.einsum("tn,nt->n", value, ends @ row.T)
        return total

    def _entries(self, slot: int, number: int, group: int) -> tuple[Array, list[Array]]:
        """Return the slots that a row reads by an operator, itself left out, and the weights (terms, n) by member."""
        if group >= len(self.groups[number]):
            return np.zeros(0, np.int64), []
        columns, values = np.zeros(0, np.int64), []
        for member in self.members:
            layer = member.layer(number)
            row = int(layer.place(np.array([slot]))[0])
            matrices = [layer.matrices[t] for t in self.groups[number][group]]
            at = slice(matrices[0].indptr[row], matrices[0].indptr[row + 1])
            columns = matrices[0].indices[at]
            values.append(np.stack([m.data[at] for m in matrices])[:, columns != slot])
        return columns[columns != slot], values


def groups(terms: Sequence[Term]) -> list[list[int]]:
    """Return which terms share an operator."""
    found: dict[int, list[int]] = {}
    for k, term in enumerate(terms):
        found.setdefault(id(term.operator), []).append(k)
    return list(found.values())


def _direction(member: Member) -> Array | None:
    """Return the direction of what a chain hands on, where only its last stage has a matrix; else None."""
    if len(member.layers) < 3:
        return None
    *inner, last = member.layers
    mapped = any(term.weight is not None for layer in inner for term in layer.stage.terms)
    if mapped or len(last.stage.terms) != 1 or any(layer.gate.shape[1] > 1 for layer in inner):
        return None
    handed = messages(last.stage.terms, member.functional[None])[0][0]
    length = float(np.linalg.norm(handed))
    return handed / length if length else None


def _diagonal(matrix: object, rows: Array, own: Array) -> Array:
    """Return the entries at which rows read themselves. Shapes: (n,), (n,) → (n,)."""
    indptr, indices, data = matrix.indptr, matrix.indices, matrix.data  # type: ignore[attr-defined]
    found = np.zeros(len(rows), np.float32)
    for k, (row, column) in enumerate(zip(rows, own, strict=True)):
        inside = slice(indptr[row], indptr[row + 1])
        found[k] = data[inside][indices[inside] == column].sum()
    return found
