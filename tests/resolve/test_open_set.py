"""Open set: none of the candidates, calibrated on classes that were taken out."""

import numpy as np
import pytest

from kgzsl import testing
from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.metrics import by_class
from kgzsl.resolve.catalogue import make_decider
from kgzsl.resolve.decide.novelty import SCORES
from kgzsl.resolve.decide.open_set import RATES, _alike, _quantiles, tries
from kgzsl.resolve.decide.subtree import among
from kgzsl.resolve.query import Query, Rehearsal
from tests.resolve.families import asked, bank_of, graph_of, inputs, members_of, rehearsals_of

SEEN = np.array([True, False, False])


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    graph = graph_of(tmp_path_factory.mktemp("kinds"), testing.world(8, 4))
    bank = bank_of(members_of(graph), 8, 4)
    return graph, bank, rehearsals_of(bank)


@pytest.fixture(scope="module")
def fitted(kinds):
    """Return a decider of these options, calibrated once for all."""
    graph, _, rehearsals = kinds
    kept = make_decider("open-set").fit(rehearsals, graph).state()
    return lambda **options: make_decider("open-set", options).restore(dict(kept))


def test_scores_by_hand():
    p, raw = np.array([[0.5, 0.3, 0.2]]), np.array([[3.0, 1.0, 2.0]])
    two = 0.6 * np.log(0.6) + 0.4 * np.log(0.4)
    found = {name: float(score(np.log(p), raw, SEEN, 2.0)[0]) for name, score in SCORES.items()}
    assert found == {
        "probability": pytest.approx(np.log(0.5)),
        "margin": pytest.approx(0.2),
        "certainty": pytest.approx(0.5 * np.log(0.5) + 0.3 * np.log(0.3) + 0.2 * np.log(0.2)),
        "energy": pytest.approx(2 * np.log((np.exp(1.5) + np.exp(0.5) + np.exp(1.0)) / 3)),
        "score": 3.0,
        "standardised": pytest.approx(1 / np.sqrt(2 / 3)),
        "unseen-certainty": pytest.approx(two),
        "grouped-certainty": pytest.approx(two / np.log(2) / 2),
    }


@pytest.mark.parametrize("name", SCORES)
def test_one_candidate_equal_scores_and_huge_ones_have_a_number(name):
    for raw in (np.array([[7.0]]), np.array([[1.0, 1.0]]), np.array([[1e6, -1e6]])):
        logp = np.log(np.full_like(raw, 1 / raw.shape[1]))
        assert np.isfinite(SCORES[name](logp, raw, np.zeros(raw.shape[1], bool), 1.0)).all()


def test_thresholds_refuse_no_more_than_the_rate():
    values, weights = np.array([3.0, 1.0, 2.0, 2.0]), np.array([0.5, 0.1, 0.2, 0.2])
    found = dict(zip(np.round(RATES, 3), _quantiles(values, weights), strict=True))
    assert [found[rate] for rate in (0.0, 0.09, 0.1, 0.49, 0.5, 0.999, 1.0)] == [1, 1, 2, 2, 3, 3, np.inf]
    for rate, threshold in found.items():
        assert weights[values < threshold].sum() / weights.sum() <= rate + 1e-9
    assert _alike(np.array([4, 4, 7])).tolist() == [0.5, 0.5, 1.0]


@pytest.mark.parametrize("name", SCORES)
def test_known_inputs_are_refused_as_often_as_stated(kinds, fitted, name):
    _, bank, _ = kinds
    fresh = rehearsals_of(bank, per_class=60, seed=70)
    for rate in (0.05, 0.2):
        decider = fitted(rejected=rate, score=name, over="unseen")
        kept = []
        for one in [one for k, r in enumerate(fresh) for one in tries(r, float(decider.measured["unit"][0]), k)]:
            own = ~one.unknown & ~one.of_seen
            kept.append(by_class(one.values[name][own] < decider.threshold, one.y[own]))
        assert np.concatenate(kept).mean() == pytest.approx(rate, abs=0.03)


def test_over_both_seen_and_unseen_weigh_the_same(kinds, fitted):
    rehearsals = kinds[2]
    decider = fitted(score="energy", rejected=0.2)
    unit, shares = float(decider.measured["unit"][0]), {True: [], False: []}
    for one in [one for k, r in enumerate(rehearsals) for one in tries(r, unit, k)]:
        refused = one.values["energy"] < decider.threshold
        for seen, found in shares.items():
            own = ~one.unknown & (one.of_seen == seen)
            found.append(by_class(refused[own], one.y[own]).mean())
    assert (np.mean(shares[True]) + np.mean(shares[False])) / 2 == pytest.approx(0.2, abs=0.002)


