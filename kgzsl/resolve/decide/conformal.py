"""Sets of candidates that hold the true class as often as was promised, with the class as the unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.resolve.adjuster import required
from kgzsl.resolve.decide.decider import Decider, Decision, Options
from kgzsl.resolve.query import Query, Rehearsal

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

COLUMNS = ("margin", "lac", "aps", "rank")
CELLS = 2_000_000
"""Inputs times candidates that are measured at a time."""


class Settings(Options):
    """Options of :class:`Conformal`; all may be changed when deciding.

    Args:
        coverage: share of inputs whose set is to hold their class.
        score: how ill a candidate fits an input: ``margin`` (log-probability of the best less its own), ``lac`` (1
            less its probability), ``aps`` (probability of all that is likelier) or ``raps`` (the same, and a penalty).
        penalty: of ``raps``, for every place behind the first ``free``.
        free: places of ``raps`` without a penalty.
        units: ``pooled`` (all inputs, each class of the same weight) or ``subsampled`` (one input of each class).
        seed: of ``subsampled``.
    """

    coverage: float = Field(0.9, gt=0.0, lt=1.0)
    score: Literal["margin", "lac", "aps", "raps"] = "margin"
    penalty: float = Field(0.01, ge=0.0)
    free: int = Field(5, ge=0)
    units: Literal["pooled", "subsampled"] = "pooled"
    seed: int = 0


class Held(NamedTuple):
    """What the true classes of inputs scored, by every measure, and the class of each.

    Args:
        scores: in the order of ``COLUMNS``. Shape: (n, 4).
        units: number of each input's class. Shape: (n,).
    """

    scores: Array
    units: Array

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(np.unique(self.units))


class Conformal(Decider):
    r"""Say a set that holds the true class with a probability of at least ``coverage``.

    An unseen class comes with inputs that are alike among themselves and with none to calibrate on, so the unit that is
    exchangeable is the class: the classes that were hidden in the rehearsals stand for those that nobody has seen.
    With :math:`K` of them, :math:`n_k` inputs each and scores :math:`s_{ki}` of the true class, a candidate is in the
    set where its own score is at most

    .. math:: q = \inf \Big\{ t : \frac{1}{K+1} \sum_{k=1}^{K} \frac{1}{n_k} \sum_{i} [s_{ki} \le t] \ge 1 - \alpha
              \Big\}

    The one more class in the denominator is the one asked about, at infinity. That is a finite-sample guarantee, over
    the draw of classes, and the limit of repeated subsampling of one input a class. It needs
    :math:`K \ge (1 - \alpha) / \alpha`: 9 classes for 90 %; with fewer, all candidates are in the set and the reason
    says so.

    Seen candidates have a threshold of their own, from inputs of classes that were not hidden, so that each kind is
    covered (Mondrian). The best candidate is always in the set. The score is fixed beforehand, not chosen by size.

    The guarantee is exact where hidden and unseen classes are exchangeable and one learner scored both. Here they are
    nearly so: each rehearsal's learner had fewer classes than the one that answers, and rehearsals may have another
    number of candidates. Of the scores, ``margin`` does not change where unlikely candidates are added, ``lac`` and
    ``aps`` do. Calibrating on inputs of seen classes guarantees nothing for unseen ones.

    Source: Dunn, Wasserman, Ramdas 2023, Distribution-Free Prediction Sets for Two-Layer Hierarchical Models (classes
    as units, pooling and subsampling); Lee, Barber, Willett 2023, Distribution-free inference with hierarchical data
    (the threshold above); Romano, Sesia, Candès 2020 (``aps``); Angelopoulos et al. 2021 (``raps``); Sadinle, Lei,
    Wasserman 2019 (``lac``).
    """

    name = "conformal"
    citation = "Dunn, Wasserman, Ramdas 2023; Lee, Barber, Willett 2023"
    Options = Settings

    unseen: Held
    seen: Held

    def fit(self, rehearsals: Sequence[Rehearsal], graph: ClassGraph) -> Self:
        """See the base class."""
        found = required(self.name, rehearsals)
        self.unseen, self.seen = held(found, of_seen=False), held(found, of_seen=True)
        return self

    def decide(self, query: Query, graph: ClassGraph) -> list[Decision]:
        """See the base class."""
        inside, reason, promised = self.members(query), self._reason(query), self._promised(query)
        return [_decision(query, graph, np.flatnonzero(row), at, reason, promised) for at, row in enumerate(inside)]

    def members(self, query: Query) -> Array:
        """Return which candidates are in the set of each input. Shapes: (n, C) → (n, C) bool."""
        limits = np.where(query.seen, self.threshold(self.seen), self.threshold(self.unseen))
        inside = np.zeros(query.scores.shape, bool)
        step = max(1, CELLS // len(limits))
        for start in range(0, len(inside), step):
            part = slice(start, start + step)
            inside[part] = self._score(standing(query.scores[part])) <= limits
        inside[np.arange(len(inside)), query.scores.argmax(axis=1)] = True
        return inside

    def threshold(self, of: Held) -> float:
        """Return the score up to which a candidate is in the set; infinity where no set but the whole is promised."""
        scores, o = self._score(of.scores.T), self.options
        if o.units == "subsampled":
            at = _one_each(of.units, o.seed)
            return quantile(scores[at], of.units[at], o.coverage)
        return quantile(scores, of.units, o.coverage)

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"unseen": self.unseen.scores, "unseen_units": self.unseen.units,
                "seen": self.seen.scores, "seen_units": self.seen.units}  # fmt: skip

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.unseen = Held(arrays["unseen"], arrays["unseen_units"])
        self.seen = Held(arrays["seen"], arrays["seen_units"])
        return self

    def _score(self, columns: Array) -> Array:
        """Return the measure that the options name. Shapes: (4, …) → (…)."""
        o = self.options
        if o.score == "raps":
            return np.asarray(columns[2] + o.penalty * np.maximum(columns[3] + 1 - o.free, 0))
        return np.asarray(columns[COLUMNS.index(o.score)])

    def _asked(self, query: Query) -> list[tuple[str, Held]]:
        """Return the kinds of candidates that there are, and what each is calibrated on."""
        kinds = (("unseen", self.unseen, ~query.seen), ("seen", self.seen, query.seen))
        return [(word, of) for word, of, there in kinds if there.any()]

    def _promised(self, query: Query) -> float:
        """Return the coverage that is promised: 1 where every candidate is in the set."""
        everything = all(np.isinf(self.threshold(of)) for _, of in self._asked(query))
        return 1.0 if everything else float(self.options.coverage)

    def _reason(self, query: Query) -> str:
        share = f"{100 * self.options.coverage:g} %"
        said = []
        for word, of in self._asked(query):
            if np.isinf(self.threshold(of)):
                most = 100 * of.classes / (of.classes + 1)
                said.append(f"{share} cannot be promised for {word} classes from {of.classes} to calibrate on, at most "
                            f"{most:.1f} %, so that all {word} candidates are in the set")  # fmt: skip
            else:
                said.append(f"holds the class of {share} of inputs of {word} classes, calibrated on {of.classes}")
        return "; ".join(said)


def standing(log_probabilities: Array) -> Array:
    """Return by every measure how ill each candidate fits; ties fit alike. Shapes: (n, C) → (4, n, C).

    The order is that of ``COLUMNS``; a rank counts the candidates that are likelier.
    """
    logs = np.asarray(log_probabilities, np.float64)
    p = np.exp(logs)
    order = np.argsort(-logs, axis=1, kind="stable")
    down = np.take_along_axis(p, order, axis=1)
    before = np.cumsum(down, axis=1) - down
    place = np.broadcast_to(np.arange(logs.shape[1], dtype=np.float64), logs.shape)
    first = np.diff(np.take_along_axis(logs, order, axis=1), axis=1, prepend=np.inf) != 0
    aps, rank = np.empty_like(p), np.empty_like(p)
    for into, values in ((aps, before), (rank, place)):
        np.put_along_axis(into, order, np.maximum.accumulate(np.where(first, values, 0.0), axis=1), axis=1)
    return np.stack([logs.max(axis=1, keepdims=True) - logs, 1.0 - p, aps, rank])


def held(rehearsals: Sequence[Rehearsal], of_seen: bool) -> Held:
    """Return what true classes scored; a class of several rehearsals is one unit."""
    units: dict[str, int] = {}
    scores, numbers = [np.zeros((0, len(COLUMNS)))], [np.zeros(0, np.int64)]
    for one in rehearsals:
        at = np.flatnonzero(one.of_seen == of_seen)
        if len(at):
            y = one.y[at]
            scores.append(standing(one.query.scores[at])[:, np.arange(len(at)), y].T)
            numbers.append(np.array([units.setdefault(one.query.ids[k], len(units)) for k in y], np.int64))
    return Held(np.concatenate(scores), np.concatenate(numbers))


def quantile(scores: Array, units: Array, coverage: float) -> float:
    """Return the least score that so large a share of classes, and one more at infinity, does not exceed.

    Args:
        scores: of calibration inputs. Shape: (m,).
        units: number of each one's class, of which all weigh the same. Shape: (m,).
        coverage: the share.

    Returns:
        The score; infinity where there are too few classes.

    Source: Lee, Barber, Willett 2023, Distribution-free inference with hierarchical data, hierarchical conformal
    prediction.
    """
    if not len(scores):
        return float("inf")
    _, of, counts = np.unique(units, return_inverse=True, return_counts=True)
    order = np.argsort(scores, kind="stable")
    mass = np.cumsum(1.0 / counts[of[order]]) / (len(counts) + 1)
    at = int(np.searchsorted(mass, coverage - 1e-9))
    return float(scores[order[at]]) if at < len(mass) else float("inf")


def _one_each(units: Array, seed: int) -> Array:
    """Return one input of each class, drawn. Shape: (K,)."""
    order = np.random.default_rng(seed).permutation(len(units))
    _, first = np.unique(units[order], return_index=True)
    return np.asarray(order[first])


def _decision(query: Query, graph: ClassGraph, columns: Array, at: int, reason: str, promised: float) -> Decision:
    columns = columns[np.argsort(-query.scores[at, columns], kind="stable")]
    iris = tuple(query.ids[k] for k in columns)
    information = float(np.log2(len(query.ids) / len(iris)))
    return Decision("set", tuple(map(graph.short, iris)), iris, tuple(map(graph.label, iris)), promised, information,
                    reason)  # fmt: skip
