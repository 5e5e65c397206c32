"""Back-off: the most specific thing that can be said and be right often enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.options import Options as Settings
from kgzsl.options import choice
from kgzsl.resolve.adjuster import required
from kgzsl.resolve.decide.decider import Decider, Decision
from kgzsl.resolve.decide.guarantee import Guarantee, fulfils, loosest
from kgzsl.resolve.decide.hierarchy import TOP, Hierarchy, hierarchy_of
from kgzsl.resolve.query import Query, Rehearsal

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

Rule = Literal["threshold", "reward"]
RULES: tuple[Rule, ...] = ("threshold", "reward")
OVER = ("unseen", "both")
CHUNK = 256
GRIDS = {
    "threshold": np.concatenate([[0.0], 1 / (1 + np.exp(-np.linspace(-6.0, 10.0, 158))), [1.0, np.inf]]),
    "reward": np.concatenate([[0.0], np.geomspace(1e-2, 1e5, 159), [np.inf]]),
}
"""Of each rule the parameters that are tried, the least careful first; the last says nothing."""


class BackOffOptions(Settings):
    """Settings; all may be changed after the calibration."""

    accuracy: float = Field(0.9, ge=0, le=1, description="class-mean share of what is said that should be right")
    guarantee: Guarantee = choice("expected", description="how sure: mean, expected or bound; see guarantee.py")
    confidence: float = Field(0.95, gt=0, lt=1, description="of the guarantee bound")
    rule: Rule = choice("threshold", description="threshold on the probability, or most expected reward")
    over: Literal["unseen", "both"] = choice("unseen", description="held-out classes that accuracy is counted over")


class BackOff(Decider):
    r"""Say a class, or an ancestor of which one can be surer.

    ``threshold``: the node with most information whose probability :math:`p_v(x)`, the sum over candidates at or below
    it, is :math:`\tau` or more. ``reward``: with information :math:`r_v`, as a share of that of one candidate,

    .. math:: \hat v(x) = \arg\max_v\; (r_v + \lambda)\, p_v(x).

    Of the :math:`\tau`, or dual variables :math:`\lambda`, that keep the accuracy of what is said on classes that were
    hidden, the one that informs most is taken; what is wrong informs of nothing. A node above all candidates is always
    right and says nothing.

    Source: Deng, Krause, Berg, Fei-Fei 2012, Hedging Your Bets, section 4 (DARTS), where examples are the unit; here
    classes are.
    """

    name = "back-off"
    citation = "Deng, Krause, Berg, Fei-Fei 2012"
    Options = BackOffOptions

    curves: dict[str, Array]
    """``accuracy`` and ``information`` of each rule over each kind of classes (2, 2, T); ``classes``, how many (2,)."""

    def fit(self, rehearsals: Sequence[Rehearsal], graph: ClassGraph) -> Self:
        """See the base class."""
        found = [_measured(r, graph) for r in required(self.name, rehearsals)]
        self.curves = _curves([one for each in found for one in each])
        return self

    def parameter(self) -> float | None:
        """Return τ or λ for the accuracy wanted; None where not even the most careful is enough."""
        place = self._place()
        return None if place is None else float(GRIDS[self.options.rule][place])

    def promised(self) -> tuple[float, float]:
        """Return accuracy and bits on the rehearsals at this parameter; right and none where there is no parameter."""
        place = self._place()
        if place is None:
            return 1.0, 0.0
        at = RULES.index(self.options.rule), OVER.index(self.options.over), place
        return float(self.curves["accuracy"][at]), float(self.curves["information"][at])

    def decide(self, query: Query, graph: ClassGraph) -> list[Decision]:
        """See the base class."""
        found = hierarchy_of(graph, query.ids)
        parameter = self.parameter()
        grid = np.array([np.inf if parameter is None else parameter])
        said: list[Decision] = []
        for part in parts(query.scores):
            nodes, p = said_at(found, np.exp(part), self.options.rule, grid)
            first = part.argmax(axis=1)
            said += [self._decision(found, graph, *each) for each in zip(nodes[:, 0], p[:, 0], first, strict=True)]
        return said

    def _place(self) -> int | None:
        own = self.options
        at = RULES.index(own.rule), OVER.index(own.over)
        accuracy, classes = self.curves["accuracy"][at], int(self.curves["classes"][at[1]])
        first = loosest(fulfils(accuracy, classes, own.accuracy, own.guarantee, own.confidence))
        return None if first is None else first + int(self.curves["information"][at][first:].argmax())

    def _decision(self, found: Hierarchy, graph: ClassGraph, node: int, p: float, first: int) -> Decision:
        iri, bits = found.nodes[node], float(found.information[node])
        likely = graph.label(found.nodes[found.columns[first]])
        if iri == TOP:
            return Decision("none", (), (), (), 1.0, 0.0, f"nothing above '{likely}' is sure enough")
        own = node == found.columns[first] or (found.counts[node] == 1 and node in found.candidates)
        wanted = f"for {self.options.accuracy:.0%} right"
        reason = "" if own else f"'{likely}' alone is not sure enough {wanted}"
        if not bits and not own:
            reason = f"nothing above '{likely}' that is narrower than all candidates is sure enough {wanted}"
        about = (graph.short(iri),), (iri,), (graph.label(iri),)
        return Decision("class" if own else "ancestor", *about, float(p), bits, reason)

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return dict(self.curves)

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.curves = dict(arrays)
        return self


def said_at(hierarchy: Hierarchy, p: Array, rule: Rule, grid: Array) -> tuple[Array, Array]:
    """Return the node that is said at each parameter, and its probability; at infinity the one that says nothing.

    Shapes: (n, C), (T,) → (n, T), (n, T).
    """
    nodes, values = hierarchy.best(p)
    if rule == "threshold":
        reached = np.maximum.accumulate(values, axis=1)
        level = np.stack([(reached < t).sum(axis=1) for t in grid], axis=1)
    else:
        share = hierarchy.bits / max(float(hierarchy.bits[0]), 1e-12)
        level = np.stack([_most(share, values, float(t)) for t in grid], axis=1)
    level = np.minimum(level, values.shape[1] - 1)
    return np.take_along_axis(nodes, level, axis=1), np.take_along_axis(values, level, axis=1)


def _most(share: Array, values: Array, dual: float) -> Array:
    if np.isinf(dual):
        return np.full(len(values), values.shape[1] - 1)
    return np.asarray(((share + dual) * values).argmax(axis=1))


def parts(scores: Array) -> Iterator[Array]:
    """Yield chunks of log-probabilities in double precision. Shape: (n, C)."""
    for start in range(0, len(scores), CHUNK):
        yield scores[start : start + CHUNK].astype(np.float64)


Measured = tuple[str, bool, Array]
"""A class, whether it was hidden, and its accuracy and information by rule. Shape: (2, 2, T)."""


def _measured(rehearsal: Rehearsal, graph: ClassGraph) -> list[Measured]:
    query, y = rehearsal.query, rehearsal.y
    found = hierarchy_of(graph, query.ids)
    own, at = np.unique(y, return_inverse=True)
    total = np.zeros((len(own), 2, 2, len(GRIDS["threshold"])))
    for k, part in enumerate(parts(query.scores)):
        some = slice(k * CHUNK, k * CHUNK + len(part))
        for place, rule in enumerate(RULES):
            nodes, _ = said_at(found, np.exp(part), rule, GRIDS[rule])
            right = found.holds(y[some, None], nodes)
            np.add.at(total[:, 0, place], at[some], right)
            np.add.at(total[:, 1, place], at[some], right * found.information[nodes])
    means = total / np.bincount(at)[:, None, None, None]
    return [(query.ids[c], not query.seen[c], mean) for c, mean in zip(own, means, strict=True)]


def _curves(measured: Sequence[Measured]) -> dict[str, Array]:
    groups: dict[tuple[str, bool], list[Array]] = {}
    for iri, hidden, mean in measured:
        groups.setdefault((iri, hidden), []).append(mean)
    classes = {key: np.mean(means, axis=0) for key, means in sorted(groups.items())}
    unseen = [mean for (_, hidden), mean in classes.items() if hidden]
    each = np.stack([np.mean(unseen, axis=0), np.mean(list(classes.values()), axis=0)], axis=2)
    number = len(unseen), len({iri for iri, _ in classes})
    return {"accuracy": each[0], "information": each[1], "classes": np.array(number)}
