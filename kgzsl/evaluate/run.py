"""Learners on problems: every one trained on each, with each seed, and measured on each task."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from kgzsl.arrays import Array
from kgzsl.compare import added, uninterrupted
from kgzsl.engine import Engine
from kgzsl.errors import AdjusterError, EvaluationError, KgzslError
from kgzsl.evaluate.cache import Cache, run_key
from kgzsl.evaluate.measures import scored
from kgzsl.evaluate.outcome import Outcome, Scored
from kgzsl.evaluate.problem import Problem, Task
from kgzsl.evaluate.records import about, environment, problem_key
from kgzsl.evaluate.results import Report, Run
from kgzsl.evaluate.several import scored_several
from kgzsl.evaluate.summary import comparisons, summaries
from kgzsl.evaluate.tally import OFTEN, tally
from kgzsl.evaluate.view import Field, View, view
from kgzsl.graph.recipe import Learning
from kgzsl.learners.base import Progress
from kgzsl.learners.catalogue import learner_class, make_learner
from kgzsl.resolve.catalogue import adjuster_class, make_adjuster
from kgzsl.resolve.chain import Chain, fit_chain
from kgzsl.resolve.choose import AUTO, choose_chain
from kgzsl.resolve.resolver import note_text
from kgzsl.training import train_on

RECIPE, NO = "recipe", "none"
PLAIN, ADJUSTED = "plain", "adjusted"
STAGE = "evaluate"


@dataclass(frozen=True)
class Plan:
    """What is tried on each problem.

    Args:
        learners: names; the recipe's where none are given.
        seeds: of learners; the recipe's where none are given.
        adjusters: ``recipe``, ``auto``, ``none``, or names.
        options: of learners, by name; those of the recipe are its learner's where none are given.
    """

    learners: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    adjusters: str | tuple[str, ...] = RECIPE
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def evaluate(
    problems: Problem | Sequence[Problem], learners: Sequence[str] = (), seeds: Sequence[int] = (),
    adjusters: str | Sequence[str] = RECIPE, options: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress | None = None, cache: str | Path | None = None,
    request: Mapping[str, Any] | None = None, date: str | None = None,
) -> Report:  # fmt: skip
    """Train learners on problems and measure them.

    A learner that cannot be used gives a run with the reason: it costs the others nothing. Ctrl-C ends with a report of
    what is done, which says ``interrupted``; with a cache the same call goes on from there.

    Args:
        problems: what a protocol made; such as one a fold.
        learners: names; the recipe's learner where none are given.
        seeds: of learners, one run each; the recipe's where none are given.
        adjusters: ``recipe`` for those of the recipe, ``auto``, ``none``, or names.
        options: of learners, by name.
        progress: called with (stage, done, total).
        cache: folder of runs that are done.
        request: what a report must say so that it can be made again.
        date: of the report, ISO 8601; now where none is given.

    Raises:
        EvaluationError: no problem, or a task that cannot be asked.
        UnknownNameError: no such learner or adjuster.
        AdjusterError: adjusters that cannot go together.
    """
    given = [problems] if isinstance(problems, Problem) else list(problems)
    names = adjusters if isinstance(adjusters, str) and adjusters in (RECIPE, NO, AUTO) else _checked(adjusters)
    plan = Plan(tuple(learners), tuple(seeds), names, dict(options or {}))
    if not given:
        raise EvaluationError("nothing to evaluate on: no problem")
    for name in plan.learners:
        learner_class(name)
    found, interrupted = list[Run](), False
    try:
        for run in runs(given, plan, Cache(cache), progress):
            found.append(run)
    except KeyboardInterrupt:
        interrupted = True
    first = given[0].material.recipe
    return Report(
        first.name, date or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), dict(request or {}),
        first.model_dump(mode="json", exclude={"folder"}), environment(), tuple(map(about, given)), tuple(found),
        summaries(found), comparisons(found), interrupted,
    )  # fmt: skip


def runs(problems: Sequence[Problem], plan: Plan, cache: Cache, progress: Progress | None = None) -> Iterator[Run]:
    """Yield one run a problem, learner and seed; those that the cache holds are not trained again."""
    todo = [(problem, name, seed) for problem in problems
            for name in plan.learners or (problem.material.recipe.learner.name,)
            for seed in plan.seeds or (problem.material.recipe.learner.seed,)]  # fmt: skip
    keys = {id(problem): problem_key(problem) for problem in problems}
    for done, (problem, name, seed) in enumerate(todo):
        if progress:
            progress(STAGE, done, len(todo))
        planned = _planned(problem, plan, name, seed)
        recipe = planned.material.recipe
        resolver = recipe.resolver.model_dump(mode="json") if plan.adjusters != NO else NO
        key = run_key(keys[id(problem)], name, recipe.learner.options, seed, resolver)
        run = cache.get(key)
        if run is None:
            run = replace(_tried(planned, plan, progress), key=key)
            cache.put(run)
        yield run
    if progress:
        progress(STAGE, len(todo), len(todo))


def _checked(adjusters: str | Sequence[str]) -> tuple[str, ...]:
    names = (adjusters,) if isinstance(adjusters, str) else tuple(adjusters)
    for name in names:
        adjuster_class(name)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise AdjusterError(f"the adjuster '{twice}' is named twice", value=twice)
    return names


def _planned(problem: Problem, plan: Plan, name: str, seed: int) -> Problem:
    """Return the problem with learner, options, seed and adjusters in its recipe."""
    recipe = problem.material.recipe
    options = plan.options.get(name, recipe.learner.options if recipe.learner.name == name else {})
    changes: dict[str, Any] = {"learner": Learning(name=name, seed=seed, options=dict(options))}
    if plan.adjusters != RECIPE:
        names = () if plan.adjusters == NO else plan.adjusters
        chosen = list(names) if isinstance(names, tuple) else names
        changes["resolver"] = type(recipe.resolver)(
            **recipe.resolver.model_dump(exclude_unset=True) | {"adjusters": chosen}
        )
    return replace(problem, material=replace(problem.material, recipe=recipe.model_copy(update=changes)))


def _tried(problem: Problem, plan: Plan, progress: Progress | None) -> Run:
    learner = problem.material.recipe.learner
    options = dict(make_learner(learner.name, learner.options).options)
    blank = Run(problem.name, learner.name, learner_class(learner.name).family, options, learner.seed)
    try:
        with uninterrupted():
            return _run(problem, blank, plan.adjusters != NO, progress)
    except EvaluationError:
        raise
    except Exception as error:
        said = error.message if isinstance(error, KgzslError) else f"unexpected {type(error).__name__}: {error}"
        return replace(blank, reason=said)


def _run(problem: Problem, blank: Run, adjusting: bool, progress: Progress | None) -> Run:
    learner = problem.material.recipe.learner
    model = make_learner(learner.name, learner.options)
    report = partial(_reported, progress, learner.name) if progress else None
    engine = train_on(problem.material, model, report)
    if model.interrupted:
        raise KeyboardInterrupt
    about = Field(problem, engine.graph)
    outcomes: list[Outcome] = []
    chosen: dict[str, dict[str, float]] = {}
    for task in problem.tasks:
        outcome, chain = _outcome(engine, view(about, task), adjusting, learner.seed)
        outcomes.append(outcome)
        chosen |= {f"{task.name}: {one.name}": one.chosen() for one in chain.adjusters}
    adding, anew = added(engine, (problem.unseen or problem.seen)[0])
    named = getattr(model, "chosen", None)
    return replace(blank, outcomes=tuple(outcomes), adjusters=chosen, seconds=engine.seconds, adding=adding, anew=anew,
                   chosen=named.name if named is not None else "", bundle=engine.id)  # fmt: skip


def _reported(progress: Progress, name: str, stage: str, done: int, total: int) -> None:
    progress(f"{name}: {stage}", done, total)


def _outcome(engine: Engine, view: View, adjusting: bool, seed: int) -> tuple[Outcome, Chain]:
    task = view.task
    asked = [(PLAIN, partial(engine.scores, classes=task.candidates), Chain(), list[str]())]
    chain = chain_for(engine, task) if adjusting else Chain()
    if chain.adjusters:
        notes = list[str]()
        asked.append((ADJUSTED, partial(_adjusted, engine, chain, task.candidates, notes), chain, notes))
    found = tuple(_scored(name, view, score, one, notes, seed) for name, score, one, notes in asked)
    return Outcome(task.name, task.generalised, len(view.X), len(task.candidates), found), chain


def _scored(
    name: str, view: View, score: Callable[[Array], Array], chain: Chain, notes: list[str], seed: int
) -> Scored:
    if view.task.multilabel:
        return replace(scored_several(name, view, score, chain.transductive, seed), notes=tuple(dict.fromkeys(notes)))
    most = max(*view.task.ks, OFTEN)
    found = tally(score, view.X, view.y, view.seen, most, chain.transductive)
    return scored(name, view, found, tuple(dict.fromkeys(notes)), seed)


def chain_for(engine: Engine, task: Task) -> Chain:
    """Return the recipe's adjusters, chosen for the candidates of a task.

    What is chosen depends on how many seen and unseen classes compete. Where only unseen ones do, nothing can be
    rehearsed, and the engine's own chain is taken, which was chosen for the recipe's candidates.

    Raises:
        AdjusterError: adjusters that cannot be fitted.
    """
    about = engine.recipe.resolver
    if not task.generalised or not engine.chain.adjusters:
        return engine.chain
    rehearsals, final = engine.rehearsed(task.candidates)
    if about.adjusters == AUTO:
        return choose_chain(rehearsals, final, about.options)
    return fit_chain([make_adjuster(name, about.options.get(name)) for name in about.adjusters], rehearsals, final)


def _adjusted(engine: Engine, chain: Chain, classes: Sequence[str], notes: list[str], X: Array) -> Array:
    state = engine.state
    resolver = replace(engine.resolver(state), chain=chain)
    query = chain(resolver.query(X, classes))
    notes += map(note_text, query.notes)
    return query.scores
