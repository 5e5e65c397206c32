"""Metrics that a hierarchy gives, by hand and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from kgzsl.metrics import accuracy_information, auroc, hierarchical_precision, meeting_height

STEPS = np.array([[0, 2, 2, 4, 4], [4, 4, 4, 0, 2]])


def test_hierarchical_precision_by_hand():
    answers = np.array([[0, 1, 3], [1, 3, 0], [4, 0, 1]])
    y = np.array([0, 0, 1])
    assert hierarchical_precision(answers, y, STEPS, 1).tolist() == [1, 0, 0]
    assert hierarchical_precision(answers, y, STEPS, 2).tolist() == [1, 0.5, 0.5]  # {0, 1, 2} and {3, 4}
    assert hierarchical_precision(answers, y, STEPS) == pytest.approx([2 / 3, 2 / 3, 1])  # of class 1 all are near
    assert hierarchical_precision(answers, y, STEPS, 1).shape == (3,)


def test_one_candidate_is_always_near():
    assert hierarchical_precision(np.zeros((2, 1), int), np.zeros(2, int), np.zeros((1, 1))).tolist() == [1, 1]


def test_heights_count_classes_alike():
    heights = np.array([[0, 1, 3], [1, 0, 3]])
    assert meeting_height(np.array([0, 1, 2, 1]), np.array([0, 0, 0, 1]), heights) == pytest.approx((4 / 3 + 0) / 2)


def test_what_is_wrong_informs_of_nothing():
    right = np.array([[True, True], [False, True], [True, True]])
    bits = np.array([[3.0, 1.0], [3.0, 1.0], [2.0, 0.0]])
    accuracy, information = accuracy_information(right, bits, np.array([0, 0, 5]))
    assert accuracy.tolist() == [0.75, 1.0]
    assert information.tolist() == [(1.5 + 2) / 2, 0.5]


def test_auroc_counts_ties_half_and_weighs():
    assert auroc(np.array([2.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx(3.5 / 4)
    rng = np.random.default_rng(0)
    known, unknown, heavy = rng.normal(size=9), rng.normal(size=7), rng.random(9)
    truth = np.repeat([1, 0], [9, 7])
    assert auroc(known, unknown) == pytest.approx(roc_auc_score(truth, np.append(known, unknown)))
    doubled = auroc(np.append(known, known[:3]), unknown)
    assert auroc(known, unknown, (np.where(np.arange(9) < 3, 2.0, 1.0), np.ones(7))) == pytest.approx(doubled)
    assert auroc(known, unknown, (heavy, np.ones(7))) != auroc(known, unknown)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.lists(st.integers(0, 5), min_size=1, max_size=20),
       st.integers(0, 99))  # fmt: skip
def test_auroc_is_that_of_scikit_learn(known, unknown, seed):
    rng = np.random.default_rng(seed)
    known, unknown = np.array(known, float), np.array(unknown, float)
    weights = rng.random(len(known)) + 0.1, rng.random(len(unknown)) + 0.1
    truth = np.repeat([1, 0], [len(known), len(unknown)])
    scores = np.concatenate([known, unknown])
    assert auroc(known, unknown) == pytest.approx(roc_auc_score(truth, scores))
    assert auroc(known, unknown, weights) == pytest.approx(
        roc_auc_score(truth, scores, sample_weight=np.concatenate(weights)))  # fmt: skip
