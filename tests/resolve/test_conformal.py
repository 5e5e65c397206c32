"""Conformal sets with the class as the unit: valid where classes are exchangeable, and honest where too few are."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.resolve.decide.conformal import COLUMNS, Conformal, Held, held, quantile, standing
from kgzsl.resolve.query import Query, Rehearsal
from tests.resolve.small_graphs import graph_of

SCORES = ("margin", "lac", "aps", "raps")


def logs(rng, n, classes, gain=2.0):
    """Return log-probabilities of n inputs, and classes of which some are told well and some badly."""
    y = rng.integers(classes, size=n)
    scores = rng.normal(size=(n, classes))
    scores[np.arange(n), y] += gain * rng.random(classes)[y]
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)), y


def query_of(scores, seen, names=None):
    names = names or [f"c{k}" for k in range(len(seen))]
    weights, bias = np.zeros((len(names), 2), np.float32), np.zeros(len(names), np.float32)
    bank = ClassifierBank(tuple(names), weights, bias, np.asarray(seen))
    return Query(bank, np.arange(len(names)), np.zeros((len(scores), 2), np.float32), scores)


def rehearsals(hidden=20, own=15, n=900, seed=0):
    rng = np.random.default_rng(seed)
    scores, y = logs(rng, n, hidden + own)
    seen = np.arange(hidden + own) >= hidden
    return [Rehearsal(query_of(scores[at], seen), y[at]) for at in (slice(None, n // 2), slice(n // 2, None))]


GRAPH = graph_of([], [], [f"c{k}" for k in range(60)])


def by_hand(scores, units, coverage):
    """The definition: the least calibration score whose pooled share of K + 1 classes is large enough."""
    classes = sorted(set(units))
    for t in sorted(scores):
        shares = [np.mean([s <= t for s, u in zip(scores, units, strict=True) if u == k]) for k in classes]
        if sum(shares) / (len(classes) + 1) >= coverage - 1e-9:
            return t
    return math.inf


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 6)), min_size=1, max_size=40),
       st.sampled_from([0.5, 0.6, 0.75, 0.8, 0.9]))  # fmt: skip
def test_the_threshold_is_the_one_defined(pairs, coverage):
    scores, units = (np.array(part) for part in zip(*pairs, strict=True))
    assert quantile(scores.astype(float), units, coverage) == by_hand(scores, units, coverage)


def test_one_input_a_class_is_plain_split_conformal():
    scores = np.random.default_rng(0).normal(size=19)
    assert quantile(scores, np.arange(19), 0.9) == np.sort(scores)[math.ceil(0.9 * 20) - 1]


def test_nine_classes_are_what_ninety_per_cent_needs():
    for classes, there in ((8, False), (9, True)):
        units = np.repeat(np.arange(classes), 5)
        assert np.isfinite(quantile(np.linspace(0, 1, len(units)), units, 0.9)) == there


def draw_of_classes(rng, classes, per_class):
    """Scores whose level differs by class much more than within it."""
    sizes = rng.integers(1, per_class, size=classes)
    units = np.repeat(np.arange(classes), sizes)
    return rng.normal(scale=3, size=classes)[units] + rng.normal(size=len(units)), units


def test_new_classes_are_covered_and_inputs_of_old_ones_would_not_do():
    rng, right, naive = np.random.default_rng(0), [], []
    for _ in range(1500):
        scores, units = draw_of_classes(rng, 12, 30)
        new, _ = draw_of_classes(rng, 1, 30)
        right.append(np.mean(new <= quantile(scores, units, 0.8)))
        naive.append(np.mean(new <= np.sort(scores)[math.ceil(0.8 * (len(scores) + 1)) - 1]))
    assert np.mean(right) + 2 * np.std(right) / math.sqrt(1500) >= 0.8
    assert np.mean(right) < 0.87
    assert np.mean(naive) < np.mean(right)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 7)), elements=st.integers(-3, 3)))
def test_standing_is_what_its_definitions_say(raw):
    scores = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    found = standing(scores)
    p = np.exp(scores)
    for n, row in enumerate(p):
        for c, own in enumerate(row):
            likelier = raw[n] > raw[n, c]
            expected = np.log(row.max() / own), 1 - own, row[likelier].sum(), likelier.sum()
            assert np.allclose(found[:, n, c], expected, atol=1e-9)


@pytest.mark.parametrize("score", SCORES)
def test_sets_cover_hidden_and_seen_classes(score):
    decider = Conformal(score=score, coverage=0.8).fit(rehearsals(), GRAPH)
    found = []
    for one in rehearsals():
        inside = decider.members(one.query)[np.arange(len(one.y)), one.y]
        found += [(one.query.ids[k], of, hit) for k, of, hit in zip(one.y, one.of_seen, inside, strict=True)]
    for kind in (True, False):
        names = sorted({name for name, of, _ in found if of == kind})
        means = [np.mean([hit for name, _, hit in found if name == one]) for one in names]
        assert np.mean(means) >= 0.8
        assert np.mean(means) < 0.99


@pytest.mark.parametrize("score", SCORES)
def test_more_coverage_is_asked_for_afterwards_and_sets_grow(score):
    decider = Conformal(score=score).fit(rehearsals(), GRAPH)
    query = rehearsals(seed=1)[0].query
    sizes = []
    for coverage in (0.5, 0.8, 0.9, 0.94, 0.999):
        decider.options = Conformal(score=score, coverage=coverage).options
        inside = decider.members(query)
        sizes.append(inside)
        assert inside[np.arange(len(inside)), query.scores.argmax(axis=1)].all()
    for small, large in itertools.pairwise(sizes):
        assert (small <= large).all()
    assert sizes[0].sum() < sizes[2].sum()
    assert sizes[-1].all()


def test_too_few_classes_give_all_candidates_and_say_so():
    decider = Conformal(coverage=0.9).fit(rehearsals(hidden=5, own=30), GRAPH)
    query = rehearsals(hidden=5, own=30, seed=1)[0].query
    decision = decider.decide(query, GRAPH)[0]
    assert set(decision.iris) >= {f"c{k}" for k in range(5)}
    assert "90 % cannot be promised for unseen classes from 5" in decision.reason
    assert "83.3 %" in decision.reason
    assert decision.probability == 0.9
    alone = query_of(query.scores[:3, :5], np.zeros(5, bool))
    for decision in decider.decide(alone, GRAPH):
        assert len(decision.iris) == 5
        assert decision.probability == 1.0
        assert decision.information == 0


def test_a_set_lists_the_likeliest_first_with_its_information():
    decider = Conformal(coverage=0.8).fit(rehearsals(), GRAPH)
    query = rehearsals(seed=1)[0].query
    for row, decision in zip(query.scores, decider.decide(query, GRAPH), strict=True):
        at = [query.ids.index(iri) for iri in decision.iris]
        assert decision.kind == "set"
        assert (np.diff(row[at]) <= 0).all()
        assert decision.information == pytest.approx(np.log2(len(row) / len(at)))


def test_an_order_of_candidates_does_not_count():
    decider = Conformal(coverage=0.8, score="aps").fit(rehearsals(), GRAPH)
    query = rehearsals(seed=1)[0].query
    order = np.random.default_rng(0).permutation(len(query.ids))
    turned = query_of(query.scores[:, order], query.seen[order], [query.ids[k] for k in order])
    assert np.array_equal(decider.members(query)[:, order], decider.members(turned))


def test_what_is_kept_decides_the_same():
    decider = Conformal(coverage=0.8, score="raps").fit(rehearsals(), GRAPH)
    other = Conformal(coverage=0.8, score="raps").restore(decider.state())
    query = rehearsals(seed=2)[0].query
    assert other.decide(query, GRAPH) == decider.decide(query, GRAPH)


def test_a_class_in_several_rehearsals_is_one_unit():
    found = held(rehearsals(hidden=20, own=15), of_seen=True)
    assert found.classes == 15
    assert found.scores.shape == (len(found.units), len(COLUMNS))


def test_one_input_of_each_class_is_drawn_by_seed():
    found = held(rehearsals(), of_seen=False)

    def limit(seed):
        return Conformal(units="subsampled", seed=seed, coverage=0.8).threshold(found)

    assert limit(1) == limit(1)
    assert len({limit(seed) for seed in range(20)}) > 5
    one = Held(found.scores[:1], found.units[:1])
    assert Conformal(units="subsampled", coverage=0.5).threshold(one) == found.scores[0, 0]


def test_nothing_is_calibrated_without_hidden_classes():
    with pytest.raises(AdjusterError, match="conformal"):
        Conformal().fit([], GRAPH)
    with pytest.raises(AdjusterError, match="coverage"):
        Conformal(coverage=1.0)
