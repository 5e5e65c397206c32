"""The whole noun hierarchy: 82,115 synsets are read, checked, queried and described by expressions."""

from pathlib import Path

import pytest

from kgzsl.checks import check
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology

WORDNET = Path("/usr/share/wordnet")
pytestmark = pytest.mark.skipif(not (WORDNET / "data.noun").is_file(), reason="needs Debian's wordnet-base")


@pytest.fixture(scope="module")
def graph():
    return build_graph(read_ontology(WORDNET))


def test_it_is_one_hierarchy(graph):
    assert len(graph.class_ids) == 82_115
    assert [graph.label(iri) for iri in graph.class_ids if not graph.out(iri, "subClassOf")] == ["entity"]


def test_the_findings_are_those_of_sisters_with_one_name(graph):
    codes = {finding.code for finding in check(graph, codes="EWI")}
    assert codes <= {"W02", "W10", "W16", "I02"}


def test_three_ways_to_what_lies_below_animal_agree(graph):
    below = graph.descendants("n00015388")
    rows = graph.sparql("SELECT ?c { ?c rdfs:subClassOf+ wn:n00015388 }", timeout=60)
    assert len(below) > 3900
    assert {row["c"] for row in rows} == set(below)
    assert set(graph.classes("n00015388")) == set(below) | {graph.find("n00015388")}


def test_an_expression_with_not(graph):
    classes = graph.classes("n00015388 and not (hasPart some wing)")
    labels = {graph.label(iri) for iri in classes}
    assert "okapi" in labels
    assert not labels & {"animal", "robin", "honeybee"}
    assert 2000 < len(classes) < 4000
