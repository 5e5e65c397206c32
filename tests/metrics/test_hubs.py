"""Hubs counted by hand, with ties, and bootstrapped against draws made one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import skew

from kgzsl.errors import EvaluationError
from kgzsl.metrics import alike, hub_change, hub_report
from kgzsl.metrics.hubs import occurrence


def hubby(seed=0, n=120, classes=30, strength=1.5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, classes)) + strength * rng.exponential(size=classes)


def test_a_case_by_hand():
    scores = np.array([[5, 4, 1, 0], [5, 1, 4, 0], [5, 4, 0, 1.0]])
    report = hub_report(scores, 2, ["bus", "car", "van", "cab"])
    assert report.occurrences.tolist() == [3, 2, 1, 0]
    assert report.anti == (3,)
    assert report.hubs == (("bus", 3.0), ("car", 2.0), ("van", 1.0)), "a class that is in no list is no hub"
    assert report.skewness == pytest.approx(skew([3, 2, 1, 0]))
    assert report.share == 1.0, "four classes are among the ten most frequent"
    assert (report.k, report.inputs) == (2, 3)


def test_the_share_is_that_of_the_ten_most_frequent():
    scores = np.tile(np.arange(40.0), (7, 1))
    assert hub_report(scores, 20).share == 0.5, "twenty classes hold all places alike"
    assert hub_report(scores, 10).share == 1.0
    assert hub_report(np.eye(40), 1).share == 0.25
    assert len(hub_report(scores, 20).anti) == 20


def test_classes_that_tie_share_the_last_places():
    often = hub_report(np.array([[3, 1, 1, 1, 0], [0, 0, 0, 0, 0.0]]), 2).occurrences
    assert often == pytest.approx([1 + 2 / 5, 1 / 3 + 2 / 5, 1 / 3 + 2 / 5, 1 / 3 + 2 / 5, 2 / 5])


def test_scores_that_are_no_numbers_come_last():
    often = hub_report(np.array([[np.nan, 1, 2], [np.nan, -np.inf, 2]]), 2).occurrences
    assert often == pytest.approx([0.5, 1.5, 2]), "all that is left ties"


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 7), st.integers(0, 3))
def test_order_of_classes_and_units_of_scores_do_not_count(seed, k, digits):
    scores = np.random.default_rng(seed).normal(size=(20, 8)).round(digits)
    order = np.random.default_rng(seed).permutation(8)
    report, other = hub_report(scores, k), hub_report(3 * scores[:, order] - 7, k)
    assert other.occurrences == pytest.approx(report.occurrences[order])
    assert report.occurrences.sum() == pytest.approx(20 * k)
    assert other.share == pytest.approx(report.share)


@pytest.mark.parametrize("k", [0, -1, 4, 9])
def test_as_many_answers_as_classes_are_refused(k):
    with pytest.raises(EvaluationError, match=r"k from 1 to 3") as refused:
        hub_report(np.zeros((3, 4)), k)
    assert refused.value.value == k


def test_what_is_no_matrix_of_inputs_is_refused():
    for wrong in (np.zeros((0, 30)), np.zeros(30)):
        with pytest.raises(EvaluationError, match="matrix"):
            hub_report(wrong)
    with pytest.raises(EvaluationError, match="compared"):
        hub_change(np.zeros((3, 30)), np.zeros((4, 30)))


def test_one_table_more_rows_than_are_counted_at_once():
    scores = hubby(n=2500, classes=12)
    top = np.argsort(-scores, axis=1)[:, :5]
    assert hub_report(scores, 5).occurrences.tolist() == np.bincount(top.ravel(), minlength=12).tolist()


def test_a_change_that_is_none_is_nil_with_certainty():
    change = hub_change(hubby(), hubby())
    assert (change.share.low, change.share.difference, change.share.high) == (0, 0, 0)
    assert not change.skewness.clear


def test_hubs_that_are_taken_away_are_found_and_by_chance_are_not():
    before = hubby()
    cured = hub_change(before, before - before.mean(axis=0), 5)
    assert cured.share.clear
    assert cured.share.high < 0
    assert cured.skewness.high < 0
    assert cured.share.after == hub_report(before - before.mean(axis=0), 5).share
    noise = np.random.default_rng(1).normal(size=(2, 120, 30))
    assert not hub_change(*noise, 5).share.clear
    assert hub_change(before, before[:, ::-1], 5).share.difference == pytest.approx(0)


def test_the_interval_is_that_of_inputs_drawn_anew_for_both():
    first, second = hubby(1), hubby(1) - 0.5 * hubby(1).mean(axis=0)
    rng, found = np.random.default_rng(0), []
    for _ in range(200):
        at = rng.integers(len(first), size=len(first))
        found.append(hub_report(second[at], 5).share - hub_report(first[at], 5).share)
    change = hub_change(first, second, 5, draws=400, seed=3).share
    width = np.ptp(np.percentile(found, [2.5, 97.5]))
    assert change.low == pytest.approx(np.percentile(found, 2.5), abs=0.25 * width)
    assert change.high == pytest.approx(np.percentile(found, 97.5), abs=0.25 * width)
    assert hub_change(first, second, 5, draws=50, seed=3) == hub_change(first, second, 5, draws=50, seed=3)


def test_occurrences_are_sparse():
    assert occurrence(hubby(), 3).nnz == 3 * 120


def test_each_class_counts_alike_whatever_its_number_of_inputs():
    y = np.array([0, 0, 0, 2])
    assert alike(y) == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    scores = np.eye(20)[[4, 4, 4, 7]]
    report = hub_report(scores, 1, weights=alike(y))
    assert report.hubs == (("4", pytest.approx(2)), ("7", pytest.approx(2)))
    before, labels = hubby(), np.repeat(np.arange(6), [5, 5, 10, 20, 30, 50])
    often = hub_change(before, before - before.mean(axis=0), 5, weights=alike(labels)).share
    assert often.before == pytest.approx(hub_report(before, 5, weights=alike(labels)).share)
    assert often.low < often.difference < often.high < 0
