"""Edits that would mend most mistakes of a labelled set: from predictions back to the ontology files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError, UnknownNameError
from kgzsl.explain.counterfactual.record import Used, used
from kgzsl.explain.counterfactual.repairs import Repair, repairs, touched
from kgzsl.explain.counterfactual.search import LEAST, margins
from kgzsl.explain.counterfactual.suggestion import Suggestion, suggestion
from kgzsl.explain.counterfactual.trials import rescored
from kgzsl.explain.setting import Setting
from kgzsl.features import checked
from kgzsl.learners.networks.interrupts import Interrupts

MOST, PAIRS, TRIES, SECONDS = 10, 20, 400, 300.0
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Mending:
    """What was found on a labelled set.

    Args:
        suggestions: those first that mend most answers, net of those they break, then by mean gain of the margin.
        inputs: labelled inputs that were looked at.
        errors: wrong answers among them.
        tried: edits that were propagated.
        used: hashes of the labels.
        notes: what must be known to read it.
        interrupted: whether Ctrl-C ended it.
        graph_hash: of the graph that answered.
        bundle: id of the fitted learner.
    """

    suggestions: tuple[Suggestion, ...]
    inputs: int
    errors: int
    tried: int
    used: Used
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    graph_hash: str = ""
    bundle: str = ""


class _Tried(NamedTuple):
    option: Repair
    mended: int
    broken: int
    gain: float


def mend(
    setting: Setting, X: Any, labels: Sequence[str], progress: Progress | None = None, most: int = MOST,
    tries: int = TRIES, seconds: float = SECONDS, right: bool = False,
) -> Mending:  # fmt: skip
    """Rank the edits that would mend most wrong answers of a labelled set.

    Edits are looked for where classes are confused: for each such pair those of
    :func:`kgzsl.explain.counterfactual.repairs.repairs`, for the mean of its inputs, less those that describe another
    candidate of which no input is labelled: nothing would tell what they break. Those that come from most errors
    are tried first, each propagated and re-normalised anew; then all inputs are answered again, for the candidates
    whose rows changed. Ctrl-C ends it with what was found so far.

    Args:
        setting: what answers.
        X: features. Shape: (n, d).
        labels: names of the right classes.
        progress: called with (stage, done, total).
        most: how many edits to return.
        tries: propagations at most.
        seconds: at most; a result depends on the clock only where notes say so.
        right: look for edits that widen the margin of right answers too, where nothing is wrong as well.

    Raises:
        FeatureError: features that cannot be used, or another number of labels.
        UnknownNameError: labels that the graph does not know.
    """
    X = checked(X, width=setting.propagation.bank.width)
    if len(X) != len(labels):
        raise FeatureError(f"{len(labels)} labels for {len(X)} rows of features", value=len(labels))
    named = _named(setting, labels)
    place = {iri: k for k, iri in enumerate(setting.candidates)}
    rows = [k for k, iri in enumerate(named) if iri in place]
    left = len(named) - len(rows)
    notes = [f"{left} inputs are of classes that are no candidates for answers, and were left out"] if left else []
    hashes = used(X, named)
    if not rows:
        return Mending((), 0, 0, 0, hashes, tuple(notes), False, setting.graph.hash, setting.bundle)
    judge = Judge(setting, X[rows], np.array([place[named[k]] for k in rows]))
    with Interrupts() as stop:
        options = judge.options(right, stop, progress)
        found, spent = judge.tried(options[:tries], stop, progress, seconds)
    if stop.pressed:
        notes.append("interrupted: not every edit was tried")
    elif spent:
        notes.append(f"cut short after {seconds:g} seconds: {len(options) - len(found)} edits were not tried")
    elif len(options) > tries:
        notes.append(f"{len(options) - tries} edits were not tried: at most {tries} are propagated")
    suggestions = tuple(suggestion(setting, *one) for one in _best(found)[:most])
    return Mending(suggestions, len(rows), int((~judge.right).sum()), len(found), hashes, tuple(notes), stop.pressed,
                   setting.graph.hash, setting.bundle)  # fmt: skip


class Judge:
    """Answers a labelled set after each of many edits.

    Args:
        setting: what answers.
        X: inputs. Shape: (n, d).
        places: of their right classes among the candidates. Shape: (n,).
    """

    def __init__(self, setting: Setting, X: Array, places: Array) -> None:
        self.setting, self.X, self.places = setting, X, places
        self.before = setting.scores(X)
        self.margins = margins(self.before, places)
        self.answers = self.before.argmax(axis=1)
        self.right = self.answers == places
        self._unlabelled = set(setting.candidates) - {setting.candidates[k] for k in places}

    def options(self, right: bool, stop: Interrupts | None = None, progress: Progress | None = None) -> list[Repair]:
        """Return the edits to try, those that most errors ask for first.

        Args:
            right: look where right answers are in doubt, too.
            stop: ends it early.
            progress: called with (stage, done, total).
        """
        votes: dict[frozenset[object], float] = {}
        options: dict[frozenset[object], Repair] = {}
        pairs = self._confused(right)
        for done, (true, other, rows) in enumerate(pairs, 1):
            if stop and stop.pressed:
                break
            typical = self.X[self.places == self.setting.candidates.index(true)].mean(axis=0)
            found = repairs(self.setting, self.X[rows].mean(axis=0), true, other, typical)
            for rank, option in enumerate(filter(self._judged, found), 1):
                key = frozenset(option.edits)
                options.setdefault(key, option)
                votes[key] = votes.get(key, 0.0) + len(rows) / rank
            if progress:
                progress("confused classes", done, len(pairs))
        return [options[key] for key in sorted(votes, key=lambda key: -votes[key])]

    def _judged(self, option: Repair) -> bool:
        """Say whether inputs are there to tell what an edit does to the class that it describes anew."""
        return all(edit.fact.source not in self._unlabelled for edit in option.edits)

    def tried(
        self, options: Sequence[Repair], stop: Interrupts, progress: Progress | None, seconds: float
    ) -> tuple[list[_Tried], bool]:
        """Return what each edit does, and whether time ran out."""
        found: list[_Tried] = []
        end = time.monotonic() + seconds
        for done, option in enumerate(options, 1):
            if stop.pressed or time.monotonic() >= end:
                return found, not stop.pressed
            scores = rescored(self.setting, self.X, self.before, option.edits)
            now = scores.argmax(axis=1) == self.places
            gain = float((margins(scores, self.places) - self.margins).mean())
            found.append(_Tried(option, int((now & ~self.right).sum()), int((self.right & ~now).sum()), gain))
            if progress:
                progress("edits tried", done, len(options))
        return found, False

    def _confused(self, right: bool) -> list[tuple[str, str, list[int]]]:
        """Return pairs of a right class and what answers instead, the most frequent first, with their inputs.

        Where right answers count too, the runner-up stands for what might have answered.
        """
        ids, pairs = self.setting.candidates, Counter[tuple[int, int]]()
        rows: dict[tuple[int, int], list[int]] = {}
        for k, (true, other) in enumerate(self._rivals(right)):
            if other >= 0:
                pairs[true, other] += 1
                rows.setdefault((true, other), []).append(k)
        frequent = sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:PAIRS]
        return [(ids[true], ids[other], rows[true, other]) for true, other in frequent]

    def _rivals(self, right: bool) -> Iterator[tuple[int, int]]:
        """Yield for each input the place of the right class and of what it is confused with, −1 for nothing."""
        others = self.before.copy()
        others[np.arange(len(others)), self.places] = -np.inf
        second = others.argmax(axis=1)
        for k, true in enumerate(self.places):
            wrong = not self.right[k]
            yield int(true), int(second[k]) if wrong or right else -1


def _named(setting: Setting, labels: Sequence[str]) -> list[str]:
    """Return the IRIs that labels stand for, or say which stand for none."""
    found: dict[str, str] = {}
    unknown: list[UnknownNameError] = []
    for name in dict.fromkeys(map(str, labels)):
        try:
            found[name] = setting.graph.find(name, "class")
        except UnknownNameError as error:
            unknown.append(error)
    if len(unknown) == 1:
        raise unknown[0]
    if unknown:
        names = ", ".join(f"'{error.value}'" for error in unknown[:5]) + (" and others" if len(unknown) > 5 else "")
        raise UnknownNameError(f"{len(unknown)} labels are names of no class: {names}",
                               value=[error.value for error in unknown], fix=unknown[0].fix)  # fmt: skip
    return [found[str(name)] for name in labels]


def _best(found: Sequence[_Tried]) -> list[_Tried]:
    """Return what helps, best first, and of edits of the same facts only the best."""
    helpful = sorted((one for one in found if one.gain > LEAST or one.mended > one.broken), key=_rank)
    kept = {one.option: one for one in helpful}
    return [kept[option] for option in distinct([one.option for one in helpful])]


def distinct(options: Sequence[Repair]) -> list[Repair]:
    """Return of the edits of the same facts the first alone."""
    first: dict[object, Repair] = {}
    for option in options:
        first.setdefault(touched(option), option)
    return list(first.values())


def _rank(one: _Tried) -> tuple[int, float, int, tuple[object, ...]]:
    return one.broken - one.mended, -one.gain, len(one.option.edits), one.option.edits
