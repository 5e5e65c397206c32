"""Heads fitted on generated inputs, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from kgzsl.learners.generative.heads import discriminants, precision, softmax_rows
from kgzsl.learners.generative.standard import components, standard


def blobs(classes=4, each=9, width=5, seed=0):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(classes), each)
    return rng.normal(size=(classes, width))[y] + 0.7 * rng.normal(size=(len(y), width)), y


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
def test_rows_are_those_of_linear_discriminant_analysis(shrinkage):
    X, y = blobs()
    means = np.stack([X[y == k].mean(axis=0) for k in range(4)])
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(X, y)
    rows = discriminants(means, precision(X, y, shrinkage))
    freedom = (len(X) - 4) / len(X)  # theirs divides by n
    assert np.allclose(rows[:, :-1], freedom * theirs.coef_, atol=1e-6)
    assert np.allclose(rows[:, -1], freedom * (theirs.intercept_ - np.log(1 / 4)), atol=1e-6)


@given(st.integers(0, 1000), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_a_row_depends_on_its_own_mean_alone(seed, k):
    rng = np.random.default_rng(seed)
    means, inverse = rng.normal(size=(4, 5)), precision(*blobs(seed=seed), 0.2)
    assert np.allclose(discriminants(means, inverse)[k], discriminants(means[k : k + 1], inverse)[0], atol=1e-12)


def test_one_input_a_class_says_nothing_of_their_spread():
    X = np.random.default_rng(0).normal(size=(6, 5))
    assert np.array_equal(precision(X, np.arange(6), 0.1), np.eye(5))


def test_the_softmax_is_that_of_scikit_learn():
    X, y = blobs()
    X, y = X[5:], y[5:]  # classes of different sizes
    share = 1 / (4 * np.bincount(y)[y])
    theirs = LogisticRegression(C=1 / 0.01, fit_intercept=False, tol=1e-8, max_iter=2000)
    theirs.fit(np.hstack([X, np.ones((len(X), 1))]), y, sample_weight=share)
    assert np.allclose(softmax_rows(X, y, 4, 0.01), theirs.coef_, atol=2e-3)


def test_the_softmax_does_not_care_which_class_is_which():
    X, y = blobs()
    order = np.array([2, 0, 3, 1])
    assert np.allclose(softmax_rows(X, order[y], 4, 0.01)[order], softmax_rows(X, y, 4, 0.01), atol=2e-3)


def test_components_have_a_mean_variance_of_one_and_are_uncorrelated():
    X = np.random.default_rng(0).normal(size=(200, 6)) @ np.diag([9, 5, 3, 1, 0.5, 0]) + 4
    to = components(X, 10)
    Z = X @ to[:-1] + to[-1]
    covariance = np.cov(Z.T, bias=True)
    assert Z.shape[1] == 5, "one direction is empty"
    assert np.allclose(Z.mean(axis=0), 0, atol=1e-4)
    assert np.isclose(np.trace(covariance), 5, rtol=1e-3)
    assert np.allclose(covariance, np.diag(np.diag(covariance)), atol=1e-3)
    loud = np.linalg.eigvalsh(np.cov(X.T))
    assert np.isclose(covariance[0, 0] / covariance[1, 1], np.sqrt(loud[-1] / loud[-2]), rtol=1e-3)


def test_standard_vectors_have_unit_variance():
    S = np.random.default_rng(0).normal(size=(9, 4)) * 3 + 2
    mean, scale = standard(S)
    assert np.isclose(np.square((S - mean) * scale).mean(), 1)
    assert standard(np.ones((3, 2)))[1] == 1.0
