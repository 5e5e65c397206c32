"""Which classes have a path to a seen class over the relations that propagation follows."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from kgzsl.bank import ClassifierBank
from kgzsl.semantics.space import ClassSpace


def ungrounded(space: ClassSpace, bank: ClassifierBank) -> frozenset[str]:
    """Return the classes from which no relation, stated or derived, leads to a seen class.

    Relations are followed as the recipe says, along or against them; edges of weight zero are none.
    """
    n, rows = len(space.graph), space.class_rows
    readers, read = [np.full(int(bank.seen.sum()), n)], [rows[bank.seen]]
    for name, (along, against) in space.ways.items():
        source, target, weight = space.edges(name)
        for factor, a, b in ((along, target, source), (against, source, target)):
            kept = weight != 0 if factor else np.zeros(len(weight), bool)
            readers.append(a[kept])
            read.append(b[kept])
    at = np.concatenate(readers), np.concatenate(read)
    back = sparse.csr_array(sparse.coo_array((np.ones(len(at[0]), np.int8), at), shape=(n + 1, n + 1)))
    reached = np.zeros(n + 1, bool)
    reached[breadth_first_order(back, n, return_predecessors=False)] = True
    return frozenset(bank.ids[k] for k in np.flatnonzero(~reached[rows]))
