"""Which classes have a path to a seen class over the relations that propagation follows."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kgzsl.bank import ClassifierBank
from kgzsl.semantics.space import ClassSpace


def ungrounded(space: ClassSpace, bank: ClassifierBank) -> frozenset[str]:
    """Return the classes from which no relation, stated or derived, leads to a seen class."""
    n, edges = len(space.graph), [space.edges(name)[:2] for name in space.ways]
    empty = np.zeros(0, np.int64)
    source, target = (np.concatenate([empty, *(pair[end] for pair in edges)]) for end in (0, 1))
    links = sparse.coo_array((np.ones(len(source), np.int8), (source, target)), shape=(n, n))
    count, group = connected_components(links, directed=False)
    classes = group[space.class_rows]
    reached = np.zeros(count, bool)
    reached[classes[bank.seen]] = True
    return frozenset(bank.ids[k] for k in np.flatnonzero(~reached[classes]))
