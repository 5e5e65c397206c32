"""The seen–unseen curve against counting at every gamma by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kgzsl.errors import EvaluationError
from kgzsl.metrics import by_class, class_weights, harmonic, ranks, seen_unseen_curve


def counted(scores, y, seen, gamma):
    """Return U and S at one gamma."""
    right, own = ranks(scores - gamma * seen, y) == 0, seen[y]
    return by_class(right[~own], y[~own]).mean(), by_class(right[own], y[own]).mean()


WHOLE = st.integers(-3, 3).map(float)  # many ties


@st.composite
def problems(draw, values=WHOLE):
    """Return scores, classes of inputs, and which classes are seen: at least one input of each kind."""
    seen = np.array([True, False, *draw(st.lists(st.booleans(), max_size=4))])
    n = draw(st.integers(2, 12))
    y = np.array([0, 1, *draw(st.lists(st.integers(0, len(seen) - 1), min_size=n - 2, max_size=n - 2))])
    return draw(arrays.arrays(np.float64, (n, len(seen)), elements=values)), y, seen


@given(problems())
def test_every_point_is_what_counting_gives_with_ties(problem):
    scores, y, seen = problem
    curve = seen_unseen_curve(scores, y, seen)
    for gamma, unseen, own in zip(curve.gammas, curve.unseen, curve.seen, strict=True):
        assert counted(scores, y, seen, gamma) == pytest.approx((unseen, own))


@given(problems(st.floats(-9, 9, width=16)), st.floats(-20, 20, width=16))
def test_between_breaks_any_gamma_is_looked_up(problem, gamma):
    scores, y, seen = problem
    curve = seen_unseen_curve(scores, y, seen)
    if np.abs(curve.breaks - gamma).min(initial=np.inf) > 1e-9:
        found = curve.at(gamma)
        assert (found.unseen, found.seen) == pytest.approx(counted(scores, y, seen, gamma))
        assert found.harmonic == pytest.approx(harmonic(found.unseen, found.seen))
        assert found.gamma == gamma


@given(problems())
def test_unseen_rises_and_seen_falls(problem):
    curve = seen_unseen_curve(*problem)
    assert (np.diff(curve.unseen) >= -1e-12).all()
    assert (np.diff(curve.seen) <= 1e-12).all()
    assert len(curve.gammas) == len(curve.unseen) == len(curve.seen) == len(curve.breaks) + 1
    assert (np.diff(curve.gammas) > 0).all()


@given(problems())
def test_the_best_is_best_of_a_fine_grid(problem):
    scores, y, seen = problem
    best = seen_unseen_curve(scores, y, seen).best
    on_grid = max(harmonic(*counted(scores, y, seen, gamma)) for gamma in np.arange(-8, 8, 0.25))
    assert best.harmonic == pytest.approx(on_grid)
    assert harmonic(*counted(scores, y, seen, best.gamma)) == pytest.approx(best.harmonic)


@given(problems(st.floats(-9, 9, width=16)))
def test_the_area_is_that_under_the_points(problem):
    curve = seen_unseen_curve(*problem)
    unseen, seen = np.concatenate([[0.0], curve.unseen]), np.concatenate([[curve.seen[0]], curve.seen])
    assert curve.area == pytest.approx(np.trapezoid(seen, unseen))
    assert -1e-12 <= curve.area <= 1


@given(problems())
def test_the_order_of_inputs_and_of_classes_does_not_count(problem):
    scores, y, seen = problem
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(len(y)), rng.permutation(len(seen))
    place = np.argsort(columns)
    moved = seen_unseen_curve(scores[rows][:, columns], place[y[rows]], seen[columns])
    assert moved.area == pytest.approx(seen_unseen_curve(scores, y, seen).area)


@settings(max_examples=50)
@given(problems(), st.integers(0, 2**16))
def test_lenient_answers_are_counted_as_right(problem, seed):
    scores, y, seen = problem
    lenient = np.random.default_rng(seed).random((len(seen), len(seen))) < 0.3
    curve = seen_unseen_curve(scores, y, seen, lenient)
    right = lenient | np.eye(len(seen), dtype=bool)
    for gamma, unseen, own in zip(curve.gammas, curve.unseen, curve.seen, strict=True):
        moved = scores - gamma * seen
        wrong = np.where(right[y], -np.inf, moved).max(axis=1)
        good = np.where(right[y], moved, -np.inf).max(axis=1) > wrong
        assert unseen == pytest.approx(by_class(good[~seen[y]], y[~seen[y]]).mean())
        assert own == pytest.approx(by_class(good[seen[y]], y[seen[y]]).mean())


def test_a_case_by_hand():
    scores = np.array([[3.0, 1.0, 0.0], [2.0, 1.5, 0.0], [2.0, 0.0, 1.0]])
    curve = seen_unseen_curve(scores, np.array([0, 1, 2]), np.array([True, False, False]))
    assert curve.breaks.tolist() == [0.5, 1.0, 2.0]
    assert curve.unseen.tolist() == [0.0, 0.5, 1.0, 1.0]
    assert curve.seen.tolist() == [1.0, 1.0, 1.0, 0.0]
    assert curve.area == 1.0
    assert curve.best.gamma == 1.5
    assert curve.best.harmonic == 1.0


def test_classes_count_the_same_however_many_inputs_they_have():
    scores = np.array([[0.0, 1.0, 0.0]] * 9 + [[0.0, 1.0, 0.0]] + [[1.0, 0.0, 0.0]])
    y = np.array([1] * 9 + [2, 0])
    assert seen_unseen_curve(scores, y, np.array([True, False, False])).at(0.0).unseen == pytest.approx(0.5)


def test_of_equally_good_stretches_the_widest_is_best():
    scores = np.array([[5.0, 0.0], [-4.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    curve = seen_unseen_curve(scores, np.array([0, 1, 0, 1]), np.array([True, False]))
    assert curve.best.gamma == 0.5
    assert curve.best.harmonic == 1.0


def test_one_class_of_each_kind_that_is_always_and_never_right():
    seen = np.array([True, False, False])
    always = seen_unseen_curve(np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 2.0]]), np.array([0, 1]), seen)
    assert always.unseen.max() == 0.0
    assert always.best.harmonic == 0.0
    assert always.area == 0.0


def test_scores_that_are_no_number_count_below_all_others():
    scores = np.array([[1.0, np.nan], [np.nan, 1.0]])
    curve = seen_unseen_curve(scores, np.array([0, 1]), np.array([True, False]))
    assert not len(curve.breaks)
    assert curve.area == 1.0
    assert curve.best.harmonic == 1.0


@pytest.mark.parametrize(("y", "missing"), [([0, 0], "unseen"), ([1, 1], "seen"), ([], "unseen")])
def test_needs_inputs_of_both_kinds(y, missing):
    with pytest.raises(EvaluationError, match=f"no inputs of {missing} classes"):
        seen_unseen_curve(np.zeros((len(y), 2)), np.array(y, int), np.array([True, False]))


def test_weights_of_inputs_are_even_over_classes():
    assert class_weights(np.array([3, 3, 3, 1])).tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])
