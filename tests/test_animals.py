import kgzsl
from kgzsl.checks import check
from kgzsl.graph import build_graph


def animals(root, *more):
    return build_graph(kgzsl.read_ontology([root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv",
                                            *more]))  # fmt: skip


def test_attributes_disjointness_and_taxonomy_are_loaded(root):
    graph = animals(root)
    counts = graph.stats()
    assert counts["attributes"] == 85
    assert sum(bool(graph.attributes(iri)) for iri in graph.class_ids) == 50
    assert graph.attributes("zebra")[graph.find("stripes")] == 0.9886
    assert graph.find("feline") in {e.target for e in graph.out(graph.find("canine"), "disjointWith")}
    assert check(graph) == []
    rows = graph.sparql("SELECT ?c WHERE { ?c att:stripes ?s FILTER(?s > 0.9) }")
    assert graph.find("zebra") in {row["c"] for row in rows}


def test_a_class_of_two_disjoint_families_is_found(root, tmp_path):
    path = tmp_path / "x.ttl"
    head = (root / "ontologies/animals.ttl").read_text().split("\nwn:")[0]
    named = "wn:catdog a owl:Class ; skos:prefLabel 'catdog' ;"
    path.write_text(f"{head}\n{named} rdfs:subClassOf wn:n02083346, wn:n02120997 .\n")
    found = check(animals(root, path))
    assert [f.code for f in found] == ["W03"]
    assert found[0].file == str(path)


def test_objects_and_animals_are_read_as_one_graph(root):
    both = animals(root, root / "ontologies/objects.ttl")
    assert both.attributes("zebra")
    assert "hasPart" in both.stats()["relations"]
    assert both.attributes("n02391049") == animals(root).attributes("n02391049")
