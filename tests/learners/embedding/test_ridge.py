"""The forward map against scikit-learn's ridge regression."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from kgzsl.arrays import unit_rows
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.embedding.regression import ridge_map
from kgzsl.testing.recovery import check_recovers, synthetic_problem


@pytest.fixture(scope="module")
def problem():
    return synthetic_problem(seen=12, unseen=4, per_class=6)


def given_to(problem):
    """Inputs as learners read them, and the class vector of each."""
    index = problem.space.graph.index
    X = unit_rows(problem.features.X - problem.features.X.mean(axis=0))
    return X, problem.space.vectors[[index[label] for label in problem.features.labels]]


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 12), st.floats(1e-3, 1e3))
def test_the_map_is_that_of_scikit_learn(seed, n, d, ridge):
    """With fewer rows than columns, and with more; with rows that count more than once."""
    rng = np.random.default_rng(seed)
    X, Y, counts = rng.normal(size=(n, d)), rng.normal(size=(n, 3)), rng.integers(1, 5, n)
    whole, wanted = np.repeat(X, counts, axis=0), np.repeat(Y, counts, axis=0)
    alpha = ridge * np.square(whole - whole.mean(axis=0)).sum() / min(n, d)
    expected = Ridge(alpha).fit(whole, wanted)
    found = ridge_map(X, Y, ridge, counts)
    assert np.allclose(found[:-1], expected.coef_.T, atol=1e-7)
    assert np.allclose(found[-1], expected.intercept_, atol=1e-7)


def test_the_ridge_means_the_same_at_any_scale_and_number():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(9, 4)), rng.normal(size=(9, 2))
    once = ridge_map(X, Y, 0.3)
    assert np.allclose(ridge_map(np.tile(X, (5, 1)), np.tile(Y, (5, 1)), 0.3), once)
    assert np.allclose(ridge_map(100 * X, Y, 0.3)[:-1] * 100, once[:-1])


def test_constant_inputs_give_the_mean():
    found = ridge_map(np.ones((5, 3)), np.arange(10.0).reshape(5, 2), 1.0)
    assert np.allclose(np.ones((1, 3)) @ found[:-1] + found[-1], [[4, 5]])


@pytest.mark.parametrize("centre", [True, False])
def test_scores_are_cosines_of_what_scikit_learn_predicts(problem, centre):
    X, targets = given_to(problem)
    vectors = problem.space.vectors[problem.space.class_rows]
    if centre:
        middle = targets.reshape(12, 6, -1)[:, 0].mean(axis=0)
        targets, vectors = unit_rows(targets - middle), unit_rows(vectors - middle)
    alpha = 0.5 * np.square(X - X.mean(axis=0)).sum() / X.shape[1]
    predicted = Ridge(alpha).fit(X, targets).predict(unit_rows(problem.X - problem.features.X.mean(axis=0)))
    learner = make_learner("ridge", {"ridge": 0.5, "centre": centre})
    bank = learner.fit(problem.space, problem.seen, problem.features).classifiers(problem.space)
    assert np.allclose(bank.scores(problem.X), unit_rows(predicted) @ vectors.T, atol=1e-5)


def test_unseen_classes_are_found_and_not_without_descriptions():
    check_recovers("ridge")
