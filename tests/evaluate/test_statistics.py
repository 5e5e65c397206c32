"""Statistics: against scipy and cases by hand; ties, absent classes, one class, nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kgzsl.evaluate import statistics as s
from kgzsl.metrics import by_class, interval

RNG = np.random.default_rng(0)


def test_interval_over_classes_is_that_of_scipy():
    per_class = RNG.random(40)
    found = s.over(per_class, draws=20_000)
    rng = np.random.default_rng(1)
    other = stats.bootstrap((per_class,), np.mean, n_resamples=20_000, method="percentile", rng=rng)
    assert found.value == pytest.approx(per_class.mean())
    assert found.low == pytest.approx(other.confidence_interval.low, abs=0.006)
    assert found.high == pytest.approx(other.confidence_interval.high, abs=0.006)


def test_interval_over_inputs_is_that_of_scipy_for_hits_and_for_numbers():
    for values in ((RNG.random(300) < 0.3).astype(float), RNG.normal(size=120)):
        found = s.over_inputs(values, draws=20_000)
        other = stats.bootstrap((values,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(1))
        assert found.low == pytest.approx(other.confidence_interval.low, abs=0.02)
        assert found.high == pytest.approx(other.confidence_interval.high, abs=0.02)


def test_nested_interval_has_the_spread_of_both_draws():
    """Var of the mean of class means: between classes over C, and within them over C and n."""
    y = np.repeat(np.arange(30), 5)
    values = (RNG.random(150) < np.repeat(RNG.random(30), 5)).astype(float)
    means = by_class(values, y)
    variance = means.var() / 30 + np.mean(means * (1 - means) / 5) / 30
    found = s.over_both(values, y, draws=20_000)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.sqrt(variance), rel=0.05)
    assert found.high - found.low > s.over_classes(values, y).high - s.over_classes(values, y).low


def test_class_means_and_intervals_are_those_of_the_learners_own_metrics():
    y = RNG.integers(7, size=200) * 3
    values = RNG.random(200)
    assert s.class_means(values, y) == pytest.approx(by_class(values, y))
    found, other = s.over_classes(values, y, draws=20_000), interval(by_class(values, y), draws=20_000)
    assert (found.low, found.high) == (pytest.approx(other.low, abs=0.01), pytest.approx(other.high, abs=0.01))


def test_one_class_one_input_and_nothing():
    one = s.over_classes(np.array([1.0, 0.0, 1.0]), np.array([4, 4, 4]))
    assert (one.value, one.low, one.high, one.note) == (2 / 3, 2 / 3, 2 / 3, s.ONE_CLASS)
    nested = s.over_both(np.array([1.0, 0.0, 1.0, 0.0]), np.zeros(4))
    assert nested.low < nested.value < nested.high
    assert "one class" in nested.note
    assert s.over_inputs(np.array([0.5])) == s.Figure(0.5, 0.5, 0.5, s.ONE_INPUT)
    for nothing in (s.over(np.zeros(0)), s.over_classes(np.zeros(0), np.zeros(0)), s.over_inputs(np.zeros(0)),
                    s.over_both(np.zeros(0), np.zeros(0)), s.of_two(np.zeros(0), np.ones(2), s.harmonics)):  # fmt: skip
        assert nothing == s.NONE
    assert str(s.NONE) == "–"


def test_absent_classes_count_for_nothing():
    values, y = np.array([1.0, 0.0, 1.0]), np.array([2, 2, 900])
    assert s.over_classes(values, y).value == 0.75
    assert s.paired(values, np.zeros(3), y).classes == 2


def test_harmonic_mean_by_hand():
    unseen, seen = np.array([0.2, 0.4]), np.array([0.6])
    found = s.of_two(unseen, seen, s.harmonics)
    assert found.value == pytest.approx(2 * 0.3 * 0.6 / 0.9)
    assert found.low == pytest.approx(2 * 0.2 * 0.6 / 0.8)
    assert found.high == pytest.approx(2 * 0.4 * 0.6 / 1.0)
    assert s.harmonics(np.zeros(2), np.zeros(2)).tolist() == [0, 0]


@pytest.mark.parametrize("count", [4, 9, 12])
def test_sign_flip_is_exact_where_all_signs_can_be_counted(count):
    differences = RNG.normal(0.4, 1, count)
    other = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=2**count)
    assert s.sign_flip(differences) == pytest.approx(other.pvalue)


def test_sign_flip_by_draws_is_near_that_of_scipy():
    differences = RNG.normal(0.2, 1, 60)
    other = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=20_000,
                                   rng=np.random.default_rng(1))  # fmt: skip
    assert s.sign_flip(differences) == pytest.approx(other.pvalue, abs=0.02)
    assert s.sign_flip(differences, 3) == s.sign_flip(differences, 3)


def test_ties_say_nothing_of_either():
    assert s.sign_flip(np.zeros(5)) == 1.0
    assert s.sign_flip(np.array([0, 0, 1.0])) == s.sign_flip(np.array([1.0])) == 1.0
    assert s.sign_flip(np.array([1.0, 1, 1, 1, 0])) == 2 / 16
    found = s.paired(np.array([1, 1, 0]), np.array([1, 0, 1]), np.array([0, 1, 2]))
    assert (found.difference.value, found.better, found.worse, found.classes, found.p) == (0, 1, 1, 3, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=15), st.integers(0, 9))
def test_whoever_is_first_the_difference_is_as_sure(values, seed):
    d = np.array(values)
    there, back = s.paired_classes(d, seed), s.paired_classes(-d, seed)
    assert there.difference.value == pytest.approx(-back.difference.value)
    assert there.p == pytest.approx(back.p)
    assert (there.better, there.worse) == (back.worse, back.better)
    assert 0 < there.p <= 1


def test_holm_by_hand():
    assert s.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert s.holm([0.9, 0.8]) == [1.0, 1.0]
    assert s.holm([]) == []


def test_several_seeds_by_students_t():
    values = [0.5, 0.6, 0.55]
    found = s.across_seeds(values)
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert (found.mean, found.deviation) == (pytest.approx(0.55), pytest.approx(0.05))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    one = s.across_seeds([0.5])
    assert (one.mean, one.deviation, one.low, one.high, one.note) == (0.5, 0.0, 0.5, 0.5, s.ONE_SEED)
