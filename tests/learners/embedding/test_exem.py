"""Exemplars: against scikit-learn, and on a problem whose answer is known."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from kgzsl import testing
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.whitening import whitening


@pytest.fixture(scope="module")
def problem():
    return testing.synthetic_problem()


def fitted(problem, **options):
    return make_learner("exem", options).fit(problem.space, problem.seen, problem.features)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_rows_are_those_of_kernel_ridge_regression_on_whitened_means(problem):
    learner = fitted(problem, power=0.5, width=0.8, ridge=0.2, shrink=0.4, own=0.0)
    X = problem.features.X - problem.features.X.mean(axis=0)
    labels = np.array(problem.features.labels)
    within = sum(np.cov(X[labels == iri].T, bias=True) * (labels == iri).sum() for iri in problem.seen.ids) / len(X)
    values, vectors = np.linalg.eigh(0.6 * within + 0.4 * np.trace(within) / len(within) * np.eye(len(within)))
    Z = unit(X @ vectors @ np.diag(values**-0.5) @ vectors.T)
    exemplars = np.stack([Z[labels == iri].mean(axis=0) for iri in problem.seen.ids])
    space = problem.space
    seen = space.vectors[[space.graph.index[iri] for iri in problem.seen.ids]] ** 0.5
    everything = space.vectors[space.class_rows] ** 0.5
    V, C = unit(seen - seen.mean(axis=0)), unit(everything - seen.mean(axis=0))
    model = KernelRidge(alpha=0.2, kernel="rbf", gamma=1 / (2 * 0.8**2)).fit(V, exemplars)
    assert np.abs(learner.classifiers(space).weights - unit(model.predict(C))).max() < 1e-4


def test_inputs_are_white_within_classes_without_shrinking(problem):
    X, y = problem.features.X, np.unique(problem.features.labels, return_inverse=True)[1]
    white = (X - X.mean(axis=0)) @ whitening(X - X.mean(axis=0), y, 1e-9)
    means = np.stack([white[y == k].mean(axis=0) for k in range(y.max() + 1)])
    rest = white - means[y]
    assert np.allclose(rest.T @ rest / len(rest), np.eye(rest.shape[1]), atol=1e-3)


def test_unseen_classes_are_found_and_not_by_attributes_of_others():
    testing.check_recovers("exem")


def test_a_seen_class_holds_its_own_exemplar_in_the_share_that_is_asked_for(problem):
    alone, none, half = (fitted(problem, own=share) for share in (1.0, 0.0, 0.5))
    rows = [learner.classifiers(problem.space) for learner in (alone, none, half)]
    at = rows[0].rows(problem.seen.ids)
    assert np.allclose(rows[0].weights[at], unit(alone.exemplars), atol=1e-6)
    assert np.allclose(rows[2].weights[at], unit(rows[0].weights[at] + rows[1].weights[at]), atol=1e-5)
    assert alone.given(problem.seen.ids[0])
    assert not none.given(problem.seen.ids[0])
    unseen = rows[0].rows(problem.unseen)
    assert np.array_equal(rows[0].weights[unseen], rows[1].weights[unseen])


def test_without_two_inputs_of_a_class_the_total_covariance_whitens(problem):
    learner = make_learner("exem").fit(problem.space, problem.seen, None)
    bank = learner.classifiers(problem.space)
    assert learner.inputs.center is None
    assert np.isfinite(bank.scores(problem.X)).all()
