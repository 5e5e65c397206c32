"""The reverse map against scikit-learn's, and against the forward one in how many hubs there are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from kgzsl.arrays import unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.graph.classgraph import ClassGraph, Concept
from kgzsl.learners.catalogue import make_learner
from kgzsl.metrics import hubness
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.space import build_space
from kgzsl.testing.recovery import check_recovers, synthetic_problem
from tests.learners.embedding.test_ridge import given_to

CUB = Path(__file__).resolve().parents[3] / "shared/data/cub/cub_resnet_logits1000_f16.npz"
metrics = pytest.mark.parametrize("metric", ["cosine", "euclid"])


@pytest.fixture(scope="module")
def problem():
    return synthetic_problem(seen=12, unseen=4, per_class=6)


def prototypes(problem):
    """What scikit-learn predicts for every class, from one row an input."""
    X, given = given_to(problem)
    middle = given.reshape(12, 6, -1)[:, 0].mean(axis=0)
    given, vectors = unit_rows(given - middle), unit_rows(problem.space.vectors[problem.space.class_rows] - middle)
    classes = 12
    alpha = 0.5 * np.square(given - given.mean(axis=0)).sum() / min(classes, given.shape[1])
    return Ridge(alpha).fit(given, X).predict(vectors)


@metrics
def test_answers_are_the_nearest_prototypes_of_scikit_learn(problem, metric):
    where, X = prototypes(problem), unit_rows(problem.X - problem.features.X.mean(axis=0))
    learner = make_learner("reverse", {"ridge": 0.5, "metric": metric})
    bank = learner.fit(problem.space, problem.seen, problem.features).classifiers(problem.space)
    found = bank.scores(problem.X)
    if metric == "cosine":
        assert np.allclose(found, X @ unit_rows(where).T, atol=1e-5)
    else:
        far = np.square(X[:, None] - where[None]).sum(axis=2)
        assert np.allclose(found, (1 - far) / 2, atol=1e-5), "half of what the squared distance lacks to the length"


@metrics
def test_unseen_classes_are_found_and_not_without_descriptions(metric):
    check_recovers("reverse", {"metric": metric})


@metrics
def test_a_class_that_nothing_describes_is_where_the_mean_is(problem, metric):
    """Its row is finite, and it scores no less than what it knows: nothing."""
    vectors = problem.space.vectors.copy()
    vectors[problem.space.class_rows[-1]] = 0
    space = replace(problem.space, vectors=vectors)
    learner = make_learner("reverse", {"metric": metric}).fit(space, problem.seen, problem.features)
    bank = learner.classifiers(space)
    assert np.isfinite(bank.weights).all()
    assert bank.input_map.constant == (metric == "euclid")


@pytest.fixture(scope="module")
def birds():
    """CUB's seen inputs with their labels, a bank of class means, the space of attributes, and unseen inputs."""
    if not CUB.is_file():
        pytest.skip(f"needs {CUB}")
    with np.load(CUB, allow_pickle=False) as file:
        names = tuple(str(name) for name in file["classes"])
        train, test, y = file["trainval_loc"], file["test_unseen_loc"], file["y"].astype(int)
        X, rows = file["X"], file["att"].astype(np.float32)
        fitted, asked = X[train].astype(np.float32), X[test].astype(np.float32)

    class Table:
        def vectors(self, graph):
            return rows, np.ones(len(rows), bool)

    graph = ClassGraph({n: Concept(n, "class", n, ()) for n in names}, (), (), "cub", Ontology(()))
    seen = np.unique(y[train])
    means = np.stack([fitted[y[train] == k].mean(axis=0) for k in seen])
    bank = ClassifierBank(tuple(names[k] for k in seen), means, np.zeros(len(seen), np.float32),
                          np.ones(len(seen), bool), metric="dot")  # fmt: skip
    features = FeatureSet(fitted, tuple(names[k] for k in y[train]))
    space = build_space(graph, {"subClassOf": 1.0}, Table())
    return space, bank, features, asked, [names[k] for k in np.unique(y[test])]


def skewness(birds, among, centre):
    """Of N_10 over inputs of unseen classes, by learner; ``among`` are the candidates."""
    space, bank, features, X, unseen = birds
    found = {}
    for name in ("ridge", "reverse"):
        learner = make_learner(name, {"centre": centre}).fit(space, bank, features)
        classifiers = learner.classifiers(space)
        rows = classifiers.rows(unseen if among == "unseen" else classifiers.ids)
        found[name] = hubness(classifiers.scores(X, rows), 10)
    return found


@pytest.mark.parametrize("among", ["unseen", "all"])
def test_the_reverse_map_has_fewer_hubs_among_birds(birds, among):
    """As Shigeto et al. 2015 found on their data: N_10 is less skewed the other way round.

    Class vectors are as published, not centred. Measured: 1.19 against 0.19 among the 50 unseen, 1.50 against 1.24
    among all 200.
    """
    found = skewness(birds, among, centre=False)
    assert found["reverse"] < found["ridge"] - 0.1


def test_centring_class_vectors_lessens_the_hubs_of_the_forward_map(birds):
    """Among the 50 unseen none are left for the reverse map to lessen; among all 200 some are."""
    assert skewness(birds, "unseen", centre=True)["ridge"] < 0.3
    found = skewness(birds, "all", centre=True)
    assert found["reverse"] < found["ridge"] - 0.1
