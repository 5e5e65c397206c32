"""Open set: an input may be none of the candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.errors import AdjusterError
from kgzsl.metrics import auroc
from kgzsl.options import Options as Settings
from kgzsl.options import choice
from kgzsl.resolve.adjuster import required
from kgzsl.resolve.bias.scale import spread
from kgzsl.resolve.decide.backoff import CHUNK, said_at
from kgzsl.resolve.decide.decider import Decider, Decision
from kgzsl.resolve.decide.hierarchy import TOP, Hierarchy, hierarchy_of
from kgzsl.resolve.decide.novelty import SCORES
from kgzsl.resolve.decide.subtree import renormalised
from kgzsl.resolve.query import Query, Rehearsal

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

RATES = np.linspace(0.0, 1.0, 1001)
OVER = ("unseen", "both")
AUTO = "auto"
SPLITS = 3
LEAST = -700.0
"""A log-probability may be infinitely small; entropies need a number."""
Name = Literal["auto", "probability", "margin", "certainty", "energy", "score", "standardised", "unseen-certainty",
               "grouped-certainty"]  # fmt: skip


class OpenSetOptions(Settings):
    """Settings; all may be changed after the calibration."""

    rejected: float = Field(0.1, ge=0, le=1, description="class-mean share of known inputs that may be refused")
    score: Name = choice(AUTO, description="by which inputs are refused; auto: what told hidden classes best")
    over: Literal["unseen", "both"] = choice("both", description="known classes that the share is counted over")
    ancestor: float = Field(0.5, gt=0, le=1, description="probability that the nearest ancestor must have")


class OpenSet(Decider):
    """Say none of these where an input scores lower than most inputs of classes that were hidden and stayed candidates.

    In each rehearsal half of the hidden classes are taken out of the candidates: their inputs are unknown, those of the
    other half are known though no classifier was given for them; then the halves change places. It is done for
    several halves, and classes count alike;
    over both, seen and unseen known ones weigh the same, and the score is chosen by the AUROC against the worse told.

    Source: Scheirer, Rocha, Sapkota, Boult 2013, Toward Open Set Recognition, for the task; Hendrycks & Gimpel 2017, a
    baseline of it; Liu, Wang, Owens, Li 2020 for the energy. Those of :mod:`kgzsl.resolve.decide.novelty` are compared.
    """

    name = "open-set"
    citation = "Scheirer, Rocha, Sapkota, Boult 2013; Hendrycks & Gimpel 2017; Liu, Wang, Owens, Li 2020"
    Options = OpenSetOptions

    measured: dict[str, Array]
    """``thresholds`` by score, over and rate (S, 2, R); ``found``: unknown inputs below them; ``auroc`` of unknown
    inputs against unseen and against seen ones (S, 2); ``unit`` (1,): spread of scores."""

    def fit(self, rehearsals: Sequence[Rehearsal], graph: ClassGraph) -> Self:
        """See the base class.

        Raises:
            AdjusterError: no rehearsals, or none with inputs of two hidden classes.
        """
        useful = required(self.name, rehearsals)
        unit = float(np.mean([spread(r.query.bank.scores(r.query.X, r.query.rows)) for r in useful]))
        tried = [one for k, r in enumerate(useful) for one in tries(r, unit, k)]
        if not tried:
            raise AdjusterError(f"'{self.name}' needs inputs of two hidden classes at once",
                                fix="train with labelled inputs of more seen classes")  # fmt: skip
        tables = [[_table(name, tried, over) for over in OVER] for name in SCORES]
        thresholds, found = (np.array([[one[k] for one in row] for row in tables]) for k in range(2))
        areas = np.array([[_area(name, tried, of_seen) for of_seen in (False, True)] for name in SCORES])
        self.measured = {"thresholds": thresholds, "found": found, "auroc": areas, "unit": np.array([unit])}
        return self

    @property
    def chosen(self) -> str:
        """The score that inputs are refused by."""
        if self.options.score != AUTO:
            return str(self.options.score)
        areas = self.measured["auroc"]
        return list(SCORES)[int((areas[:, 0] if self.options.over == "unseen" else areas.min(axis=1)).argmax())]

    @property
    def threshold(self) -> float:
        """Below which an input is refused."""
        return float(self.measured["thresholds"][self._place()])

    def sureness(self, query: Query) -> Array:
        """Return the score that inputs are refused by. Shapes: (n, C) → (n,)."""
        unit = float(self.measured["unit"][0])
        found = [SCORES[self.chosen](logp, raw, query.seen, unit) for logp, raw in _chunks(query)]
        return np.concatenate(found) if found else np.zeros(0)

    def decide(self, query: Query, graph: ClassGraph) -> list[Decision]:
        """See the base class.

        The probability of ``none`` is the share of unknown inputs among refused ones, were there as many as known ones.
        """
        place, sure = self._place(), self.sureness(query)
        hits, rate = float(self.measured["found"][place]), float(RATES[place[2]])
        right = hits / (hits + rate) if hits + rate else 0.0
        hierarchy, said = hierarchy_of(graph, query.ids), list[Decision]()
        for start in range(0, len(sure), CHUNK):
            p = np.exp(query.scores[start : start + CHUNK].astype(np.float64))
            nodes, sums = said_at(hierarchy, p, "threshold", np.array([self.options.ancestor]))
            for n in range(len(p)):
                own = float(sure[start + n])
                if own < self.threshold:
                    said.append(self._none(hierarchy, graph, int(nodes[n, 0]), float(sums[n, 0]), own, right))
                else:
                    said.append(_class(query, graph, p[n]))
        return said

    def _none(self, found: Hierarchy, graph: ClassGraph, node: int, p: float, own: float, right: float) -> Decision:
        iri = found.nodes[node]
        reason = f"{self.chosen} {own:.3g} is below {self.threshold:.3g}"
        if iri == TOP or not found.information[node]:
            return Decision("none", (), (), (), right, 0.0, f"{reason}; no ancestor is near")
        reason += f"; the nearest ancestor is '{graph.label(iri)}' ({p:.2f})"
        return Decision("none", (graph.short(iri),), (iri,), (graph.label(iri),), right, float(found.information[node]),
                        reason)  # fmt: skip

    def _place(self) -> tuple[int, int, int]:
        rate = int(np.searchsorted(RATES, self.options.rejected + 1e-9, side="right")) - 1
        return list(SCORES).index(self.chosen), OVER.index(self.options.over), rate

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return dict(self.measured)

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.measured = dict(arrays)
        return self


def _class(query: Query, graph: ClassGraph, p: Array) -> Decision:
    best = int(p.argmax())
    iri = query.ids[best]
    return Decision("class", (graph.short(iri),), (iri,), (graph.label(iri),), float(p[best]), float(np.log2(len(p))))


def _chunks(query: Query) -> Iterator[tuple[Array, Array]]:
    """Yield log-probabilities and the bank's own scores. Shapes: (b, C), (b, C)."""
    for start in range(0, len(query.scores), CHUNK):
        some = slice(start, start + CHUNK)
        raw = query.bank.scores(query.X[some], query.rows)
        yield np.maximum(query.scores[some].astype(np.float64), LEAST), raw.astype(np.float64)


