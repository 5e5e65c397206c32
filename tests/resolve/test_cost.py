"""Cost-sensitive answers."""

import numpy as np
import pytest

from kgzsl import testing
from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.metrics import meeting_height
from kgzsl.resolve.catalogue import make_decider
from kgzsl.resolve.decide.cost import POWERS
from kgzsl.resolve.decide.hierarchy import Hierarchy
from kgzsl.resolve.decide.subtree import renormalised
from kgzsl.resolve.query import Query, Rehearsal
from tests.resolve.families import EX, bank_of, graph_of, members_of, rehearsals_of, turtle

PARENTS = {"thing": [], "animal": ["thing"], "dog": ["animal"], "cat": ["animal"], "car": ["thing"]}


def query_of(names, p):
    p = np.array(p, float)
    bank = ClassifierBank(tuple(EX + n for n in names), np.zeros((len(names), 2), np.float32),
                          np.zeros(len(names), np.float32), np.ones(len(names), bool))  # fmt: skip
    return Query(bank, np.arange(len(names)), np.zeros((len(p), 2), np.float32), np.log(p))


def test_two_improbable_siblings_beat_the_most_probable_answer(tmp_path):
    graph = graph_of(tmp_path, turtle(PARENTS))
    query = query_of(["dog", "cat", "car"], [[0.35, 0.25, 0.4], [0.1, 0.1, 0.8]])
    hedged, sure = make_decider("cost").decide(query, graph)
    assert (hedged.kind, hedged.ids, hedged.labels, hedged.iris) == ("class", ("dog",), ("dog",), (EX + "dog",))
    assert hedged.probability == pytest.approx(0.35)
    assert hedged.reason == "expected height of the mistake 1.05; 1.20 for 'car', which is more probable (0.40)"
    assert sure.ids == ("car",)
    assert sure.reason == "expected height of the mistake 0.40"
    assert sure.information == pytest.approx(np.log2(3))


def test_equal_costs_go_to_the_most_probable(tmp_path):
    graph = graph_of(tmp_path, turtle({"thing": [], "a": ["thing"], "b": ["thing"], "c": ["thing"]}))
    p = np.random.default_rng(0).dirichlet(np.ones(3), size=20)
    said = make_decider("cost").decide(query_of("abc", p), graph)
    assert [one.ids[0] for one in said] == ["abc"[k] for k in p.argmax(axis=1)]


def test_the_order_of_candidates_does_not_count(tmp_path):
    graph = graph_of(tmp_path, turtle(PARENTS))
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=20)
    plain = make_decider("cost").decide(query_of(["dog", "cat", "car", "animal"], p), graph)
    turned = make_decider("cost").decide(query_of(["animal", "car", "cat", "dog"], p[:, ::-1]), graph)
    assert [one.iris for one in plain] == [one.iris for one in turned]


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    graph = graph_of(tmp_path_factory.mktemp("kinds"), testing.world(6, 5))
    return graph, rehearsals_of(bank_of(members_of(graph), 6, 5))


def hidden_cost(decider, rehearsal, graph):
    """Return the class-mean height at which answers meet the truth, over hidden classes."""
    query, hidden = rehearsal.query, np.flatnonzero(~rehearsal.of_seen)
    said = decider.decide(query.take(hidden), graph)
    columns = np.array([query.ids.index(one.iris[0]) for one in said])
    return meeting_height(columns, rehearsal.y[hidden], Hierarchy(graph, query.ids).costs())


def test_true_probabilities_are_taken_as_they_are_and_flat_ones_are_sharpened(kinds):
    graph, rehearsals = kinds
    flat = [Rehearsal(r.query.scored(renormalised(0.1 * r.query.scores)), r.y) for r in rehearsals]
    plain, careful = make_decider("cost"), make_decider("cost").fit(flat, graph)
    assert make_decider("cost").fit(rehearsals, graph).power < careful.power
    before, after = (np.mean([hidden_cost(d, r, graph) for r in flat]) for d in (plain, careful))
    assert after < before
    again = make_decider("cost").restore(careful.state())
    assert again.decide(flat[0].query, graph) == careful.decide(flat[0].query, graph)


def test_the_power_is_that_of_least_cost(kinds):
    graph, rehearsals = kinds
    chosen = make_decider("cost").fit(rehearsals, graph)
    costs = []
    for power in POWERS:
        other = make_decider("cost").restore({"power": np.array([power])})
        costs.append(np.mean([hidden_cost(other, r, graph) for r in rehearsals]))
    assert costs[POWERS.index(chosen.power)] == pytest.approx(min(costs))
    with pytest.raises(AdjusterError, match="cost"):
        make_decider("cost").fit([], graph)


def test_no_input_and_one_candidate(tmp_path):
    graph = graph_of(tmp_path, turtle(PARENTS))
    assert make_decider("cost").decide(query_of(["dog"], np.ones((0, 1))), graph) == []
    (said,) = make_decider("cost").decide(query_of(["dog"], [[1.0]]), graph)
    assert (said.ids, said.probability, said.information) == (("dog",), 1.0, 0.0)
