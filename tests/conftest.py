import os
import warnings
from pathlib import Path

import pytest

os.environ.setdefault("TQDM_DISABLE", "1")
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def photos():
    from kgzsl import load_features

    return load_features(ROOT / "graphs/objects/caltech101_lite0_int8_demo.npz")


@pytest.fixture(scope="session")
def engine():
    """The bundled default, trained; do not update it."""
    import kgzsl

    return kgzsl.train(ROOT / "graphs/objects.toml")


@pytest.fixture(scope="session")
def bundle(engine, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "objects.kgzsl"
    engine.save(path)
    return path


@pytest.fixture
def small(tmp_path):
    """A small engine over a file of its own: (engine, ontology path, features)."""
    return small_engine(tmp_path)


def small_engine(tmp_path, learner="kernel"):
    import kgzsl
    from kgzsl import testing
    from kgzsl.graph import build_graph
    from kgzsl.graph.recipe import Resolving
    from kgzsl.learners.catalogue import learner_class

    path = tmp_path / "animals.ttl"
    table = (ROOT / "ontologies/animals-attributes.csv").read_text()
    path.write_text((ROOT / "ontologies/animals.ttl").read_text())
    (tmp_path / "animals.csv").write_text(table)
    sources = [str(path), str(tmp_path / "animals.csv")]
    graph = build_graph(kgzsl.read_ontology(sources))
    attributes = sum(concept.kind == "attribute" for concept in graph.concepts.values())
    width = attributes if learner_class(learner).one_space else 64
    features = testing.synthetic_features(graph, per_class=12, width=width)
    recipe = testing.recipe_of(path, ontologies=sources, resolver=Resolving(folds=2))  # each fold is a training
    held = sorted(set(features.labels))[::5]
    rows = [k for k, label in enumerate(features.labels) if label not in held]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = kgzsl.train(recipe, features.X[rows], [features.labels[k] for k in rows], learner=learner,
                           options=testing.QUICK.get(learner))  # fmt: skip
    return made, path, features
