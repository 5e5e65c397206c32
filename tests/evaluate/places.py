"""A small world in a folder, with labelled inputs, for tests of protocols."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kgzsl import testing
from kgzsl.graph import build_graph
from kgzsl.graph.recipe import Recipe
from kgzsl.ontology import read_ontology

GROUPS, MEMBERS = 4, 3


@dataclass
class Place:
    """A world of 4 kinds with 3 classes each, which have inputs.

    Args:
        folder: where files are written.
        recipe: of the world, without seen classifiers.
        X: inputs. Shape: (n, d).
        y: short names of their classes.
    """

    folder: Path
    recipe: Recipe
    X: np.ndarray
    y: list

    @property
    def classes(self):
        return sorted(set(self.y))

    def rows(self, *names):
        return np.flatnonzero(np.isin(self.y, names))

    def npz(self, name, rows=None, **more):
        rows = np.arange(len(self.y)) if rows is None else rows
        arrays = {"X": self.X[rows], "label": np.array(self.y)[rows]} | more
        np.savez(self.folder / name, **{key: value for key, value in arrays.items() if value is not None})
        return self.folder / name

    def text(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def with_seen(self, rows, **changes):
        """Return the recipe with labelled features of some inputs to fit seen classifiers on."""
        path = self.npz("seen.npz", rows)
        return self.recipe.model_copy(update={"seen": self.recipe.seen.model_copy(
            update={"features": str(path), **changes})})  # fmt: skip


def place(folder, per_class=10):
    path = folder / "world.ttl"
    path.write_text(testing.world(GROUPS, MEMBERS) + testing.attribute_facts(GROUPS, MEMBERS))
    features = testing.synthetic_features(build_graph(read_ontology(path)), per_class=per_class, width=16, noise=0.3)
    return Place(folder, testing.recipe_of(path), features.X, [label.rpartition("/")[2] for label in features.labels])
