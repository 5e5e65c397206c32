"""Label sets that never contradict the ontology, and are the best of those that do not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.resolve.decide.consistent import Consistent, logistic
from kgzsl.resolve.decide.legality import rules_of
from kgzsl.resolve.decide.programme import best_set
from kgzsl.resolve.query import Query, Rehearsal
from kgzsl.testing import PREFIXES
from tests.resolve.small_graphs import NAMES, graph_of, graphs, legal_states, up, weight


def query_of(ids, p, seen=None):
    """Return a query whose probabilities are ``p``. Shape: (n, C)."""
    p = np.atleast_2d(np.asarray(p, float))
    seen = np.zeros(len(ids), bool) if seen is None else np.asarray(seen)
    bank = ClassifierBank(tuple(ids), np.zeros((len(ids), 2), np.float32), np.zeros(len(ids), np.float32), seen)
    return Query(bank, np.arange(len(ids)), np.zeros((len(p), 2), np.float32), np.log(p))


def ends(state, parents):
    return [name for name in state if not any(name != other and name in up(other, parents) for other in state)]


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 10**6), st.integers(0, 3))
def test_no_legal_set_has_more_gain(made, seed, most):
    graph, parents, disjoint, candidates = made
    gains = np.random.default_rng(seed).normal(loc=0.3, size=len(candidates))
    chosen = {candidates[k] for k in best_set(gains, rules_of(graph).among(candidates), most)}
    legal = [s for s, _ in legal_states(parents, disjoint, candidates) if not most or len(ends(s, parents)) <= most]
    assert chosen in legal
    best = max(weight(state, candidates, gains) for state in legal)
    assert math.isclose(weight(chosen, candidates, gains), best, abs_tol=1e-6)


@settings(max_examples=50, deadline=None)
@given(graphs(), st.integers(0, 10**6), st.sampled_from([0.05, 0.2, 0.5]))
def test_what_is_said_is_legal_whatever_the_probabilities(made, seed, threshold):
    graph, parents, disjoint, candidates = made
    p = np.random.default_rng(seed).dirichlet(np.full(len(candidates), 0.4), size=2) + 1e-12
    legal = [s for s, _ in legal_states(parents, disjoint, candidates)]
    decisions = Consistent(threshold=threshold).decide(query_of(candidates, p), graph)
    for decision in decisions:
        assert set(decision.iris) in legal
        assert decision.iris or all(not s for s in legal)
    everything = Consistent(threshold=threshold, ancestors=True).decide(query_of(candidates, p), graph)
    for small, whole in zip(decisions, everything, strict=True):
        assert set(whole.iris) == set().union(*(up(name, parents) for name in small.iris))


def test_an_order_of_candidates_does_not_count():
    graph = graph_of([("c", "a"), ("d", "b"), ("e", "b")], [("a", "b")])
    p = np.random.default_rng(1).dirichlet(np.ones(5), size=20)
    order = np.array([3, 1, 4, 0, 2])
    one = Consistent(threshold=0.15).decide(query_of("abcde", p), graph)
    other = Consistent(threshold=0.15).decide(query_of([*"dbeac"], p[:, order]), graph)
    assert [d.iris for d in one] == [d.iris for d in other]


def test_labels_that_nothing_forbids_are_said_together():
    free, bound = graph_of([], []), graph_of([("b", "a"), ("d", "c")], [("a", "c")])
    q = query_of("bd", [0.55, 0.45])
    assert Consistent(threshold=0.3).decide(q, free)[0].iris == ("b", "d")
    decision = Consistent(threshold=0.3).decide(q, bound)[0]
    assert decision.iris == ("b",)
    assert "1 more would contradict" in decision.reason
    assert decision.probability == pytest.approx(0.55)


def test_a_label_comes_with_the_candidates_above_it():
    graph = graph_of([("b", "a"), ("c", "b")], [])
    decision = Consistent().decide(query_of("cdae", [0.7, 0.1, 0.1, 0.1]), graph)[0]
    assert decision.iris == ("c", "a")
    assert decision.probability == pytest.approx(0.7)
    assert decision.information == pytest.approx(2.0)


def test_where_nothing_is_probable_the_best_is_said_or_nothing():
    graph = graph_of([], [])
    q = query_of("abc", [0.4, 0.35, 0.25])
    decision = Consistent().decide(q, graph)[0]
    assert (decision.kind, decision.iris) == ("labels", ("a",))
    assert "no label is as probable as 0.5" in decision.reason
    assert Consistent(empty=True).decide(q, graph)[0].kind == "none"


def test_a_class_that_contradicts_itself_is_never_said():
    graph = graph_of([("c", "a"), ("c", "b")], [("a", "b")])
    decision = Consistent(threshold=0.1).decide(query_of("cd", [0.8, 0.2]), graph)[0]
    assert decision.iris == ("d",)


DOMAINS = PREFIXES + """
@prefix kg: <https://w3id.org/kgzsl/ns#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
:animal a owl:Class ; rdfs:label "animal" ; owl:disjointWith :artefact .
:artefact a owl:Class ; rdfs:label "artefact" .
:wing a owl:Class ; rdfs:label "wing" .
:eats a owl:ObjectProperty ; rdfs:domain :animal .
:devours a owl:ObjectProperty ; rdfs:subPropertyOf :eats .
:furry a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute ; rdfs:domain :animal .
:cat a owl:Class ; rdfs:label "cat" ; :furry 0.9 .
:shark a owl:Class ; rdfs:label "shark" ; :devours :cat .
:bald a owl:Class ; rdfs:label "bald" ; :furry 0.1 .
:rug a owl:Class ; rdfs:label "rug" ; rdfs:subClassOf :artefact .
"""


def test_a_class_implies_the_domain_of_what_it_has(tmp_path):
    path = tmp_path / "domains.ttl"
    path.write_text(DOMAINS)
    graph = build_graph(read_ontology(path))
    rules, iri = rules_of(graph), graph.find
    animal = iri("animal")
    assert animal in rules.above(iri("cat"))
    assert animal in rules.above(iri("shark"))
    assert animal not in rules.above(iri("bald"))
    ids = [iri(name) for name in ("cat", "rug", "bald", "shark")]
    say = Consistent(threshold=0.1).decide
    p = [0.4, 0.35, 0.13, 0.12]
    assert say(query_of(ids, p), graph)[0].iris == (ids[0], ids[2], ids[3])
    whole = Consistent(threshold=0.3, ancestors=True).decide(query_of(ids, p), graph)[0]
    assert set(whole.iris) == {ids[0], animal}


def test_animals_are_never_of_two_disjoint_families(root):
    graph = build_graph(read_ontology(root / "ontologies/animals.ttl"))
    ids = [iri for iri in graph.class_ids if not graph.into(iri, "subClassOf")]
    assert rules_of(graph).against
    p = np.random.default_rng(0).dirichlet(np.full(len(ids), 0.5), size=60)
    plain, several = 0, 0
    for decision, row in zip(Consistent(threshold=0.03).decide(query_of(ids, p), graph), p, strict=True):
        def clash(those):
            ways = [graph.ancestors(iri) | {iri} for iri in those]
            return any(e.source in one and e.target in other for e in graph.relations if e.relation == "disjointWith"
                       for one in ways for other in ways)  # fmt: skip

        assert not clash(decision.iris)
        plain += clash([iri for iri, value in zip(ids, row, strict=True) if value >= 0.03])
        several += len(decision.iris) > 1
    assert plain > 30
    assert several > 5


def test_probabilities_are_straightened_on_rehearsals():
    rng = np.random.default_rng(0)
    true = np.clip(rng.dirichlet(np.full(6, 0.5), size=1500), 1e-9, 1)
    y = np.array([rng.choice(6, p=row / row.sum()) for row in true])
    sharp = true**3 / (true**3).sum(axis=1, keepdims=True)
    rehearsal = Rehearsal(query_of(NAMES[:6], sharp, [True] * 3 + [False] * 3), y)
    graph = graph_of([], [])
    decider = Consistent().fit([rehearsal], graph)
    assert decider.slope < 0.7

    def error(decisions, row):
        right = [NAMES[k] in d.iris[:1] for k, d in zip(y, decisions, strict=True)]
        return abs(np.mean(right) - np.mean([d.probability for d in decisions]))

    raw, mended = (d.decide(rehearsal.query, graph) for d in (Consistent(most=1), decider))
    assert error(mended, y) < 0.06 < error(raw, y)
    other = Consistent().restore(decider.state())
    assert other.decide(rehearsal.query.take(np.arange(9)), graph) == mended[:9]


def test_the_logistic_function_finds_what_made_the_labels():
    rng = np.random.default_rng(0)
    x = rng.normal(scale=3, size=20_000)
    holds = rng.random(20_000) < 1 / (1 + np.exp(-(0.6 * x - 1)))
    assert np.allclose(logistic(x, holds, np.ones(20_000)), (0.6, -1), atol=0.06)


def test_options_are_checked():
    with pytest.raises(AdjusterError, match="did you mean 'threshold'"):
        Consistent(treshold=0.5)
    with pytest.raises(AdjusterError, match="threshold"):
        Consistent(threshold=1.5)
