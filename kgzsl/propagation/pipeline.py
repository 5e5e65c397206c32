"""Chains of stages over slots: the whole of it once, and after an edit only what the edit reaches.

A stage computes any rows that are asked for from rows of the stage before; so the full propagation and the update
are one code. What an edit can reach is found first, through the operators; the rest is shared with the version
before. Exact incremental inference of graph networks is also the subject of Wu et al. 2025 (InkStream) and
Zhou et al. 2025 (Ripple).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.propagation.difference import difference
from kgzsl.propagation.memory import require
from kgzsl.propagation.operators import Operator
from kgzsl.propagation.slots import Links, Snapshot, Touch
from kgzsl.semantics.space import ClassSpace
from kgzsl.versions import DenseRows, inserted

CHUNK = 4096
Compute = Callable[..., Array]


@dataclass(frozen=True, eq=False)
class Stage:
    """Rows computed from rows of the stage before.

    Args:
        operators: what a row reads.
        compute: (operators' rows over the values (k, m) each, values (m, d)) → rows (k, width); where ``beside`` is
            given, a third argument holds the same rows (k, d') of that stage.
        width: of a row.
        key: stages of one key are the same in every chain, and computed once.
        beside: key of an earlier stage of the chain.
        fixed: what the rows of seen classes are, whatever they would be computed to be. Shape: (S, width).
    """

    operators: tuple[Operator, ...]
    compute: Compute
    width: int
    key: object = None
    beside: object = None
    fixed: Array | None = None


Chain = Sequence[Stage]


class Held(NamedTuple):
    """What the next propagation starts from."""

    space: ClassSpace
    snapshot: Snapshot
    values: dict[object, DenseRows]
    total: DenseRows
    seen: Array

    def forked(self) -> Held:
        """Return the same, but what is propagated from it keeps its rows apart; see ``DenseRows.forked``."""
        values = {key: rows.forked() for key, rows in self.values.items()}
        snapshot = replace(self.snapshot, vectors=self.snapshot.vectors.forked())
        return self._replace(snapshot=snapshot, values=values, total=self.total.forked())


class Edit(NamedTuple):
    """Links before and after an edit, and what it touched."""

    old: Links
    new: Links
    touch: Touch


class End(NamedTuple):
    """The last stage of a chain, the rows that it reads, and which of its own an edit reaches."""

    stage: Stage
    rows: DenseRows
    reached: Array


class Seen(NamedTuple):
    """What is known of seen classes, and how rows become a bank.

    Args:
        ids: of seen classes.
        rows: those that are given. Shape: (S, d), or (0, d) where rows of seen classes are computed like any other.
        backbone: of the features.
        row: IRI → its row.
        input_map: of the bank.
        unit: whether computed rows are made of unit length.
    """

    ids: tuple[str, ...]
    rows: Array
    backbone: str | None
    row: Mapping[str, int]
    input_map: InputMap
    unit: bool = True

    def taken(self, given: Array, compute: Callable[[Array], Array]) -> Array:
        """Return rows of the bank: those that are given, and others as ``compute`` gives them.

        Args:
            given: which seen row each is, or -1. Shape: (k,).
            compute: (places of rows (m,)) → rows (m, d).
        """
        free = given < 0 if len(self.rows) else np.ones(len(given), bool)
        rows = np.empty((len(given), self.rows.shape[1]), np.float32)
        rows[~free] = self.rows[given[~free]]
        if free.any():
            found = compute(np.flatnonzero(free))
            rows[free] = unit_rows(found) if self.unit else found
        return rows


def run(chains: Sequence[Chain], given: Seen, space: ClassSpace, held: Held | None) -> tuple[ClassifierBank, Held]:
    """Return the bank whose rows are the unit-length sums of the chains' ends, seen ones as given."""
    change = difference(held.space, space) if held is not None else None
    if held is None or change is None or held.snapshot.links.n > 2 * len(held.snapshot.slot) + CHUNK:
        return _all(chains, given, space)
    snapshot, touch = held.snapshot.advanced(change, given.row)
    edit = Edit(held.snapshot.links, snapshot.links, touch)
    values, ends = _advanced(chains, held, snapshot, edit)
    came = np.array([snapshot.slot[iri] for _, iri in change.came], np.int64)
    reached = np.unique(np.concatenate([came, *(end.reached for end in ends)]))
    reached = reached[snapshot.wanted[reached]]
    total = _total(ends, values, snapshot.links, reached, given)
    seen = _kept(held.seen, change.left, change.came, given.row)
    whole = held.total.changed(reached, total, snapshot.links.n)
    return _bank(space, snapshot, whole, seen, given), Held(space, snapshot, values, whole, seen)


def _advanced(
    chains: Sequence[Chain], held: Held, snapshot: Snapshot, edit: Edit
) -> tuple[dict[object, DenseRows], list[End]]:
    """Return the values of every stage but the last after an edit, and what the last stages read and must compute."""
    values: dict[object, DenseRows] = {}
    known: dict[object, Array] = {}
    ends = []
    for number, chain in enumerate(chains):
        rows, dirty = snapshot.vectors, edit.touch.described
        for depth, stage in enumerate(chain[:-1]):
            key = stage.key or (number, depth)
            if key not in values:
                known[key] = reached(stage, edit, dirty, known.get(stage.beside))
                computed = _computed(stage, snapshot.links, rows, values.get(stage.beside), known[key])
                values[key] = held.values[key].changed(known[key], computed, len(rows))
            rows, dirty = values[key], known[key]
        last = chain[-1]
        ends.append(End(last, rows, reached(last, edit, dirty, known.get(last.beside))))
    return values, ends


def stage_values(chain: Chain, space: ClassSpace, ids: Sequence[str], depth: int, seen: Sequence[str] = ()) -> Array:
    """Return what the stage ``depth`` of a chain gives for some concepts, computing only what they read."""
    snapshot = Snapshot.of(space, seen)
    return recomputed(chain, snapshot, np.array([snapshot.slot[iri] for iri in ids], np.int64), depth)


def recomputed(chain: Chain, snapshot: Snapshot, at: Array, depth: int) -> Array:
    """Return rows ``at`` of a stage from nothing but concept vectors: their whole neighbourhood is computed."""
    needed = [np.zeros(0, np.int64)] * depth + [np.asarray(at, np.int64)]
    place = {stage.key: k for k, stage in enumerate(chain) if stage.key is not None}
    for k in range(depth, 0, -1):
        read = [op.rows(snapshot.links, needed[k]).indices for op in chain[k].operators]
        needed[k - 1] = np.unique(np.concatenate([needed[k - 1], *read]))
        if chain[k].beside is not None:
            beside = place[chain[k].beside]
            needed[beside] = np.union1d(needed[beside], needed[k])
    rows, values = snapshot.vectors, dict[object, DenseRows]()
    for stage, wanted in zip(chain[: depth + 1], needed, strict=True):
        empty = DenseRows.empty(snapshot.links.n, stage.width, len(wanted))
        rows = empty.changed(wanted, _computed(stage, snapshot.links, rows, values.get(stage.beside), wanted))
        if stage.key is not None:
            values[stage.key] = rows
    return rows[at]


def _all(chains: Sequence[Chain], given: Seen, space: ClassSpace) -> tuple[ClassifierBank, Held]:
    n, classes = len(space.graph), len(space.graph.class_ids)
    stages = {stage.key or (number, depth): stage for number, chain in enumerate(chains)
              for depth, stage in enumerate(chain[:-1])}  # fmt: skip
    wanted = 4 * (n * sum(stage.width for stage in stages.values()) + classes * given.rows.shape[1])
    require(wanted, f"propagating to {n} concepts")
    snapshot = Snapshot.of(space, given.ids)
    links = snapshot.links
    values: dict[object, DenseRows] = {}
    ends = []
    for number, chain in enumerate(chains):
        rows = snapshot.vectors
        for depth, stage in enumerate(chain[:-1]):
            key = stage.key or (number, depth)
            if key not in values:
                compute = partial(_computed, stage, links, rows, values.get(stage.beside))
                values[key] = _filled(n, stage.width, np.arange(n), compute)
            rows = values[key]
        ends.append(End(chain[-1], rows, snapshot.classes))
    whole = _filled(n, given.rows.shape[1], snapshot.classes, lambda at: _total(ends, values, links, at, given))
    seen = links.given[snapshot.classes] >= 0
    return _bank(space, snapshot, whole, seen, given), Held(space, snapshot, values, whole, seen)


def _filled(n: int, width: int, at: Array, compute: Callable[[Array], Array]) -> DenseRows:
    rows = DenseRows.empty(n, width, len(at))
    for start in range(0, len(at), CHUNK):
        rows = rows.changed(at[start : start + CHUNK], compute(at[start : start + CHUNK]))
    return rows


def reached(stage: Stage, edit: Edit, dirty: Array, beside: Array | None) -> Array:
    """Slots whose rows an edit reaches: those that read something else, and those that read what it reached."""
    old, new, touch = edit
    parts = [part for op in stage.operators for part in (op.changed(old, new, touch), op.readers(new, dirty))]
    parts += [np.arange(old.n, new.n), dirty[:0] if beside is None else beside]
    return np.unique(np.concatenate(parts))


def _computed(stage: Stage, links: Links, values: DenseRows, beside: DenseRows | None, at: Array) -> Array:
    """Rows ``at`` of a stage; of the stage before only what they read is looked at."""
    if not len(at):
        return np.zeros((0, stage.width), np.float32)
    matrices = [op.rows(links, at) for op in stage.operators]
    if len(at) * 2 > links.n:
        read, source = np.arange(links.n), values.dense()
    else:
        read = np.unique(np.concatenate([m.indices for m in matrices]))
        source = values[read]
    own = () if beside is None else (beside[at],)
    rows = stage.compute([columns(m, read) for m in matrices], source, *own)
    return rows if stage.fixed is None else with_given(rows, links.given[at], stage.fixed)


def columns(matrix: sparse.csr_array, read: Array, dtype: Any = np.float32) -> sparse.csr_array:
    """Return the matrix with the columns ``read`` alone, which are sorted and hold all its entries.

    Shapes: (k, n), (m,) → (k, m).
    """
    data = matrix.data.astype(dtype)
    if len(read) == matrix.shape[1]:
        return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    at = np.searchsorted(read, matrix.indices)
    return sparse.csr_array((data, at, matrix.indptr), shape=(matrix.shape[0], len(read)))


def _total(ends: Sequence[End], values: dict[object, DenseRows], links: Links, at: Array, given: Seen) -> Array:
    """Rows ``at`` of the bank; nothing is computed for seen classes where their rows are given."""

    def computed(free: Array) -> Array:
        parts = [_computed(end.stage, links, end.rows, values.get(end.stage.beside), at[free]) for end in ends]
        return np.asarray(sum(parts[1:], parts[0]))

    return given.taken(links.given[at], computed)


def with_given(values: Array, given: Array, fixed: Array) -> Array:
    """Rows of seen classes are the given ones, whatever would be propagated to them."""
    here = given >= 0
    if here.any():
        values[here] = fixed[given[here]]
    return values


def _kept(seen: Array, left: Any, came: Any, known: Mapping[str, int]) -> Array:
    seen = np.delete(seen, [place for place, _ in left]) if left else seen
    for place, iri in came:
        seen = inserted(seen, place, iri in known)
    return seen


def _bank(space: ClassSpace, snapshot: Snapshot, whole: DenseRows, seen: Array, given: Seen) -> ClassifierBank:
    bias = np.zeros(len(seen), np.float32)
    rows = whole.taken(snapshot.classes)
    metric = "cosine" if given.unit else "dot"
    return ClassifierBank(space.graph.class_ids, rows, bias, seen, given.input_map, metric, given.backbone)
