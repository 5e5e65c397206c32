"""What a recipe describes, apart from what is trained on it: folds share it and differ in their inputs."""

from __future__ import annotations

from dataclasses import dataclass

from kgzsl.features import FeatureSet
from kgzsl.graph import ClassGraph
from kgzsl.graph.recipe import Recipe
from kgzsl.layers import fit_layer
from kgzsl.learners.base import Progress
from kgzsl.ontology import Ontology
from kgzsl.semantics.space import ClassSpace
from kgzsl.training import Material, overridden
from kgzsl.training import described as read


@dataclass(frozen=True, eq=False)
class Described:
    """A recipe, its graph and its class space.

    Args:
        recipe: with what overrides it.
        ontology: as read.
        graph: of it.
        space: of it.
    """

    recipe: Recipe
    ontology: Ontology
    graph: ClassGraph
    space: ClassSpace

    def trained_on(self, features: FeatureSet) -> Material:
        """Return material whose seen classifiers are fitted on labelled inputs, and on no others.

        Args:
            features: labels are IRIs.

        Raises:
            FeatureError: inputs of fewer than two classes.
        """
        seen = fit_layer(features, self.recipe.learner.seed)
        return Material(self.recipe, tuple(self.recipe.sources), self.ontology, self.graph, self.space, seen, features,
                        True)  # fmt: skip


def described(
    recipe: Recipe, learner: str | None = None, seed: int | None = None, progress: Progress | None = None
) -> Described:
    """Read what a recipe describes.

    Args:
        recipe: its seen classifiers are not read.
        learner: instead of the recipe's, with its own defaults.
        seed: of the learner, instead of the recipe's.
        progress: called with (stage, done, total).
    """
    recipe = overridden(recipe, learner, None, seed)
    ontology, space = read(recipe, recipe.sources, progress)
    return Described(recipe, ontology, space.graph, space)
