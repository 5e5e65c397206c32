"""Concepts in slots: rows that never move, so that an edit costs what it changes and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.semantics.space import Change, ClassSpace
from kgzsl.versions import DenseRows, Entries, SparseRows, inserted

FEW_CHANGES = 500


@dataclass(frozen=True, eq=False)
class Links:
    """Edges of each relation among slots, both ways, and the degrees that normalise them.

    Args:
        n: slots.
        out: relation → rows of sources.
        into: relation → rows of targets.
        weights: relation → (along it, against it), the factors of the recipe.
        degree: Σ of weighted edges at a slot, both ways, and one for itself. Shape: (n,).
        given: which seen row a slot holds, or -1. Shape: (n,).
    """

    n: int
    out: Mapping[str, SparseRows]
    into: Mapping[str, SparseRows]
    weights: Mapping[str, tuple[float, float]]
    degree: Array
    given: Array


class Touch(NamedTuple):
    """What an edit touched: slots that are new or describe themselves anew, and (relation, source, target)."""

    described: Array
    links: list[tuple[str, int, int]]

    def ends(self, relations: Iterable[str]) -> Array:
        """Return the slots at either end of a touched edge of these relations."""
        wanted = set(relations)
        return np.unique(np.array([s for r, *ends in self.links if r in wanted for s in ends], np.int64))

    def sources(self, relation: str, backward: bool = False) -> Array:
        """Return the sources (or targets) of touched edges of one relation."""
        return np.unique(np.array([t if backward else s for r, s, t in self.links if r == relation], np.int64))


class Slots:
    """IRI → slot, in versions: the next one shares what did not change."""

    __slots__ = ("_base", "_changed", "_size")

    def __init__(self, base: dict[str, int], changed: dict[str, int], size: int | None = None) -> None:
        self._base, self._changed, self._size = base, changed, len(base) if size is None else size

    def __getitem__(self, iri: str) -> int:
        slot = self._changed.get(iri)
        if slot is None:
            return self._base[iri]
        if slot < 0:
            raise KeyError(iri)
        return slot

    def __contains__(self, iri: str) -> bool:
        return self._changed.get(iri, 0) >= 0 if iri in self._changed else iri in self._base

    def __len__(self) -> int:
        return self._size

    def items(self) -> Iterator[tuple[str, int]]:
        """Yield each IRI with its slot."""
        for iri, slot in self._base.items():
            if iri not in self._changed:
                yield iri, slot
        yield from ((iri, slot) for iri, slot in self._changed.items() if slot >= 0)

    def changed(self, added: Mapping[str, int], removed: Iterable[str]) -> Slots:
        """Return a version with some more and some less."""
        gone = tuple(removed)
        if not added and not gone:
            return self
        changed = {**self._changed, **added, **dict.fromkeys(gone, -1)}
        size = self._size + len(added) - len(gone)
        if len(changed) <= FEW_CHANGES:
            return Slots(self._base, changed, size)
        return Slots({iri: slot for iri, slot in {**self._base, **changed}.items() if slot >= 0}, {})


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A class space in slots.

    Args:
        slot: IRI → slot.
        links: its edges.
        vectors: what each concept says itself. Shape: (n, e).
        classes: slots of the candidates for answers, in the order of ``space.graph.class_ids``.
        wanted: which slots these are. Shape: (n,).
    """

    slot: Slots
    links: Links
    vectors: DenseRows
    classes: Array
    wanted: Array

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """IRI of each slot; empty where a concept is gone."""
        names = [""] * self.links.n
        for iri, slot in self.slot.items():
            names[slot] = iri
        return tuple(names)

    @classmethod
    def of(cls, space: ClassSpace, seen: Sequence[str] = ()) -> Snapshot:
        """Return a space with slots in the order of its concepts; ``seen`` are the classes whose rows are given."""
        n = len(space.graph)
        out, into = {}, {}
        for relation in {SUBCLASS, *space.ways}:
            source, target, weight = space.edges(relation)
            matrix = sparse.csr_array(sparse.coo_array((weight.astype(np.float64), (source, target)), shape=(n, n)))
            matrix.eliminate_zeros()
            out[relation] = SparseRows.of(matrix)
            into[relation] = SparseRows.of(sparse.csr_array(matrix.T))
        index, given = space.graph.index, np.full(n, -1, np.int64)
        for row, iri in enumerate(seen):
            if iri in index:
                given[index[iri]] = row
        links = Links(n, out, into, space.ways, np.zeros(n), given)
        links = replace(links, degree=_degree(links, np.arange(n)))
        wanted = np.zeros(n, bool)
        wanted[space.class_rows] = True
        return cls(Slots(index, {}), links, DenseRows.of(space.vectors), space.class_rows, wanted)

    def advanced(self, change: Change, seen: Mapping[str, int]) -> tuple[Snapshot, Touch]:
        """Return the snapshot after a change, and the slots that it touched; ``seen`` is IRI → given row."""
        slot = self.slot.changed({iri: self.links.n + k for k, iri in enumerate(change.added)}, ())
        known = [(r, slot[s], slot[t], w) for r, s, t, w in change.links if s in slot and t in slot]
        slot = slot.changed({}, change.removed)
        n = self.links.n + len(change.added)
        links = _linked(self.links, known, n, np.array([seen.get(iri, -1) for iri in change.added], np.int64))
        described = np.array([slot[iri] for iri in change.described], np.int64)
        vectors = self.vectors.changed(described, change.vectors, n)
        wanted = np.zeros(n, bool)
        wanted[: self.links.n] = self.wanted
        wanted[[self.slot[iri] for _, iri in change.left]] = False
        wanted[[slot[iri] for _, iri in change.came]] = True
        touch = Touch(described, [(r, s, t) for r, s, t, _ in known])
        return Snapshot(slot, links, vectors, _classes(self.classes, change, slot), wanted), touch


