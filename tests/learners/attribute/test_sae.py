"""SAE against SciPy's solver of Sylvester equations and a dense solve of the Kronecker system."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from kgzsl.arrays import unit_rows
from kgzsl.learners.attribute.sae import autoencoder
from kgzsl.learners.catalogue import make_learner
from kgzsl.testing import check_recovers
from kgzsl.testing.recovery import synthetic_problem


def matrices(n, d, e, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(n, e))


@given(st.integers(0, 1000), st.floats(0.01, 100), st.integers(2, 5), st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_it_solves_the_sylvester_equation(seed, lambda_, d, e):
    X, S = matrices(20, d, e, seed)
    A, B, C = S.T @ S, lambda_ * X.T @ X, (1 + lambda_) * S.T @ X
    dense = np.linalg.solve(np.kron(A, np.eye(d)) + np.kron(np.eye(e), B.T), C.ravel()).reshape(e, d)
    found = autoencoder(X, S, lambda_)
    assert np.allclose(found, dense, atol=1e-8)
    assert np.allclose(found, linalg.solve_sylvester(A, B, C), atol=1e-8)


@given(st.integers(0, 1000), st.integers(2, 5))
@settings(max_examples=20, deadline=None)
def test_of_many_solutions_it_is_the_shortest(seed, n):
    """Fewer inputs than features and attributes: the equation leaves W open, and least squares says the rest."""
    X, S = matrices(n, 7, 6, seed)
    A, B, C = S.T @ S, 0.5 * X.T @ X, 1.5 * S.T @ X
    system = np.kron(A, np.eye(7)) + np.kron(np.eye(6), B.T)
    shortest = np.linalg.lstsq(system, C.ravel(), rcond=1e-10)[0].reshape(6, 7)
    assert np.allclose(autoencoder(X, S, 0.5), shortest, atol=1e-6)


def test_it_minimises_what_it_says():
    X, S = matrices(30, 4, 3, 1)
    W = autoencoder(X, S, 0.7)

    def cost(W):
        return np.sum((X - S @ W) ** 2) + 0.7 * np.sum((X @ W.T - S) ** 2)

    steps = np.random.default_rng(2).normal(size=(20, 3, 4))
    assert all(cost(W + 1e-3 * step) > cost(W) for step in steps)


@pytest.mark.parametrize("direction", ["encode", "decode"])
def test_scores_are_cosines_in_one_space_or_the_other(direction):
    problem = synthetic_problem(seen=12, unseen=4, attributes=5, per_class=5)
    learner = make_learner("sae", {"direction": direction, "lambda_": 2.0})
    found = learner.fit(problem.space, problem.seen, problem.features).classifiers(problem.space).scores(problem.X)
    center, vectors = problem.features.X.mean(axis=0), problem.space.vectors[problem.space.class_rows]
    X, Z = unit_rows(problem.features.X - center), unit_rows(problem.X - center)
    S = np.repeat(vectors[:12], 5, axis=0)
    W = autoencoder(X, S - S.mean(axis=0), 2.0)
    codes = vectors - S.mean(axis=0)
    wanted = unit_rows(Z @ W.T) @ unit_rows(codes).T if direction == "encode" else Z @ unit_rows(codes @ W).T
    assert np.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("direction", ["encode", "decode"])
def test_unseen_classes_are_found_and_not_by_attributes_of_others(direction):
    check_recovers("sae", {"direction": direction})
