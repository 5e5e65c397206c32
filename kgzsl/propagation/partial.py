"""Rows of a few classes after an edit: of each stage only what they read and the edit reached is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.propagation.difference import difference
from kgzsl.propagation.pipeline import Chain, Edit, Held, Seen, Stage, columns, reached, run, with_given
from kgzsl.propagation.slots import Snapshot
from kgzsl.semantics.space import ClassSpace
from kgzsl.versions import DenseRows


@dataclass(frozen=True, eq=False)
class _Fresh:
    """Rows of a stage that an edit changed, over those of the propagation before. Shapes: (k,), sorted, and (k, w)."""

    at: Array
    values: Array
    before: DenseRows

    def __getitem__(self, slots: Array) -> Array:
        found = np.array(self.before[slots])
        place = np.searchsorted(self.at, slots)
        place[place == len(self.at)] = 0
        here = self.at[place] == slots if len(self.at) else np.zeros(len(slots), bool)
        found[here] = self.values[place[here]]
        return found


def rows_of(chains: Sequence[Chain], given: Seen, space: ClassSpace, held: Held, ids: Sequence[str]) -> Array:
    """Return what :func:`run` gives for some classes that were there before the edit, and computes nothing else.

    Shape: (len(ids), d).
    """
    change = difference(held.space, space)
    if change is None or change.added or change.removed:
        bank, _ = run(chains, given, space, held)
        return bank.table[bank.rows(ids)]
    snapshot, touch = held.snapshot.advanced(change, given.row)
    edit, at = Edit(held.snapshot.links, snapshot.links, touch), np.array([snapshot.slot[iri] for iri in ids])

    def computed(free: Array) -> Array:
        known: dict[object, Array] = {}
        ends = [_end(number, chain, held, snapshot, edit, at[free], known) for number, chain in enumerate(chains)]
        return np.asarray(sum(ends[1:], ends[0]))

    return given.taken(snapshot.links.given[at], computed)


def _end(
    number: int, chain: Chain, held: Held, snapshot: Snapshot, edit: Edit, at: Array, known: dict[object, Array]
) -> Array:
    """Return rows of the last stage of a chain; ``known`` are the slots of each stage that the edit reached."""
    keys = [stage.key or (number, depth) for depth, stage in enumerate(chain)]
    dirty = edit.touch.described
    for stage, key in zip(chain[:-1], keys[:-1], strict=True):
        if key not in known:
            known[key] = reached(stage, edit, dirty, known.get(stage.beside))
        dirty = known[key]
    needed = [np.zeros(0, np.int64) for _ in chain[:-1]] + [np.unique(at)]
    place = {key: depth for depth, key in enumerate(keys)}
    matrices: list[list[sparse.csr_array]] = [[] for _ in chain]
    for depth in range(len(chain) - 1, -1, -1):
        stage, rows = chain[depth], needed[depth]
        matrices[depth] = [op.rows(snapshot.links, rows) for op in stage.operators]
        if depth:
            reads = np.unique(np.concatenate([needed[depth - 1], *(m.indices for m in matrices[depth])]))
            needed[depth - 1] = _both(reads, known[keys[depth - 1]])
        if stage.beside is not None:
            beside = place[stage.beside]
            needed[beside] = np.union1d(needed[beside], _both(rows, known[stage.beside]))
    rows_before: DenseRows | _Fresh = snapshot.vectors
    values: dict[object, _Fresh] = {}
    given = snapshot.links.given
    for depth, stage in enumerate(chain[:-1]):
        here = needed[depth]
        found = _computed(stage, matrices[depth], given[here], rows_before, values, here)
        rows_before = values[keys[depth]] = _Fresh(here, found, held.values[keys[depth]])
    last = _computed(chain[-1], matrices[-1], given[needed[-1]], rows_before, values, needed[-1])
    return last[np.searchsorted(needed[-1], at)]


def _computed(
    stage: Stage, matrices: list[sparse.csr_array], given: Array, before: DenseRows | _Fresh,
    values: Mapping[object, _Fresh], at: Array,
) -> Array:  # fmt: skip
    if not len(at):
        return np.zeros((0, stage.width), np.float32)
    read = np.unique(np.concatenate([m.indices for m in matrices]))
    own = () if stage.beside is None else (values[stage.beside][at],)
    rows = stage.compute([columns(m, read) for m in matrices], before[read], *own)
    return rows if stage.fixed is None else with_given(rows, given, stage.fixed)


def _both(a: Array, b: Array) -> Array:
    return np.intersect1d(a, b, assume_unique=True)
