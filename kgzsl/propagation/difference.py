"""What changed between two class spaces, found by comparing them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.graph.operators import adjacency
from kgzsl.semantics.space import Change, ClassSpace


def difference(old: ClassSpace, new: ClassSpace) -> Change | None:
    """Return what turns ``old`` into ``new``; None where they weigh relations differently, and share nothing."""
    if new is old:
        return Change((), (), (), new.vectors[:0], (), (), ())
    if new.since is not None and new.since[0] is old:
        return new.since[1]
    if old.ways != new.ways or old.vectors.shape[1] != new.vectors.shape[1]:
        return None
    was, now = old.graph.index, new.graph.index
    of = np.fromiter((was.get(iri, -1) for iri in new.graph.ids), np.int64, len(now))
    removed = tuple(iri for iri in old.graph.ids if iri not in now)
    fresh = of < 0
    other = fresh.copy()
    other[~fresh] = (old.vectors[of[~fresh]] != new.vectors[~fresh]).any(axis=1)
    rows = np.flatnonzero(other)
    links = [link for relation in sorted({SUBCLASS, *new.ways}) for link in _links(old, new, relation, of)]
    ids, before, after = new.graph.ids, set(old.graph.class_ids), set(new.graph.class_ids)
    return Change(tuple(ids[k] for k in np.flatnonzero(fresh)), removed, tuple(ids[k] for k in rows),
                  new.vectors[rows], tuple(links), _places(old.graph.class_ids, before - after),
                  _places(new.graph.class_ids, after - before))  # fmt: skip


def _links(old: ClassSpace, new: ClassSpace, relation: str, of: Array) -> list[tuple[str, str, str, float]]:
    """Edges that came, went or weigh differently; those of removed concepts among them."""
    to = np.full(len(old.graph), -1, np.int64)
    to[of[of >= 0]] = np.flatnonzero(of >= 0)
    source, target, weight = old.edges(relation)
    i, j = to[source], to[target]
    gone = (i < 0) | (j < 0)
    names, n = old.graph.ids, len(new.graph)
    lost = {(names[a], names[b]) for a, b in zip(source[gone], target[gone], strict=True)}
    kept = adjacency(n, (i[~gone], j[~gone], weight[~gone]))
    wanted = adjacency(n, new.edges(relation))
    changed = sparse.coo_array(wanted - kept)
    ids, found = new.graph.ids, [(relation, a, b, 0.0) for a, b in sorted(lost)]
    for a, b, value in zip(*changed.coords, changed.data, strict=True):
        if value:
            found.append((relation, ids[a], ids[b], float(wanted[a, b])))
    return found


def _places(names: tuple[str, ...], wanted: Iterable[str]) -> tuple[tuple[int, str], ...]:
    return tuple(sorted((bisect_left(names, iri), iri) for iri in wanted))
