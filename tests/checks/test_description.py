"""Classes that lie apart, look alike, or have nothing to be recognised by; with and without a recipe."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.graph import ClassGraph
from kgzsl.graph.classgraph import SUBCLASS, Concept, Relation
from kgzsl.graph.recipe import Recipe, Vectors, Way
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.grounding import ungrounded
from kgzsl.semantics.space import build_space
from tests.checks.worlds import found, graph_of, tree

STRIPES = "att:stripes a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .\n"


def recipe(source="text", **relations):
    ways = relations or {"subClassOf": 1.0}
    return Recipe(name="r", ontologies=["a.ttl"], vectors=Vectors(source=source), relations=ways)


@pytest.mark.parametrize(
    ("relations", "lost"),
    [({"subClassOf": 1.0}, {"tail", "lone"}), ({"subClassOf": 1.0, "hasPart": 0.5}, {"lone"}),
     ({"subClassOf": 0.0, "hasPart": 0.5}, {"a", "b", "lone"}),
     ({"subClassOf": Way(direction="along")}, {"a", "tail", "lone"}),
     ({"subClassOf": Way(direction="against")}, {"b", "tail", "lone"})],
)  # fmt: skip
def test_paths_to_seen_classes_go_over_relations_with_weight(tmp_path, relations, lost):
    text = tree({"a": "", "seen": "a", "b": "seen", "tail": "", "lone": ""}) + ":seen :hasPart :tail .\n"
    graph = graph_of(tmp_path, text)
    findings = found(graph, "W01", [graph.find("seen")], recipe(**relations))
    assert {f.value for f in findings} == lost
    assert found(graph, "W01") == []


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from([SUBCLASS, "hasPart"]), st.integers(0, 7)), max_size=9),
       st.sets(st.integers(0, 7), min_size=1, max_size=2), st.sampled_from(["both", "along", "against"]))  # fmt: skip
def test_a_class_without_a_path_is_what_an_engine_calls_ungrounded(edges, seen, direction):
    relations = tuple(Relation(str(a), name, str(b)) for a, name, b in edges)
    concepts = {str(n): Concept(str(n), "class", str(n)) for n in range(8)}
    graph = ClassGraph(concepts, relations, (), "", Ontology(()))
    made = recipe(subClassOf=Way(direction=direction))
    space = build_space(graph, made.ways, Blank())
    bank = SimpleNamespace(ids=graph.class_ids, seen=np.array([int(iri) in seen for iri in graph.class_ids]))
    told = {f.value for f in found(graph, "W01", [str(n) for n in seen], made)}
    assert told == ungrounded(space, bank)


class Blank:
    """Vectors that say nothing."""

    def vectors(self, graph):
        return np.ones((len(graph), 1), np.float32), np.ones(len(graph), bool)


def test_islands(tmp_path):
    text = tree({"a": "", "b": "a", "c": "a", "x": "", "y": "x", "gone": ""}) + ":gone rdfs:subClassOf :nothere .\n"
    graph = graph_of(tmp_path, text + ":d a owl:Class ; rdfs:subClassOf :a .\n")
    (finding,) = found(graph, "W09")
    assert (finding.line, finding.value) == (4, "x")
    assert "'x' and 1 more ('y') are not connected" in finding.message
    assert found(graph, "W09", [graph.find("a")]) == []
    assert found(graph, "W09", [graph.find("a"), graph.find("y")]) == [finding]
    assert found(graph_of(tmp_path, tree(dict.fromkeys("abcd", ""))), "W09") == []


TWINS = STRIPES + ":p a owl:Class ; skos:prefLabel 'p' .\n" + "".join(
    f":c{k} a owl:Class ; rdfs:subClassOf :p ; skos:altLabel 'twin' ; att:stripes 0.5 .\n" for k in range(2)
)


def test_the_same_description(tmp_path):
    graph = graph_of(tmp_path, TWINS)
    (finding,) = found(graph, "W10")
    assert finding.line == 4
    assert "(c1)" in finding.message
    assert "(c0, line" in finding.message
    for more in (":c1 skos:altLabel 'other' .", ":c1 :hasPart :p .", ":k a owl:Class ; rdfs:subClassOf :c1 ."):
        assert found(graph_of(tmp_path, TWINS + more + "\n"), "W10") == [], more
    assert found(graph_of(tmp_path, TWINS.replace("0.5", "0.6", 1)), "W10") == []


def test_a_recipe_says_what_counts_as_description(tmp_path):
    text = TWINS + ":c0 skos:prefLabel 'one' .\n:c1 skos:prefLabel 'two' .\n"
    graph = graph_of(tmp_path, text)
    assert found(graph, "W10") == found(graph, "W10", recipe=recipe("text")) == []
    assert [f.value for f in found(graph, "W10", recipe=recipe("attributes"))] == ["c1"]
    assert found(graph, "W10", [graph.find("c0")], recipe("attributes")) == []


def test_an_attribute_that_is_constant_or_unused(tmp_path):
    text = STRIPES + STRIPES.replace("stripes", "wings") + tree({"a": "", "b": ""})
    (unused,) = found(graph_of(tmp_path, text + ":a att:stripes 0.5 .\n"), "W11")
    assert (unused.line, unused.message) == (2, "no class has the attribute 'wings'")
    constant = ":a att:stripes 0.5 ; att:wings 1 .\n:b att:stripes 0.5 .\n"
    assert [f.value for f in found(graph_of(tmp_path, text + constant), "W11")] == ["stripes"]
    varied = constant + ":b att:wings 0.1 .\n:c a owl:Class ; att:wings 0 .\n"
    assert found(graph_of(tmp_path, text + varied), "W11") == []


def test_too_little_description_depends_on_what_vectors_read(tmp_path):
    text = STRIPES + tree({"named": ""}) + ":bare a owl:Class ; rdfs:subClassOf :named .\n"
    text += ":striped a owl:Class ; rdfs:subClassOf :named ; att:stripes 0.5 .\n"
    graph = graph_of(tmp_path, text)
    assert {f.value for f in found(graph, "W13")} == {"bare"}
    assert {f.value for f in found(graph, "W13", recipe=recipe("text"))} == {"bare", "striped"}
    assert {f.value for f in found(graph, "W13", recipe=recipe("attributes"))} == {"bare"}
    assert {f.value for f in found(graph, "W12")} == {"striped"}


def test_preferred_languages_are_the_recipes(tmp_path):
    text = ":a a owl:Class ; rdfs:label 'zèbre'@fr .\n:b a owl:Class ; rdfs:label 'horse'@en-GB .\n:c a owl:Class ; "
    graph = graph_of(tmp_path, text + "rdfs:label 'Esel'@de, 'donkey' .\n")
    assert [f.value for f in found(graph, "I03")] == ["a"]
    french = recipe().model_copy(update={"languages": ["fr"]})
    assert [f.value for f in found(graph, "I03", recipe=french)] == ["b"]
