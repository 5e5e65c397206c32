"""Calibration error, log loss and Brier score against scikit-learn and cases by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from kgzsl.errors import EvaluationError
from kgzsl.metrics import brier, class_weights, log_loss, reliability


def drawn(seed, n=60, classes=4):
    """Return log-probabilities and classes."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, classes)) * 2
    y = np.concatenate([np.arange(classes), rng.integers(classes, size=n - classes)])
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), y


@given(st.integers(0, 2**20))
def test_log_loss_and_brier_are_those_of_scikit_learn(seed):
    logs, y = drawn(seed)
    p = np.exp(logs)
    assert log_loss(logs, y) == pytest.approx(sklearn_log_loss(y, p))
    assert brier(logs, y) == pytest.approx(brier_score_loss(y, p, labels=range(4), scale_by_half=False))
    weights = class_weights(y)
    assert log_loss(logs, y, weights) == pytest.approx(sklearn_log_loss(y, p, sample_weight=weights))


def test_brier_of_two_classes_is_twice_that_of_one():
    p, y = np.array([0.2, 0.7, 0.9]), np.array([0, 1, 1])
    assert brier(np.log(np.column_stack([1 - p, p])), y) == pytest.approx(2 * brier_score_loss(y, p))


def test_a_case_by_hand():
    found = reliability(np.array([0.2, 0.2, 0.9, 0.9]), np.array([0, 1, 1, 1]), bins=2, mass=False)
    assert found.confidence.tolist() == pytest.approx([0.2, 0.9])
    assert found.accuracy.tolist() == [0.5, 1.0]
    assert found.count.tolist() == [2, 2]
    assert found.weight.tolist() == [0.5, 0.5]
    assert found.ece == pytest.approx(0.5 * 0.3 + 0.5 * 0.1)
    assert found.mce == pytest.approx(0.3)


def test_bins_of_equal_mass_have_equally_many_answers():
    confidence = np.random.default_rng(0).random(1000) ** 3
    found = reliability(confidence, confidence > 0.5, bins=10)
    assert found.count.tolist() == [100] * 10
    assert found.weight.sum() == pytest.approx(1)
    assert (np.diff(found.confidence) > 0).all()


def test_equal_confidences_stay_together():
    found = reliability(np.full(50, 0.4), np.arange(50) < 20)
    assert len(found.count) == 1
    assert found.ece == pytest.approx(0, abs=1e-12)


@given(st.integers(0, 2**20), st.booleans())
def test_errors_are_ordered_and_bounded(seed, mass):
    logs, y = drawn(seed)
    top = np.exp(logs.max(axis=1))
    found = reliability(top, logs.argmax(axis=1) == y, mass=mass)
    assert 0 <= found.debiased_ece <= found.ece + 1e-12 <= found.mce + 2e-12 <= 1 + 2e-12
    assert abs(top.mean() - (logs.argmax(axis=1) == y).mean()) <= found.ece + 1e-9
    assert (found.low <= found.accuracy + 1e-12).all()
    assert (found.accuracy <= found.high + 1e-12).all()


def test_of_true_probabilities_the_debiased_errors_are_nearer_to_zero_than_the_plain_one():
    rng = np.random.default_rng(0)
    plain, less, square = [], [], []
    for _ in range(40):
        p = rng.random(300)
        found = reliability(p, rng.random(300) < p)
        plain.append(found.ece)
        less.append(found.debiased_ece)
        square.append(found.rms**2)
    assert np.mean(plain) > 0.05
    assert np.mean(less) < 0.65 * np.mean(plain)
    assert np.mean(square) < 0.002


def test_of_probabilities_that_are_wrong_the_debiased_error_is_how_wrong():
    rng = np.random.default_rng(1)
    found = []
    for _ in range(20):
        p = 0.3 + 0.5 * rng.random(500)
        found.append(reliability(p, rng.random(500) < p - 0.2))
    assert np.mean([f.debiased_ece for f in found]) == pytest.approx(0.2, abs=0.015)
    assert np.mean([f.rms for f in found]) == pytest.approx(0.2, abs=0.015)


def test_weights_count_as_often_as_repeated_answers():
    rng = np.random.default_rng(2)
    p, right = rng.random(40), rng.random(40) < 0.5
    times = rng.integers(1, 4, 40)
    weighted = reliability(p, right, 5, mass=False, weights=times)
    repeated = reliability(np.repeat(p, times), np.repeat(right, times), 5, mass=False)
    assert weighted.ece == pytest.approx(repeated.ece)
    assert weighted.weight == pytest.approx(repeated.weight)


def test_a_single_answer_has_an_interval_and_no_debiased_error_that_chance_explains():
    found = reliability(np.array([0.5]), np.array([True]))
    assert found.ece == 0.5
    assert found.low[0] < 0.3
    assert found.high[0] == 1.0
    assert found.debiased_ece < found.ece


def test_intervals_are_those_of_wilson():
    found = reliability(np.full(10, 0.5), np.arange(10) < 3)
    assert (found.low[0], found.high[0]) == pytest.approx((0.10779, 0.60322), abs=1e-5)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
def test_refuses_what_is_no_probability(wrong):
    with pytest.raises(EvaluationError, match="no probability") as found:
        reliability(np.array([0.5, wrong]), np.array([True, True]))
    assert found.value.value == pytest.approx(wrong, nan_ok=True)


def test_refuses_no_answers():
    with pytest.raises(EvaluationError, match="no answers"):
        reliability(np.zeros(0), np.zeros(0))
