"""Kriging on the graph: a regularised-Laplacian or diffusion kernel, alone or times a semantic kernel."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field
from scipy import linalg, sparse
from scipy.sparse import linalg as sparse_linalg

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.graph.operators import affinity
from kgzsl.learners import base
from kgzsl.learners.chained import described
from kgzsl.learners.graph.kernel import KernelReadout, without_block
from kgzsl.learners.linear import GRADIENTS, Linearised, LinearPart, descriptions
from kgzsl.propagation.memory import require
from kgzsl.propagation.pipeline import stage_values
from kgzsl.semantics.space import ClassSpace

KEPT = 1 << 24


class GraphKernelOptions(base.Options):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    kernel: Literal["laplacian", "diffusion"] = Field("laplacian", description="of the graph")
    reach: float = base.tuned(3.0, 0.3, 30.0, log=True, gt=0, description="how far the graph kernel reaches: β of both")
    power: float = base.tuned(0.1, 0.0, 1.0, ge=0, le=1, description="of the graph kernel; 0 leaves it out")
    semantic: bool = Field(True, description="times the kernel of descriptions")
    decay: float = base.tuned(0.4, 0.0, 0.8, ge=0, lt=1, description="share of the next ancestor in a description")
    width: float = base.tuned(0.3, 0.1, 2.0, log=True, gt=0, description="of the kernel of descriptions")
    ridge: float = base.tuned(0.3, 0.03, 3.0, log=True, gt=0, description="noise of the seen rows")


class GraphKernel(base.Learner):
    r"""Gaussian-process mean of classifier rows under a kernel of the graph.

    .. math:: W_u = K_{us}(K_{ss} + \lambda I)^{-1} W_s, \quad K = \rho^p \circ k, \quad
        \rho = \mathrm{corr}\, (I + \beta L)^{-1} \text{ or } \mathrm{corr}\, e^{-\beta L}

    L is the symmetric normalised Laplacian of the recipe's relations, k the kernel of descriptions of the learner
    ``kernel``. Only the columns of seen classes are ever computed: (N, S), never (N, N); a class's own variance
    scales its row, which is normalised in the end, and is left out. An edge anywhere changes the
    Laplacian everywhere, so every update solves anew.

    Shapes: N concepts, seen rows (S, d) → bank (C, d). Linear in the seen rows, so it explains exactly.

    Source: Smola & Kondor 2003, Kernels and Regularization on Graphs, eq. 14 and 15; Kondor & Lafferty 2002.
    """

    name = "laplacian"
    family = "graph propagation"
    citation = "Smola & Kondor 2003, Kernels and Regularization on Graphs; Kondor & Lafferty 2002"
    reads = "vectors, relations"
    explains = ("coefficients", "estimated paths")
    caveat = "the kernel of the graph is held as it is: no relation has a share of what it does"
    Options: ClassVar[type[base.Options]] = GraphKernelOptions
    _last: tuple[weakref.ref[ClassSpace], tuple[list[int], Array, Array]] | None = None

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Remember rows and descriptions; see the base class."""
        self._last = None
        self._remember(space, seen)
        self.anchors = self._described(space, self.seen_ids)
        return self

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class."""
        self._check_width(space, self.anchors.shape[1])
        values = self._values(space, space.graph.class_ids)
        return base.Propagation(self._bank(space, unit_rows(values @ self.rows)), {})

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; a seen class is its own and only coefficient."""
        return base.scaled_coefficients(self, ids, self._values(space, ids))

    def linear(self, space: ClassSpace, iri: str) -> Linearised | None:
        """See the base class; an estimate over descriptions, with the kernel of the graph held as it is."""
        if not self.options.semantic:
            return None
        cross, inverse, here = self._system(space, [iri])
        anchors = self.anchors[here].astype(np.float64)
        scale = cross[0] / self._semantic(self._described(space, [iri]), anchors)[0]
        readout = KernelReadout(anchors, inverse @ self.rows[here], self.options.width, scale)
        return Linearised((LinearPart((descriptions(self.options.decay),), (iri,), 1.0, readout),), GRADIENTS)

    def left_out(self, space: ClassSpace, hidden: Sequence[str]) -> Array:
        """See the base class; the space must hold the hidden classes."""
        _, inverse, here = self._system(space, [])
        return without_block(inverse, self.rows[here], [here.index(self.seen_row[iri]) for iri in hidden])

    def _values(self, space: ClassSpace, ids: Sequence[str]) -> Array:
        """Coefficients of seen rows; a seen class that is no longer in the graph counts no more. Shape: (C, S)."""
        cross, inverse, here = self._system(space, ids)
        values = np.zeros((len(cross), len(self.seen_ids)))
        values[:, here] = cross @ inverse
        return values

    def _system(self, space: ClassSpace, ids: Sequence[str]) -> tuple[Array, Array, list[int]]:
        """Return K_us, (K_ss + λI)⁻¹ and which seen rows are there."""
        here, graph, inverse = self._fitted(space)
        cross = graph[[space.graph.index[iri] for iri in ids]]
        if self.options.semantic:
            cross = cross * self._semantic(self._described(space, ids), self.anchors[here].astype(np.float64))
        return cross, inverse, here

    def _fitted(self, space: ClassSpace) -> tuple[list[int], Array, Array]:
        """Return which seen rows are there, their kernel of the graph (N, S) and (K_ss + λI)⁻¹; once for a space."""
        if self._last is not None and self._last[0]() is space:
            return self._last[1]
        index = space.graph.index
        here = [k for k, iri in enumerate(self.seen_ids) if iri in index]
        at = [index[self.seen_ids[k]] for k in here]
        graph = self._graph_kernel(space, at)
        gram = graph[at]
        if self.options.semantic:
            reference = self.anchors[here].astype(np.float64)
            gram = gram * self._semantic(reference, reference)
        found = here, graph, linalg.inv(gram + self.options.ridge * np.eye(len(here)))
        self._last = (weakref.ref(space), found) if graph.size <= KEPT else None
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_last": None}

    def _graph_kernel(self, space: ClassSpace, at: list[int]) -> Array:
        """Correlations with seen concepts, to the power p. Shape: (N, S)."""
        n, p = len(space.graph), self.options.power
        if not p:
            return np.ones((n, len(at)))
        require(4 * 8 * n * len(at), f"the kernel of {n} concepts and {len(at)} seen classes")
        near = affinity(n, {name: space.edges(name) for name in space.ways}, space.ways)
        laplacian = sparse.csc_array(sparse.eye_array(n) - near)
        start = np.zeros((n, len(at)))
        start[at, np.arange(len(at))] = 1
        if self.options.kernel == "diffusion":
            columns = sparse_linalg.expm_multiply(-self.options.reach * laplacian, start)
        else:
            system = sparse.csc_array(sparse.eye_array(n) + self.options.reach * laplacian)
            columns = sparse_linalg.splu(system).solve(start)
        own = columns[at, np.arange(len(at))]
        scaled = columns / np.sqrt(own)
        scaled[at] /= np.sqrt(own)[:, None]
        return np.asarray(np.maximum(scaled, 0) ** p)

    def _semantic(self, a: Array, b: Array) -> Array:
        return np.asarray(np.exp((a.astype(np.float64) @ b.T - 1) / self.options.width))

    def _described(self, space: ClassSpace, ids: Sequence[str]) -> Array:
        return stage_values([described(self.options.decay, space.vectors.shape[1])], space, ids, 0)

    def _arrays(self) -> dict[str, Array]:
        return {"anchors": self.anchors}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.anchors, self._last = arrays["anchors"], None
