"""Closed forms against the same formula computed another way."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from scipy import linalg
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import Ridge

from kgzsl.arrays import unit_rows
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.learners.catalogue import make_learner
from tests.learners.worlds import PART, SEEN, bank_of, space_of, tree
from tests.propagation.test_operators import affinity, expected, inheriting, scaled, symmetric

BOTH = {SUBCLASS: 1.0, PART: 0.5}
CLOSED = ["kernel", "sgc", "laplacian", "ppr", "absorb", "nearest"]


@pytest.fixture(scope="module")
def space():
    return space_of(tree())


def seen_rows():
    weights = bank_of().weights
    return unit_rows(weights - weights.mean(axis=0))


def at(space):
    return [space.graph.index[iri] for iri in SEEN]


def described(space, decay):
    return unit_rows(inheriting(space, decay) @ space.vectors).astype(np.float64)


def assert_bank(learner, space, rows):
    """Unit rows of these, seen ones as given."""
    wanted = unit_rows(rows)
    wanted[at(space)] = seen_rows()
    found = learner.fit(space, bank_of()).classifiers(space).weights
    assert np.abs(found - wanted[space.class_rows]).max() < 1e-5


@pytest.mark.parametrize("name", CLOSED)
def test_seen_classes_keep_the_rows_that_they_were_given(name, space):
    bank = make_learner(name).fit(space, bank_of()).classifiers(space)
    assert np.array_equal(bank.weights[bank.rows(SEEN)], seen_rows())
    assert tuple(np.array(bank.ids)[bank.seen]) == SEEN


def test_kernel_is_the_mean_of_a_gaussian_process(space):
    mixed = described(space, 0.5)
    process = GaussianProcessRegressor(RBF(np.sqrt(0.2)), alpha=0.3, optimizer=None).fit(mixed[at(space)], seen_rows())
    assert_bank(make_learner("kernel", {"decay": 0.5, "width": 0.2, "ridge": 0.3}), space, process.predict(mixed))


@pytest.mark.parametrize("name", ["kernel", "sgc", "laplacian"])
def test_left_out_is_what_a_refit_without_the_classes_gives(name, space):
    learner = make_learner(name).fit(space, bank_of())
    for start in range(3):
        hidden, rest = SEEN[start::3], tuple(iri for k, iri in enumerate(SEEN) if k % 3 != start)
        other = make_learner(name).fit(space, bank_of(rest))
        rows = learner.rows[[learner.seen_row[iri] for iri in rest]]
        bank = other.restore(rest, None, {**other.state(), "rows": rows}).classifiers(space)
        assert np.allclose(bank.weights[bank.rows(hidden)], unit_rows(learner.left_out(space, hidden)), atol=1e-5)


def test_each_left_out_alone(space):
    learner = make_learner("kernel").fit(space, bank_of())
    for left, iri in zip(learner.each_left_out(), SEEN, strict=True):
        assert np.allclose(learner.left_out(space, [iri])[0], left, atol=1e-6)


@pytest.mark.parametrize("normalisation", ["row", "symmetric", "parents"])
@pytest.mark.parametrize("hops", [0, 1, 3])
def test_sgc_is_ridge_regression_on_smoothed_descriptions(normalisation, hops, space):
    smooth = np.linalg.matrix_power(expected(normalisation, space), hops) @ described(space, 0.5)
    ridge = Ridge(0.3, fit_intercept=False).fit(smooth[at(space)], seen_rows())
    learner = make_learner("sgc", {"hops": hops, "normalisation": normalisation, "ridge": 0.3, "decay": 0.5})
    assert_bank(learner, space, ridge.predict(smooth))


def kriged(space, kernel, semantic):
    """Rows under the kernel of the graph, inverted or exponentiated as a dense matrix."""
    laplacian = np.eye(len(space.graph)) - symmetric(space)
    graph = linalg.inv(np.eye(len(laplacian)) + 2 * laplacian) if kernel == "laplacian" else linalg.expm(-2 * laplacian)
    gram = (graph / np.sqrt(np.outer(graph.diagonal(), graph.diagonal()))) ** 0.5
    mixed, seen = described(space, 0.5), at(space)
    gram = gram * np.exp((mixed @ mixed.T - 1) / 0.4) if semantic else gram
    return gram[:, seen] @ linalg.solve(gram[np.ix_(seen, seen)] + 0.3 * np.eye(len(seen)), seen_rows())


KRIGING = {"reach": 2.0, "power": 0.5, "width": 0.4, "ridge": 0.3, "decay": 0.5}


@pytest.mark.parametrize("semantic", [True, False])
@pytest.mark.parametrize("kernel", ["laplacian", "diffusion"])
def test_laplacian_is_kriging_under_the_kernel_of_the_graph(kernel, semantic):
    space = space_of(tree(), BOTH)
    learner = make_learner("laplacian", {**KRIGING, "kernel": kernel, "semantic": semantic})
    assert_bank(learner, space, kriged(space, kernel, semantic))


def test_laplacian_of_a_graph_with_a_loop():
    world = tree()
    space = space_of(replace(world, edges={**world.edges, ("n04", PART, "n04"): 4.0}), BOTH)
    assert_bank(make_learner("laplacian", KRIGING), space, kriged(space, "laplacian", True))


def test_ppr_is_the_pagerank_of_walks_that_restart_at_the_class(space):
    graph = nx.DiGraph(scaled(affinity(space) + np.eye(len(space.graph))))
    ranks = [nx.pagerank(graph, alpha=0.7, personalization={k: 1.0}, tol=1e-12, max_iter=1000) for k in graph]
    ends = np.array([[rank[k] for k in at(space)] for rank in ranks])
    assert_bank(make_learner("ppr", {"restart": 0.3}), space, ends @ seen_rows())


def test_ppr_of_many_steps_is_its_limit(space):
    limit = make_learner("ppr", {"restart": 0.3}).fit(space, bank_of()).classifiers(space).weights
    gaps = [np.abs(make_learner("ppr", {"restart": 0.3, "steps": n}).fit(space, bank_of()).classifiers(space).weights
                   - limit).max() for n in (4, 60)]  # fmt: skip
    assert gaps[0] > 1e-3
    assert gaps[1] < 1e-6


def near(mixed, anchors, width, ridge, rounds=20000):
    """Non-negative kriging by projected gradients; rows of sum one."""
    gram = np.exp((anchors @ anchors.T - 1) / width) + ridge * np.eye(len(anchors))
    wanted, found = np.exp((mixed @ anchors.T - 1) / width), np.zeros((len(mixed), len(anchors)))
    for _ in range(rounds):
        found = np.maximum(found - (found @ gram - wanted) / np.linalg.norm(gram, 2), 0)
    return found / found.sum(axis=1, keepdims=True)


def walks(space, options):
    """Steps among concepts without a classifier, to seen ones, by meaning, and the chance to take a relation."""
    mixed, seen = described(space, options["decay"]), at(space)
    steps, ends = scaled(affinity(space)), near(mixed, mixed[seen], options["width"], options["ridge"])
    moves = np.where(steps.any(axis=1), options["hierarchy"], 0)[:, None]
    free = np.setdiff1d(np.arange(len(steps)), seen)
    among, to = np.zeros_like(steps), np.zeros((len(steps), len(seen)))
    among[:, free], to[:] = steps[:, free], steps[:, seen]
    return moves * among, moves * to + (1 - moves) * ends, ends


ABSORB = {"hierarchy": 0.4, "width": 0.3, "ridge": 0.3, "decay": 0.3, "neighbours": 40, "keep": 40}


def test_absorb_ends_where_bounded_walks_end(space):
    among, absorbed, chances = walks(space, ABSORB)
    for _ in range(3):
        chances = among @ chances + absorbed
    assert_bank(make_learner("absorb", {**ABSORB, "steps": 3}), space, chances @ seen_rows())


def test_absorb_keeps_the_likeliest_ends_only(space):
    among, absorbed, chances = walks(space, ABSORB)
    chances = among @ chances + absorbed
    chances[chances < np.sort(chances, axis=1)[:, -3:][:, :1]] = 0
    assert_bank(make_learner("absorb", {**ABSORB, "steps": 1, "keep": 3}), space, chances @ seen_rows())


def test_absorb_of_many_steps_solves_the_linear_system():
    space, options = space_of(tree()), {**ABSORB, "hierarchy": 0.1}
    among, absorbed, _ = walks(space, options)
    rows = linalg.solve(np.eye(len(among)) - among, absorbed) @ seen_rows()
    assert_bank(make_learner("absorb", {**options, "steps": 8}), space, rows)
