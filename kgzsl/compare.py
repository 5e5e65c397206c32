"""Learners of all families side by side: one recipe, one set of test inputs, one row a learner."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bundle import bundle_id
from kgzsl.engine import Engine
from kgzsl.errors import FeatureError, KgzslError, UnknownNameError, suggest
from kgzsl.features import FeatureSet, checked
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.graph.recipe import Learning
from kgzsl.layers import check_backbone
from kgzsl.learners.base import Progress
from kgzsl.learners.catalogue import LEARNERS, learner_class, make_learner
from kgzsl.metrics import Hit, by_class, harmonic, interval, ranks
from kgzsl.timing import uncollected
from kgzsl.training import Material, train_on

FAMILIES = ("attribute-based", "embedding-based", "generative", "meta-learning", "graph propagation", "combined")
CHUNK, REPEATS = 2048, 3
NOTHING = "nothing"


@dataclass(frozen=True)
class Row:
    """What one learner does; figures are None where it cannot be used, and ``reason`` says why.

    Args:
        family: of the learner.
        learner: its name.
        t1: class-mean hit@1 of inputs of unseen classes, among the unseen classes of the test inputs.
        unseen: class-mean hit@1 of inputs of unseen classes, among all candidates.
        seen: the same of inputs of seen classes; None without any.
        harmonic: harmonic mean of the two.
        gamma: of calibrated stacking, as the engine chose it; None where it could not.
        seconds: of fitting.
        adding: milliseconds of propagating to a space of one class more.
        trained: what was fitted anew when the class was added.
        chosen: the learner that ``auto`` chose.
        reason: why there are no figures.
        by_class: hit@1 of each unseen class of the test inputs, whose mean ``t1`` is.
    """

    family: str
    learner: str
    t1: Hit | None = None
    unseen: float | None = None
    seen: float | None = None
    harmonic: float | None = None
    gamma: float | None = None
    seconds: float | None = None
    adding: float | None = None
    trained: str = ""
    chosen: str = ""
    reason: str = ""
    by_class: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Trial:
    """Test inputs: their classes are IRIs, the unseen ones first.

    Args:
        X: inputs. Shape: (n, d).
        y: place of each one's class. Shape: (n,).
        classes: unseen ones, then seen ones.
        unseen: how many are unseen.
    """

    X: Array
    y: Array
    classes: tuple[str, ...]
    unseen: int


def chosen_learners(names: Sequence[str] = (), families: Sequence[str] = ()) -> list[str]:
    """Return learners by family: those that are named and those of the families that are named; all where none are.

    Raises:
        UnknownNameError: no such learner or family.
    """
    by_family = {name: learner_class(name).family for name in LEARNERS}
    known = sorted(set(by_family.values()), key=_order)
    for name in names:
        learner_class(name)
    for family in families:
        if family not in known:
            near = suggest(family, known)
            fix = f"did you mean '{near}'?" if near else f"known are {', '.join(known)}"
            raise UnknownNameError(f"unknown family '{family}'", value=family, fix=fix)
    everything = not names and not families
    found = [n for n, family in by_family.items() if everything or n in names or family in families]
    return sorted(found, key=lambda name: _order(by_family[name]))


def trial(material: Material, test: FeatureSet) -> Trial:
    """Return test inputs, checked.

    Raises:
        FeatureError: no labels, another backbone or width, fewer than two unseen classes, or inputs that were trained
            on.
        UnknownNameError: a label that the graph does not know.
    """
    if test.labels is None:
        raise FeatureError("has no labels", file=test.source, fix="add an array or column 'label'")
    checked(test.X, test.source, material.seen.width)
    iri = {name: material.graph.find(name, "class") for name in dict.fromkeys(test.labels)}
    labels = tuple(iri[name] for name in test.labels)
    named = FeatureSet(test.X, labels, test.backbone, test.source)
    check_backbone(material.seen, named)
    _refuse_trained_on(material, named)
    known, there = set(material.seen.ids), sorted(set(labels))
    unseen = [name for name in there if name not in known]
    if len(unseen) < 2:
        raise FeatureError(f"holds inputs of {len(unseen)} unseen classes, and of {len(there)} in all",
                           file=test.source, value=len(unseen),
                           fix="give labelled inputs of two or more classes that nothing was trained on")  # fmt: skip
    classes = (*unseen, *(name for name in there if name in known))
    place = {name: k for k, name in enumerate(classes)}
    return Trial(named.X, np.array([place[label] for label in labels], np.int64), classes, len(unseen))


def compare(
    material: Material, test: Trial, learners: Sequence[str], options: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress | None = None,
) -> Iterator[Row]:  # fmt: skip
    """Train learners one after the other, and yield how each does on the test inputs.

    A learner that cannot be used gives a row with the reason, whatever went wrong: it costs the others nothing.

    Args:
        material: what is trained on.
        test: other inputs.
        learners: names.
        options: of learners, by name; those of the recipe are its learner's where none are given.
        progress: called with (stage, done, total).

    Raises:
        KeyboardInterrupt: a training was interrupted.
    """
    for done, name in enumerate(learners):
        report = partial(_reported, progress, name) if progress else None
        if progress:
            progress("compare learners", done, len(learners))
        try:
            with uninterrupted():
                row = _row(material, test, name, (options or {}).get(name), report)
            yield row
        except Exception as error:
            said = error.message if isinstance(error, KgzslError) else f"unexpected {type(error).__name__}: {error}"
            yield Row(learner_class(name).family, name, reason=said)
    if progress:
        progress("compare learners", len(learners), len(learners))


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hide warnings, and raise where one says that Ctrl-C ended a training: what it left is not what is asked for.

    Networks keep what they learnt so far and go on, those that adjusters are chosen with too; a user who interrupts a
    comparison wants it to end.

    Raises:
        KeyboardInterrupt: a training inside was interrupted.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        yield
    if any("interrupted" in str(one.message) for one in said if one.category is UserWarning):
        raise KeyboardInterrupt


def _reported(progress: Progress, name: str, stage: str, done: int, total: int) -> None:
    progress(f"{name}: {stage}", done, total)


def _row(
    material: Material, test: Trial, name: str, options: Mapping[str, Any] | None, progress: Progress | None
) -> Row:
    about = material.recipe.learner
    if options is None:
        options = about.options if about.name == name else {}
    learning = Learning(name=name, seed=about.seed, options=dict(options))
    material = replace(material, recipe=material.recipe.model_copy(update={"learner": learning}))
    model = make_learner(name, options)
    engine = train_on(material, model, progress)
    if model.interrupted:
        raise KeyboardInterrupt
    own = test.y < test.unseen
    each = by_class(_right(engine, test.X[own], test.y[own], test.classes[: test.unseen]), test.y[own])
    everything = tuple(dict.fromkeys((*test.classes, *engine.candidates())))
    right = _right(engine, test.X, test.y, everything, engine.gamma or 0.0)
    unseen = float(by_class(right[own], test.y[own]).mean())
    seen = None if own.all() else float(by_class(right[~own], test.y[~own]).mean())
    adding, trained = added(engine, test.classes[0])
    chosen = getattr(model, "chosen", None)
    return Row(model.family, name, interval(each), unseen, seen, None if seen is None else harmonic(unseen, seen),
               engine.gamma, engine.seconds, adding, trained, chosen.name if chosen is not None else "",
               by_class=tuple(map(float, each)))  # fmt: skip


def added(engine: Engine, like: str) -> tuple[float, str]:
    """Return milliseconds of propagating to a space of one class more, and what was fitted anew for it.

    Args:
        engine: trained.
        like: IRI of a class; the new one has its parents and attributes.
    """
    state, learner = engine.state, engine.learner
    parents = [edge.target for edge in state.graph.out(like, SUBCLASS)]
    space, _ = state.space.with_class("", parents, attributes=state.graph.attributes(like))
    before, times = bundle_id(learner), []
    for _ in range(REPEATS):
        base = state.propagation.fork()
        start = time.perf_counter()
        with uncollected():
            learner.propagate(space, base)
        times.append(1000 * (time.perf_counter() - start))
    refitted = learner.refits or NOTHING
    return statistics.median(times), refitted if bundle_id(learner) == before else "the learner"


def _right(engine: Engine, X: Array, y: Array, classes: Sequence[str], gamma: float = 0.0) -> Array:
    """Say which inputs score highest for their own class. Shape: (n,)."""
    found = [ranks(engine.scores(X[k : k + CHUNK], classes, gamma), y[k : k + CHUNK]) == 0
             for k in range(0, len(X), CHUNK)]  # fmt: skip
    return np.concatenate(found)


def _refuse_trained_on(material: Material, test: FeatureSet) -> None:
    if material.labelled is None:
        return
    known = {row.tobytes() for row in material.labelled.X}
    same = [k for k, row in enumerate(test.X) if row.tobytes() in known]
    if same:
        raise FeatureError(f"{len(same)} of {len(test)} inputs, such as row {same[0]}, are among those that were "
                           "trained or calibrated on", file=test.source, value=same[0],
                           fix="test on other inputs")  # fmt: skip


def _order(family: str) -> int:
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)
