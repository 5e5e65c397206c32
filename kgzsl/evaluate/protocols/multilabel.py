"""Inputs with several labels each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from kgzsl.errors import EvaluationError
from kgzsl.evaluate.problem import Problem
from kgzsl.evaluate.protocols.base import Common, Data, Protocol, recipe_of
from kgzsl.evaluate.protocols.described import described
from kgzsl.evaluate.protocols.inputs import SEPARATOR, Inputs, named, read_names
from kgzsl.evaluate.protocols.reading import read_matrix
from kgzsl.evaluate.splits import Split, read_split
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Progress
from kgzsl.training import Material, read_material


class MultiLabelOptions(Common):
    """Settings."""

    train: Path | None = Field(None, description="labelled inputs to fit seen classifiers on; else the recipe's")
    classes: Path | None = Field(None, description="protocol file: seen and unseen classes")
    hide: bool = Field(False, description="leave labels of unseen classes out of training inputs, instead of refusing")


class MultiLabel(Protocol):
    """Labels joined by ``|``, or arrays ``X``, ``Y`` of zeros and ones and ``classes`` of an npz.

    A training input of several labels is taken once with each of them, as classifiers of one label are fitted (the copy
    transformation). A label of an unseen class in the training part is refused, or taken off by ``hide``.

    Source: Huynh & Elhamifar 2020, A Shared Multi-Attention Framework for Multi-Label Zero-Shot Learning, sec. 4; the
    copy transformation: Tsoumakas & Katakis 2007, Multi-Label Classification: An Overview.
    """

    name = "multi-label"
    citation = "Huynh & Elhamifar 2020, A Shared Multi-Attention Framework for Multi-Label Zero-Shot Learning"
    Options: ClassVar[type[Common]] = MultiLabelOptions

    def problems(
        self, recipe: str | Path | Recipe, learner: str | None = None, seed: int | None = None,
        progress: Progress | None = None,
    ) -> list[Problem]:  # fmt: skip
        """See the base class.

        Raises:
            EvaluationError: no test inputs.
        """
        about, made = self.options, recipe_of(recipe)
        path = self.required(about.test, "test inputs with their labels")
        if about.train is None:
            material = read_material(made, learner=learner, seed=seed, progress=progress)
            split = read_split(about.classes, material.graph) if about.classes else None
        else:
            world = described(made, learner, seed, progress)
            split = read_split(about.classes, world.graph) if about.classes else None
            known = self._several(about.train, world.graph)
            material = world.trained_on(copied(self._seen_only(known, split, world.graph)).features)
        inputs = self._several(path, material.graph)
        unseen = _tested(inputs, split, material)
        return [self.passed(Data(f"{made.name}, {path.name}", material, inputs, unseen, (about.train, about.classes),
                                 several=True))]  # fmt: skip

    def _several(self, path: Path, graph: ClassGraph) -> Inputs:
        about = self.options
        return named(read_matrix(path), graph, about.unknown, read_names(about.names), several=True)

    def _seen_only(self, known: Inputs, split: Split | None, graph: ClassGraph) -> Inputs:
        """Return training inputs without labels of unseen classes.

        Raises:
            EvaluationError: there are some, and they are not to be hidden; or nothing is left.
        """
        unseen, kept = set(split.unseen) if split else set[str](), list[tuple[int, str]]()
        for k, label in enumerate(known.labels):
            parts = label.split(SEPARATOR)
            shown = [iri for iri in parts if iri not in unseen]
            if len(shown) < len(parts) and not self.options.hide:
                first = next(iri for iri in parts if iri in unseen)
                raise EvaluationError(f"{known.place(k)} of the training part has a label of the unseen class "
                                      f"'{graph.label(first)}'", file=known.features.source, line=known.line(k),
                                      value=first, fix="take the label off, or --option hide=true")  # fmt: skip
            kept += [(k, SEPARATOR.join(shown))] if shown else []
        if not kept:
            raise EvaluationError("no training input has a seen label", file=known.features.source, value=0)
        taken = known.take(np.array([k for k, _ in kept]))
        return Inputs(replace(taken.features, labels=tuple(label for _, label in kept)), taken.rows)


def copied(inputs: Inputs) -> Inputs:
    """Return each input once with each of its labels."""
    pairs = [(k, iri) for k, label in enumerate(inputs.labels) for iri in label.split(SEPARATOR)]
    taken = inputs.take(np.array([k for k, _ in pairs]))
    return Inputs(replace(taken.features, labels=tuple(iri for _, iri in pairs)), taken.rows)


def _tested(inputs: Inputs, split: Split | None, material: Material) -> tuple[str, ...]:
    """Return the unseen classes: those of the file, else all labels that are not seen."""
    if split is not None:
        return split.unseen
    found = {iri for label in inputs.labels for iri in label.split(SEPARATOR)}
    return tuple(sorted(iri for iri in found if iri not in material.seen.row))
