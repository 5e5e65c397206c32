"""SHACL shapes: the bundled ones and a user's own, without network and scripts."""

import socket

import pytest

from kgzsl.checks.shapes import findings
from kgzsl.errors import MissingFileError, OntologyError
from tests.checks.worlds import HEAD, LINES, graph_of, tree
from tests.conftest import ROOT

SHAPES = ROOT / "ontologies/shapes.ttl"
OWN = HEAD.replace("@prefix : <http://x/>", "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix : <http://x/>")


@pytest.fixture
def offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def own(tmp_path):
    def write(text):
        path = tmp_path / "own-shapes.ttl"
        path.write_text(OWN + text)
        return path

    return write


def told(graph, *files):
    return [(f.code, f.line - LINES, f.message) for f in findings(graph, files)]


@pytest.mark.parametrize(
    ("fact", "code"),
    [(':a skos:prefLabel "" .', "S01"), (":a skos:definition 12 .", "S01"), (':a owl:deprecated "maybe" .', "S01"),
     (":a kg:hasPart 'wing' .", "S01"), (":a att:s 3 .", "S01"), (":a att:s 0.3, true .", None),
     (":a skos:prefLabel 'one'@en, 'two'@en .", "S02"), (":b a owl:Class ; skos:definition 'the b' .", "S02"),
     (":b a owl:Class ; rdfs:label 'b' .", "S03"),
     (":a rdfs:subClassOf [ a owl:Class ; owl:unionOf ( :a ) ] .", None)],
)  # fmt: skip
def test_the_bundled_shapes(tmp_path, fact, code):
    attribute = "att:s a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .\n"
    found = told(graph_of(tmp_path, attribute + tree({"a": ""}) + fact + "\n"), SHAPES)
    assert {(name, line) for name, line, _ in found} == ({(code, 3)} if code else set())


@pytest.mark.parametrize("name", ["objects.ttl", "animals.ttl"])
def test_the_bundled_ontologies_keep_to_them(name):
    from kgzsl.graph import build_graph
    from kgzsl.ontology import read_ontology

    assert findings(build_graph(read_ontology(ROOT / "ontologies" / name)), [SHAPES]) == []


def test_shapes_of_your_own_with_their_severity_and_place(tmp_path, own, offline):
    path = own(
        "<http://x/shapes> a owl:Ontology ; owl:imports <http://192.0.2.1/never> .\n"
        ":S a sh:NodeShape ; sh:targetClass owl:Class ; sh:property [ sh:path :status ; sh:in ( :wild :tame ) ;\n"
        '  sh:severity sh:Warning ; sh:message "wild or tame" ] ; sh:property [ sh:path :legs ; sh:maxInclusive 4 ] .\n'
    )
    graph = graph_of(tmp_path, tree({"a": ""}) + ":a :status :odd .\n:a :legs 2 ;\n  :legs 8 .\n")
    assert [item[:2] for item in sorted(told(graph, path))] == [("S01", 4), ("S02", 2)]
    assert findings(graph, [path, path, SHAPES]) == findings(graph, [path])
    assert "'a', status: wild or tame" in [message for *_, message in told(graph, path)]


def test_shapes_that_are_refused(tmp_path, own, offline):
    graph = graph_of(tmp_path, tree({"a": ""}))
    query = ":S a sh:NodeShape ; sh:targetClass owl:Class ; sh:sparql [\n sh:select 'SELECT $this WHERE {{ {} }}' ] .\n"
    cases = [
        (query.format("SERVICE <http://192.0.2.1/> { $this ?p ?o }"), "reads from elsewhere"),
        (query.format("$this ?p"), "cannot be run"),
        (":S a sh:NodeShape ; sh:targetClass owl:Class ; sh:property [ sh:minCount 1 ] .\n", "cannot be run"),
        (":S a owl:Class .\n", "no SHACL shapes"),
        (":S a sh:NodeShape ;\n", "syntax error"),
    ]
    for text, message in cases:
        path = own(text)
        with pytest.raises(OntologyError, match=message) as caught:
            findings(graph, [path])
        assert caught.value.file == str(path)
    with pytest.raises(MissingFileError, match="no such file of shapes"):
        findings(graph, [tmp_path / "none.ttl"])


def test_rules_and_scripts_in_shapes_are_not_run(tmp_path, own, offline):
    path = own(
        ":S a sh:NodeShape ; sh:targetClass owl:Class ; sh:js [ a sh:JSConstraint ; sh:jsFunctionName 'f' ;\n"
        "  sh:jsLibrary [ sh:jsLibraryURL 'http://192.0.2.1/f.js'^^xsd:anyURI ] ] ;\n"
        "  sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate :status ; sh:object :odd ] ;\n"
        "  sh:property [ sh:path :status ; sh:maxCount 0 ] .\n"
    )
    assert findings(graph_of(tmp_path, tree({"a": ""})), [path]) == []
