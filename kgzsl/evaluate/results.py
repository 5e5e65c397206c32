"""What an evaluation finds, as plain data that goes to JSON and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kgzsl.evaluate.outcome import Outcome
from kgzsl.evaluate.problem import Finding
from kgzsl.evaluate.statistics import Figure, Paired, Spread

FORMAT, VERSION = "kgzsl report", 1


@dataclass(frozen=True)
class Run:
    """One learner, trained once on one problem.

    Args:
        problem: its name.
        learner: its name.
        family: of it.
        options: of the learner, all of them.
        seed: of it.
        outcomes: one a task.
        adjusters: what was on: name → what was chosen.
        seconds: of fitting.
        adding: milliseconds of propagating to a space of one class more.
        anew: what was fitted anew for it.
        chosen: the learner that ``auto`` chose.
        bundle: id of the fitted learner.
        key: of what all this depends on.
        reason: why there is no outcome.
    """

    problem: str
    learner: str
    family: str
    options: dict[str, Any]
    seed: int
    outcomes: tuple[Outcome, ...] = ()
    adjusters: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: float = 0.0
    adding: float | None = None
    anew: str = ""
    chosen: str = ""
    bundle: str = ""
    key: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two learners on the same inputs of one task, over all problems and seeds; ``p`` is adjusted by Holm.

    ``first`` is the learner with the best class mean of the task.
    """

    task: str
    scores: str
    first: str
    second: str
    paired: Paired
    p: float


@dataclass(frozen=True)
class Summary:
    """One figure of one learner over all problems and seeds.

    Args:
        learner: its name.
        task: its name.
        scores: ``plain`` or ``adjusted``.
        measure: such as ``hit@1`` or ``H``.
        figure: mean over problems and seeds; the interval is over classes, where the measure has one.
        seeds: how it varies with the seed.
    """

    learner: str
    task: str
    scores: str
    measure: str
    figure: Figure
    seeds: Spread


@dataclass(frozen=True)
class About:
    """One problem: what was read, and how many classes and inputs there are."""

    name: str
    protocol: str
    key: str
    graph_hash: str
    seen: int
    unseen: int
    inputs: int
    tasks: tuple[str, ...]
    strata: dict[str, int]
    findings: tuple[Finding, ...]
    data: dict[str, str]


@dataclass(frozen=True)
class Report:
    """All of an evaluation.

    Args:
        name: of the recipe.
        date: when, ISO 8601.
        request: what was asked for, so that it can be asked again; empty where problems were made by hand.
        recipe: its content.
        environment: versions and machine.
        problems: what was evaluated on.
        runs: one a problem, learner and seed.
        summaries: over problems and seeds.
        comparisons: of learners.
        interrupted: whether runs are missing, as someone stopped it.
        format: what kind of file this is.
        version: of the format.
    """

    name: str
    date: str
    request: dict[str, Any]
    recipe: dict[str, Any]
    environment: dict[str, Any]
    problems: tuple[About, ...]
    runs: tuple[Run, ...]
    summaries: tuple[Summary, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    interrupted: bool = False
    format: str = FORMAT
    version: int = VERSION
