"""Hubs of a learner's answers on a problem, before and after every cure, inductive and transductive ones apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kgzsl.compare import uninterrupted
from kgzsl.engine import Engine
from kgzsl.errors import AdjusterError
from kgzsl.evaluate.contents import shown
from kgzsl.evaluate.hubness import PLAIN, Hubbed, hubness_table
from kgzsl.evaluate.problem import Problem, Task
from kgzsl.evaluate.statistics import Figure
from kgzsl.evaluate.tables import Table
from kgzsl.evaluate.view import Field, view
from kgzsl.graph.recipe import Learning
from kgzsl.learners.base import Progress
from kgzsl.learners.catalogue import make_learner
from kgzsl.metrics import Change
from kgzsl.resolve.adjuster import Adjuster
from kgzsl.resolve.catalogue import ADJUSTERS, adjuster_class, make_adjuster
from kgzsl.resolve.chain import fit_chain
from kgzsl.resolve.query import Query
from kgzsl.training import train_on

CURES = "hubness"
MODES = ("inductive", "transductive")
OFTEN = 10
HEADS = ("adjuster", ">T1", ">less plain", ">skewness", ">less plain", ">share", ">less plain", ">anti")
NOTE = "T1 and hub share in per cent, with 95 % intervals of what a cure changes: T1 over classes, hubs over inputs."
NAMED = 3


@dataclass(frozen=True)
class Hubs:
    """Rows of one task by one learner, and why some cures are missing."""

    problem: str
    learner: str
    task: str
    rows: tuple[Hubbed, ...]
    reasons: dict[str, str]


def hubs(
    problems: Sequence[Problem], learners: Sequence[str] = (), cures: Sequence[str] = (),
    progress: Progress | None = None,
) -> Iterator[Hubs]:  # fmt: skip
    """Yield the hubs of each task that has more than ten candidates.

    Args:
        problems: what a protocol made.
        learners: names; the recipe's where none are given.
        cures: adjusters; all that cure hubness where none are given.
        progress: called with (stage, done, total).
    """
    names = list(cures) or [name for name in ADJUSTERS if adjuster_class(name).cures == CURES]
    for problem in problems:
        about = problem.material.recipe
        for name in learners or (about.learner.name,):
            options = about.learner.options if about.learner.name == name else {}
            learning = Learning(name=name, seed=about.learner.seed, options=dict(options))
            recipe = about.model_copy(update={"learner": learning})
            with uninterrupted():
                engine = train_on(replace(problem.material, recipe=recipe), make_learner(name, options), progress)
            if engine.learner.interrupted:
                raise KeyboardInterrupt
            for task in problem.tasks:
                if len(task.candidates) > OFTEN and not task.multilabel:
                    yield _of_task(engine, problem, task, names)


def _of_task(engine: Engine, problem: Problem, task: Task, names: Sequence[str]) -> Hubs:
    seen = view(Field(problem, engine.graph), task)
    rehearsals, final = engine.rehearsed(task.candidates)
    if not rehearsals:
        rehearsals = engine.rehearsed().rehearsals
    fitted, reasons = list[Adjuster](), dict[str, str]()
    for name in names:
        try:
            fitted += fit_chain([make_adjuster(name)], rehearsals, final).adjusters
        except AdjusterError as error:
            reasons[name] = error.message
    query = Query.of(engine.bank, engine.bank.rows(task.candidates), seen.X, final.references)
    labels = [engine.graph.label(iri) for iri in task.candidates]
    rows = hubness_table(query, seen.y, fitted, OFTEN, labels, problem.material.recipe.learner.seed)
    return Hubs(problem.name, engine.learner.name, task.name, tuple(rows), reasons)


def hub_tables(found: Hubs) -> list[Table]:
    """Return one table a mode, each with plain scores first: what reads the batch stands in no table with the rest."""
    plain = [row for row in found.rows if row.adjuster == PLAIN]
    tables = list[Table]()
    for mode in MODES:
        own = [row for row in found.rows if row.mode == mode]
        if own or mode == MODES[0]:
            title = f"{found.task}, {found.learner}, {mode}: hubs among the first {OFTEN} answers"
            hubs = "; ".join(_named(row) for row in [*plain, *own])
            tables.append(Table(title, HEADS, tuple(map(_cells, [*plain, *own])), f"{NOTE} {hubs}."))
    return tables


def _named(row: Hubbed) -> str:
    return f"{row.adjuster}: " + ", ".join(f"{name} {often:g}" for name, often in row.hubs[:NAMED])


def _cells(row: Hubbed) -> tuple[str, ...]:
    gain = row.accuracy_change.difference if row.accuracy_change else None
    return (row.adjuster, shown("", row.accuracy.value), "–" if gain is None else _signed(gain, 100),
            f"{row.skewness:.2f}", _change(row.skewness_change, 1), shown("", row.share),
            _change(row.share_change, 100), str(row.anti))  # fmt: skip


def _change(change: Change | None, times: int) -> str:
    return "–" if change is None else _signed(Figure(change.difference, change.low, change.high), times)


def _signed(figure: Figure, times: int) -> str:
    """Return a difference with its interval; shares in points."""
    if figure.value is None or figure.low is None or figure.high is None:
        return "–"
    places = 1 if times == 100 else 2
    value, low, high = (f"{times * number:+.{places}f}" for number in (figure.value, figure.low, figure.high))
    return f"{value} [{low}, {high}]"
