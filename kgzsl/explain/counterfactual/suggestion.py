"""Suggestions: which description of a class is missing or misleading, and how to mend it in the files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import UnknownNameError
from kgzsl.explain.counterfactual.applying import how
from kgzsl.explain.counterfactual.repairs import Repair, repairs, touched
from kgzsl.explain.counterfactual.search import LEAST, margins
from kgzsl.explain.counterfactual.trials import Trials
from kgzsl.explain.counterfactual.wording import aftermath, repair
from kgzsl.explain.explanation import Edit
from kgzsl.explain.setting import Setting

MOST, TRIES, SECONDS = 5, 200, 5.0


@dataclass(frozen=True)
class Suggestion:
    """An edit that would mend wrong answers, and what it was seen to do on the inputs it was tried on.

    Args:
        kind: ``remove a fact``, ``add a fact``, ``move a parent`` or ``change a strength``.
        edits: made together.
        mended: wrong answers that it makes right.
        broken: right answers that it makes wrong.
        gain: mean change of the margin of the right class over the best other.
        text: what to do, as a sentence.
        how: commands and lines that do it, to be followed one after the other.
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
    """Suggest edits that would make a class the answer: those first that do, then by how far they move its margin.

    Each is propagated and re-normalised anew. Empty where the class answers already, or where nothing tried helps.

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
    trials, place = Trials(setting, x[None], tries, seconds), np.array([setting.candidates.index(iri)])
    before = float(margins(trials.before, place)[0])
    found: list[tuple[bool, float, Repair]] = []
    for option in repairs(setting, x, iri, answer):
        scores = trials.scores(frozenset(option.edits))
        if scores is None:
            break
        gain = float(margins(scores, place)[0]) - before
        if gain > LEAST:
            found.append((int(scores[0].argmax()) == place[0], gain, option))
    found.sort(key=lambda item: (not item[0], -item[1], len(item[2].edits), item[2].edits))
    best: dict[object, Suggestion] = {}
    for mends, gain, option in found:
        if len(best) < most and touched(option) not in best:
            best[touched(option)] = suggestion(setting, option, int(mends), 0, gain)
    return tuple(best.values())


def suggestion(setting: Setting, option: Repair, mended: int, broken: int, gain: float) -> Suggestion:
    """Return a repair with what it was seen to do, in words and with the way to apply it."""
    text = repair(setting.graph, option.edits) + aftermath(setting, option.edits)
    return Suggestion(option.kind, option.edits, mended, broken, gain, text, how(setting.graph, option.edits))