def _linked(links: Links, edges: list[tuple[str, int, int, float]], n: int, given: Array) -> Links:
    out, into = dict(links.out), dict(links.into)
    for relation in links.out:
        mine = [(s, t, w) for r, s, t, w in edges if r == relation]
        out[relation] = _replaced(links.out[relation], mine, n)
        into[relation] = _replaced(links.into[relation], [(t, s, w) for s, t, w in mine], n)
    degree = np.ones(n)
    degree[: links.n] = links.degree
    new = Links(n, out, into, links.weights, degree, np.concatenate([links.given, given]))
    ends = np.unique(np.array([s for _, *pair, _ in edges for s in pair], np.int64))
    degree[ends] = _degree(new, ends)
    return new


def _replaced(rows: SparseRows, edges: list[tuple[int, int, float]], n: int) -> SparseRows:
    changed: dict[int, Entries] = {}
    for s, t, w in edges:
        columns, values = changed.get(s) or (rows.entries(s) if s < rows.n else (np.zeros(0, np.int64), np.zeros(0)))
        kept = columns != t
        if w:
            at = int(np.searchsorted(columns[kept], t))
            changed[s] = inserted(columns[kept], at, t), inserted(values[kept], at, w)
        else:
            changed[s] = columns[kept], values[kept]
    return rows.replaced(changed, n) if changed or n > rows.n else rows


def _degree(links: Links, at: Array) -> Array:
    total = np.ones(len(at))
    for relation, (along, against) in links.weights.items():
        for rows, factor in ((links.out[relation], along), (links.into[relation], against)):
            if factor and len(at):
                lengths, _, values = rows.rows(at)
                total += factor * np.bincount(np.repeat(np.arange(len(at)), lengths), values, len(at))
    return total


def _classes(old: Array, change: Change, slot: Slots) -> Array:
    """Classes leave and come at their places in the sorted order; nothing else is looked at."""
    if not change.left and not change.came:
        return old
    kept = np.delete(old, [place for place, _ in change.left])
    for place, iri in change.came:
        kept = inserted(kept, place, slot[iri])
    return kept
