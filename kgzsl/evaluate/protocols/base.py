"""What a protocol is: options, and problems made of a recipe and data, which the leakage guard lets pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from kgzsl import options
from kgzsl.arrays import Array
from kgzsl.data import bundled
from kgzsl.errors import EvaluationError
from kgzsl.evaluate import guard
from kgzsl.evaluate.lists import CLASSES, read_lists
from kgzsl.evaluate.problem import Finding, Problem, Task
from kgzsl.evaluate.protocols.inputs import SEPARATOR, Inputs, digests, named, read_names
from kgzsl.evaluate.protocols.reading import read_inputs
from kgzsl.evaluate.protocols.tasks import refuse_odd, usual_tasks
from kgzsl.evaluate.splits import refuse_few
from kgzsl.features import checked
from kgzsl.folds import share
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.graph.recipe import Recipe, read_recipe
from kgzsl.layers import check_backbone
from kgzsl.learners.base import Progress
from kgzsl.resolve.candidates import by_policy
from kgzsl.training import Material

Among = Callable[[Sequence[str], Sequence[str]], Sequence[Task]]
"""Unseen and seen test classes → tasks."""


class Common(options.Options):
    """What every protocol takes; paths count from where one is."""

    test: Path | None = Field(None, description="labelled inputs: .npz, .csv, .parquet")
    names: Path | None = Field(None, description="JSON: label of the inputs → class name, or null to leave it out")
    unknown: Literal["refuse", "drop"] = Field("refuse", description="what becomes of labels that the graph lacks")
    candidates: str | Path = Field("tested", description="tested, all (these and what the recipe answers), or a file")
    duplicates: Literal["refuse", "drop"] = Field("refuse", description="what becomes of test inputs trained on")
    near: float = Field(0.9999, gt=0, le=1, description="cosine above which inputs are called nearly the same; 1: none")
    strict: bool = Field(False, description="refuse unseen classes whose descendants are seen")
    pretrained: Path | None = Field(None, description="names of the classes of the backbone's pre-training")


@dataclass(frozen=True, eq=False)
class Data:
    """What a protocol read, before the guard looks at it.

    Args:
        name: of the problem.
        material: what is trained on.
        inputs: to test on; labels are IRIs.
        unseen: IRIs, where a file states them; else the classes of inputs that are not among the seen ones.
        files: that were read beside those of the recipe.
        findings: so far.
        several: whether an input has several labels, joined by ``|``.
    """

    name: str
    material: Material
    inputs: Inputs
    unseen: tuple[str, ...] = ()
    files: tuple[str | Path | None, ...] = ()
    findings: tuple[Finding, ...] = ()
    several: bool = False


class Protocol:
    """Base of protocols.

    A protocol says which inputs are trained on and which are tested, and which classes compete. It makes every problem
    by :meth:`passed`, so that none misses the leakage guard.
    """

    name: ClassVar[str]
    citation: ClassVar[str]
    Options: ClassVar[type[Common]] = Common

    def __init__(self, **given: Any) -> None:
        self.options: Any = options.validated(f"protocol '{self.name}'", self.Options, given, EvaluationError)

    def problems(
        self, recipe: str | Path | Recipe, learner: str | None = None, seed: int | None = None,
        progress: Progress | None = None,
    ) -> list[Problem]:  # fmt: skip
        """Return what is evaluated: one problem, or one a fold.

        Args:
            recipe: a file (a bundled one by its name), or a Recipe.
            learner: instead of the recipe's.
            seed: of the learner, instead of the recipe's; splits have a seed of their own, an option.
            progress: called with (stage, done, total).

        Raises:
            KgzslError: a file, name or value that cannot be used, or an evaluation that would not be fair.
        """
        raise NotImplementedError

    def read(self, path: str | Path, graph: ClassGraph) -> Inputs:
        """Return labelled inputs with IRIs for labels."""
        return named(read_inputs(path), graph, self.options.unknown, read_names(self.options.names))

    def required(self, path: Path | None, what: str) -> Path:
        """Return the path of an option that must be given.

        Raises:
            EvaluationError: it is not.
        """
        if path is None:
            raise EvaluationError(f"protocol '{self.name}' needs {what}", value=None, fix="give them by --test FILE")
        return path

    def passed(self, data: Data, among: Among | None = None) -> Problem:
        """Return a problem that the leakage guard let pass.

        Args:
            data: what was read.
            among: makes the tasks; those of :func:`~kgzsl.evaluate.protocols.tasks.usual_tasks` where None.

        Raises:
            FeatureError: inputs of another width or backbone than the seen classifiers.
            EvaluationError: a leak, fewer than two unseen classes, or candidates that cannot be used.
        """
        material, about = data.material, self.options
        checked(data.inputs.features.X, data.inputs.features.source, material.seen.width)
        check_backbone(material.seen, data.inputs.features)
        own = _classes(data.inputs)
        unseen = data.unseen or tuple(iri for iri in own if iri not in material.seen.row)
        guard.refuse_unseen_labels(material, unseen)
        inputs, findings = self._unequal(data, unseen)
        own = _classes(inputs)
        tested = tuple(iri for iri in own if iri in set(unseen))
        _refuse_neither(data, inputs, {*unseen, *material.seen.row})
        refuse_few(tested, inputs.features.source, data.name)
        seen = tuple(iri for iri in own if iri in material.seen.row)
        findings += guard.descendants_finding(material, tested, about.strict)
        findings += guard.backbone_finding(material, tested, about.pretrained)
        tasks = (among or partial(usual_tasks, material, self.candidates(material, own), data.several))(tested, seen)
        refuse_odd(tasks, material)
        guard.refuse_leak(material, inputs.features, unseen)
        return Problem(self.name, data.name, material, inputs.features, tested, seen, tuple(tasks),
                       _strata(findings, tested), (*data.findings, *findings),
                       digests(material, about.test, about.names, about.pretrained, *data.files))  # fmt: skip

    def candidates(self, material: Material, tested: Sequence[str]) -> tuple[str, ...] | None:
        """Return the classes that compete, or None for those that are tested.

        Raises:
            EvaluationError: a file that names no class, or one that is unknown, with its line.
        """
        wanted, graph = self.options.candidates, material.graph
        if wanted == "tested":
            return None
        if wanted == "all":
            policy = by_policy(graph, material.seen.ids, material.recipe.answers)
            return tuple(dict.fromkeys((*tested, *policy)))
        listed = read_lists(wanted)
        if set(listed.lists) != {CLASSES} or not listed.lists[CLASSES]:
            raise EvaluationError("names no candidate", file=listed.file, value=tuple(listed.lists),
                                  fix="one name a line, or a JSON list of names")  # fmt: skip
        return tuple(listed.iris(CLASSES, graph))

    def _unequal(self, data: Data, unseen: Sequence[str]) -> tuple[Inputs, list[Finding]]:
        """Return the inputs that are not trained on, and what was found."""
        train, inputs, about = data.material.labelled, data.inputs, self.options
        if train is None:
            return inputs, []
        equal = guard.exact(train, inputs.features.X)
        if about.duplicates == "refuse":
            guard.refuse_equal(equal, train, inputs.features, set(unseen), inputs.place)
            nearly = guard.near(train, inputs.features.X, about.near)
            return inputs, guard.near_finding(nearly, about.near, train, inputs.place)
        same = np.union1d(equal.test, guard.near(train, inputs.features.X, about.near).test)
        left = np.setdiff1d(np.arange(len(inputs)), same)
        if not len(left):
            raise EvaluationError("all test inputs are in the training part too", file=inputs.features.source,
                                  value=len(inputs), fix="test on other inputs")  # fmt: skip
        if not len(same):
            return inputs, []
        text = f"{len(same)} test inputs that are training inputs too, or nearly, were left out"
        return inputs.take(left), [Finding("duplicates", "warning", f"{text}, such as {inputs.place(int(same[0]))}")]


def recipe_of(recipe: str | Path | Recipe) -> Recipe:
    """Return a recipe that was read."""
    return recipe if isinstance(recipe, Recipe) else read_recipe(bundled(recipe))


def kept_share(labels: Sequence[str], part: float, seed: int) -> tuple[Array, Array]:
    """Split the inputs of each class into a share to train on and the rest; a share holds one input at least."""
    train, rest = share(labels, part, seed)
    lacking, there = dict[str, int](), {labels[k] for k in train}
    for k in rest:
        if labels[k] not in there:
            lacking.setdefault(labels[k], int(k))
    first = np.array(sorted(lacking.values()), np.int64)
    return np.union1d(train, first), np.setdiff1d(rest, first)


def _classes(inputs: Inputs) -> tuple[str, ...]:
    """Return the classes of inputs, sorted."""
    return tuple(sorted({iri for label in set(inputs.labels) for iri in label.split(SEPARATOR)}))


def _refuse_neither(data: Data, inputs: Inputs, known: set[str]) -> None:
    """Refuse inputs of classes that are neither seen nor unseen; of several labels some may be neither."""
    lost = [k for k, label in enumerate(inputs.labels) if known.isdisjoint(label.split(SEPARATOR))]
    if lost:
        label = data.material.graph.label(inputs.labels[lost[0]].split(SEPARATOR)[0])
        raise EvaluationError(f"{len(lost)} test inputs are of classes neither seen nor unseen, such as "
                              f"{inputs.place(lost[0])} of '{label}'", file=inputs.features.source,
                              line=inputs.line(lost[0]), value=label,
                              fix="name the class among the unseen, or take its inputs out")  # fmt: skip


def _strata(findings: Sequence[Finding], unseen: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the classes that are reported apart, and those that are left."""
    strata = dict[str, tuple[str, ...]]()
    for finding in findings:
        if finding.code == "descendants":
            strata[guard.ABOVE] = finding.classes
            rest = tuple(iri for iri in unseen if iri not in set(finding.classes))
            strata |= {guard.NOT_ABOVE: rest} if rest else {}
        elif finding.code == "backbone" and finding.classes:
            strata[guard.PRETRAINED] = finding.classes
    return strata
