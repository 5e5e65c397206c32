"""GCN: regress the seen classifiers from descriptions smoothed over the class graph."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.incremental import carried, changed_edges, taken_over, touched
from kgzsl.learners.inheritance import inherited
from kgzsl.semantics.space import ClassSpace

SLOPE = 0.2


class GCNOptions(base.Options):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    layers: int = Field(2, ge=2, le=6)
    hidden: int = Field(1024, ge=1, description="width between layers")
    dropout: float = Field(0.5, ge=0, lt=1)
    decay: float = Field(0.4, ge=0, lt=1, description="share of the next ancestor in an input vector")
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(5e-4, ge=0)
    epochs: int = Field(200, ge=1, description="at most")
    patience: int = Field(5, ge=1, description="checks without a better ranking before it stops")
    check_every: int = Field(10, ge=1, description="epochs between checks")
    held_out: float = Field(0.1, gt=0, lt=0.5, description="share of seen classes for validation")


class GCN(base.Learner):
    r"""Graph convolutional regression of classifier weights.

    .. math:: H_{l+1} = \sigma(\hat A H_l \Theta_l + b_l), \quad \hat A = D^{-1}(A + A^\top + I)

    trained to give the L2-normalised rows of the seen classifiers; stops at the epoch that ranks the inputs of
    held-out seen classes best (their own rows stand in for inputs when no features are given).

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: Kipf & Welling 2017, eq. 2; Wang, Ye, Gupta 2018 (GCNZ), sec. 3.2.
    """

    name = "gcn"
    family = "graph propagation"
    citation = "Kipf & Welling 2017; Wang, Ye, Gupta 2018, Zero-shot Recognition via Semantic Embeddings and KGs"
    reads = "vectors, relations"
    Options: ClassVar[type[base.Options]] = GCNOptions
    held_out: tuple[str, ...] = ()

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Train; see the base class."""
        from kgzsl.learners.gcn_training import train

        at = self._remember(space, seen)
        self.layers = train(self, space, at, features, seed, progress)
        return self

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class; rows that no change can reach are taken over."""
        old = previous.cache if previous else None
        operator, inputs = space.smoothing, inherited(space, self.options.decay, old["inputs"] if old else None)
        of = carried(old["inputs"].ids, inputs.ids) if old else None
        edges = changed_edges(old["operator"], operator, of) if old and of is not None else None
        dirty = inputs.fresh if old else None
        cache: dict[str, Any] = {"operator": operator, "inputs": inputs, "products": []}
        product = inputs.mixed
        for number, (weight, bias) in enumerate(self.layers[:-1]):
            if edges is not None and dirty is not None:
                dirty = touched(operator, edges, dirty)
            first = weight if number == 0 else None
            step = _hidden(operator, product, first, bias, self.layers[number + 1][0])
            before = old["products"][number] if old else None
            product = _rows(step, dirty, before, of, len(inputs.ids))
            cache["products"].append(product)
        if edges is not None and dirty is not None:
            dirty = touched(operator, edges, dirty)
        weights = self._outputs(space, operator, product, dirty, previous)
        new = None if dirty is None else dirty[space.class_rows]
        return base.Propagation(self._bank(space, weights, new), cache)

    def held_out_learner(
        self, space: ClassSpace, seen: ClassifierBank, features: FeatureSet, seed: int = 0
    ) -> base.Learner | None:
        """See the base class; the classes that training held out are the ones propagated."""
        if len(set(features.labels or ()) & set(self.held_out)) < base.FEWEST // 2:
            return None
        known = [k for k, iri in enumerate(self.seen_ids) if iri not in set(self.held_out)]
        other = copy.copy(self)
        other.seen_ids, other.rows = tuple(self.seen_ids[k] for k in known), self.rows[known]
        return other

    def _outputs(
        self,
        space: ClassSpace,
        operator: sparse.csr_array,
        product: Array,
        dirty: Array | None,
        previous: base.Propagation | None,
    ) -> Array:
        rows, bias = space.class_rows, self.layers[-1][1]
        if previous is None or dirty is None:
            return unit_rows(operator[rows] @ product + bias)
        weights = taken_over(previous.bank.weights, carried(previous.bank.ids, space.graph.classes))
        new = dirty[rows]
        weights[new] = unit_rows(operator[rows[new]] @ product + bias)
        return weights

    def _arrays(self) -> dict[str, Array]:
        return {f"{kind}_{k}": a for k, pair in enumerate(self.layers) for kind, a in zip("wb", pair, strict=True)}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.layers = [(arrays[f"w_{k}"], arrays[f"b_{k}"]) for k in range(len(arrays) // 2)]


def _hidden(
    operator: sparse.csr_array, product: Array, weight: Array | None, bias: Array, following: Array
) -> Callable[[Any], Array]:
    """Return a function rows → σ(Â·product[·Θ] + b)·Θ_next of these rows."""

    def step(rows: Any) -> Array:
        total = operator[rows] @ product
        total = (total @ weight if weight is not None else total) + bias
        return np.asarray(np.where(total > 0, total, SLOPE * total) @ following)

    return step


def _rows(step: Callable[[Any], Array], dirty: Array | None, before: Array | None, of: Array | None, n: int) -> Array:
    if dirty is None or before is None or of is None:
        return step(np.arange(n))
    product = taken_over(before, of)
    product[dirty] = step(np.flatnonzero(dirty))
    return product
