"""Back-off: what is said, how it is calibrated, and what is promised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl import testing
from kgzsl.errors import AdjusterError
from kgzsl.resolve.catalogue import make_decider
from kgzsl.resolve.decide.backoff import GRIDS, RULES, said_at
from kgzsl.resolve.decide.guarantee import fulfils, loosest, p_value
from kgzsl.resolve.decide.hierarchy import Hierarchy, hierarchy_of
from kgzsl.resolve.query import Rehearsal
from tests.resolve.families import (
    EX,
    asked,
    bank_of,
    graph_of,
    inputs,
    members_of,
    rehearsals_of,
    turtle,
)
from tests.resolve.test_cost import PARENTS, query_of


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """A graph of six kinds with five members each, their bank, and rehearsals."""
    graph = graph_of(tmp_path_factory.mktemp("kinds"), testing.world(6, 5))
    bank = bank_of(members_of(graph), 6, 5)
    return graph, bank, rehearsals_of(bank)


def fitted(kinds, **options):
    graph, _, rehearsals = kinds
    return make_decider("back-off", options).fit(rehearsals, graph)


def right(decisions, graph, truths):
    return np.array([not d.iris or d.iris[0] == t or t in graph.descendants(d.iris[0])
                     for d, t in zip(decisions, truths, strict=True)])  # fmt: skip


def test_the_most_specific_node_that_passes_is_said(tmp_path):
    graph = graph_of(tmp_path, turtle(PARENTS))
    found = Hierarchy(graph, [EX + n for n in ("dog", "cat", "car")])
    p = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.4, 0.2, 0.4]])
    nodes, values = said_at(found, p, "threshold", np.array([0.3, 0.6, 0.9, 1.0, np.inf]))
    said = [[found.nodes[node].removeprefix(EX) for node in row] for row in nodes]
    assert said == [["dog", "animal", *["thing"] * 3], ["car", "car", *["thing"] * 3],
                    ["dog", "animal", *["thing"] * 3]]  # fmt: skip
    assert values[0] == pytest.approx([0.5, 0.8, 1, 1, 1])


def test_the_reward_is_weighed_against_being_right(tmp_path):
    graph = graph_of(tmp_path, turtle(PARENTS))
    found = Hierarchy(graph, [EX + n for n in ("dog", "cat", "car")])
    p = np.array([[0.5, 0.3, 0.2]])
    share = np.log2(1.5) / np.log2(3)
    even = (0.5 - 0.8 * share) / 0.3  # where (1 + λ) 0.5 = (share + λ) 0.8
    nodes, _ = said_at(found, p, "reward", np.array([even - 0.01, even + 0.01, 1e5, np.inf]))
    assert [found.nodes[node].removeprefix(EX) for node in nodes[0]] == ["dog", "animal", "thing", "thing"]


@pytest.mark.parametrize("rule", RULES)
def test_on_the_rehearsals_what_is_said_is_right_as_often_as_wanted(kinds, rule):
    graph, _, rehearsals = kinds
    last = np.inf
    for accuracy in (0.5, 0.8, 0.9, 0.97):
        decider = fitted(kinds, accuracy=accuracy, guarantee="mean", rule=rule)
        per_class = {}
        for rehearsal in rehearsals:
            said = decider.decide(rehearsal.query, graph)
            truths = [rehearsal.query.ids[c] for c in rehearsal.y]
            for own, truth, seen in zip(right(said, graph, truths), truths, rehearsal.of_seen, strict=True):
                if not seen:
                    per_class.setdefault(truth, []).append(own)
        reached = np.mean([np.mean(each) for each in per_class.values()])
        promised, bits = decider.promised()
        assert reached == pytest.approx(promised)
        assert promised >= accuracy - 1e-9
        assert bits <= last
        last = bits
    assert last > 0


def test_calibrated_on_some_classes_it_holds_on_others(kinds):
    graph, _, _ = kinds
    bank = bank_of(members_of(graph), 6, 5, seed=5)
    decider = make_decider("back-off", {"accuracy": 0.85}).fit(rehearsals_of(bank, seed=3), graph)
    other = bank_of(members_of(graph), 6, 5, seed=8)
    y = np.repeat(np.arange(30), 30)
    said = decider.decide(asked(other, np.arange(30), inputs(other, y, seed=9)), graph)
    assert right(said, graph, [other.ids[c] for c in y]).mean() > 0.83
    assert {one.kind for one in said} >= {"class", "ancestor"}


def test_more_is_promised_by_saying_less(kinds):
    bits = [fitted(kinds, accuracy=0.8, guarantee=g).promised()[1] for g in ("mean", "expected", "bound")]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > bits[2]
    sure, surer = (fitted(kinds, accuracy=0.8, guarantee="bound", confidence=c).promised()[1] for c in (0.5, 0.9999))
    assert sure > surer


def test_where_nothing_can_be_promised_nothing_is_said(kinds):
    graph, _, rehearsals = kinds
    decider = fitted(kinds, accuracy=0.99)  # thirty classes cannot promise 99 %
    assert decider.parameter() is None
    assert decider.promised() == (1.0, 0.0)
    said = decider.decide(rehearsals[0].query.take(np.arange(5)), graph)
    assert {(one.kind, one.ids, one.information) for one in said} == {("ancestor", ("thing",), 0.0)}
    assert "99%" in said[0].reason


def test_nothing_is_above_classes_that_have_nothing_in_common(tmp_path, kinds):
    graph = graph_of(tmp_path, turtle({"a": [], "b": []}))
    decider = fitted(kinds, accuracy=0.9)
    unsure, sure = decider.decide(query_of("ab", [[0.5, 0.5], [1 - 1e-9, 1e-9]]), graph)
    assert (unsure.kind, unsure.ids, unsure.information, unsure.probability) == ("none", (), 0.0, 1.0)
    assert "'a'" in unsure.reason
    assert (sure.kind, sure.ids, sure.information, sure.reason) == ("class", ("a",), 1.0, "")


def careful(threshold):
    """Return a decider with this threshold, or the next that is tried."""
    enough = np.broadcast_to(GRIDS["threshold"] >= threshold, (2, 2, len(GRIDS["threshold"]))).astype(float)
    bits = np.broadcast_to(-np.arange(len(GRIDS["threshold"])), enough.shape)
    return make_decider("back-off").restore({"accuracy": enough, "information": bits, "classes": np.full(2, 1000)})


def test_an_inner_candidate_is_a_class_only_where_it_is_meant_itself(tmp_path):
    graph = graph_of(tmp_path, turtle(PARENTS))
    asked_for = query_of(["dog", "cat", "animal", "car"], [[0.45, 0.35, 0.1, 0.1], [0.1, 0.1, 0.6, 0.2]])
    broader, itself = careful(0.7).decide(asked_for, graph)
    assert (broader.kind, broader.ids, broader.probability) == ("ancestor", ("animal",), pytest.approx(0.9))
    assert "'dog' alone" in broader.reason
    assert (itself.kind, itself.ids, itself.probability) == ("class", ("animal",), pytest.approx(0.8))
    assert itself.information == pytest.approx(np.log2(4 / 3))


def test_options_change_without_another_calibration(kinds):
    graph, _, rehearsals = kinds
    kept = fitted(kinds, accuracy=0.5).state()
    for options in ({"accuracy": 0.95}, {"rule": "reward"}, {"over": "both"}, {"guarantee": "mean"}):
        fresh, again = fitted(kinds, **options), make_decider("back-off", options).restore(dict(kept))
        assert again.parameter() == fresh.parameter()
        query = rehearsals[0].query.take(np.arange(40))
        assert again.decide(query, graph) == fresh.decide(query, graph)


def test_the_order_of_candidates_does_not_count(kinds):
    graph, bank, _ = kinds
    decider, order = fitted(kinds), np.random.default_rng(0).permutation(len(bank))
    X = inputs(bank, np.arange(len(bank)), seed=4)
    plain, turned = (decider.decide(asked(bank, rows, X), graph) for rows in (np.arange(len(bank)), order))
    assert [one.iris for one in plain] == [one.iris for one in turned]
    assert [one.probability for one in plain] == pytest.approx([one.probability for one in turned])


def test_no_input_and_impossible_candidates(kinds):
    graph, _, rehearsals = kinds
    query = rehearsals[0].query.take(np.arange(6))
    decider = fitted(kinds, accuracy=0.8)
    assert decider.decide(query.take(np.arange(0)), graph) == []
    one = query.scored(np.where(np.arange(len(query.ids)) == 4, 0, -np.inf)[None].repeat(6, axis=0))
    assert {(said.kind, said.iris, said.probability) for said in decider.decide(one, graph)} == {
        ("class", (query.ids[4],), 1.0)}  # fmt: skip


def test_nothing_to_calibrate_on_is_refused(kinds):
    graph, _, rehearsals = kinds
    query, y = rehearsals[0].query, rehearsals[0].y
    only_seen = np.flatnonzero(query.seen[y])
    for none in ([], [Rehearsal(query.take(only_seen), y[only_seen])]):
        with pytest.raises(AdjusterError, match="back-off"):
            make_decider("back-off").fit(none, graph)
    with pytest.raises(AdjusterError, match="did you mean 'accuracy'"):
        make_decider("back-off", {"acuracy": 0.9})
    with pytest.raises(AdjusterError, match="accuracy"):
        make_decider("back-off", {"accuracy": 1.5})


@given(st.integers(0, 999), st.sampled_from(RULES))
@settings(max_examples=25, deadline=None)
def test_more_careful_never_says_more(kinds, seed, rule):
    graph, bank, _ = kinds
    found = hierarchy_of(graph, bank.ids)
    p = np.random.default_rng(seed).dirichlet(np.full(len(bank), 0.2), size=4)
    nodes, values = said_at(found, p, rule, GRIDS[rule])
    assert (np.diff(found.information[nodes], axis=1) <= 1e-12).all()
    assert (found.information[nodes[:, -1]] == 0).all()
    if rule == "threshold":
        assert (values[:, :-1] >= GRIDS[rule][:-1] - 1e-9).all()


def test_guarantees_by_hand():
    accuracy = np.array([0.85, 0.9, 0.92, 1.0])
    assert fulfils(accuracy, 9, 0.9, "mean", 0.95).tolist() == [False, True, True, True]
    assert fulfils(accuracy, 9, 0.9, "expected", 0.95).tolist() == [False, False, False, True]  # (9·0.08 + 1)/10 > 0.1
    assert fulfils(accuracy, 99, 0.9, "expected", 0.95).tolist() == [False, False, True, True]
    assert fulfils(accuracy, 28, 0.9, "bound", 0.95).tolist() == [False, False, False, False]  # 0.9²⁸ = 0.052
    assert fulfils(accuracy, 29, 0.9, "bound", 0.95).tolist() == [False, False, False, True]  # 0.9²⁹ = 0.047


def test_the_p_value_by_hand():
    assert p_value(np.array([0.0]), 10, 0.2) == pytest.approx(0.8**10)  # Hoeffding: exp(-n log 1/(1-α))
    tail = 0.9**30 + 30 * 0.1 * 0.9**29
    kl = (1 / 30) * np.log((1 / 30) / 0.1) + (29 / 30) * np.log((29 / 30) / 0.9)
    assert p_value(np.array([1 / 30]), 30, 0.1) == pytest.approx(min(np.exp(-30 * kl), np.e * tail))
    assert p_value(np.array([0.5]), 10, 0.2) == 1.0


def test_a_bound_errs_no_more_often_than_it_says():
    rng = np.random.default_rng(0)
    risks = rng.beta(0.3, 0.7, size=(4000, 20)).mean(axis=1)  # the mean risk is 0.3, which is too much
    assert (p_value(risks, 20, 0.3 - 1e-9) <= 0.1).mean() <= 0.1


def test_tries_end_at_the_first_failure():
    assert loosest(np.array([True, False, True, True])) == 2
    assert loosest(np.array([True, True])) == 0
    assert loosest(np.array([True, False])) is None
