"""Your own inputs: split by a column, by a file of classes, or in folds by class, by branch or at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.errors import EvaluationError, suggest
from kgzsl.evaluate.problem import Finding, Problem
from kgzsl.evaluate.protocols.base import Common, Data, Protocol, kept_share, recipe_of
from kgzsl.evaluate.protocols.described import Described, described
from kgzsl.evaluate.protocols.inputs import Inputs, named, read_names
from kgzsl.evaluate.protocols.reading import read_inputs
from kgzsl.evaluate.splits import (
    Fold,
    Split,
    folds_at_random,
    folds_by_class,
    folds_by_subtree,
    read_split,
)
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Progress

TRAIN, TEST = "train", "test"


class OwnOptions(Common):
    """Settings."""

    classes: Path | None = Field(None, description="protocol file: seen and unseen classes")
    by: Literal["class", "subtree", "random"] = Field("class", description="how folds are made, without a split")
    folds: int = Field(3, ge=1, description="by class: each class is unseen once; at random: draws")
    below: str = Field("", description="by subtree: the branches, comma between them; without, all that fit")
    part: float = Field(0.25, gt=0, lt=1, description="at random: share of the classes that is unseen")
    share: float = Field(0.8, gt=0, lt=1, description="of the inputs of a seen class that are trained on")
    fold_seed: int = Field(0, ge=0, description="of folds and shares")


@dataclass(frozen=True, eq=False)
class Parts:
    """One way to split the inputs.

    Args:
        name: such as ``fold 1 of 3``.
        train: rows of the inputs. Shape: (m,).
        test: rows of the inputs. Shape: (n,).
        unseen: IRIs.
        findings: so far.
    """

    name: str
    train: Array
    test: Array
    unseen: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


class Own(Protocol):
    """A table of labelled inputs. Seen classifiers are fitted on its training part; nothing else of it is trained on.

    A column or array ``split`` says ``train`` or ``test`` of each input; a protocol file says which classes are unseen;
    without either, folds are made. A share of the inputs of each seen class is kept back to test on.

    Source: folds of whole classes, Xian et al. 2019, sec. 4.2; branches left out as wholes: the harder case that the
    hierarchy makes, in which no sibling is seen.
    """

    name = "own"
    citation = "Xian et al. 2019, Zero-Shot Learning: A Comprehensive Evaluation, sec. 4.2"
    Options: ClassVar[type[Common]] = OwnOptions

    def problems(
        self, recipe: str | Path | Recipe, learner: str | None = None, seed: int | None = None,
        progress: Progress | None = None,
    ) -> list[Problem]:  # fmt: skip
        """See the base class.

        Raises:
            EvaluationError: no inputs, parts or folds that cannot be used, or options that contradict the file.
        """
        path, made = self.required(self.options.test, "labelled inputs"), recipe_of(recipe)
        read = read_inputs(path)  # what is wrong with the file is said before the ontology is read
        world = described(made, learner, seed, progress)
        inputs = named(read, world.graph, self.options.unknown, read_names(self.options.names))
        return [self._problem(world, inputs, parts) for parts in self._parts(world, inputs)]

    def _problem(self, world: Described, inputs: Inputs, parts: Parts) -> Problem:
        held = sorted({inputs.labels[k] for k in parts.train}.intersection(parts.unseen))
        if held:
            at = next(int(k) for k in parts.train if inputs.labels[k] == held[0])
            raise EvaluationError(f"{len(held)} unseen classes, such as '{world.graph.label(held[0])}', have labelled "
                                  f"inputs in the training part, such as {inputs.place(at)}", value=tuple(held),
                                  file=inputs.features.source, line=inputs.line(at),
                                  fix="take these inputs out, or call the classes seen")  # fmt: skip
        material = world.trained_on(inputs.features.take(parts.train))
        name = f"{world.recipe.name}, {parts.name}"
        return self.passed(Data(name, material, inputs.take(parts.test), parts.unseen, (self.options.classes,),
                                parts.findings))  # fmt: skip

    def _parts(self, world: Described, inputs: Inputs) -> list[Parts]:
        about = self.options
        given = about.model_fields_set & {"by", "folds", "below", "part"}
        split = read_split(about.classes, world.graph) if about.classes else None
        if given and (split or inputs.split is not None):
            what = about.classes or f"the '{'split'}' of {inputs.features.source}"
            raise EvaluationError(f"'{min(given)}' makes folds, and {what} says what is unseen", value=min(given),
                                  fix="give one of the two")  # fmt: skip
        if inputs.split is not None:
            return [by_column(inputs, split)]
        if split is not None:
            return [self._by_file(inputs, split)]
        return [self._held_out(inputs, fold.name, fold.unseen) for fold in self._folds(world, inputs)]

    def _folds(self, world: Described, inputs: Inputs) -> list[Fold]:
        about, classes = self.options, sorted(set(inputs.labels))
        if about.by == "random":
            return folds_at_random(classes, about.folds, about.part, about.fold_seed)
        if about.by == "class":
            return folds_by_class(classes, about.folds, about.fold_seed)
        roots = [root.strip() for root in about.below.split(",") if root.strip()]
        return folds_by_subtree(world.graph, classes, roots)

    def _by_file(self, inputs: Inputs, split: Split) -> Parts:
        known = {*split.seen, *split.unseen}
        kept = np.array([k for k, label in enumerate(inputs.labels) if label in known], np.int64)
        parts = self._held_out(inputs.take(kept), Path(split.file).stem, split.unseen)
        left = len(inputs) - len(kept)
        text = f"{left} inputs are of classes that {split.file} does not name and were left out"
        found = (Finding("left-out", "warning", text),) if left else ()
        return Parts(parts.name, kept[parts.train], kept[parts.test], parts.unseen, found)

    def _held_out(self, inputs: Inputs, name: str, unseen: Sequence[str]) -> Parts:
        own = np.array([label in set(unseen) for label in inputs.labels], bool)
        of_seen = np.flatnonzero(~own)
        train, rest = kept_share([inputs.labels[k] for k in of_seen], self.options.share, self.options.fold_seed)
        return Parts(name, of_seen[train], np.union1d(np.flatnonzero(own), of_seen[rest]), tuple(unseen))


def by_column(inputs: Inputs, split: Split | None = None) -> Parts:
    """Return the parts that the inputs' own column says.

    Args:
        inputs: with ``split``.
        split: unseen classes that a file names; else those of the test part that the training part has not.

    Raises:
        EvaluationError: a value that is neither train nor test, with its row, or a part that is empty.
    """
    said = np.array([value.strip().lower() for value in inputs.split or ()])
    for k, value in enumerate(said):
        if value not in (TRAIN, TEST):
            near = suggest(value, (TRAIN, TEST))
            raise EvaluationError(f"{inputs.place(k)}: unknown split '{value}'", file=inputs.features.source,
                                  line=inputs.line(k), value=value,
                                  fix=f"did you mean '{near}'?" if near else "train or test")  # fmt: skip
    train, test = np.flatnonzero(said == TRAIN), np.flatnonzero(said == TEST)
    for name, rows in ((TRAIN, train), (TEST, test)):
        if not len(rows):
            raise EvaluationError(f"no input is of the split '{name}'", file=inputs.features.source, value=name,
                                  fix="say train of some inputs and test of others")  # fmt: skip
    seen = {inputs.labels[k] for k in train}
    unseen = split.unseen if split else tuple(sorted({inputs.labels[k] for k in test} - seen))
    return Parts("its own split", train, test, unseen)
