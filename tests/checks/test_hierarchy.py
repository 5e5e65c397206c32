"""Cycles, disjointness and classes that can have no members."""

import time

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgzsl.checks import Context
from kgzsl.checks.disjoint_ancestors import clashes
from kgzsl.graph import ClassGraph
from kgzsl.graph.classgraph import DISJOINT, SUBCLASS, Concept, Relation
from kgzsl.ontology.model import Ontology
from tests.checks.worlds import found, graph_of, tree

QUICK = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def made(edges, disjoint=()):
    """Return a graph of classes that are numbers: subclass edges and disjoint pairs."""
    names = sorted({str(n) for pair in (*edges, *disjoint) for n in pair})
    relations = [Relation(str(a), SUBCLASS, str(b), 1.0, "a.ttl", n) for n, (a, b) in enumerate(edges, 1)]
    relations += [Relation(str(a), DISJOINT, str(b), 1.0, "a.ttl", 99) for a, b in disjoint]
    return ClassGraph({n: Concept(n, "class", n) for n in names}, tuple(relations), (), "", Ontology(()))


PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=14)


@QUICK
@given(PAIRS)
def test_a_cycle_is_found_wherever_there_is_one_and_shown_whole(pairs):
    graph = made(dict.fromkeys(pairs))
    net = nx.DiGraph([(str(a), str(b)) for a, b in pairs])
    circles = [c for c in nx.strongly_connected_components(net) if len(c) > 1 or net.has_edge(*(list(c) * 2))]
    findings = found(graph, "E02")
    assert len(findings) == len(circles)
    for finding in findings:
        steps = [step.split(" ")[0] for step in finding.message.removeprefix("cycle in the hierarchy: ").split(" → ")]
        assert steps[0] == steps[-1]
        assert nx.is_path(net, steps)
        assert len(set(steps)) == len(steps) - 1


@QUICK
@given(PAIRS, PAIRS)
def test_disjoint_ancestors_are_told_where_they_first_meet(pairs, disjoint):
    edges = [(a, b) for a, b in dict.fromkeys(pairs) if a > b]
    graph = made(edges, [(a, b) for a, b in disjoint if a != b])
    context = Context(graph)
    at_or_above = {iri: graph.ancestors(iri) | {iri} for iri in graph.concepts}
    empty = {(iri, pair) for iri in graph.concepts for pair in context.disjoint if pair <= at_or_above[iri]}
    first = {(iri, pair) for iri, pair in empty if not any((e.target, pair) in empty for e in context.up.get(iri, ()))}
    told = clashes(context)
    assert set(told) == first
    assert len(told) == len(first)


def test_a_long_cycle_names_every_step_in_order(tmp_path):
    graph = graph_of(tmp_path, tree({"a": "b", "b": "c", "c": "a", "below": "a"}))
    (finding,) = found(graph, "E02")
    assert "c → a (line" in finding.message
    assert finding.message.count("→") == 3
    assert finding.line == 3


def test_equivalent_classes_are_no_cycle(tmp_path):
    text = tree({"a": "", "b": "a"}) + ":a owl:equivalentClass :b .\n"
    assert found(graph_of(tmp_path, text), "E02") == []


def test_both_ways_up_are_shown_with_their_files(tmp_path):
    (tmp_path / "b.ttl").write_text("")
    text = tree({"bird": "", "horse": "", "pony": "horse", "pegasus": "pony bird", "foal": "pegasus"})
    (finding,) = found(graph_of(tmp_path, text + ":bird owl:disjointWith :horse .\n"), "W03")
    assert finding.line == 4
    assert "'pegasus' lies below 'bird' and 'horse'" in finding.message
    assert "pegasus → bird (line" in finding.message
    assert "pegasus → pony (line" in finding.message
    assert "→ horse (line" in finding.message


def test_a_class_disjoint_with_its_own_ancestor(tmp_path):
    text = tree({"a": "", "b": "a", "c": "b"}) + ":c owl:disjointWith :a .\n"
    (finding,) = found(graph_of(tmp_path, text), "W03")
    assert "'c' lies below 'a', which it is stated disjoint" in finding.message
    assert "c → b" in finding.message


