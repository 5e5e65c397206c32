"""Base of graph networks: what their training and their propagation share."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.chained import Chained, described
from kgzsl.learners.linear import Linearised, LinearPart, LinearStage, descriptions
from kgzsl.learners.networks.inference import network_chain
from kgzsl.learners.networks.linear import linear_stages
from kgzsl.propagation.operators import Operator
from kgzsl.propagation.pipeline import Chain
from kgzsl.semantics.space import ClassSpace

if TYPE_CHECKING:
    from torch import nn


class NetworkOptions(base.Options):
    """Settings of all graph networks; chosen on held-out seen classes, see docs/accuracy.md."""

    layers: int = Field(2, ge=1, le=6)
    hidden: int = Field(1024, ge=1, description="width between layers")
    dropout: float = base.tuned(0.5, 0.0, 0.7, ge=0, lt=1)
    decay: float = base.tuned(0.4, 0.0, 0.7, ge=0, lt=1, description="share of the next ancestor in an input vector")
    learning_rate: float = base.tuned(1e-3, 2e-4, 5e-3, log=True, gt=0)
    weight_decay: float = base.tuned(5e-4, 1e-6, 1e-2, log=True, ge=0)
    epochs: int = Field(200, ge=1, description="at most")
    patience: int = Field(5, ge=1, description="checks without a better ranking before it stops")
    check_every: int = Field(10, ge=1, description="epochs between checks")
    held_out: float = Field(0.1, gt=0, lt=0.5, description="share of seen classes for validation")
    folds: int = Field(1, ge=1, description="members hold out this many different folds in turn")
    ensemble: int = Field(1, ge=1, description="networks of different seeds whose rows are averaged")
    target: Literal["weights", "labels"] = Field("weights", description="regress given rows, or classify features")
    loss: Literal["l2", "cosine"] = Field("l2", description="between rows, for target = weights")
    over: Literal["seen", "all"] = Field("seen", description="classes of the softmax, for target = labels")
    scale: float = Field(20.0, gt=0, description="of cosines in the softmax, for target = labels")
    device: str = Field("cpu", description="cpu, cuda, cuda:1, mps, …: where training runs")
    dtype: Literal["float32", "float64", "bfloat16"] = Field("float32", description="of training")


class NetworkLearner(Chained):
    """A graph network that maps descriptions to classifier rows.

    Biases of a given layer are no target: they say how often its training set showed a class, which no description
    of an unseen class tells. Rows are centred over the seen classes and L2-normalised, so that the target is a
    direction, and answers are cosines.
    """

    family = "graph propagation"
    Options: ClassVar[type[base.Options]] = NetworkOptions
    explains: ClassVar[tuple[str, ...]] = ("paths",)
    unit = True
    skip = False
    held_out: tuple[tuple[str, ...], ...] = ()
    members: list[list[dict[str, Array]]]
    relations: tuple[str, ...] = ()
    _linear: tuple[list[Array], list[tuple[LinearStage, ...]]] | None = None

    @abstractmethod
    def operators(self) -> list[tuple[Operator, ...]]:
        """Return what each layer reads; ``self.relations`` are those of the space that was fitted on."""

    @abstractmethod
    def modules(self, widths: Sequence[int]) -> list[nn.Module]:
        """Return untrained layers; layer k maps rows of widths[k] to rows of widths[k + 1]."""

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Train; see the base class."""
        from kgzsl.learners.networks.trainer import train

        self._remember(space, seen)
        self.relations = tuple(sorted(space.ways))
        self.width = space.vectors.shape[1]
        targets = self.targets(space)
        self.members, self.held_out, self.interrupted = train(self, space, targets, features, seed, progress)
        return self

    def targets(self, space: ClassSpace) -> tuple[Array, Array | None]:
        """Return the rows to learn (S, d), and rows that what is learnt is added to, or None."""
        return self.rows, None

    def chains(self) -> list[Chain]:
        """See the base class."""
        return [[described(self.options.decay, self.width), *network_chain(self, layers)] for layers in self.members]

    def linear(self, space: ClassSpace, iri: str) -> Linearised | None:
        """See the base class; exact at fixed masks, and at fixed attention."""
        return Linearised(tuple(self.linear_parts(iri)))

    def linear_parts(self, iri: str) -> list[LinearPart]:
        """Return one part a network."""
        arrays = [array for layers in self.members for layer in layers for array in layer.values()]
        if self._linear is None or not _same(self._linear[0], arrays):
            stages = [(descriptions(self.options.decay), *linear_stages(self, layers)) for layers in self.members]
            self._linear = arrays, stages
        return [LinearPart(stages, (iri,)) for stages in self._linear[1]]

    def held_out_learner(
        self, space: ClassSpace, seen: ClassifierBank, features: FeatureSet, seed: int = 0,
        fitting: FeatureSet | None = None, fold: int = 0, folds: int = 2,
    ) -> base.Learner | None:  # fmt: skip
        """See the base class; the classes that a network held out are the ones propagated: a fold for each network."""
        hidden = set(self.held_out[fold]) if fold < len(self.held_out) else set()
        if len(set(features.labels or ()) & hidden) < base.FEWEST // 2:
            return None
        known = [k for k, iri in enumerate(self.seen_ids) if iri not in hidden]
        other = copy.copy(self)
        given = base.directions(seen.weights[seen.rows(self.seen_ids)])
        other.seen_ids, other.rows = tuple(self.seen_ids[k] for k in known), given[known]
        other.members = self.members[fold : fold + 1]
        return other

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_linear"}

    def finish(self, rows: Array) -> Array:
        """Return what a network gives: directions, unless it is added to something."""
        return unit_rows(rows) if self.unit else np.asarray(rows, np.float32)

    def _arrays(self) -> dict[str, Array]:
        names = np.frombuffer("\n".join(self.relations).encode(), np.uint8).copy()
        arrays: dict[str, Array] = {"relations": names, "width": np.array([self.width])}
        for m, layers in enumerate(self.members):
            for k, layer in enumerate(layers):
                arrays |= {f"{m}.{k}.{name}": value for name, value in layer.items()}
        return arrays

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        text = arrays.pop("relations").tobytes().decode()
        self.relations = tuple(text.split("\n")) if text else ()
        self.width = int(arrays.pop("width")[0])
        self.members = []
        for name, value in sorted(arrays.items(), key=lambda item: _place(item[0])):
            m, k, key = name.split(".", 2)
            while len(self.members) <= int(m):
                self.members.append([])
            while len(self.members[int(m)]) <= int(k):
                self.members[int(m)].append({})
            self.members[int(m)][int(k)][key] = value


def _place(name: str) -> tuple[int, int, str]:
    m, k, key = name.split(".", 2)
    return int(m), int(k), key


def uniform(learner: NetworkLearner, operator: Operator) -> list[tuple[Operator, ...]]:
    """Return the same single operator for every layer."""
    return [(operator,)] * learner.options.layers


def _same(known: Sequence[Array], arrays: Sequence[Array]) -> bool:
    return len(known) == len(arrays) and all(a is b for a, b in zip(known, arrays, strict=True))
