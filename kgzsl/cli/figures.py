"""The figures of the demo: accuracy on unseen synsets alone, and together with seen ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kgzsl.arrays import Array
from kgzsl.engine import Engine
from kgzsl.features import load_features
from kgzsl.folds import share
from kgzsl.metrics import Hit, by_class, harmonic, hit_at, interval, ranks
from kgzsl.ontology import vocabulary as v


@dataclass
class Study:
    """Photos of the recipe's validation file, and engines to measure on them.

    The photos of seen classes are split as training split them, so that nothing is measured on what was chosen on.
    """

    engines: dict[str, Engine]
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        recipe = next(iter(self.engines.values())).recipe
        assert recipe.validation
        photos = load_features(recipe.resolve(recipe.validation.features))
        self.X, self.labels = photos.X, np.array([v.WN + name for name in photos.labels or ()], dtype=object)
        first = next(iter(self.engines.values()))
        known = set(first.learner.seen_ids)
        names = sorted(set(self.labels))
        self.unseen = tuple(name for name in names if name not in known)
        self.seen = tuple(name for name in names if name in known)
        calibration, rest = share(tuple(self.labels), recipe.validation.share, recipe.validation.seed)
        of_unseen = np.array([label not in known for label in self.labels])
        self.test_rows = np.union1d(rest, np.flatnonzero(of_unseen))
        self.calibration_rows = np.setdiff1d(calibration, np.flatnonzero(of_unseen))
        self.seconds = {name: engine.seconds for name, engine in self.engines.items()} | self.seconds

    def photos_of(self, name: str) -> Array:
        """Return the photos of one synset. Shape: (n, d)."""
        return np.asarray(self.X[self.labels == v.WN + name])

    @cached_property
    def above_seen(self) -> frozenset[str]:
        """Unseen synsets that are ancestors of seen classes: easier, as their own descendants vote."""
        engine = next(iter(self.engines.values()))
        known = set(engine.learner.seen_ids)
        return frozenset(c for c in self.unseen if engine.graph.descendants(c) & known)

    def hits(self, name: str) -> dict[int, Hit]:
        """Return class-mean hit@1, 2 and 5 among the unseen synsets."""
        scores, y = self._unseen_scores(name)
        return {k: hit_at(scores, y, k) for k in (1, 2, 5)}

    def apart(self, name: str) -> tuple[float, float]:
        """Return class-mean hit@1 of the synsets above seen classes, and of the others."""
        scores, y = self._unseen_scores(name)
        right = by_class(ranks(scores, y) == 0, y)
        above = np.array([c in self.above_seen for c in self.unseen])
        return float(right[above].mean()), float(right[~above].mean())

    def lenient(self, name: str) -> float:
        """Return class-mean hit@1 that counts an answer below the true class as right."""
        scores, y = self._unseen_scores(name)
        graph = self.engines[name].graph
        below = np.array([[c == t or c in graph.descendants(t) for c in self.unseen] for t in self.unseen])
        return interval(by_class(below[y, scores.argmax(axis=1)], y)).value

    def together(self, name: str) -> dict[str, tuple[float, float, float]]:
        """Return unseen accuracy, seen accuracy and their harmonic mean, plain and calibrated."""
        engine, classes = self.engines[name], (*self.seen, *self.unseen)
        y = np.array([classes.index(label) for label in self.labels[self.test_rows]])
        own = y < len(self.seen)
        found = {}
        for word, gamma in (("plain", 0.0), ("calibrated", engine.calibrate(classes))):
            right = ranks(engine.scores(self.X[self.test_rows], classes, gamma), y) == 0
            unseen, seen = by_class(right[~own], y[~own]).mean(), by_class(right[own], y[own]).mean()
            found[word] = (float(unseen), float(seen), harmonic(float(unseen), float(seen)))
        return found

    def _unseen_scores(self, name: str) -> tuple[Array, Array]:
        at = np.isin(self.labels.astype(str), list(self.unseen))
        y = np.array([self.unseen.index(label) for label in self.labels[at]])
        return self.engines[name].scores(self.X[at], self.unseen), y
