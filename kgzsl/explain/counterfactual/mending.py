"""Edits that would mend most mistakes of a labelled set: from predictions back to the ontology files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgzsl.errors import FeatureError, UnknownNameError
from kgzsl.explain.counterfactual.judge import Judge, Progress, best
from kgzsl.explain.counterfactual.record import Used, used
from kgzsl.explain.counterfactual.suggestion import Suggestion, suggestion
from kgzsl.explain.setting import Setting
from kgzsl.features import checked
from kgzsl.learners.networks.interrupts import Interrupts

MOST, TRIES, SECONDS = 10, 400, 300.0


@dataclass(frozen=True)
class Mending:
    """What was found on a labelled set.

    Args:
        suggestions: those first that mend most answers, net of those they break, then the likeliest.
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


def mend(
    setting: Setting, X: Any, labels: Sequence[str], progress: Progress | None = None, most: int = MOST,
    tries: int = TRIES, seconds: float = SECONDS, right: bool = False,
) -> Mending:  # fmt: skip
    """Rank the edits that would mend most wrong answers of a labelled set.

    Edits are looked for where classes are confused: for each such pair those of
    :func:`kgzsl.explain.counterfactual.repairs.repairs`, for the mean of its inputs, less those that describe another
    candidate of which no input is labelled: nothing would tell what they break. Those that come from most errors
    are tried first, each propagated and re-normalised anew; then all inputs are answered again, for the candidates
    whose rows changed. Only edits that help are returned. Ctrl-C ends it with what was found so far.

    Args:
        setting: what answers.
        X: features. Shape: (n, d).
        labels: names of the right classes.
        progress: called with (stage, done, total).
        most: how many edits to return.
        tries: propagations at most.
        seconds: at most; a result depends on the clock only where notes say so.
        right: look for doubtful descriptions of classes that are answered rightly, too.

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
    suggestions = tuple(suggestion(setting, *one) for one in best(found, right)[:most])
    if suggestions and not suggestions[0].mends and not judge.right.all():
        notes.append("no edit that was tried mends more answers than it breaks; the nearest misses are listed")
    return Mending(suggestions, len(rows), int((~judge.right).sum()), len(found), hashes, tuple(notes), stop.pressed,
                   setting.graph.hash, setting.bundle)  # fmt: skip


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
