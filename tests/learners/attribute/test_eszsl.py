"""ESZSL against the dense system that its solution must satisfy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.arrays import unit_rows
from kgzsl.learners.attribute.eszsl import bilinear
from kgzsl.learners.catalogue import make_learner
from kgzsl.testing import check_recovers
from kgzsl.testing.recovery import synthetic_problem


@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(2, 4), st.floats(1e-3, 10), st.floats(1e-3, 10))
@settings(max_examples=40, deadline=None)
def test_it_minimises_the_published_objective(seed, d, e, gamma, lambda_):
    """Least squares over all entries of V at once: |XVSᵀ - Y|² + γ|VSᵀ|² + λ|XV|² + γλ|V|², as one dense system."""
    rng = np.random.default_rng(seed)
    X, S, y = rng.normal(size=(12, d)), rng.normal(size=(4, e)), rng.integers(0, 4, 12)
    Y = np.where(y[:, None] == np.arange(4), 1.0, -1.0)
    g, h = gamma * len(X), lambda_ * len(S)
    blocks = [(np.kron(X, S), Y.ravel()), (np.sqrt(g) * np.kron(np.eye(d), S), 0),
              (np.sqrt(h) * np.kron(X, np.eye(e)), 0), (np.sqrt(g * h) * np.eye(d * e), 0)]  # fmt: skip
    system = np.vstack([block for block, _ in blocks])
    right = np.concatenate([np.broadcast_to(value, len(block)) for block, value in blocks])
    dense = np.linalg.lstsq(system, right, rcond=None)[0].reshape(d, e)
    assert np.allclose(bilinear(X, y, S, gamma, lambda_), dense.T, atol=1e-6)


def test_the_bank_is_the_map_of_descriptions():
    problem = synthetic_problem(seen=10, unseen=4, per_class=5)
    learner = make_learner("eszsl", {"gamma": 0.1, "lambda_": 0.2})
    found = learner.fit(problem.space, problem.seen, problem.features).classifiers(problem.space).scores(problem.X)
    center, vectors = problem.features.X.mean(axis=0), problem.space.vectors[problem.space.class_rows]
    V = bilinear(unit_rows(problem.features.X - center), np.repeat(np.arange(10), 5), vectors[:10], 0.1, 0.2)
    assert np.allclose(found, unit_rows(problem.X - center) @ V.T @ vectors.T, atol=1e-5)


@pytest.mark.parametrize("copies", [2, 5])
def test_regularisers_mean_the_same_for_any_number_of_inputs(copies):
    rng = np.random.default_rng(0)
    X, S, y = rng.normal(size=(12, 5)), rng.normal(size=(4, 3)), np.arange(12) % 4
    once = bilinear(X, y, S, 0.1, 0.1)
    assert np.allclose(bilinear(np.tile(X, (copies, 1)), np.tile(y, copies), S, 0.1, 0.1), once)


def test_unseen_classes_are_found_and_not_by_attributes_of_others():
    check_recovers("eszsl")
