from pathlib import Path

import pytest

from kgzsl.errors import OntologyError, QueryError, UnknownNameError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v

ROOT = Path(__file__).resolve().parents[2]
HEAD = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in v.PREFIXES.items()) + "@prefix : <http://x/> .\n"


@pytest.fixture(scope="module")
def objects():
    return build_graph(read_ontology(ROOT / "ontologies/objects.ttl"))


def graph_of(tmp_path, text):
    (tmp_path / "a.ttl").write_text(HEAD + text)
    return build_graph(read_ontology(tmp_path / "a.ttl"))


def test_hierarchy_and_places(objects):
    assert [objects.label(p) for p in objects.parents("okapi")] == ["giraffe"]
    assert "ruminant" in {objects.label(a) for a in objects.ancestors("n02439398")}
    assert objects.find("giraffe") in objects.descendants(objects.parents("giraffe")[0]) | {objects.find("giraffe")}
    edge = objects.out(objects.find("okapi"))[0]
    assert edge.where.startswith(str(ROOT / "ontologies/objects.ttl"))
    assert objects.stats()["classes"] == 1948


def test_names(objects):
    assert objects.find("wn:n02439398") == objects.find("Okapi") == objects.find(v.WN + "n02439398")
    with pytest.raises(UnknownNameError, match=r"crane \(n02012849.*crane \(n03126707"):
        objects.find("crane")
    with pytest.raises(UnknownNameError, match="did you mean 'okapi'"):
        objects.find("okapy")


def test_paths(objects):
    first = objects.paths("okapi", "gazelle")[0]
    assert str(first).startswith("okapi –subClassOf→ giraffe –subClassOf→ ruminant ←subClassOf– bovid")
    assert all(step.line for step in first.steps)
    lengths = [len(path) for path in objects.paths("okapi", "gazelle")]
    assert lengths == sorted(lengths)
    assert len(objects.paths("okapi", "okapi")[0]) == 0


def test_sparql_answers_and_refuses(objects):
    rows = objects.sparql("SELECT ?c WHERE { ?c rdfs:subClassOf wn:n02439033 }")
    assert rows == [{"c": v.WN + "n02439398"}]
    assert objects.sparql("ASK { wn:n02439398 rdfs:subClassOf+ wn:n02399000 }") is True
    refused = [
        "SELECT * WHERE { SERVICE <http://x> { ?s ?p ?o } }",
        "SELECT * WHERE { ?s ?p ?o FILTER EXISTS { SERVICE <http://x> { ?s ?p ?o } } }",
        "SELECT * WHERE { { SELECT ?s WHERE { SERVICE <http://x> { ?s ?p ?o } } } }",
        "SELECT * FROM <http://x> WHERE { ?s ?p ?o }",
        "LOAD <http://x>",
        "SELECT",
    ]
    for query in refused:
        with pytest.raises(QueryError):
            objects.sparql(query)


def test_a_long_query_is_stopped_and_the_next_one_works(objects):
    with pytest.raises(QueryError, match="stopped after"):
        objects.sparql("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?d && ?b = ?i) }", timeout=0.3)
    assert objects.sparql("ASK { wn:n02439398 ?p ?o }") is True


def test_faces(objects):
    nx_graph, data = objects.to_networkx(), objects.to_pyg()
    assert len(nx_graph) == len(objects)
    assert nx_graph.number_of_edges() == len(objects.relations)
    assert sum(edges.shape[1] for edges in data.edge_index_dict.values()) == len(objects.relations)
    assert len(objects.to_rdflib()) == len({f[:3] for f in objects.ontology})


def test_attributes_restrictions_and_dangling(tmp_path):
    graph = graph_of(
        tmp_path,
        "att:stripes a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .\n"
        ":hasPart a owl:ObjectProperty .\n:horse a owl:Class .\n:hoof a skos:Concept .\n"
        ":zebra a owl:Class ; rdfs:subClassOf :horse, :equid,\n"
        "  [ a owl:Restriction ; owl:onProperty :hasPart ; owl:someValuesFrom :hoof ] ;\n  att:stripes 0.98 .\n",
    )
    assert graph.attributes("zebra") == {v.ATT + "stripes": 0.98}
    assert [e.target for e in graph.out("http://x/zebra", "hasPart")] == ["http://x/hoof"]
    assert [(e.target, e.line) for e in graph.dangling] == [("http://x/equid", HEAD.count("\n") + 5)]
    assert graph.class_ids == ("http://x/horse", "http://x/zebra")


def test_a_strength_that_is_not_a_number(tmp_path):
    with pytest.raises(OntologyError, match="'many' is not a number") as caught:
        graph_of(tmp_path, 'att:s rdfs:subPropertyOf kg:hasAttribute .\n:a a owl:Class ; att:s "many" .\n')
    assert caught.value.line == HEAD.count("\n") + 2


def test_derived_graphs_say_so(objects):
    edge = objects.out(objects.find("okapi"))[0]
    less = objects.without([edge])
    assert less.parents("okapi") == ()
    assert less.hash.startswith(objects.hash + "-without-")
    assert objects.parents("okapi")
