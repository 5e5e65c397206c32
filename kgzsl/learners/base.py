"""The contract of every learner: fit once on seen classes, then propagate to any class space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.folds import class_folds
from kgzsl.learners.directions import directions as directions
from kgzsl.learners.linear import Linearised
from kgzsl.options import Options as Options
from kgzsl.options import choice as choice
from kgzsl.options import tuned as tuned
from kgzsl.options import validated
from kgzsl.propagation.pipeline import Held
from kgzsl.semantics.space import ClassSpace

Progress = Callable[[str, int, int], None]
FEWEST = 4
INVERSE = "inverse of "  # of a relation that a walk follows backwards


@dataclass(frozen=True, eq=False)
class Propagation:
    """A bank and what makes the next one cheaper; the cache never changes what comes out."""

    bank: ClassifierBank
    cache: dict[str, Any]

    def fork(self) -> Propagation:
        """Return the same propagation; the next one from it leaves its rows with it, and takes them when dropped.

        For what is only tried: a thousand counterfactuals of one state cost that state no memory. Costs nothing; other
        threads may propagate from this one meanwhile.
        """
        cache = {key: value.forked() if isinstance(value, Held) else value for key, value in self.cache.items()}
        return Propagation(self.bank, cache)


class Coefficients(NamedTuple):
    """``weights[c] = Σ_s values[c, s] · rows[s] + base[c]`` exactly. Shapes: values (C, S), rows (S, d), base (C, d).

    ``base`` is what no seen row has a part in; ``base_name`` says what that is.
    """

    seen: tuple[str, ...]
    values: Array
    rows: Array
    base: Array | None = None
    base_name: str = ""


class Walk(NamedTuple):
    """A walk over concepts (IRIs) that ends at a seen class, and its share of a classifier."""

    nodes: tuple[str, ...]
    relations: tuple[str, ...]
    share: float


class Learner(ABC):
    """Base of all learners.

    ``learns_from`` says what it is trained on: the ``rows`` of seen classifiers, or labelled ``inputs``, for which rows
    stand in where a layer is all that is given (:mod:`kgzsl.learners.examples`).
    ``refits`` says what a propagation fits anew, where it does.
    ``one_space`` says that inputs and descriptions must come from one encoder. ``explains`` says what a score of an
    unseen class can be split over: ``coefficients`` (seen classes, exactly), ``inputs`` (seen classes, as the input is
    a mixture of them), ``walks`` (paths that end at seen classes, exactly), ``paths`` (paths that start at described
    concepts, exactly at fixed activations), or ``estimated paths``; ``caveat`` is what must be said of them.

    A fitted learner remembers what it was fitted on: a seen class that is removed from the ontology is no longer
    an answer, one that is described anew keeps the classifier it was given, and one that is renamed (a new IRI)
    is a new, unseen class.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    citation: ClassVar[str]
    reads: ClassVar[str]
    explains: ClassVar[tuple[str, ...]] = ()
    caveat: ClassVar[str] = ""
    learns_from: ClassVar[str] = "rows"
    one_space: ClassVar[bool] = False
    refits: str = ""
    Options: ClassVar[type[Options]] = Options
    checkpoint: Path | None = None
    resume: bool = False
    interrupted: bool = False

    def __init__(self, **options: Any) -> None:
        self.options: Any = validated(f"learner '{self.name}'", type(self).Options, options)
        self.seen_ids: tuple[str, ...] = ()
        self.rows: Array = np.zeros((0, 0), np.float32)
        self.backbone: str | None = None
        self._places: tuple[tuple[str, ...], dict[str, int]] | None = None

    @property
    def seen_row(self) -> dict[str, int]:
        """IRI of a seen class → its row."""
        if self._places is None or self._places[0] is not self.seen_ids:
            self._places = self.seen_ids, {iri: k for k, iri in enumerate(self.seen_ids)}
        return self._places[1]

    @abstractmethod
    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from seen classes.

        Args:
            space: a class space that holds the seen classes.
            seen: their classifiers.
            features: labelled features of seen classes, for those that choose or train on them.
            seed: of everything random.
            progress: called with (stage, done, total).

        Raises:
            LearnerError: nothing to learn from.
        """

    @abstractmethod
    def propagate(self, space: ClassSpace, previous: Propagation | None = None) -> Propagation:
        """Return classifiers of every class of ``space``; ``previous`` makes it cheaper and nothing else."""

    def classifiers(self, space: ClassSpace) -> ClassifierBank:
        """Return the bank of ``propagate``."""
        return self.propagate(space).bank

    def held_out_learner(
        self, space: ClassSpace, seen: ClassifierBank, features: FeatureSet, seed: int = 0,
        fitting: FeatureSet | None = None, fold: int = 0, folds: int = 2,
    ) -> Learner | None:  # fmt: skip
        """Return a learner that was not given a fold of the labelled seen classes: what calibration is chosen on.

        None with fewer than four labelled seen classes, or without such a fold. ``features`` are those that will be
        calibrated on, which nothing may be fitted on; ``fitting`` are others, for learners that need some.
        """
        labelled = sorted(set(features.labels or ()) & set(self.seen_ids))
        if len(labelled) < FEWEST:
            return None
        dealt = class_folds(labelled, min(folds, len(labelled) // 2), seed)[fold : fold + 1]
        if not dealt:
            return None
        hidden = dealt[0]
        rest = fitting.without(hidden) if fitting is not None else None
        return type(self)(**dict(self.options)).fit(space, without_seen(seen, hidden), rest, seed)

    def left_out(self, space: ClassSpace, hidden: Sequence[str]) -> Array | None:
        """Return what these seen classes would get had none of them been seen, or None without a closed form.

        Rows stay centred as they are. Shape: (H, d).
        """
        return None

    def given(self, iri: str) -> bool:
        """Say whether a class's classifier is the one that was given, and not one that was propagated."""
        return iri in self.seen_row

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> Coefficients | None:
        """Return each class's classifier as a sum over seen rows, or None where there is no such sum."""
        return None

    def ends(self, space: ClassSpace, iri: str, propagation: Propagation | None = None) -> Array | None:
        """Return the chances that a walk from a class ends at each seen class, or None where no walks carry it.

        The classifier is the seen rows in these proportions, of unit length. ``propagation`` saves computing.
        Shape: (S,).
        """
        return None

    def walks(
        self, space: ClassSpace, iri: str, most: int = 1000, fits: Array | None = None,
        propagation: Propagation | None = None,
    ) -> list[Walk] | None:  # fmt: skip
        """Return the walks that carry a class's classifier, the strongest first, or None where there are none.

        Args:
            space: classes.
            iri: of a class.
            most: how many.
            fits: what each seen class is worth; without them the largest shares come first. Shape: (S,).
            propagation: of this learner to this space, which saves computing.
        """
        return None

    def flows(self, space: ClassSpace, iri: str, fits: Array) -> sparse.coo_array | None:
        """Return what goes over each step between two concepts, where walks are too many to list. Shape: (N, N)."""
        return None

    def linear(self, space: ClassSpace, iri: str) -> Linearised | None:
        """Return the parts that a class's classifier is computed from, linear at fixed activations; None without."""
        return None

    def state(self) -> dict[str, Array]:
        """Return the fitted arrays, for a bundle."""
        return {"rows": self.rows, **{f"fit_{k}": a for k, a in self._arrays().items()}}

    def restore(self, seen_ids: Sequence[str], backbone: str | None, arrays: dict[str, Array]) -> Self:
        """Take back what :meth:`state` gave."""
        self.seen_ids, self.backbone, self.rows = tuple(seen_ids), backbone, arrays["rows"]
        self._set_arrays({k[4:]: a for k, a in arrays.items() if k.startswith("fit_")})
        return self

    def _arrays(self) -> dict[str, Array]:
        return {}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        """Take back what ``_arrays`` gave."""
        assert not arrays

    def _remember(self, space: ClassSpace, seen: ClassifierBank) -> Array:
        """Keep the seen rows that the space knows, centred and of unit length; return their rows in the space."""
        index = space.graph.index
        known = [k for k, iri in enumerate(seen.ids) if iri in index]
        if not known:
            fix = "the ids of the seen classifiers must be ids of classes in the ontology"
            raise LearnerError("no seen class is in the graph", value=seen.ids[:3], fix=fix)
        self.seen_ids, self.backbone = tuple(seen.ids[k] for k in known), seen.backbone
        weights = np.asarray(seen.weights[known], np.float32)
        bad = np.flatnonzero(~np.isfinite(weights).all(axis=1))
        if len(bad):
            raise LearnerError(f"the row of '{self.seen_ids[bad[0]]}' holds NaN or Inf", value=self.seen_ids[bad[0]],
                               fix="mend the layer of seen classifiers")  # fmt: skip
        self.rows = directions(weights)
        return np.array([index[iri] for iri in self.seen_ids], np.int64)

    def _check_width(self, space: ClassSpace, width: int) -> None:
        if space.vectors.shape[1] != width:
            raise LearnerError(f"descriptions are {space.vectors.shape[1]} wide, it was trained on {width}",
                               fix="train again: the edit changed what describes classes")  # fmt: skip

    def _bank(self, space: ClassSpace, weights: Array) -> ClassifierBank:
        """Return a bank of these rows, less those of seen classes, which are the given ones.

        Args:
            space: names the classes.
            weights: (C, d), unit rows.
        """
        classes = space.graph.class_ids
        row = {iri: k for k, iri in enumerate(classes)}
        seen = np.zeros(len(classes), bool)
        here = [(row[iri], k) for k, iri in enumerate(self.seen_ids) if iri in row]
        if here:
            to, of = np.array(here).T
            seen[to] = True
            weights[to] = self.rows[of]
        bias = np.zeros(len(classes), np.float32)
        return ClassifierBank(classes, weights, bias, seen, InputMap(), "cosine", self.backbone)


def scaled_coefficients(
    learner: Learner, ids: Sequence[str], values: Array, rest: Array | None = None, name: str = ""
) -> Coefficients:
    """Return coefficients that give rows of unit length; a seen class is its own and only coefficient.

    Args:
        learner: for its seen classes.
        ids: classes.
        values: coefficients before rows are normalised. Shape: (C, S).
        rest: what no seen row has a part in, before rows are normalised. Shape: (C, d).
        name: what that is.
    """
    whole = values @ learner.rows if rest is None else values @ learner.rows + rest
    length = np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-12)
    values, rest = values / length, None if rest is None else rest / length
    place = learner.seen_row
    for k, iri in enumerate(ids):
        if iri in place:
            values[k] = np.eye(len(place), dtype=np.float32)[place[iri]]
            if rest is not None:
                rest[k] = 0
    return Coefficients(learner.seen_ids, values, learner.rows, rest, name)


def without_seen(bank: ClassifierBank, hidden: Sequence[str]) -> ClassifierBank:
    """Return a seen bank less some classes: what a learner is given when they are to be predicted."""
    gone = set(hidden)
    return bank.subset([iri for iri in bank.ids if iri not in gone])
