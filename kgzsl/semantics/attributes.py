"""Class vectors that are the attribute matrix, a view of the graph; classes inherit what they do not state."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph
from kgzsl.graph.operators import adjacency, row_normalised


class AttributeSource:
    """Vectors (N, a), one column an attribute of the graph, in the order of their IRIs."""

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return strengths and which concepts have any; above described classes, the mean of what lies below."""
        columns = [row for row, iri in enumerate(graph.ids) if graph.concepts[iri].kind == "attribute"]
        stated = adjacency(len(graph), graph.edges(ATTRIBUTE))
        matrix = np.asarray(stated[:, columns].todense(), np.float32)
        known = np.asarray(matrix.any(axis=1))
        up = adjacency(len(graph), graph.edges(SUBCLASS))
        children = sparse.csr_array(up.T)
        while True:
            rows = np.flatnonzero(~known & (children @ known.astype(np.float32) > 0))
            if not len(rows):
                return matrix, known
            of_known = row_normalised(sparse.csr_array(children[rows] @ sparse.diags_array(known.astype(np.float32))))
            matrix[rows] = of_known @ matrix
            known[rows] = True
