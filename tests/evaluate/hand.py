"""Problems made by hand, for tests of what is done with them."""

import numpy as np

import kgzsl
from kgzsl import testing
from kgzsl.evaluate.problem import Problem, Task
from kgzsl.graph import build_graph
from kgzsl.graph.recipe import Learning
from kgzsl.training import read_material
from tests.conftest import ROOT


def animals(per_class=16, seed=0, **changes):
    """Animals by synthetic features: every fifth class is unseen."""
    sources = [ROOT / "ontologies/animals.ttl", ROOT / "ontologies/animals-attributes.csv"]
    graph = build_graph(kgzsl.read_ontology(sources))
    features = testing.synthetic_features(graph, per_class=per_class, noise=1.2, seed=seed)
    labels = np.array(features.labels)
    unseen = tuple(sorted(set(labels))[::5])
    test = np.isin(labels, unseen) | (np.arange(len(labels)) % 2 == 0)
    recipe = testing.recipe_of(sources[0], ontologies=[str(path) for path in sources], learner=Learning(name="kernel"))
    material = read_material(recipe, features.X[~test], list(labels[~test]))
    seen = tuple(sorted(set(labels) - set(unseen)))
    tasks = (Task("zero-shot", unseen, unseen, ks=(1, 2, 5)),
             Task("generalised", (*unseen, *seen), (*unseen, *seen), True, ks=(1, 5)))  # fmt: skip
    about = {"strata": {"first": unseen[:3]}, "tasks": tasks} | changes
    return Problem("hand", "animals", material, features.take(np.flatnonzero(test)), unseen, seen, **about)
