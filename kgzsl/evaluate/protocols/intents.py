"""Intents of texts: some are learnt from labelled texts, others are known from the graph alone."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from kgzsl.errors import EvaluationError
from kgzsl.evaluate.problem import Problem
from kgzsl.evaluate.protocols.base import Common, Data, Protocol, kept_share, recipe_of
from kgzsl.evaluate.protocols.described import described
from kgzsl.evaluate.protocols.inputs import joined, named, read_names
from kgzsl.evaluate.protocols.reading import read_inputs
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Progress


class IntentsOptions(Common):
    """Settings."""

    train: Path | None = Field(None, description="labelled texts or their vectors; else the recipe's [seen] features")
    encoder: str = Field("minilm", description="of texts: lines of a label, a tab and a text")
    hold: float = Field(0.0, ge=0, lt=1, description="share of the training texts kept back to test seen intents on")
    fold_seed: int = Field(0, ge=0, description="of what is kept back")


class TextIntents(Protocol):
    """Labelled texts of some intents to train on, and texts of other intents to test on; or vectors of both.

    Without ``hold`` all training texts are trained on, as published, and only unseen intents are tested. The test file
    may hold texts of seen intents too.

    Source: Xia et al. 2018, Zero-shot User Intent Detection via Capsule Neural Networks; the split of SNIPS by Nayak &
    Bach 2022 (ZSL-KG), sec. 4.
    """

    name = "text-intents"
    citation = "Xia et al. 2018, Zero-shot User Intent Detection; Nayak & Bach 2022, ZSL-KG"
    Options: ClassVar[type[Common]] = IntentsOptions

    def problems(
        self, recipe: str | Path | Recipe, learner: str | None = None, seed: int | None = None,
        progress: Progress | None = None,
    ) -> list[Problem]:  # fmt: skip
        """See the base class.

        Raises:
            EvaluationError: no texts to train or to test on.
        """
        about, made = self.options, recipe_of(recipe)
        path = self.required(about.test, "test texts, or vectors of them")
        train = about.train or (made.resolve(made.seen.features) if made.seen.features else None)
        if train is None:
            raise EvaluationError(f"the recipe '{made.name}' has no [seen] features to train on", value=made.name,
                                  fix="give labelled texts by --option train=FILE")  # fmt: skip
        world, names = described(made, learner, seed, progress), read_names(about.names)
        known, inputs = (named(read_inputs(file, about.encoder), world.graph, about.unknown, names)
                         for file in (train, path))  # fmt: skip
        if about.hold:
            kept, held = kept_share(known.labels, 1 - about.hold, about.fold_seed)
            inputs = joined(inputs, known.take(held)) if len(held) else inputs
            known = known.take(kept)
        material = world.trained_on(known.features)
        return [self.passed(Data(f"{made.name}, {path.name}", material, inputs, files=(train,)))]
