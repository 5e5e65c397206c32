"""Ensemble: the average of several learners' scores, each on its own scale; one bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array, packed, unpacked
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.base import Learner, Propagation
from kgzsl.learners.combined.named import Named, Numbers, made
from kgzsl.learners.combined.scales import Scale, scale_of, scored, shares_of, trial_of, without_half
from kgzsl.learners.leftovers import forget
from kgzsl.semantics.space import ClassSpace
from kgzsl.versions import DenseRows


class EnsembleOptions(base.Options):
    """Settings; two quick members, which on validation classes were the strongest with graphs and with attributes."""

    members: Named = Field(("kernel", "exem"), min_length=1, description="names, or tables of name and options")
    weights: Numbers = Field((), description="of the members; chosen where none are given")
    balance: bool = Field(False, description="take each member's bias to seen classes off its scores")


@dataclass(frozen=True, eq=False)
class Gathered(Propagation):
    """A bank, and the propagations of the members that it was put together from."""

    def fork(self) -> Gathered:
        """See the base class; forks those of the members."""
        members = [member.fork() for member in self.cache["members"]]
        return Gathered(self.bank, self.cache | {"members": members, "table": self.cache["table"].forked()})


class Ensemble(Learner):
    r"""Mean of the scores of several learners, in units of each one's spread.

    .. math:: s(x, c) = \sum_k a_k \frac{s_k(x, c) - \mu_k}{\sigma_k} - a_k \gamma_k [c \text{ is seen}],
        \quad \sum_k a_k = 1

    Every member is fitted on all there is. The rest is measured on half of the seen classes, which are hidden from a
    second fit of each member: :math:`\mu_k, \sigma_k` of the scores that inputs of hidden classes get for such
    classes, and :math:`a_k` by what helps these inputs most, unless weights are given. Inputs are half of the labelled
    ones, on which the second fit is not made, or seen rows where nothing is labelled
    (:mod:`kgzsl.learners.combined.scales`).
    :math:`\gamma_k` is 0 unless ``balance`` asks for it and inputs are labelled: their sum is one number, and so is
    the gamma that an engine chooses for the whole.

    Shapes: inputs (n, d) → (n, Σ d_k), the members' own side by side; bank (C, Σ d_k). Explained by edits only.

    Source: sums of normalised scores, Jain, Nandakumar, Ross 2005, Score normalization in multimodal biometric
    systems, sec. 3 (z-score); weights by Caruana et al. 2004, Ensemble Selection; the bias, Chao et al. 2016, eq. 3.
    """

    name = "ensemble"
    family = "combined"
    citation = "Jain, Nandakumar, Ross 2005, Score Normalization in Multimodal Biometric Systems (z-score, sum rule)"
    reads = "what its members read"
    learns_from = "inputs"
    Options: ClassVar[type[base.Options]] = EnsembleOptions

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.members: list[Learner] = [made(entry) for entry in self.options.members]
        self.scales: list[Scale] = []
        self.shares: list[float] = []
        given = self.options.weights
        if given and (len(given) != len(self.members) or min(given) < 0 or not 0 < sum(given) < np.inf):
            raise LearnerError(f"{len(given)} weights for {len(self.members)} members", value=given,
                               fix="give one a member, none below 0 and not all 0")  # fmt: skip

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Fit every member, then measure scales and choose weights; see the base class."""
        self._remember(space, seen)
        for k, member in enumerate(self.members):
            kept = self.checkpoint
            member.checkpoint, member.resume = kept and kept.with_name(f"{kept.name}.{k}"), self.resume
            member.fit(space, seen, features, seed, progress)
            if member.interrupted:  # an average of some members would be another learner
                raise KeyboardInterrupt
        trial = trial_of(self.members, self.seen_ids, seen, features, seed)
        found = [scored(member, space, trial, seed) for member in self.members]
        self.scales = [scale_of(one, self.options.balance and trial.real) for one in found]
        given = self.options.weights
        self.shares = [w / sum(given) for w in given] if given else shares_of(found, self.scales)
        for member in self.members:
            forget(member.checkpoint)
        return self

    def propagate(self, space: ClassSpace, previous: Propagation | None = None) -> Propagation:
        """See the base class; costs what the members' do, and the rows that they changed."""
        mine = previous is not None and previous.cache.get("rows") is self.rows
        cache = previous.cache if previous is not None and mine else {}
        before: Sequence[Propagation | None] = cache.get("members") or [None] * len(self.members)
        found = [m.propagate(space, p if p and p.cache else None) for m, p in zip(self.members, before, strict=True)]
        banks = [one.bank for one in found]
        table = _side_by_side(banks, [p.bank for p in before if p is not None], cache.get("table"))
        factors = [share / scale.spread for share, scale in zip(self.shares, self.scales, strict=True)]
        inputs = InputMap(parts=tuple((_sized(b), f) for b, f in zip(banks, factors, strict=True)))
        bank = ClassifierBank(banks[0].ids, table, self._bias(banks, factors), banks[0].seen, inputs, "dot",
                              self.backbone)  # fmt: skip
        return Gathered(bank, {"rows": self.rows, "members": found, "table": table})

    def held_out_learner(
        self, space: ClassSpace, seen: ClassifierBank, features: FeatureSet, seed: int = 0,
        fitting: FeatureSet | None = None, fold: int = 0, folds: int = 2,
    ) -> Learner | None:  # fmt: skip
        """See the base class; on the scales of this one."""
        others = [without_half(member, space, seen, features, seed, fitting, fold, folds) for member in self.members]
        found = [other for other in others if other is not None]
        if len(found) < len(others):
            return None
        whole = type(self)(**dict(self.options))
        whole.members, whole.scales, whole.shares = found, self.scales, self.shares
        whole.seen_ids, whole.rows, whole.backbone = found[0].seen_ids, found[0].rows, self.backbone
        return whole

    def given(self, iri: str) -> bool:
        """See the base class: given where it is so to every member."""
        return all(member.given(iri) for member in self.members)

    def _bias(self, banks: Sequence[ClassifierBank], factors: Sequence[float]) -> Array:
        bias = np.zeros(len(banks[0]))
        for bank, factor, share, scale in zip(banks, factors, self.shares, self.scales, strict=True):
            bias += factor * (bank.bias - scale.mean) - share * scale.gamma * bank.seen
        return bias.astype(np.float32)

    def _arrays(self) -> dict[str, Array]:
        arrays = {f"member{k}.{name}": a for k, m in enumerate(self.members) for name, a in m.state().items()}
        measured = {"scales": np.array(self.scales), "shares": np.array(self.shares)}
        return arrays | measured | {"about": packed([member.seen_ids for member in self.members])}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.scales = [Scale(*map(float, row)) for row in arrays["scales"]]
        self.shares = [float(share) for share in arrays["shares"]]
        about = unpacked(arrays["about"])
        for k, (member, ids) in enumerate(zip(self.members, about, strict=True)):
            start = f"member{k}."
            own = {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}
            member.restore(ids, self.backbone, own)


def _sized(bank: ClassifierBank) -> InputMap:
    """Return the map of a bank; one that takes inputs of any width is told theirs, since rows no longer say it."""
    inputs = bank.input_map
    return inputs if inputs.reads else replace(inputs, center=np.zeros(bank.width, np.float32))


def _side_by_side(
    banks: Sequence[ClassifierBank], before: Sequence[ClassifierBank], table: DenseRows | None
) -> DenseRows:
    """Return the rows of banks side by side; of the table before, those that no bank has changed are kept.

    Shapes: (C, d_k) each → (C, Σ d_k).
    """
    if table is None:
        return DenseRows.of(np.hstack([bank.weights for bank in banks]))
    place = before[0].row
    was = np.array([place.get(iri, -1) for iri in banks[0].ids], np.int64)
    stays, changed = np.flatnonzero(was >= 0), was < 0
    for new, old in zip(banks, before, strict=True):
        changed[stays[new.table.taken(stays).differing(old.table.taken(was[stays]))]] = True
    rows = np.flatnonzero(changed)
    return table.taken(np.maximum(was, 0)).changed(rows, np.hstack([bank.table[rows] for bank in banks]))
