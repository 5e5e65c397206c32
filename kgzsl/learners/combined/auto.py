"""Auto: tries learners on validation classes, and is the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, ClassVar, Self

from pydantic import Field
from scipy import sparse

from kgzsl.arrays import Array, packed, unpacked
from kgzsl.bank import ClassifierBank
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.base import Learner, Propagation
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.combined.choosing import Tried, try_learners
from kgzsl.learners.combined.named import Named, made, quick
from kgzsl.learners.linear import Linearised
from kgzsl.semantics.space import ClassSpace

OF_CHOSEN = ("explains", "one_space", "seen_ids", "rows", "backbone", "interrupted")


class AutoOptions(base.Options):
    """Settings."""

    candidates: Named = Field((), description="names, or tables; all that train in no epochs where none are given")
    folds: int = Field(3, ge=2, description="of validation classes, of each kind")


class Auto(Learner):
    r"""The learner with the best score on seen classes that are hidden from it.

    .. math:: \arg\max_l \frac1K \sum_{k} \operatorname{mean}_{c \in C_k} \frac{1}{1 + r_l(c)}

    :math:`C_k`: hidden classes of one kind of folds (:mod:`kgzsl.learners.validation`); r: the place of the right class
    among the hidden ones, from 0. Learners that cannot be fitted here are left out, and ``choice`` says why. Then the
    chosen learner is fitted on all there is, and everything else is its own.

    Shapes: those of the chosen learner.

    Source: cross-validation over classes, Xian et al. 2019, Zero-Shot Learning: A Comprehensive Evaluation, sec. 4.2;
    choice by it, Stone 1974, Cross-validatory Choice and Assessment of Statistical Predictions.
    """

    name = "auto"
    family = "combined"
    citation = "Stone 1974, Cross-Validatory Choice and Assessment of Statistical Predictions"
    reads = "what the chosen learner reads"
    learns_from = "inputs"
    Options: ClassVar[type[base.Options]] = AutoOptions
    chosen: Learner
    choice: tuple[Tried, ...] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for entry in self.options.candidates:
            if isinstance(made(entry), Auto):
                raise LearnerError("'auto' cannot choose itself", value=self.name, fix="name other candidates")

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Choose, then fit the chosen learner; see the base class.

        Raises:
            LearnerError: no candidate can be fitted, or too few seen classes to hold any out.
        """
        self._remember(space, seen)
        entries = self.options.candidates or quick(without=(self.name,))
        tried = tuple(try_learners(entries, space, seen, features, self.options.folds, seed, progress))
        if tried[0].score is None:
            said = "; ".join(f"{one.name}: {one.reason}" for one in tried)
            raise LearnerError(f"no candidate can be fitted: {said}", value=tuple(one.name for one in tried),
                               fix="name others, or mend what they lack")  # fmt: skip
        learner = make_learner(tried[0].name, tried[0].options)
        learner.checkpoint, learner.resume = self.checkpoint, self.resume
        return self._take(learner.fit(space, seen, features, seed, progress), tried)

    def why(self) -> str:
        """Return what was chosen and why, in one sentence."""
        best, *others = [one for one in self.choice if one.score is not None]
        out = [f"{one.name} ({one.reason})" for one in self.choice if one.score is None]
        said = f"'{self.name}' chose '{best.name}': {_figures(best)} on validation classes"
        if others:
            near = ", not told apart by these classes" if not others[0].told_apart else ""
            said += f"; next '{others[0].name}', {_figures(others[0])}{near}"
        return said + (f"; not to be fitted here: {', '.join(out)}" if out else "")

    def propagate(self, space: ClassSpace, previous: Propagation | None = None) -> Propagation:
        """See the base class."""
        return self.chosen.propagate(space, previous)

    def held_out_learner(
        self, space: ClassSpace, seen: ClassifierBank, features: FeatureSet, seed: int = 0,
        fitting: FeatureSet | None = None, fold: int = 0, folds: int = 2,
    ) -> Learner | None:  # fmt: skip
        """See the base class; the choice stands."""
        return self.chosen.held_out_learner(space, seen, features, seed, fitting, fold, folds)

    def given(self, iri: str) -> bool:
        """See the base class."""
        return self.chosen.given(iri)

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients | None:
        """See the base class."""
        return self.chosen.coefficients(space, ids)

    def ends(self, space: ClassSpace, iri: str, propagation: Propagation | None = None) -> Array | None:
        """See the base class."""
        return self.chosen.ends(space, iri, propagation)

    def walks(
        self, space: ClassSpace, iri: str, most: int = 1000, fits: Array | None = None,
        propagation: Propagation | None = None,
    ) -> list[base.Walk] | None:  # fmt: skip
        """See the base class."""
        return self.chosen.walks(space, iri, most, fits, propagation)

    def flows(self, space: ClassSpace, iri: str, fits: Array) -> sparse.coo_array | None:
        """See the base class."""
        return self.chosen.flows(space, iri, fits)

    def linear(self, space: ClassSpace, iri: str) -> Linearised | None:
        """See the base class."""
        return self.chosen.linear(space, iri)

    def state(self) -> dict[str, Array]:
        """See the base class; the chosen learner's own, and the choice."""
        return self.chosen.state() | {"fit_choice": packed([asdict(one) for one in self.choice])}

    def restore(self, seen_ids: Sequence[str], backbone: str | None, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        choice = unpacked(arrays["fit_choice"])
        tried = tuple(Tried(**one | {"behind": tuple(one["behind"])}) for one in choice)
        learner = make_learner(tried[0].name, tried[0].options)
        own = {name: array for name, array in arrays.items() if name != "fit_choice"}
        return self._take(learner.restore(seen_ids, backbone, own), tried)

    def _take(self, chosen: Learner, choice: tuple[Tried, ...]) -> Self:
        self.chosen, self.choice = chosen, choice
        # what the base declares for whole classes of learners is a matter of the choice here
        vars(self).update({name: getattr(chosen, name) for name in OF_CHOSEN})
        vars(self)["caveat"] = "; ".join(filter(None, (chosen.caveat, self.why())))
        return self


def _figures(tried: Tried) -> str:
    return f"{tried.score:.3f} [{tried.low:.3f}, {tried.high:.3f}]"
