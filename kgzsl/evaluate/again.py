"""A report made again: do the figures agree, and if not, what changed?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgzsl.data import bundled
from kgzsl.errors import EvaluationError, KgzslError
from kgzsl.evaluate.problem import Problem
from kgzsl.evaluate.results import Report
from kgzsl.evaluate.run import RECIPE, evaluate
from kgzsl.evaluate.summary import figures
from kgzsl.learners.base import Progress

TOLERANCE = 1e-6
"""Of a figure; shares are in [0, 1]."""
MISSING = "missing"


@dataclass(frozen=True)
class Differs:
    """A figure that is not what it was; None where it is not there."""

    figure: str
    before: float | None
    after: float | None


@dataclass(frozen=True, eq=False)
class Agreement:
    """What making a report again found.

    Args:
        changes: what it depends on and is no longer the same, one sentence each.
        compared: how many figures there are in either.
        exact: how many are the same to the last bit.
        differs: those that differ by more than the tolerance.
        tolerance: that was allowed.
        report: the new one.
    """

    changes: tuple[str, ...]
    compared: int
    exact: int
    differs: tuple[Differs, ...]
    tolerance: float
    report: Report

    @property
    def agrees(self) -> bool:
        """Whether every figure is within the tolerance."""
        return not self.differs

    @property
    def text(self) -> str:
        """One sentence that says so."""
        if self.agrees:
            how = "exactly" if self.exact == self.compared else f"within {self.tolerance:g}"
            return f"all {self.compared} figures agree {how}"
        return f"{len(self.differs)} of {self.compared} figures differ by more than {self.tolerance:g}"


def again(
    report: Report, problems: Sequence[Problem] | None = None, tolerance: float = TOLERANCE,
    progress: Progress | None = None, file: str | None = None,
) -> Agreement:  # fmt: skip
    """Evaluate again as a report says, and compare. Nothing is taken from a cache; figures of time are left out.

    Args:
        report: of before.
        problems: those it was made on; made by its protocol where none are given.
        tolerance: by which a figure may differ.
        progress: called with (stage, done, total).
        file: of the report, for messages.

    Raises:
        EvaluationError: a report that does not say how it was made, was interrupted, or whose data changed so that it
            can no longer be made.
    """
    asked = report.request
    if report.interrupted:
        raise EvaluationError("was interrupted: there are runs that it lacks", file=file,
                              fix="finish it: evaluate with the same words and --cache")  # fmt: skip
    changed = list(_changed_files(report)) if problems is None else []
    if problems is None:
        problems = _made(asked, changed, progress, file)
    seeds = tuple(dict.fromkeys(run.seed for run in report.runs))
    learners = tuple(dict.fromkeys(run.learner for run in report.runs))
    adjusters = asked.get("adjusters", RECIPE)
    options = {run.learner: run.options for run in report.runs}
    new = evaluate(problems, learners, seeds, adjusters, options, progress, request=asked)
    if new.interrupted:
        raise KeyboardInterrupt
    changes = tuple(dict.fromkeys((*changed, *_changes(report, new))))
    before, after = named_figures(report), named_figures(new)
    names = sorted({*before, *after})
    pairs = [(name, before.get(name), after.get(name)) for name in names]
    differs = tuple(Differs(name, a, b) for name, a, b in pairs if _apart(a, b, tolerance))
    return Agreement(changes, len(names), sum(a == b for _, a, b in pairs), differs, tolerance, new)


def named_figures(report: Report) -> dict[str, float]:
    """Return every figure of every run by its name, less those of time."""
    found = dict[str, float]()
    for run in report.runs:
        for outcome in run.outcomes:
            for scored in outcome.scored:
                place = f"{run.problem} / {run.learner} / seed {run.seed} / {outcome.task} / {scored.scores}"
                found |= {f"{place} / {name}": value for name, value in figures(scored).items()}
                found |= {f"{place} / {row.iri} / {k}": hit for row in scored.classes for k, hit in enumerate(row.hits)}
    return found


def _apart(before: float | None, after: float | None, tolerance: float) -> bool:
    return before is None or after is None or abs(before - after) > tolerance


def _made(
    asked: Mapping[str, Any], changed: Sequence[str], progress: Progress | None, file: str | None
) -> Sequence[Problem]:
    from kgzsl.evaluate.catalogue import make_problem

    if not isinstance(asked.get("protocol"), str) or not isinstance(asked.get("recipe"), str):
        raise EvaluationError("does not say how its problems were made", file=file,
                              fix="it was made in Python: give again() the problems")  # fmt: skip
    options = asked.get("options")
    try:
        return make_problem(asked["protocol"], asked["recipe"], options if isinstance(options, dict) else {},
                            asked.get("learner"), asked.get("seed"), progress)  # fmt: skip
    except KgzslError as error:
        if not changed:
            raise
        raise EvaluationError(f"cannot be made again: {error.message}", file=error.file or file,
                              fix="; ".join(changed)) from None  # fmt: skip


def _changed_files(report: Report) -> Iterator[str]:
    folder = bundled(str(report.request.get("recipe", ""))).parent
    for path, before in dict.fromkeys(item for problem in report.problems for item in problem.data.items()):
        here = next((place for place in (folder / path, Path(path)) if place.is_file()), None)
        if here is None:
            yield f"the data file {path} is missing"
        elif _digest(here) != before:
            yield f"the data file {path} changed"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _changes(before: Report, after: Report) -> Iterator[str]:
    was, now = (dict(_flat(one.recipe)) for one in (before, after))
    for key in sorted({*was, *now}):
        if was.get(key, MISSING) != now.get(key, MISSING):
            yield f"the recipe changed: '{key}' was {was.get(key, MISSING)}, is {now.get(key, MISSING)}"
    own = {problem.name: problem for problem in before.problems}
    for problem in after.problems:
        yield from _problem_changes(own.get(problem.name), problem)
    for name, one in _flat(before.environment):
        other = dict(_flat(after.environment)).get(name, MISSING)
        if one != other:
            yield f"{name} was {one}, is {other}"


def _problem_changes(was: Any, now: Any) -> Iterator[str]:
    if was is None:
        yield f"the problem '{now.name}' was not there"
        return
    if was.graph_hash != now.graph_hash:
        yield f"the graph changed: it was {was.graph_hash}, is {now.graph_hash}"
    for path in sorted({*was.data, *now.data}):
        if was.data.get(path) != now.data.get(path):
            yield f"the data file {path} {'changed' if path in now.data and path in was.data else 'came or went'}"
    if was.key != now.key:
        yield f"the problem '{now.name}' is not what it was"


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, one in value.items():
        if isinstance(one, Mapping):
            yield from _flat(one, f"{before}{key}.")
        else:
            yield f"{before}{key}", list(one) if isinstance(one, tuple) else one
