"""Adjusters of the bias to seen classes: what is planted is found, and nothing else is touched."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kgzsl.errors import AdjusterError
from kgzsl.metrics import seen_unseen_curve
from kgzsl.resolve.bias.gate import Gate
from kgzsl.resolve.bias.novelty import density, signs
from kgzsl.resolve.bias.prior import LogitAdjustment
from kgzsl.resolve.bias.scale import spread
from kgzsl.resolve.bias.stacking import CalibratedStacking, best_gamma, standard_curve
from kgzsl.resolve.query import References, Rehearsal
from tests.resolve.rehearsed import bank_of, final_of, query_of, rehearsal

ALL = [CalibratedStacking, Gate, LogitAdjustment]
KNOWN = [rehearsal(seed) for seed in range(3)]


def fitted(kind, rehearsals=KNOWN, **options):
    return kind(**options).fit(rehearsals, final_of(rehearsals[0]))


def balance(query, y):
    return seen_unseen_curve(query.scores, y, query.seen).at(0.0).harmonic


@pytest.mark.parametrize("kind", ALL)
def test_a_planted_bias_is_taken_off(kind):
    fresh = rehearsal(9)
    before, after = balance(fresh.query, fresh.y), balance(fitted(kind)(fresh.query), fresh.y)
    ceiling = seen_unseen_curve(fresh.query.scores, fresh.y, fresh.query.seen).best.harmonic
    assert after > before + 0.03
    assert after >= 0.95 * ceiling


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_the_scale_of_scores_does_not_count(kind, factor):
    scaled = [replace(r, query=query_of(factor * r.query.scores, r.query.seen,
                                        References(factor * r.query.references.X, r.query.references.labels)))
              for r in KNOWN]  # fmt: skip
    plain, other = fitted(kind), fitted(kind, scaled)
    expected = factor * plain(KNOWN[0].query).scores
    assert np.allclose(other(scaled[0].query).scores, expected, atol=2e-3 * factor)


@pytest.mark.parametrize("kind", ALL)
def test_order_within_seen_and_within_unseen_stays(kind):
    query = KNOWN[1].query
    found = fitted(kind)(query)
    for of in (True, False):
        off = (found.scores - query.scores)[:, query.seen == of]
        assert np.allclose(off, off[:, :1], atol=1e-5)
        assert of or np.array_equal(off, np.zeros_like(off))


@pytest.mark.parametrize("kind", ALL)
def test_state_comes_back(kind):
    made = fitted(kind)
    again = kind().restore(made.state())
    assert np.array_equal(again(KNOWN[2].query).scores, made(KNOWN[2].query).scores)
    assert again.chosen() == pytest.approx(made.chosen())


@pytest.mark.parametrize("kind", ALL)
def test_an_input_scores_the_same_in_any_batch(kind):
    made, query = fitted(kind), KNOWN[0].query
    alone = np.concatenate([made(query.take(np.array([n]))).scores for n in range(10)])
    assert np.allclose(alone, made(query).scores[:10], atol=1e-5)


@pytest.mark.parametrize("kind", ALL)
def test_candidates_of_one_kind_keep_their_order(kind):
    made = fitted(kind)
    for of in (True, False):
        query = KNOWN[0].query
        only = replace(query, rows=query.rows[query.seen == of], scores=query.scores[:, query.seen == of])
        assert np.array_equal(np.argsort(made(only).scores), np.argsort(only.scores))


@pytest.mark.parametrize("kind", ALL)
def test_needs_rehearsals_of_both_kinds(kind):
    only = KNOWN[0].of_seen
    half = Rehearsal(KNOWN[0].query.take(np.flatnonzero(only)), KNOWN[0].y[only])
    for given_ in ([], [half]):
        with pytest.raises(AdjusterError, match="there are none to hide"):
            kind().fit(given_, final_of(KNOWN[0]))


@pytest.mark.parametrize("kind", ALL)
def test_without_references_units_are_those_of_rehearsals(kind):
    final = query_of(np.zeros((0, 18)), KNOWN[0].query.seen)
    made = kind().fit(KNOWN, final)
    fresh = rehearsal(8)
    assert balance(made(fresh.query), fresh.y) > balance(fresh.query, fresh.y)


def shift_of_gamma(bias, seed, **options):
    """Return by how much gamma grows when seen classes score ``bias`` higher, in spreads of plain scores."""
    plain, moved = rehearsal(seed, per_class=6, bias=0.0), rehearsal(seed, per_class=6, bias=bias)
    gammas = [CalibratedStacking(**options).fit([r], plain.query).gamma * spread(r.query.scores[r.of_seen])
              for r in (plain, moved)]  # fmt: skip
    return (gammas[1] - gammas[0]) / spread(plain.query.scores)


@pytest.mark.parametrize("bias", [-2.0, -0.7, 0.4, 1.3, 3.0])
@pytest.mark.parametrize("seed", range(5))
def test_gamma_follows_the_bias(bias, seed):
    """The kernel is in units of a spread that the bias changes: of two peaks alike the other may win, on rare seeds."""
    assert shift_of_gamma(bias, seed) == pytest.approx(bias, abs=0.35)


@settings(max_examples=25, deadline=None)
@given(st.floats(-2, 3), st.integers(0, 1000))
@example(2.0, 228)
def test_gamma_follows_the_bias_exactly_where_nothing_is_smoothed(bias, seed):
    assert shift_of_gamma(bias, seed, smooth=0.0) == pytest.approx(bias, abs=0.05)


def test_gamma_lies_in_the_middle_of_a_plateau():
    scores = np.array([[4.0, 0.0], [0.0, 0.0]])
    curve = seen_unseen_curve(scores, np.array([0, 1]), np.array([True, False]))
    assert best_gamma([curve], 0.0) == pytest.approx(2.0, abs=0.01)
    assert best_gamma([curve], 0.1) == pytest.approx(2.0, abs=0.01)


def test_a_lucky_step_is_smoothed_away():
    """A wide plateau at 0.9 of the best beats a peak that is 0.01 wide."""
    curve = seen_unseen_curve(np.zeros((2, 2)), np.array([0, 1]), np.array([True, False]))
    breaks = np.array([0.0, 2.0, 3.0, 3.01, 5.0])
    heights = np.array([0.0, 0.9, 0.2, 1.0, 0.2, 0.0])
    made = replace(curve, gammas=np.array([-1, 1, 2.5, 3.005, 4, 6]), unseen=heights, seen=heights, breaks=breaks)
    assert 0 < best_gamma([made], 0.1) < 2
    assert 3 <= best_gamma([made], 0.0) <= 3.01


def test_where_nothing_is_ever_right_gamma_is_zero():
    curve = seen_unseen_curve(np.array([[0.0, 1.0, 5.0], [0.0, 1.0, 5.0]]), np.array([0, 1]), np.array([1, 0, 0], bool))
    assert best_gamma([curve], 0.1) == 0.0


def test_one_rehearsal_with_an_input_a_class_is_enough():
    small = rehearsal(3, seen=3, unseen=2, per_class=2)
    made = CalibratedStacking().fit([small], final_of(small))
    assert np.isfinite(made.gamma)


def test_the_gate_beats_a_constant_where_inputs_of_unseen_classes_look_unlike():
    """Inputs of unseen classes score seen ones closely together; a constant cannot read that."""

    def told(seed):
        found = rehearsal(seed, bias=0.0, sharp=(2.0, 2.0), per_class=40)
        scores = found.query.scores.copy()
        scores[np.ix_(~found.of_seen, found.query.seen)] *= 0.5
        scores[np.ix_(~found.of_seen, found.query.seen)] += 1.0
        return replace(found, query=query_of(scores, found.query.seen, found.query.references))

    rehearsals = [told(seed) for seed in range(3)]
    fresh = told(7)
    by_gate = balance(fitted(Gate, rehearsals)(fresh.query), fresh.y)
    assert by_gate > balance(fitted(CalibratedStacking, rehearsals)(fresh.query), fresh.y) + 0.02


def test_the_gate_without_telling_signs_is_calibrated_stacking():
    made = fitted(Gate, ridge=1.0)
    made.weights = np.zeros_like(made.weights)
    assert made.chosen()["spread of seen"] == 0
    off = made(KNOWN[0].query).scores - KNOWN[0].query.scores
    assert np.unique(np.round(off, 4)).size == 2


def test_signs_read_one_input_at_a_time_and_references_only():
    query = KNOWN[0].query
    found = signs(query, query.scores)
    assert found.shape == (len(query.X), 4)
    assert np.allclose(signs(query.take(np.array([5])), query.scores[5:6]), found[5:6], atol=1e-6)


def test_density_is_high_among_references_and_unknown_without_them():
    rng = np.random.default_rng(0)
    around = 5 + rng.normal(size=(40, 8)).astype(np.float32)
    near, far = 5 + rng.normal(size=(10, 8)), -5 + rng.normal(size=(10, 8))
    references = References(around, ["a"] * 40)
    assert density(near, references).min() > density(far, references).max()
    assert np.isnan(density(near, References())).all()
    assert np.isnan(density(near[:, :3], references)).all()


def test_the_gate_answers_without_references():
    query = replace(KNOWN[0].query, references=References())
    assert np.isfinite(fitted(Gate)(query).scores).all()


def test_classes_with_more_inputs_lose_more():
    """Logits that hold the log of how often a class was seen, as a classifier fitted on such inputs has."""
    rng = np.random.default_rng(0)

    def told(seed):
        found = rehearsal(seed, seen=8, unseen=4, bias=1.0, per_class=40)
        often = np.where(np.arange(12) < 4, 1.0, 0.0)
        keep = (found.y >= 4) | (rng.random(len(found.y)) < 1.0)
        keep &= ~((found.y >= 4) & (found.y < 8) & (np.arange(len(found.y)) % 4 != 0))
        scores = (found.query.scores + often * found.query.seen)[keep]
        return Rehearsal(query_of(scores, found.query.seen, found.query.references), found.y[keep])

    rehearsals = [told(seed) for seed in range(3)]
    made = fitted(LogitAdjustment, rehearsals)
    taken = -made.offsets(bank_of(np.arange(12) < 8), np.arange(12), References())
    assert taken[:4].min() > taken[4:8].max() + 0.3
    assert (taken[8:] == 0).all()


def test_a_class_without_inputs_counts_as_the_mean():
    made = fitted(LogitAdjustment)
    made.of_class.pop("http://x/c0")
    bank = bank_of(KNOWN[0].query.seen)
    assert made.offsets(bank, np.array([0]), References())[0] == pytest.approx(-made.gamma)


def test_unknown_options_are_refused():
    with pytest.raises(AdjusterError, match="no option 'smoth'"):
        CalibratedStacking(smoth=1)
    with pytest.raises(AdjusterError, match="ridge"):
        Gate(ridge=0)


def test_curves_of_rehearsals_are_in_units_of_spread():
    found = standard_curve(KNOWN[0])
    unit = spread(KNOWN[0].query.scores[KNOWN[0].of_seen])
    plain = seen_unseen_curve(KNOWN[0].query.scores, KNOWN[0].y, KNOWN[0].query.seen)
    assert found.best.gamma * unit == pytest.approx(plain.best.gamma, abs=1e-5)