def test_halves_that_go_are_of_hidden_classes_and_change_places(kinds):
    rehearsal = kinds[2][0]
    made = tries(rehearsal, 1.0, 0)
    for one, other in zip(made[::2], made[1::2], strict=True):
        assert not (one.unknown & one.of_seen).any()
        assert (one.unknown ^ other.unknown)[~one.of_seen].all()
    left = np.array([c for c in range(len(rehearsal.query.ids)) if c not in set(rehearsal.y[made[0].unknown])])
    alone = among(rehearsal.query, left).scores.max(axis=1)
    assert made[0].values["probability"] == pytest.approx(alone)


def test_of_several_scores_the_one_that_tells_best_is_chosen(kinds, fitted):
    decider = fitted()
    areas = decider.measured["auroc"]
    assert fitted(over="unseen").chosen == list(SCORES)[int(areas[:, 0].argmax())]
    assert fitted(over="both").chosen == list(SCORES)[int(areas.min(axis=1).argmax())]
    assert areas.max() > 0.6
    assert fitted(score="margin").chosen == "margin"


def test_decisions_say_why(kinds, fitted):
    graph, bank, _ = kinds
    decider = fitted(score="probability", rejected=0.3)
    query = asked(bank, np.arange(len(bank)), inputs(bank, np.repeat(np.arange(len(bank)), 5), seed=2))
    sure = decider.sureness(query)
    assert sure == pytest.approx(query.scores.max(axis=1))
    said = decider.decide(query, graph)
    assert [one.kind == "none" for one in said] == (sure < decider.threshold).tolist()
    for one, p in zip(said, np.exp(query.scores), strict=True):
        if one.kind == "class":
            assert one.iris == (query.ids[p.argmax()],)
            assert one.probability == pytest.approx(p.max())
        else:
            assert one.reason.startswith("probability -")
            inside = [c in {one.iris[0], *graph.descendants(one.iris[0])} if one.iris else True for c in query.ids]
            assert p[inside].sum() >= 0.5
            assert 0 < one.probability <= 1
    near = [one for one in said if one.kind == "none" and one.ids]
    assert near
    assert all("the nearest ancestor is" in one.reason for one in near)


def test_options_change_without_another_calibration(kinds, fitted):
    graph, _, rehearsals = kinds
    query = rehearsals[0].query.take(np.arange(60))
    for options in ({"score": "energy", "rejected": 0.5}, {"over": "unseen", "ancestor": 0.9}):
        fresh = make_decider("open-set", options).fit(rehearsals, graph)
        assert fitted(**options).decide(query, graph) == fresh.decide(query, graph)
    assert all(one.kind == "none" for one in fitted(rejected=1.0).decide(query, graph))


def test_no_input_and_impossible_candidates(kinds, fitted):
    graph, _, rehearsals = kinds
    query = rehearsals[0].query.take(np.arange(6))
    half = np.where(np.arange(len(query.ids)) % 2 == 1, -np.inf, 0)
    for name in SCORES:
        decider = fitted(score=name)
        assert decider.decide(query.take(np.arange(0)), graph) == []
        assert np.isfinite(decider.sureness(query.scored(query.scores + half))).all()


def test_the_order_of_candidates_does_not_count(kinds, fitted):
    graph, bank, _ = kinds
    order, X = np.random.default_rng(0).permutation(len(bank)), inputs(bank, np.arange(len(bank)), seed=4)
    for name in SCORES:
        decider = fitted(score=name)
        plain, turned = (decider.decide(asked(bank, rows, X), graph) for rows in (np.arange(len(bank)), order))
        assert [one.iris for one in plain] == [one.iris for one in turned]


def test_nothing_to_calibrate_on_is_refused(kinds):
    graph, bank, rehearsals = kinds
    with pytest.raises(AdjusterError, match="open-set"):
        make_decider("open-set").fit([], graph)
    one_hidden = np.arange(len(bank)) != 3
    other = ClassifierBank(bank.ids, bank.weights, bank.bias, one_hidden, bank.input_map, "dot")
    query: Query = rehearsals[0].query
    made = Rehearsal(asked(other, query.rows, query.X), rehearsals[0].y)
    with pytest.raises(AdjusterError, match="two hidden classes"):
        make_decider("open-set").fit([made], graph)
