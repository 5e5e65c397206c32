"""Marginals that respect hierarchy and exclusions, against the sum over all states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.resolve.decide import circuit
from kgzsl.resolve.decide.circuit import TooManyError, circuits
from kgzsl.resolve.decide.legality import rules_of
from kgzsl.resolve.decide.marginals import marginals, of_query, potentials
from kgzsl.resolve.query import Query
from tests.resolve.small_graphs import graph_of, graphs, legal_states, up, weight


def by_hand(parents, disjoint, candidates, values, iris, empty):
    states = [(s, whole) for s, whole in legal_states(parents, disjoint, candidates) if s or empty]
    mass = np.array([np.exp(weight(state, candidates, values)) for state, _ in states])
    return [sum(m for m, (_, whole) in zip(mass, states, strict=True) if iri in whole) / mass.sum() for iri in iris]


@settings(max_examples=150, deadline=None)
@given(graphs(), st.integers(0, 10**6), st.booleans())
def test_they_are_the_sum_over_legal_states(made, seed, empty):
    graph, parents, disjoint, candidates = made
    values = np.random.default_rng(seed).normal(scale=2, size=(3, len(candidates)))
    found = marginals(graph, candidates, values, empty)
    possible = any(state for state, _ in legal_states(parents, disjoint, candidates))
    assert found.exact
    assert set(found.iris) == set().union(*(up(name, parents) for name in candidates))
    for row, p in zip(values, found.probabilities, strict=True):
        if empty or possible:
            assert np.allclose(p, by_hand(parents, disjoint, candidates, row, found.iris, empty), atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 10**6))
def test_they_rise_upwards_and_exclusive_ones_share_one(made, seed):
    graph, parents, disjoint, candidates = made
    values = np.random.default_rng(seed).normal(scale=4, size=(4, len(candidates)))
    found = marginals(graph, candidates, values)
    p, at = found.probabilities, found.column
    assert (p >= 0).all()
    assert (p <= 1).all()
    for child, parent in parents:
        if child in at:
            assert (p[:, at[parent]] >= p[:, at[child]] - 1e-9).all()
    for one, other in disjoint:
        if one in at and other in at:
            assert (p[:, at[one]] + p[:, at[other]] <= 1 + 1e-9).all()


def test_an_order_of_candidates_does_not_count():
    graph = graph_of([("c", "a"), ("d", "b"), ("e", "b")], [("a", "b")])
    values = np.random.default_rng(0).normal(size=(2, 4))
    one, other = marginals(graph, "cdeb", values), marginals(graph, "bedc", values[:, ::-1])
    for iri in one.iris:
        assert np.allclose(one.probabilities[:, one.column[iri]], other.probabilities[:, other.column[iri]])


def test_siblings_exclude_one_another_only_where_that_is_said():
    values = np.array([[3.0, 3.0]])
    free = marginals(graph_of([("b", "a"), ("c", "a")], []), "bc", values).probabilities[0]
    bound = marginals(graph_of([("b", "a"), ("c", "a")], [("b", "c")]), "bc", values).probabilities[0]
    alone = 1 / (1 + np.exp(-3))
    assert np.allclose(free, [alone, alone, 1 - (1 - alone) ** 2])
    assert np.allclose(bound, [np.exp(3) / (1 + 2 * np.exp(3))] * 2 + [2 * np.exp(3) / (1 + 2 * np.exp(3))])


def test_disjointness_is_inherited_by_what_lies_below():
    graph = graph_of([("c", "a"), ("d", "b")], [("a", "b")])
    p = marginals(graph, "cd", np.array([[20.0, 20.0]])).probabilities[0]
    assert np.allclose(p[:2], 0.5, atol=1e-6)


def test_a_class_below_two_disjoint_ones_never_holds():
    graph = graph_of([("c", "a"), ("c", "b")], [("a", "b")])
    found = marginals(graph, "cab", np.array([[9.0, 0.0, 0.0]]))
    assert found.probabilities[0, found.column["c"]] == 0


def test_where_all_exclude_one_another_a_probability_stays_and_is_summed_upwards():
    graph = graph_of([("c", "a"), ("d", "a"), ("e", "b")], [("c", "d"), ("a", "b")])
    p = np.array([[0.5, 0.2, 0.3]])
    legality = rules_of(graph).among("cde")
    found = marginals(graph, "cde", potentials(np.log(p), legality), empty=False)
    assert dict(zip(found.iris, found.probabilities[0].round(9), strict=True)) == pytest.approx(
        {"c": 0.5, "d": 0.2, "e": 0.3, "a": 0.7, "b": 0.3})  # fmt: skip


def test_a_candidate_above_others_has_its_own_probability_and_theirs():
    graph = graph_of([("c", "a"), ("d", "a")], [("c", "d"), ("a", "b")])
    p = np.array([[0.1, 0.4, 0.3, 0.2]])
    found = marginals(graph, "acdb", potentials(np.log(p), rules_of(graph).among("acdb")), empty=False)
    assert np.allclose(found.probabilities[0], [0.8, 0.4, 0.3, 0.2])


def test_fifty_animals_are_counted_exactly(root):
    graph = build_graph(read_ontology(root / "ontologies/animals.ttl"))
    ids = [iri for iri in graph.class_ids if not graph.into(iri, "subClassOf")]
    p = np.random.default_rng(0).dirichlet(np.full(len(ids), 0.2), size=5)
    found = marginals(graph, ids, potentials(np.log(p), rules_of(graph).among(ids)), empty=False)
    assert found.exact
    at, values = found.column, found.probabilities
    for edge in graph.relations:
        if edge.source in at and edge.target in at:
            one, other = values[:, at[edge.source]], values[:, at[edge.target]]
            ok = one <= other + 1e-9 if edge.relation == "subClassOf" else one + other <= 1 + 1e-9
            assert ok.all(), edge
    assert len(circuits(rules_of(graph).among(ids))[0].nodes) < 500


def test_too_many_states_are_not_counted_in_silence(monkeypatch):
    rng = np.random.default_rng(3)
    names = [f"n{k:02}" for k in range(16)]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1:] if rng.random() < 0.3]
    graph, values = graph_of([], pairs, names), rng.normal(size=(2, 16)) - 2
    whole = marginals(graph, names, values)
    monkeypatch.setattr(circuit, "MOST_NODES", 12)
    with pytest.raises(TooManyError):
        circuits(rules_of(graph).among(names))
    part = marginals(graph, names, values)
    assert whole.exact
    assert not part.exact
    assert "left out" in part.note
    assert (part.probabilities[:, :16].sum(axis=1) > 0).all()
    for a, b in pairs:
        assert (part.probabilities[:, part.column[a]] + part.probabilities[:, part.column[b]] <= 1 + 1e-9).all()
    assert np.allclose(marginals(graph, names, values[1:]).probabilities, part.probabilities[1:])


def test_more_candidates_than_can_be_counted_are_refused():
    names = [f"n{k}" for k in range(2001)]
    with pytest.raises(AdjusterError, match="2001 candidates"):
        marginals(graph_of([], [], names), names, np.zeros((1, 2001)))


def test_a_query_has_the_marginals_of_its_candidates():
    graph = graph_of([("c", "a"), ("d", "a")], [("c", "d")])
    bank = ClassifierBank(("c", "d"), np.zeros((2, 2), np.float32), np.zeros(2, np.float32), np.ones(2, bool))
    query = Query(bank, np.arange(2), np.zeros((1, 2), np.float32), np.log([[0.25, 0.75]]))
    found = of_query(query, graph)
    assert found.iris == ("c", "d", "a")
    assert np.allclose(found.probabilities, [[0.25, 0.75, 1.0]])
