"""Curves whose area is known, and measures of rankings whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.explain.faithfulness.catalogue import make_methods
from kgzsl.explain.faithfulness.measures import agreement, area, at, curves, sparsity
from kgzsl.explain.faithfulness.question import Ranking
from tests.explain.faithfulness.toys import asked, toy

X = np.array([1.0, 0.0], np.float32)
VALUES = st.lists(st.integers(-50, 50), min_size=1, max_size=30).map(lambda v: np.array(v, float) / 10)


def test_area_of_known_curves():
    numbers = np.array([0, 1, 3, 6])
    assert area(numbers, np.ones(4)) == 1
    assert area(numbers, numbers / 6) == pytest.approx(0.5)
    assert area(numbers, np.array([0, 1, 1, 1])) == pytest.approx(1 - 1 / 12)
    assert area(np.array([0]), np.array([0.0])) == 0


def perfect():
    question = asked(toy(), "a", "b", X)
    return question, make_methods(["occlusion"])["occlusion"](question)


def test_curves_of_sums():
    question, ranking = perfect()
    found = curves(question, ranking)
    assert list(found.numbers) == [0, 1, 3, 6], "there are six facts, and the last point is all of them"
    assert found.deleted * question.unit == pytest.approx([0, 0.5, 0.8, 0.45], abs=1e-6)
    assert found.kept * question.unit == pytest.approx([0.45, -0.05, -0.35, 0], abs=1e-6)
    assert found.inserted * question.unit == pytest.approx([0, 0.5, 0.8, 0.45], abs=1e-6)
    assert at(found, found.deleted, 3) == found.deleted[2]
    assert at(found, found.deleted, 99) == found.deleted[-1]


def test_the_unit_is_the_spread_of_the_scores():
    question, _ = perfect()
    assert question.unit == pytest.approx(question.setting.scores(X[None])[0].std())
    assert question.margin() == pytest.approx(0.45)


def test_a_perfect_ranking_beats_any_other():
    question, best = perfect()
    found = curves(question, best)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(6)
        other = curves(question, Ranking(best.values, order))
        assert area(other.numbers, other.deleted) <= area(found.numbers, found.deleted) + 1e-9
        assert area(other.numbers, other.inserted) <= area(found.numbers, found.inserted) + 1e-9
    worst = curves(question, Ranking(best.values, best.order[::-1]))
    assert area(worst.numbers, worst.deleted) < area(found.numbers, found.deleted) - 0.1


def test_nothing_is_propagated_twice():
    question, ranking = perfect()
    curves(question, ranking)
    before = question.margins.propagations
    curves(question, ranking)
    assert question.margins.propagations == before > 0


def test_sparsity():
    assert sparsity(np.array([0.0, 9.0, 0.0, 0.5])) == 0.75
    assert sparsity(np.array([1.0, -1.0, 1.0, -1.0])) == 0.0
    assert sparsity(np.ones(10)) == pytest.approx(0.2)
    assert sparsity(np.zeros(3)) == 1.0


@given(VALUES, st.floats(0.1, 10))
def test_sparsity_knows_no_scale(values, factor):
    assert 0 <= sparsity(values) <= 1
    assert sparsity(values * factor) == pytest.approx(sparsity(values))


@settings(deadline=None)
@given(VALUES)
def test_agreement_is_spearmans(values):
    from scipy.stats import spearmanr

    rng = np.random.default_rng(len(values))
    other = np.round(rng.normal(size=len(values)), 1) + 0.05
    found = agreement(values, other)
    if len(values) < 3 or np.ptp(values) == 0 or np.ptp(other) == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(values, other).statistic)
        assert agreement(other, np.exp(other)) == pytest.approx(1)
        assert agreement(other, -other) == pytest.approx(-1)


def test_facts_that_neither_says_anything_of_are_no_agreement():
    one, other = np.array([3.0, 2.0, 1.0, 0, 0, 0, 0]), np.array([1.0, 2.0, 3.0, 0, 0, 0, 0])
    assert agreement(one, other) == pytest.approx(-1)
    assert agreement(one, np.array([0, 0, 0, 1.0, 2.0, 3.0, 0])) < 0
    assert np.isnan(agreement(np.array([1.0, 2.0, 0.0]), np.array([2.0, 1.0, 0.0])))