def test_all_disjoint_classes_count(tmp_path):
    text = tree({"a": "", "b": "", "c": "", "x": "a c"})
    text += "[] a owl:AllDisjointClasses ; owl:members ( :a :b :c ) .\n"
    assert [f.value for f in found(graph_of(tmp_path, text), "W03")] == ["x"]


PARTS = ":hasPart a owl:ObjectProperty .\n"
SOME = "[ a owl:Restriction ; owl:onProperty :hasPart ; owl:someValuesFrom :{} ]"


def test_what_follows_from_an_empty_class_is_told_with_the_chain(tmp_path):
    text = PARTS + tree({"a": "", "b": "", "x": "a b", "y": "x", "z": "a"}) + ":a owl:disjointWith :b .\n"
    text += f":z rdfs:subClassOf {SOME.format('y')} .\n"
    graph = graph_of(tmp_path, text)
    findings = {f.value: f.message for f in found(graph, "W14")}
    assert set(findings) == {"y", "z"}
    assert "z –hasPart→ y (line" in findings["z"]
    assert "→ x (line" in findings["z"]
    assert "'x' is empty: disjoint classes above it" in findings["z"]
    assert [f.value for f in found(graph, "W03")] == ["x"]


def test_an_annotation_property_needs_no_part(tmp_path):
    text = ":seeAlso a owl:AnnotationProperty .\n" + tree({"a": "", "z": "a"})
    text += ":a rdfs:subClassOf owl:Nothing .\n:o a owl:Class ; :seeAlso :a .\n"
    assert {f.value for f in found(graph_of(tmp_path, text), "W14")} == {"a", "z"}


@pytest.mark.parametrize(
    ("restriction", "empty"),
    [
        ("owl:maxQualifiedCardinality 0 ; owl:onClass :wing", True),
        ("owl:qualifiedCardinality 0 ; owl:onClass :limb", True),
        ("owl:maxCardinality 0", True),
        ("owl:maxCardinality 1", False),
        ("owl:maxQualifiedCardinality 0 ; owl:onClass :fin", False),
        ("owl:allValuesFrom :fin", True),
        ("owl:allValuesFrom [ a owl:Class ; owl:unionOf ( :fin :limb ) ]", False),
        ("owl:allValuesFrom :limb", False),
    ],
)
def test_a_restriction_that_forbids_what_a_class_has(tmp_path, restriction, empty):
    parents = {"thing": "", "limb": "thing", "wing": "limb", "fin": "thing", "fish": "thing", "flying": "fish"}
    text = PARTS + tree(parents)
    text += ":fin owl:disjointWith :limb .\n"
    text += f":fish rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :hasPart ; {restriction} ] .\n"
    text += f":flying rdfs:subClassOf {SOME.format('wing')} .\n"
    findings = found(graph_of(tmp_path, text), "W14")
    assert [f.value for f in findings] == (["flying"] if empty else [])
    if empty:
        assert "hasPart 'wing' at" in findings[0].message
        assert " against hasPart " in findings[0].message


def test_a_restriction_counts_wherever_it_meets_what_it_forbids(tmp_path):
    text = PARTS + tree({"limb": "", "wing": "limb", "fish": "", "eel": "fish", "other": ""})
    text += f":fish rdfs:subClassOf {SOME.format('wing')} .\n"
    for name in ("eel", "other"):
        text += f":{name} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :hasPart ; owl:maxCardinality 0 ] .\n"
    assert [f.value for f in found(graph_of(tmp_path, text), "W14")] == ["eel"]


def test_many_restrictions_take_no_longer_each(tmp_path):
    only = "[ a owl:Restriction ; owl:onProperty :hasPart ; owl:allValuesFrom :c0 ]"
    text = PARTS + tree({"c0": ""} | {f"c{n}": f"c{n // 3}" for n in range(1, 800)})
    text += "".join(f":c{n} rdfs:subClassOf {only}, {SOME.format(f'c{n}')} .\n" for n in range(800))
    graph = graph_of(tmp_path, text)
    begun = time.process_time()
    assert found(graph, "W14") == []
    assert time.process_time() - begun < 3