class Try(NamedTuple):
    """A rehearsal less half of its hidden classes.

    Args:
        values: name of a score → of each input. Shapes: (n,).
        y: number of each input's class. Shape: (n,).
        unknown: which inputs are of classes that went. Shape: (n,).
        of_seen: which are of seen classes. Shape: (n,).
    """

    values: dict[str, Array]
    y: Array
    unknown: Array
    of_seen: Array


def tries(rehearsal: Rehearsal, unit: float, fold: int) -> list[Try]:
    """Return a rehearsal with each half of its hidden classes gone, halves drawn several times; none below two."""
    query, y = rehearsal.query, rehearsal.y
    hidden, rng = np.unique(y[~rehearsal.of_seen]), np.random.default_rng(fold)
    if len(hidden) < 2:
        return []
    orders = [rng.permutation(hidden) for _ in range(SPLITS)]
    gone = [half for order in orders for half in (order[::2], order[1::2])]
    left = [np.setdiff1d(np.arange(len(query.ids)), half) for half in gone]
    found: list[dict[str, list[Array]]] = [{name: [] for name in SCORES} for _ in gone]
    for logp, raw in _chunks(query):
        for values, columns in zip(found, left, strict=True):
            kept = renormalised(logp[:, columns]), raw[:, columns], query.seen[columns], unit
            for name, score in SCORES.items():
                values[name].append(score(*kept))
    return [Try({name: np.concatenate(each) for name, each in values.items()}, y, np.isin(y, half), rehearsal.of_seen)
            for values, half in zip(found, gone, strict=True)]  # fmt: skip


def _table(name: str, tried: Sequence[Try], over: str) -> tuple[Array, Array]:
    """Return thresholds by rate, and the share of unknown inputs below each; classes count alike. Shapes: (R,)."""
    values = np.concatenate([one.values[name] for one in tried])
    unknown = np.concatenate([one.unknown for one in tried])
    of_seen = np.concatenate([one.of_seen for one in tried])
    weights = np.concatenate([_alike(one.y) for one in tried])
    for group in (of_seen, ~of_seen & ~unknown):
        weights[group] /= weights[group].sum()
    asked = ~unknown & (~of_seen | (over == "both"))
    thresholds = _quantiles(values[asked], weights[asked])
    order = np.argsort(values[unknown], kind="stable")
    sums = np.append(0.0, np.cumsum(weights[unknown][order]) / weights[unknown].sum())
    return thresholds, sums[np.searchsorted(values[unknown][order], thresholds, side="left")]


def _area(name: str, tried: Sequence[Try], of_seen: bool) -> float:
    """Return the mean AUROC of unknown inputs against known ones of seen classes, or of unseen ones."""
    areas = []
    for one in tried:
        known, values, weights = ~one.unknown & (one.of_seen == of_seen), one.values[name], _alike(one.y)
        areas.append(auroc(values[known], values[one.unknown], (weights[known], weights[one.unknown])))
    return float(np.mean(areas))


def _alike(y: Array) -> Array:
    """Return weights that make every class count the same. Shapes: (n,) → (n,)."""
    _, at, often = np.unique(y, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / often[at])


def _quantiles(values: Array, weights: Array) -> Array:
    """Return the highest thresholds below which no more than each rate of the weight lies. Shape: (R,)."""
    order = np.argsort(values, kind="stable")
    below = np.append(0.0, np.cumsum(weights[order]) / weights.sum())
    place = np.searchsorted(below, RATES + 1e-9, side="right") - 1
    return np.append(values[order], np.inf)[place]
