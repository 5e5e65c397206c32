"""The networkx, rdflib and torch-geometric faces of one graph say the same."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import QueryError
from kgzsl.graph import build_graph
from kgzsl.graph.export import WRITERS, write_graph
from kgzsl.graph.faces import from_networkx
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Document, Fact, Literal, Ontology
from tests.learners.worlds import PLACES, worlds

ROOT = Path(__file__).resolve().parents[2]
HERE = "http://x/"
PARTS, ATTRIBUTES = v.KG + "hasPart", ("stripes", "size")
STRENGTHS = st.lists(st.tuples(PLACES, st.sampled_from(ATTRIBUTES), st.integers(0, 100)), max_size=20)


@st.composite
def graphs(draw):
    """Graphs of random worlds, built from facts: a hierarchy, parts, glosses, attributes."""
    world = draw(worlds())
    named = {name: HERE + name for name in world.glosses}
    triples = [(PARTS, v.TYPE, v.OWL + "ObjectProperty")]
    triples += [(v.ATT + name, v.SUBPROPERTY, v.HAS_ATTRIBUTE) for name in ATTRIBUTES]
    for name, gloss in world.glosses.items():
        triples += [(named[name], v.TYPE, v.OWL + "Class"), (named[name], v.LABEL, Literal(name))]
        triples += [(named[name], v.DEFINITION, Literal(gloss, v.RDF + "langString", "en"))] if gloss else []
    predicate = {"subClassOf": v.SUBCLASS, "hasPart": PARTS}
    triples += [(named[source], predicate[relation], named[target]) for source, relation, target in world.edges]
    ids = sorted(named.values())
    strengths = {(ids[k % len(ids)], v.ATT + name): n / 100 for k, name, n in draw(STRENGTHS)}
    triples += [(*key, Literal(str(n), v.XSD + "decimal")) for key, n in strengths.items()]
    facts = tuple(Fact(*triple, "made.ttl", line) for line, triple in enumerate(triples, 1))
    return build_graph(Ontology((Document("made.ttl", facts, "", "rdf"),)))


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_networkx_has_all_and_gives_it_back(graph):
    made = graph.to_networkx()
    assert {iri: tuple(fields[f] for f in graph.concepts[iri]._fields) for iri, fields in made.nodes(data=True)} == {
        iri: tuple(concept) for iri, concept in graph.concepts.items()}  # fmt: skip
    back = from_networkx(made)
    assert (dict(back.concepts), back.hash) == (dict(graph.concepts), graph.hash)
    assert sorted(back.relations) == sorted(graph.relations)
    assert back.ids == graph.ids


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_torch_geometric_has_the_same_edges_and_weights(graph):
    data = graph.to_pyg()
    assert {iri for kind in data.node_types for iri in data[kind].iri} == set(graph.concepts)
    assert all(graph.concepts[iri].kind == kind for kind in data.node_types for iri in data[kind].iri)
    found = {}
    for low, relation, high in data.edge_types:
        edges = data[low, relation, high]
        for (source, target), weight in zip(edges.edge_index.T.tolist(), edges.edge_weight.tolist(), strict=True):
            found[data[low].iri[source], relation, data[high].iri[target]] = weight
    assert found == pytest.approx({edge[:3]: edge.weight for edge in graph.relations}, abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(graphs())
def test_rdflib_has_the_same_facts_edges_and_strengths(graph):
    from rdflib import URIRef

    made = graph.to_rdflib()
    assert len(made) == len({fact[:3] for fact in graph.ontology})
    predicate = {"subClassOf": v.SUBCLASS, "hasPart": PARTS}
    for edge in graph.relations:
        if edge.relation == "hasAttribute":
            values = [float(value) for value in made.objects(URIRef(edge.source), URIRef(edge.target))]
            assert values == [edge.weight]
        else:
            assert (URIRef(edge.source), URIRef(predicate[edge.relation]), URIRef(edge.target)) in made


@pytest.mark.parametrize("suffix", [".ttl", ".nt"])
@pytest.mark.parametrize("sources", [["objects.ttl"], ["animals.ttl", "animals-attributes.csv"]], ids="".join)
def test_facts_written_and_read_again_are_the_same_graph(tmp_path, sources, suffix):
    graph = build_graph(read_ontology([ROOT / "ontologies" / name for name in sources]))
    write_graph(graph, tmp_path / f"out{suffix}")
    again = build_graph(read_ontology(tmp_path / f"out{suffix}"))
    assert again.hash == graph.hash
    assert {edge[:4] for edge in again.relations} == {edge[:4] for edge in graph.relations}
    assert [(c.label, c.gloss, c.synonyms) for c in again.concepts.values()] == [
        (c.label, c.gloss, c.synonyms) for c in graph.concepts.values()]  # fmt: skip


def test_rdflib_gives_the_same_graph_back(tmp_path):
    graph = build_graph(read_ontology([ROOT / "ontologies/animals.ttl", ROOT / "ontologies/animals-attributes.csv"]))
    graph.to_rdflib().serialize(tmp_path / "out.ttl", format="turtle")
    assert read_ontology(tmp_path / "out.ttl").hash == graph.hash


def test_graphml_and_json(tmp_path):
    import networkx as nx

    graph = build_graph(read_ontology(ROOT / "ontologies/objects.ttl")).subgraph("okapi", hops=2)
    write_graph(graph, tmp_path / "a.graphml")
    read = nx.read_graphml(tmp_path / "a.graphml", force_multigraph=True)
    assert set(read.nodes) == set(graph.concepts)
    assert {(s, k, t, d["weight"]) for s, t, k, d in read.edges(keys=True, data=True)} == {
        edge[:4] for edge in graph.relations}  # fmt: skip
    write_graph(graph, tmp_path / "a.json")
    data = json.loads((tmp_path / "a.json").read_text())
    assert data["hash"] == graph.hash
    assert len(data["relations"]) == len(graph.relations)


def test_what_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    graph = build_graph(read_ontology(ROOT / "ontologies/animals.ttl"))
    with pytest.raises(QueryError, match=r"cannot write '\.xls'; use one of \.ttl"):
        write_graph(graph, tmp_path / "a.xls")
    with pytest.raises(QueryError, match="cannot be written"):
        write_graph(graph, tmp_path / "none/a.ttl")
    (tmp_path / "a.nt").write_text("as it was")

    def breaks(graph):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(WRITERS, ".nt", breaks)
    with pytest.raises(QueryError, match="No space left"):
        write_graph(graph, tmp_path / "a.nt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.nt"]
    assert (tmp_path / "a.nt").read_text() == "as it was"
