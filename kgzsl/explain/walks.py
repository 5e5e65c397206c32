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
from kgzsl.explain.member import Member, diagonal, direction, entries, groups
from kgzsl.explain.trace import messages

BUDGET, FEW, AT_ONCE = 5000, 10, 8192
State = dict[int, list[Array]]
Sent = dict[int, list[list[Array]]]


class Walk(NamedTuple):
    """Slots from the explained class to a described concept, the group of terms of each step, and the signed part of
    the score."""

    nodes: tuple[int, ...]
    steps: tuple[int, ...]
    value: float


class Found(NamedTuple):
    """Walks, strongest first; by how much another one may exceed the weakest of them; how many there are, if known."""

    walks: list[Walk]
    gap: float
    number: int | None


class Search:
    """Finds the strongest walks.

    Args:
        members: chains whose walks are summed; of equal structure.
        most: how many walks.
        budget: prefixes that are continued at most.
    """

    def __init__(self, members: Sequence[Member], most: int, budget: int = BUDGET) -> None:
        self.members, self.most, self.budget = members, most, budget
        self.bounds = [Bounds(m.descriptions, m.layers, direction(m)) for m in members]
        self.groups = [[], *(groups(layer.stage.terms) for layer in members[0].layers)]
        self.found: list[tuple[float, tuple[int, ...], tuple[int, ...], float]] = []
        self.heap: list[tuple[float, int, tuple[int, ...], tuple[int, ...], Sent]] = []
        self.valued = self.ticket = 0
        self.pruned = False

    def run(self, start: int) -> Found:
        """Search from a slot."""
        if self.most < 1:
            return Found([], 0.0, 0)
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
        walks = [Walk(nodes, steps, value) for _, nodes, steps, value in ordered]
        return Found(walks, gap, None if self.heap or self.pruned else self.valued)

    @property
    def _threshold(self) -> float:
        return self.found[0][0] if len(self.found) == self.most else 0.0

    def _keep(
        self, children: Array, values: Array, nodes: tuple[int, ...], steps: tuple[int, ...], count: bool = True
    ) -> None:
        """Take the walks that end at these children among the strongest, where they are."""
        self.valued += int(np.count_nonzero(values)) if count else 0
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
        if set(sent) == {1} and self._few(at):
            for group in range(len(self.groups[1])):
                self._end_all(at, sent[1], nodes, steps, group)
            return
        limit = np.zeros(len(at)) if nodes else np.full(len(at), np.inf)
        for number, by_member in sent.items() if nodes else ():
            for m, terms in enumerate(by_member):
                rows = self.members[m].layer(number).place(at)
                for t, handed in enumerate(terms):
                    limit += self.bounds[m].reach(number, t)[rows] * np.linalg.norm(handed, axis=1)
        strong = limit > self._threshold
        self.pruned |= bool((limit[~strong] > 0).any())
        for k in np.flatnonzero(strong):
            self.ticket += 1
            mine = {number: [[t[k] for t in terms] for terms in rows] for number, rows in sent.items()}
            heapq.heappush(self.heap, (-float(limit[k]), self.ticket, (*nodes, int(at[k])), steps, mine))

    def _few(self, at: Array) -> bool:
        """Say whether the ends of these prefixes are few enough to be valued at once."""
        layer = self.members[0].layer(1)
        rows = layer.place(at)
        return bool(sum(np.diff(m.indptr)[rows].sum() for m in layer.matrices) <= AT_ONCE)

    def _end_all(
        self, at: Array, sent: list[list[Array]], nodes: tuple[int, ...], steps: tuple[int, ...], group: int
    ) -> None:
        """Value all walks that end after one more step from any of these prefixes."""
        total = np.zeros(0)
        for member, handed in zip(self.members, sent, strict=True):
            for t in self.groups[1][group]:
                of, columns, weights = entries(member.layer(1).matrices[t], member.layer(1).place(at))
                apart = columns != at[of]
                of, columns, weights = of[apart], columns[apart], weights[apart]
                value = weights * np.einsum("nw,nw->n", handed[t][of], member.descriptions.rows(columns))
                total = total + value if len(total) else value
        self.valued += int(np.count_nonzero(total))
        for k in np.argsort(-np.abs(total), kind="stable")[: self.most] if len(total) else ():
            self._keep(columns[k : k + 1], total[k : k + 1], (*nodes, int(at[of[k]])), (*steps, group), count=False)

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
                before = layer.gate[rows] * state[number][m] * layer.holds(at)[:, None]
                handed = messages(layer.stage.terms, before)
                sent[number].append(handed)
                for matrix, row in zip(layer.matrices, handed, strict=True):
                    stays = diagonal(matrix, rows, at)
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
            strong = limit[part] > self._threshold
            self.pruned |= bool((limit[part[~strong]] > 0).any())
            part = part[strong]
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
            if not layer.holds(np.array([slot]))[0]:
                return np.zeros(0, np.int64), []
            row = int(layer.place(np.array([slot]))[0])
            matrices = [layer.matrices[t] for t in self.groups[number][group]]
            at = slice(matrices[0].indptr[row], matrices[0].indptr[row + 1])
            columns = matrices[0].indices[at]
            values.append(np.stack([m.data[at] for m in matrices])[:, columns != slot])
        return columns[columns != slot], values
