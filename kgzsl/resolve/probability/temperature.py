"""Temperature scaling of seen and of unseen classes, and of the choice between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.adjuster import Adjuster, required
from kgzsl.resolve.bias.scale import balanced, spread, unit_of
from kgzsl.resolve.probability.groups import Gate, fit_gate
from kgzsl.resolve.probability.within import Sharpness, fit_sharpness, log_softmax, log_sum
from kgzsl.resolve.query import Query, Rehearsal


class Temperature(Adjuster):
    r"""Turn scores into log-probabilities of candidates.

    .. math:: \log p(c \mid x) = \log \mathrm{softmax}_{g(c)}(a_g(x)\, s(x, c)) + \log p(g(c) \mid x)

    A class is seen or unseen, :math:`g \in \{s, u\}`, and each group has a temperature of its own: seen classes are
    told apart by classifiers that were fitted to their inputs, unseen ones by propagated ones, so one temperature would
    make the former too humble and the latter too sure. Which group it is follows from the free energies of both by a
    logistic regression, in which seen and unseen inputs weigh the same, and classes the same within each:

    .. math:: e(x) = E_s(x) - E_u(x), \quad E_g(x) = \frac{1}{a_g(x)} \log \frac{1}{C_g} \sum_{c \in g}
              e^{a_g(x) s(x, c)}

    All is chosen by the log loss of rehearsals. The order of classes within a group stays; that between groups need
    not, as probabilities are chosen to be true and not to balance seen and unseen. Where all candidates are of one
    group, its temperature is all that counts. A softmax over more candidates than were rehearsed with needs no other
    temperature: the likelihood ratio of two classes does not depend on what else is a candidate.

    Shapes: scores (n, C) → log-probabilities (n, C), whose exponentials sum to 1 an input.

    Source: Guo, Pleiss, Sun, Weinberger 2017, section 4.2; Liu, Wang, Owens, Li 2020, Energy-based Out-of-distribution
    Detection, eq. 4, for the free energies; Atzmon, Chechik 2019, Adaptive Confidence Smoothing for Generalized
    Zero-Shot Learning, eq. 1, for experts under a gate.
    """

    name = "temperature"
    cures = "miscalibration"
    place = "probabilities"
    citation = "Guo, Pleiss, Sun, Weinberger 2017"

    unit: float = 1.0
    seen: Sharpness = Sharpness(0.0, 0.0)
    unseen: Sharpness = Sharpness(0.0, 0.0)
    gate: Gate = Gate(0.0, 1.0)

    def fit(self, rehearsals: Sequence[Rehearsal], final: Query) -> Self:
        """See the base class."""
        useful = required(self.name, rehearsals)
        cases = [(r, r.query.scores.astype(np.float64) / spread(r.query.scores[r.of_seen])) for r in useful]
        self.seen, self.unseen = (fit_sharpness([_within(r, s, of) for r, s in cases]) for of in (True, False))
        self.gate = fit_gate([self._case(r, scores) for r, scores in cases])
        self.unit = unit_of(final, useful)
        return self

    def __call__(self, query: Query) -> Query:
        """See the base class."""
        scores, seen = query.scores / self.unit, query.seen
        logs = np.empty_like(scores)
        for of, sharp in ((True, self.seen), (False, self.unseen)):
            own = scores[:, seen == of]
            if own.size:
                logs[:, seen == of] = log_softmax(sharp.of(own) * own)
        if seen.any() and not seen.all():
            odds = self.gate.log_odds(self._evidence(scores, seen), int(seen.sum()), int((~seen).sum()))
            logs += np.where(seen, -np.logaddexp(0, -odds), -np.logaddexp(0, odds))
        return query.scored(logs)

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"unit": np.array([self.unit]), "seen": np.array(self.seen), "unseen": np.array(self.unseen),
                "gate": np.array(self.gate)}  # fmt: skip

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.unit = float(arrays["unit"][0])
        self.seen, self.unseen = (Sharpness(*map(float, arrays[name])) for name in ("seen", "unseen"))
        self.gate = Gate(*map(float, arrays["gate"]))
        return self

    def chosen(self) -> dict[str, float]:
        """Return temperatures in units of scores (for an input whose scores have the typical spread), and the rest."""
        return {"temperature, seen": self.unit / float(np.exp(self.seen.level)),
                "temperature, unseen": self.unit / float(np.exp(self.unseen.level)),
                "slope, seen": self.seen.slope, "slope, unseen": self.unseen.slope,
                "gate, bias": self.gate.bias, "gate, slope": self.gate.slope}  # fmt: skip

    def _evidence(self, scores: Array, seen: Array) -> Array:
        """Return how much better seen candidates fit. Shape: (n, 1)."""
        return energy(self.seen, scores[:, seen]) - energy(self.unseen, scores[:, ~seen])

    def _case(self, rehearsal: Rehearsal, scores: Array) -> tuple[Array, Array, Array, float]:
        seen, own = rehearsal.query.seen, rehearsal.of_seen
        return self._evidence(scores, seen), own, balanced(rehearsal), float(np.log(seen.sum() / (~seen).sum()))


def energy(sharp: Sharpness, scores: Array) -> Array:
    """Return the free energy of a group, a soft maximum of its scores. Shapes: (n, C) → (n, 1)."""
    factor = sharp.of(scores)
    return np.asarray((log_sum(factor * scores) - np.log(scores.shape[1])) / factor)


def _within(rehearsal: Rehearsal, scores: Array, of_seen: bool) -> tuple[Array, Array]:
    """Return scores of one group's inputs among its candidates, and their columns there."""
    columns, rows = rehearsal.query.seen == of_seen, rehearsal.of_seen == of_seen
    return scores[rows][:, columns], (np.cumsum(columns) - 1)[rehearsal.y[rows]]
