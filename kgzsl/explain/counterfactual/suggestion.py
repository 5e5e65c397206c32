"""Suggestions: which description of a class is missing or misleading, and how to mend it in the files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import UnknownNameError
from kgzsl.explain.counterfactual.applying import how
from kgzsl.explain.counterfactual.repairs import SEVERAL, Repair, repairs, touched
from kgzsl.explain.counterfactual.search import LEAST, margins
from kgzsl.explain.counterfactual.trials import Trials, ordered
from kgzsl.explain.counterfactual.wording import aftermath, repair
from kgzsl.explain.explanation import Edit
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ClassGraph

MOST, TRIES, SECONDS = 5, 200, 5.0
PAIRED = 8


@dataclass(frozen=True)
class Suggestion:
    """An edit that would mend wrong answers, and what it was seen to do on the inputs it was tried on.

    Args:
        kind: ``remove a fact``, ``add a fact``, ``move a parent``, ``change a strength``, or ``several edits``.
        edits: made together.
        mended: wrong answers that it makes right.
        broken: right answers that it makes wrong.
        gain: mean change of the margin of the right class over the best other.
        text: what to do, as a sentence.
        how: commands and lines that do it, to be followed one after the other; empty where it does not mend.
    """

    kind: str
    edits: tuple[Edit, ...]
    mended: int
    broken: int
    gain: float
    text: str
    how: tuple[str, ...]

    @property
    def net(self) -> int:
        """Wrong answers that it makes right, less right ones that it makes wrong."""
        return self.mended - self.broken

    @property
    def mends(self) -> bool:
        """Whether it makes more right than wrong."""
        return self.net > 0


def expected(
    setting: Setting, x: Array, iri: str, most: int = MOST, tries: int = TRIES, seconds: float = SECONDS
) -> tuple[Suggestion, ...]:
    """Suggest edits that would make a class the answer: those first that do, the likeliest first, then by their gain.

    Each is propagated and re-normalised anew. Where none mends the answer alone, pairs of the best are tried. Where no
    pair does, these are near misses, which :func:`missed` says. Empty where the class answers already, or where nothing
    tried helps.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the right class.
        most: how many to return.
        tries: propagations at most.
        seconds: at most.

    Raises:
        UnknownNameError: a class that is no candidate for answers.
    """
    if iri not in setting.candidates:
        raise UnknownNameError(f"'{setting.graph.label(iri)}' is no candidate for answers", value=iri)
    answer = setting.answers(x[None])[0]
    if answer == iri:
        return ()
    trials = Trials(setting, x[None], tries, seconds)
    trials.start()
    trial, options = _Trial(trials, setting.candidates.index(iri)), repairs(setting, x, iri, answer)
    best = trial.best(options)
    if best and not best[0].mends:
        likely = sorted((one.option for one in best[:PAIRED]), key=options.index)
        pairs = sorted(combinations(likely, 2), key=lambda pair: sum(map(options.index, pair)))
        both = [Repair(SEVERAL, ordered({*one.edits, *other.edits})) for one, other in pairs]
        best = [*(one for one in trial.best(both) if one.mends), *best]
    return tuple(suggestion(setting, one.option, int(one.mends), 0, one.gain) for one in best[:most])


class _Seen(NamedTuple):
    option: Repair
    mends: bool
    gain: float


class _Trial:
    """Tries repairs on the first input of some trials; ``place`` is that of the right class among the candidates."""

    def __init__(self, trials: Trials, place: int) -> None:
        self.trials, self.place = trials, np.array([place])
        self.before = float(margins(trials.before, self.place)[0])

    def best(self, options: Iterable[Repair]) -> list[_Seen]:
        """Return what helps: what mends in the order of the options, then what does not, by gain.

        Of repairs of the same facts only the best are returned.
        """
        found: list[_Seen] = []
        for option in options:
            scores = self.trials.scores(frozenset(option.edits))
            if scores is None:
                break
            gain = float(margins(scores, self.place)[0]) - self.before
            found.append(_Seen(option, int(scores[0].argmax()) == self.place[0], gain))
        found.sort(key=lambda one: (not one.mends, 0.0 if one.mends else -one.gain))
        first: dict[object, _Seen] = {}
        for one in found:
            if one.gain > LEAST:
                first.setdefault(touched(one.option), one)
        return list(first.values())


def missed(graph: ClassGraph, iri: str, found: Sequence[Suggestion]) -> str:
    """Return what must be said before suggestions none of which makes a class the answer; empty where one does.

    Args:
        graph: has its label.
        iri: of the class.
        found: as :func:`expected` returns them.
    """
    if any(one.mends for one in found):
        return ""
    return f"no edit that was tried makes {graph.label(iri)} the answer{'; nearest misses:' if found else ''}"


def suggestion(setting: Setting, option: Repair, mended: int, broken: int, gain: float) -> Suggestion:
    """Return a repair with what it was seen to do, in words and, where it mends, with the way to apply it."""
    text = repair(setting.graph, option.edits) + aftermath(setting, option.edits)
    steps = how(setting.graph, option.edits) if mended > broken else ()
    return Suggestion(option.kind, option.edits, mended, broken, gain, text, steps)
