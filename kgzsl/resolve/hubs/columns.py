"""How near a class is to inputs at large, read off a column of scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.resolve.query import References


@dataclass(frozen=True, eq=False)
class Columns:
    """Scores of some inputs for candidates, and which of them count for which candidate.

    Args:
        scores: of inputs. Shape: (m, C).
        seen: which candidates are seen classes. Shape: (C,) bool.
        counted: bool, False where an input is of the candidate itself; None where all count. Shape: (m, C).
    """

    scores: Array
    seen: Array
    counted: Array | None = None

    def typical(self, levels: Array, apart: float) -> Array:
        """Return the median level of all, or of the group, seen or unseen, that each candidate is of. (C,) → (C,)

        Inputs at large may be nearer to unseen classes, whose classifiers are blunter: that is a bias between the
        groups, which has cures of its own. Apart, a class is a hub that is above what is typical of its group.
        """
        found = np.full(len(levels), np.median(levels))
        for group in (self.seen, ~self.seen) if apart else ():
            if group.any():
                found[group] = np.median(levels[group])
        return found

    @property
    def spread(self) -> float:
        """Spread of the scores over candidates, within an input; 1 where there is none."""
        found = float(np.sqrt(self.scores.var(axis=1, dtype=np.float64).mean()))
        return found if found > 0 else 1.0

    @property
    def largest(self) -> float:
        """The best score that any of the inputs gets."""
        return float(self.scores.max())

    @property
    def fewest(self) -> int:
        """How many inputs count for the candidate for which the fewest do."""
        return len(self.scores) if self.counted is None else int(self.counted.sum(axis=0).min(initial=len(self.scores)))

    def best(self, k: int) -> Array:
        """Return the k best scores of each candidate, in no order; fewer where fewer count. Shape: (k, C)."""
        found = self.scores if self.counted is None else np.where(self.counted, self.scores, -np.inf)
        k = min(k, self.fewest)
        return np.asarray(np.partition(found, len(found) - k, axis=0)[-k:], np.float64)

    def mean(self) -> Array:
        """Return the mean score of each candidate. Shape: (C,)."""
        if self.counted is None:
            return np.asarray(self.scores.mean(axis=0, dtype=np.float64))
        return np.asarray((self.scores * self.counted).sum(axis=0, dtype=np.float64) / self.counted.sum(axis=0))

    def soft(self, temperature: float) -> Array:
        r"""Return :math:`t \log \mathrm{mean}\, e^{s / t}` of each candidate: between its mean and its best. (C,)"""
        from scipy.special import logsumexp

        weights = None if self.counted is None else self.counted.astype(np.float64)
        total = logsumexp(self.scores.astype(np.float64) / temperature, axis=0, b=weights)
        many = len(self.scores) if weights is None else weights.sum(axis=0)
        return np.asarray(temperature * (total - np.log(many)))


def reference_columns(bank: ClassifierBank, rows: Array, references: References, own: bool = False) -> Columns:
    """Return what inputs of seen classes score for candidates; a class's own inputs do not count for it unless told.

    They are what its classifier is for: were they counted, every class with inputs among the references would look
    like a hub, and every class without would not.

    Shapes: (C,) → (m, C).
    """
    scores, seen = references.scores(bank, rows), np.asarray(bank.seen[rows], bool)
    if own or not references.labels:
        return Columns(scores, seen)
    labels, ids = np.array(references.labels, dtype=object), np.array([bank.ids[row] for row in rows], dtype=object)
    return Columns(scores, seen, labels[:, None] != ids[None, :])
