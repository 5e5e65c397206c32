"""A small zoo in two files, a taxonomy and a table of attributes, with inputs of all its animals."""

import warnings

import numpy as np

import kgzsl
from kgzsl import testing
from kgzsl.explain import Setting
from kgzsl.graph import build_graph
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.learners.catalogue import make_learner
from tests.learners import worlds

GROUPS = ("cat", "dog", "bird", "fish")
ATTRIBUTES = ("fur", "claws", "barks", "wings", "fins", "stripes", "large", "loud")
OF_GROUP = {"cat": (0.9, 0.9, 0.0, 0.0, 0.0), "dog": (0.8, 0.4, 0.9, 0.0, 0.0), "bird": (0.1, 0.6, 0.0, 0.9, 0.0),
            "fish": (0.0, 0.0, 0.0, 0.1, 0.9)}  # fmt: skip
OF_MEMBER = ((0.9, 0.1, 0.5), (0.1, 0.9, 0.9), (0.5, 0.9, 0.1), (0.9, 0.9, 0.9))
HELD = ("cat3", "dog3", "bird3", "fish3")
IRI = "http://example.org/"


def write(folder):
    """Write the files and return their paths."""
    taxonomy, table = folder / "zoo.ttl", folder / "zoo.csv"
    blocks = [testing.PREFIXES, testing.block("animal", [])]
    rows = ["class," + ",".join(f"{IRI}{name}" for name in ATTRIBUTES)]
    for group in GROUPS:
        blocks.append(testing.block(group, ["animal"]))
        for k, own in enumerate(OF_MEMBER):
            blocks.append(testing.block(f"{group}{k}", [group]))
            rows.append(f"{IRI}{group}{k}," + ",".join(f"{s:g}" for s in (*OF_GROUP[group], *own)))
    taxonomy.write_text("\n".join(blocks))
    table.write_text("\n".join(rows) + "\n")
    return taxonomy, table


def features(paths, per_class=10, noise=0.5):
    graph = build_graph(kgzsl.read_ontology([str(path) for path in paths]))
    return testing.synthetic_features(graph, per_class=per_class, width=24, noise=noise)


def train(paths, given, learner="kernel", held=HELD):
    """Return an engine over the files, as they are now, that has seen the inputs of all but the held-out animals."""
    recipe = testing.recipe_of(paths[0], ontologies=[str(path) for path in paths])
    rows = [k for k, label in enumerate(given.labels) if label.removeprefix(IRI) not in held]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kgzsl.train(recipe, given.X[rows], [given.labels[k] for k in rows], learner=learner,
                           options=testing.QUICK.get(learner))  # fmt: skip


def of(given, name):
    """Return the inputs of an animal."""
    return given.X[[k for k, label in enumerate(given.labels) if label == IRI + name]]


def drawn(world, learner="kernel"):
    """Return the setting of a world of :mod:`tests.learners.worlds`, every class a candidate."""
    space = worlds.space_of(world)
    bank = worlds.bank_of(tuple(name for name in worlds.SEEN if name in space.graph.class_ids))
    made = make_learner(learner, testing.QUICK.get(learner)).fit(space, bank)
    return Setting(made, space, made.propagate(space), space.graph.class_ids)


def inputs(setting, n, seed=0):
    return np.random.default_rng(seed).normal(size=(n, worlds.WIDTH)).astype(np.float32)


def parents(setting, iri):
    return setting.graph.out(iri, SUBCLASS)
