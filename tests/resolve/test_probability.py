"""The adjuster 'temperature': probabilities that sum to one and mean what they say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import AdjusterError
from kgzsl.metrics import class_weights, log_loss, reliability
from kgzsl.resolve.probability.groups import fit_gate
from kgzsl.resolve.probability.temperature import Temperature
from kgzsl.resolve.probability.within import Sharpness, fit_sharpness, log_softmax
from kgzsl.resolve.query import Rehearsal
from tests.resolve.rehearsed import final_of, query_of, rehearsal

KNOWN = [rehearsal(seed, per_class=100) for seed in range(3)]
MADE = Temperature().fit(KNOWN, final_of(KNOWN[0]))


def only(query, of, y):
    """Return the query of one kind's inputs among its candidates, and their columns."""
    columns, rows = query.seen == of, query.seen[y] == of
    part = replace(query, rows=query.rows[columns], X=query.X[rows], scores=query.scores[rows][:, columns])
    return part, (np.cumsum(columns) - 1)[y[rows]]


def error(logs, y):
    return reliability(np.exp(logs.max(axis=1)), logs.argmax(axis=1) == y).debiased_ece


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**16), st.integers(1, 6), st.integers(0, 6), st.floats(-3, 3))
def test_they_sum_to_one_whatever_the_candidates(seed, seen, unseen, size):
    rng = np.random.default_rng(seed)
    scores = 10**size * rng.normal(size=(4, seen + unseen))
    found = MADE(query_of(scores, np.arange(seen + unseen) < seen)).scores
    assert np.exp(found).sum(axis=1) == pytest.approx(np.ones(4), abs=1e-4)
    assert found.shape == scores.shape
    assert np.isfinite(found).all()


@pytest.mark.parametrize("of", [True, False])
def test_each_kind_alone_is_calibrated_on_new_inputs(of):
    query, y = only(*(lambda r: (r.query, of, r.y))(rehearsal(11, per_class=1000)))
    logs = MADE(query).scores.astype(float)
    assert error(logs, y) < 0.03
    assert log_loss(logs, y) < log_loss(log_softmax(query.scores.astype(float)), y) + 0.01


def test_both_together_are_calibrated_on_new_inputs():
    fresh = rehearsal(12, per_class=1000)
    logs = MADE(fresh.query).scores.astype(float)
    plain = log_softmax(fresh.query.scores.astype(float))
    assert error(logs, fresh.y) < 0.03
    assert log_loss(logs, fresh.y) < log_loss(plain, fresh.y)
    assert error(plain, fresh.y) > 2 * error(logs, fresh.y)


def test_more_candidates_than_were_rehearsed_with_need_no_other_temperature():
    more = rehearsal(13, seen=48, unseen=24, per_class=200)
    for of in (True, False):
        query, y = only(more.query, of, more.y)
        assert error(MADE(query).scores.astype(float), y) < 0.04


def test_another_mix_of_candidates_changes_the_odds_by_their_numbers():
    found = MADE(query_of(np.zeros((1, 18)), np.arange(18) < 12)).scores
    fewer = MADE(query_of(np.zeros((1, 12)), np.arange(12) < 6)).scores
    odds = np.exp(found[0, 0]) / np.exp(found[0, -1])
    assert np.exp(fewer[0, 0]) / np.exp(fewer[0, -1]) == pytest.approx(odds, rel=1e-4)


def test_order_within_seen_and_within_unseen_stays():
    query = KNOWN[0].query
    found = MADE(query).scores
    for of in (True, False):
        assert np.array_equal(np.argsort(found[:, query.seen == of]), np.argsort(query.scores[:, query.seen == of]))


def test_state_comes_back_and_inputs_are_scored_alike_in_any_batch():
    query = KNOWN[1].query
    again = Temperature().restore(MADE.state())
    assert np.array_equal(again(query).scores, MADE(query).scores)
    assert again.chosen() == MADE.chosen()
    assert np.allclose(MADE(query.take(np.array([7]))).scores, MADE(query).scores[7:8], atol=1e-5)


def test_unseen_classes_that_are_told_apart_badly_get_a_higher_temperature():
    chosen = MADE.chosen()
    assert chosen["temperature, unseen"] > chosen["temperature, seen"]


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_the_scale_of_scores_does_not_count(factor):
    scaled = [replace(r, query=query_of(factor * r.query.scores, r.query.seen)) for r in KNOWN]
    made = Temperature().fit(scaled, query_of(factor * final_of(KNOWN[0]).scores, KNOWN[0].query.seen))
    assert np.allclose(made(scaled[0].query).scores, MADE(KNOWN[0].query).scores, atol=2e-3)


def test_needs_rehearsals_of_both_kinds():
    unseen = ~KNOWN[0].of_seen
    half = Rehearsal(KNOWN[0].query.take(np.flatnonzero(unseen)), KNOWN[0].y[unseen])
    with pytest.raises(AdjusterError, match="'temperature' is chosen on seen classes that are hidden"):
        Temperature().fit([half], final_of(KNOWN[0]))


def test_the_true_sharpness_is_found():
    """Classes are drawn by the very probabilities that are to be found."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(6000, 8)) * rng.choice([0.5, 1.0, 2.0], size=(6000, 1))
    for true in (Sharpness(np.log(2.0), 0.0), Sharpness(np.log(2.0), -1.0)):
        p = np.exp(log_softmax(true.of(scores) * scores))
        y = (p.cumsum(axis=1) > rng.random((6000, 1))).argmax(axis=1)
        assert fit_sharpness([(scores, y)]) == pytest.approx(true, abs=0.2)


def test_the_fit_is_where_the_loss_is_least():
    scores, y = KNOWN[0].query.scores[:, ~KNOWN[0].query.seen], KNOWN[0].y
    rows = y >= 12
    scores, y = scores[rows].astype(float), y[rows] - 12
    found, weights = fit_sharpness([(scores, y)]), class_weights(y)

    def loss(level, slope):
        return log_loss(log_softmax(Sharpness(level, slope).of(scores) * scores), y, weights)

    around = [loss(found.level + a, found.slope + b) for a in (-0.2, 0, 0.2) for b in (-0.2, 0, 0.2)]
    assert loss(*found) <= min(around) + 2e-3


def test_perfect_rehearsals_do_not_make_it_boundlessly_sure():
    scores = 100.0 * np.eye(5)
    found = fit_sharpness([(scores, np.arange(5))])
    assert np.isfinite(found.of(scores)).all()
    assert found.level <= 7


def test_the_gate_is_a_logistic_regression():
    rng = np.random.default_rng(1)
    evidence = rng.normal(size=(8000, 1))
    own = rng.random(8000) < 1 / (1 + np.exp(-(0.5 + 2 * evidence[:, 0] + np.log(2))))
    found = fit_gate([(evidence, own, np.full(8000, 1 / 8000), float(np.log(2)))])
    assert found == pytest.approx((0.5, 2.0), abs=0.15)
