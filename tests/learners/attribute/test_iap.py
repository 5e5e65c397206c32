"""IAP against its sums and products, written out."""

from dataclasses import replace

import numpy as np
import pytest

from kgzsl.arrays import softmax, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.layers import fit_layer
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.embedding.lengths import for_lengths
from kgzsl.testing.recovery import hits, synthetic_problem


def by_product(problem, prior):
    """log p(z|x) of every class, up to what all share: through classes, then attribute by attribute."""
    rows = problem.space.vectors[problem.space.class_rows].astype(np.float64)
    has = (rows > rows[: len(problem.seen)].mean(axis=0)).astype(float)
    seen = has[: len(problem.seen)]
    p = softmax(problem.X @ problem.seen.weights.T + problem.seen.bias) @ seen
    p = np.clip(p, 1e-6, 1 - 1e-6)
    share = seen.mean(axis=0) if prior == "classes" else np.full(len(has.T), 0.5)
    return np.log(p / share) @ has.T + np.log((1 - p) / (1 - share)) @ (1 - has.T)


@pytest.mark.parametrize("prior", ["classes", "even"])
def test_the_bank_is_the_product_over_attributes_up_to_what_all_classes_share(prior):
    problem = biased(synthetic_problem(seen=16, unseen=6, attributes=6, per_class=4), 0.3)
    learner = make_learner("iap", {"prior": prior}).fit(problem.space, problem.seen)
    gap = learner.classifiers(problem.space).scores(problem.X) - by_product(problem, prior)
    assert np.abs(gap - gap.mean(axis=1, keepdims=True)).max() < 1e-3


def biased(problem, scale):
    """The same with a layer that has a bias and is not too sure."""
    bias = np.random.default_rng(3).normal(size=len(problem.seen)).astype(np.float32)
    layer = ClassifierBank(problem.seen.ids, scale * problem.seen.weights, bias, problem.seen.seen, metric="dot")
    return type(problem)(problem.space, layer, problem.features, problem.unseen, problem.X, problem.y)


@pytest.mark.parametrize("length", [1.0, 40.0])
def test_labels_tell_that_a_layer_was_fitted_on_inputs_of_unit_length(length):
    problem = synthetic_problem(seen=12, unseen=2, per_class=10, noise=2.0)
    unit = replace(problem.features, X=unit_rows(problem.features.X))
    fitted = fit_layer(unit)
    layer = np.column_stack([fitted.weights, fitted.bias])
    found = for_lengths(layer, fitted.ids, replace(unit, X=length * unit.X))
    assert np.allclose(found[:, :-1], layer[:, :-1] / length, rtol=1e-5)
    assert np.array_equal(found[:, -1], layer[:, -1])


def test_labels_tell_that_a_layer_reads_inputs_as_they_are():
    problem = synthetic_problem(seen=12, unseen=2, per_class=10, noise=2.0)
    fitted = fit_layer(problem.features)
    long = replace(problem.features, X=40 * unit_rows(problem.features.X))
    layer = np.column_stack([fitted.weights / 40, fitted.bias])
    assert for_lengths(layer, fitted.ids, long) is layer


def test_a_layer_without_labelled_inputs_is_taken_as_it_is():
    layer = np.ones((3, 5), np.float32)
    assert for_lengths(layer, ("a", "b", "c"), None) is layer


def test_unseen_classes_are_found_and_not_by_attributes_of_others():
    """Means make a layer with these biases: the discriminant of Gaussians of one width."""
    problem = synthetic_problem(seen=80)
    weights = problem.seen.weights / 4
    layer = ClassifierBank(problem.seen.ids, weights, -2 * (weights**2).sum(axis=1), problem.seen.seen, metric="dot")
    made = type(problem)(problem.space, layer, problem.features, problem.unseen, problem.X, problem.y)
    assert hits("iap", made) > 0.5
    assert hits("iap", made.shuffled()) < 0.35, "chance is 0.1"
