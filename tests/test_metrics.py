"""Counting against the same counts made another way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew

from kgzsl.metrics import hubness


@given(st.integers(0, 1000), st.integers(1, 6))
def test_hubness_is_the_skewness_of_how_often_each_class_is_near(seed, k):
    scores = np.random.default_rng(seed).normal(size=(30, 8)) + np.linspace(0, 1, 8)
    often = [sum(c in np.argsort(row)[-k:] for row in scores) for c in range(8)]
    assert hubness(scores, k) == pytest.approx(skew(often), abs=1e-9)


def test_one_class_that_is_near_to_every_input_is_a_hub():
    scores = np.eye(20)
    assert hubness(scores, 1) == 0, "every class is nearest once"
    scores[:, 3] = 2
    assert hubness(scores, 1) == pytest.approx(18 / np.sqrt(19)), "one of twenty has all"


@given(st.integers(0, 1000))
def test_hubness_reads_only_the_order_of_classes(seed):
    scores = np.random.default_rng(seed).normal(size=(25, 12))
    assert hubness(np.exp(scores) + 3, 5) == hubness(scores, 5)
    assert hubness(scores[:, ::-1], 5) == pytest.approx(hubness(scores, 5))
