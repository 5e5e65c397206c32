"""Runs → figures over problems and seeds, and learners compared on the same inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.evaluate.outcome import Outcome, Scored
from kgzsl.evaluate.results import Comparison, Run, Summary
from kgzsl.evaluate.statistics import Figure, across_seeds, harmonics, holm, of_two, over, paired_classes

HIT = "hit@1"


class _Cell(NamedTuple):
    """One set of scores of one task of one run."""

    run: Run
    outcome: Outcome
    scored: Scored


def summaries(runs: Sequence[Run]) -> tuple[Summary, ...]:
    """Return every figure of every learner over problems and seeds.

    The intervals of hit@k, U, S and H are over the classes of all problems, each class's share of right answers being
    its mean over seeds; those of other figures are over seeds alone, save where there is one run.
    """
    return tuple(summary for cells in _groups(runs).values() for summary in _summary(cells))


def comparisons(runs: Sequence[Run]) -> tuple[Comparison, ...]:
    """Compare the best learner of each task, by each set of scores, to every other, class by class.

    Only learners that were run on the same problems with the same seeds are compared. Holm's correction is over the
    comparisons of one task and one set of scores.
    """
    found, groups = list[Comparison](), _groups(runs)
    for task, scores in dict.fromkeys((task, scores) for _, task, scores in groups):
        own = {name: cells for (name, t, s), cells in groups.items() if (t, s) == (task, scores)}
        found += _against_best(task, scores, own)
    return tuple(found)


def _against_best(task: str, scores: str, own: dict[str, list[_Cell]]) -> list[Comparison]:
    tables = {name: _by_class(cells, 0) for name, cells in own.items()}
    done = {name: sorted((cell.run.problem, cell.run.seed) for cell in cells) for name, cells in own.items()}
    best = max(tables, key=lambda name: float(np.mean(list(tables[name].values()))))
    others = [name for name in tables if name != best and done[name] == done[best]]
    pairs = [paired_classes(np.array([tables[best][key] - tables[name][key] for key in tables[best]]))
             for name in others]  # fmt: skip
    return [Comparison(task, scores, best, name, pair, p)
            for name, pair, p in zip(others, pairs, holm([pair.p for pair in pairs]), strict=True)]  # fmt: skip


def _groups(runs: Sequence[Run]) -> dict[tuple[str, str, str], list[_Cell]]:
    found: dict[tuple[str, str, str], list[_Cell]] = {}
    for run in runs:
        for outcome in run.outcomes:
            for scored in outcome.scored:
                found.setdefault((run.learner, outcome.task, scored.scores), []).append(_Cell(run, outcome, scored))
    return found


def _summary(cells: Sequence[_Cell]) -> Iterator[Summary]:
    first = cells[0]
    name, task, scores = first.run.learner, first.outcome.task, first.scored.scores
    intervals = dict(_intervals(cells))
    for measure in figures(first.scored):
        seeds: dict[int, list[float]] = {}
        for cell in cells:
            value = figures(cell.scored).get(measure)
            if value is not None:
                seeds.setdefault(cell.run.seed, []).append(value)
        spread = across_seeds([float(np.mean(values)) for values in seeds.values()])
        figure = intervals.get(measure, Figure(spread.mean, spread.low, spread.high, "over seeds"))
        yield Summary(name, task, scores, measure, figure, spread)


def figures(scored: Scored) -> dict[str, float]:
    """Return every figure of a task by its name, less those of time."""
    found: dict[str, float | None] = {}
    word = "mAP" if scored.labels else None
    if scored.labels and word:
        found[word] = scored.labels.average_precision.value
        for k, micro, macro in scored.labels.f1:
            found |= {f"micro F1@{k}": micro, f"macro F1@{k}": macro}
        found["violations"] = float(scored.labels.violations)
    for hit in scored.hits:
        found[f"hit@{hit.k}"] = hit.classes.value
        found[f"hit@{hit.k} of inputs"] = hit.inputs.value
    found["lenient hit@1"] = scored.lenient.value
    found |= {f"hierarchical precision@{k}": value for k, value in scored.precision}
    if scored.balance:
        one = scored.balance
        found |= {"U": one.unseen.value, "S": one.seen.value, "H": one.harmonic.value, "AUSUC": one.ausuc,
                  "best H in hindsight": one.best}  # fmt: skip
    found |= {f"hit@1 of {name}": figure.value for name, figure in scored.strata.items()}
    for part in scored.reliability:
        found |= {f"ECE ({part.of})": part.ece, f"debiased ECE ({part.of})": part.debiased,
                  f"NLL ({part.of})": part.nll, f"Brier ({part.of})": part.brier}  # fmt: skip
    if scored.hubness:
        k, hubs = scored.hubness.k, scored.hubness
        found |= {f"skewness@{k}": hubs.skewness, f"hub share@{k}": hubs.share, f"anti-hubs@{k}": hubs.anti}
    return {name: float(value) for name, value in found.items() if value is not None}


def _intervals(cells: Sequence[_Cell]) -> Iterator[tuple[str, Figure]]:
    first = cells[0].scored
    if first.labels:
        yield "mAP", over(_column(cells, 0))
        return
    for place, hit in enumerate(first.hits):
        yield f"hit@{hit.k}", over(_column(cells, place))
    if first.balance and first.hits and first.hits[0].k == 1:
        seen = np.array(_seen(cells))
        both = _column(cells, 0)
        yield "U", over(both[~seen])
        yield "S", over(both[seen])
        yield "H", of_two(both[~seen], both[seen], harmonics)
    if len(cells) == 1:
        yield from {f"hit@{hit.k} of inputs": hit.inputs for hit in first.hits}.items()
        yield "lenient hit@1", first.lenient
        yield from ((f"hit@1 of {name}", figure) for name, figure in first.strata.items())


def _column(cells: Sequence[_Cell], place: int) -> Array:
    return np.array(list(_by_class(cells, place).values()))


def _seen(cells: Sequence[_Cell]) -> list[bool]:
    return list({(cell.run.problem, row.iri): row.seen for cell in cells for row in cell.scored.classes}.values())


def _by_class(cells: Sequence[_Cell], place: int) -> dict[tuple[str, str], float]:
    """Return problem and class → mean over seeds of its hit at one of the ks."""
    found: dict[tuple[str, str], list[float]] = {}
    for cell in cells:
        for row in cell.scored.classes:
            found.setdefault((cell.run.problem, row.iri), []).append(row.hits[place])
    return {key: float(np.mean(values)) for key, values in found.items()}
