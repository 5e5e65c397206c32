"""One task of a problem as arrays: which inputs, which columns, what is known of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import EvaluationError
from kgzsl.evaluate.kinship import Kinship, distances, steps_from
from kgzsl.evaluate.problem import Problem, Task
from kgzsl.graph.classgraph import ClassGraph

BETWEEN = "|"
"""Between the labels of an input that has several."""


@dataclass(frozen=True, eq=False)
class Field:
    """What all tasks of a problem share.

    Args:
        problem: whose.
        graph: of its classes.
    """

    problem: Problem
    graph: ClassGraph

    @cached_property
    def kinship(self) -> Kinship:
        """How classes relate."""
        return Kinship(self.graph)

    @cached_property
    def seen(self) -> frozenset[str]:
        """IRIs of the classes that a classifier is given of."""
        return frozenset(self.problem.material.seen.ids)

    def nearest(self, iri: str) -> tuple[int | None, str]:
        """Return how many edges lead from a class to the nearest seen one, and its label; None where no way leads."""
        steps, sources = self._distances
        row = self.graph.index[iri]
        if steps[row] < 0:
            return None, ""
        return int(steps[row]), self.graph.label(self.graph.ids[int(sources[row])])

    def steps(self, classes: Sequence[str], others: Sequence[str]) -> Array:
        """Return how many edges of the hierarchy lead from classes to others; inf where no way does. Shape: (T, C)."""
        index = self.graph.index
        found = steps_from(self.graph, [index[iri] for iri in classes])
        return np.asarray(found[:, [index[iri] for iri in others]])

    @cached_property
    def _distances(self) -> tuple[Array, Array]:
        return distances(self.graph, self.seen)


@dataclass(frozen=True, eq=False)
class View:
    """The inputs of one task.

    Args:
        field: what all tasks share.
        task: which.
        X: inputs. Shape: (n, d).
        truth: columns of the candidates that are labels of each input; one where inputs have one label. Length: n.
    """

    field: Field
    task: Task
    X: Array
    truth: tuple[tuple[int, ...], ...]

    @cached_property
    def y(self) -> Array:
        """Column of each input's class, of several the first. Shape: (n,)."""
        return np.array([columns[0] for columns in self.truth], np.int64)

    @cached_property
    def seen(self) -> Array:
        """Which candidates are seen classes. Shape: (C,) bool."""
        return np.array([iri in self.field.seen for iri in self.task.candidates], bool)

    @property
    def own(self) -> Array:
        """Which inputs are of seen classes. Shape: (n,) bool."""
        return np.asarray(self.seen[self.y])

    def names(self, columns: Sequence[int] | Array) -> list[str]:
        """Return the IRIs of candidates."""
        candidates = self.task.candidates
        return [candidates[int(column)] for column in columns]


def view(field: Field, task: Task) -> View:
    """Return the inputs of a task.

    Raises:
        EvaluationError: no candidates or inputs, no labels, or classes that do not compete.
    """
    test = field.problem.test
    if test.labels is None:
        raise EvaluationError("has no labels", file=test.source, fix="add an array or column 'label'")
    if not task.candidates:
        raise EvaluationError(f"the task '{task.name}' has no candidates", value=task.name)
    column = {iri: k for k, iri in enumerate(task.candidates)}
    lost = [iri for iri in task.classes if iri not in column]
    if lost:
        raise EvaluationError(f"the task '{task.name}': '{lost[0]}' has inputs but is no candidate", value=lost[0])
    classes = frozenset(task.classes)
    truth = [_columns(label, classes, column, task.multilabel) for label in test.labels]
    at = [row for row, columns in enumerate(truth) if columns]
    if not at:
        raise EvaluationError(f"the task '{task.name}' has no inputs of its classes", file=test.source)
    return View(field, task, test.X[at], tuple(truth[row] for row in at))


def _columns(label: str, classes: frozenset[str], column: dict[str, int], several: bool) -> tuple[int, ...]:
    labels = label.split(BETWEEN) if several else [label]
    return tuple(column[iri] for iri in labels if iri in classes)
