"""Facts that contradict each other, are lost, or refer to nothing."""

import pytest

from kgzsl.checks import check
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from tests.checks.worlds import HEAD, LINES, found, graph_of, tree

STRIPES = "att:stripes a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .\n"


def test_two_strengths_in_two_files_name_the_other_place(tmp_path):
    (tmp_path / "a.ttl").write_text(HEAD + STRIPES + tree({"zebra": "", "horse": ""}) + ":zebra att:stripes 0.9 .\n")
    (tmp_path / "b.ttl").write_text(HEAD + ":zebra att:stripes 0.2 .\n:horse att:stripes 0.10, 0.1 .\n")
    graph = build_graph(read_ontology(tmp_path))
    (finding,) = (f for f in check(graph) if f.code == "W04")
    assert (finding.file, finding.line) == (str(tmp_path / "b.ttl"), LINES + 1)
    assert f"is 0.2 here and 0.9 at {tmp_path / 'a.ttl'}:{LINES + 4}" in finding.message
    assert graph.attributes("zebra") == {graph.find("stripes"): 0.9}
    assert "0.9 counts" in finding.fix


def test_equivalent_classes_share_their_facts(tmp_path):
    text = STRIPES + tree({"a": "", "b": ""}) + ":a owl:equivalentClass :b ; att:stripes 0.1 .\n:b att:stripes 0.7 .\n"
    assert [f.line for f in found(graph_of(tmp_path, text), "W04")] == [5]


def test_a_relation_that_is_stated_and_denied(tmp_path):
    text = ":eats a owl:ObjectProperty .\n" + tree({"a": "", "b": ""}) + ":a :eats :b .\n"
    text += "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ;\n"
    text += "  owl:assertionProperty :eats ; owl:targetIndividual :{} .\n"
    (finding,) = found(graph_of(tmp_path, text.format("b")), "W04")
    assert finding.line == 4
    assert f"'eats' from 'a' to 'b' is stated here and denied at line {LINES + 5}" in finding.message
    assert found(graph_of(tmp_path, text.format("a")), "W04") == []


@pytest.mark.parametrize(
    ("fact", "fix"),
    [(":z att:strips 0.5 .", "did you mean 'stripes'?"), (":z :stripe 1 .", "did you mean 'stripes'?"),
     (":z att:wings true .", "declare it with 'rdfs:subPropertyOf kg:hasAttribute'"),
     (":z :weight 350 .", None), (':z :stripe "broad" .', None), (":z owl:versionInfo 3 .", None)],
)  # fmt: skip
def test_attributes_that_are_not_declared(tmp_path, fact, fix):
    text = STRIPES + tree({"z": ""}) + fact + "\n"
    assert [f.fix for f in found(graph_of(tmp_path, text), "W05")] == ([fix] if fix else [])


def test_a_property_declared_otherwise_beside_classes_is_no_attribute(tmp_path):
    text = ":stripes rdfs:subPropertyOf kg:hasAttribute .\n:weight a owl:DatatypeProperty .\n" + tree({"z": ""})
    graph = graph_of(tmp_path, text + ":z :weight 350 ; :spots 0.5 ; :stripes 0.1 .\n")
    assert [f.value for f in found(graph, "W05")] == ["spots"]


def test_a_relation_needs_no_declaration_unless_it_is_nearly_another(tmp_path):
    many = "".join(f":c{k} a owl:Class ; :hasPart :a .\n" for k in range(10))
    graph = graph_of(tmp_path, tree({"a": "", "b": ""}) + many + ":a :hasPrat :b .\n:a :eats :b .\n")
    assert [(f.value, f.fix) for f in found(graph, "W06")] == [("hasPrat", "did you mean 'hasPart'?")]


def test_terms_of_standards_are_known(tmp_path):
    text = tree({"a": ""}) + ":a rdfs:subclassOf :a .\n:b a owl:Clas .\n:a rdf:_1 :a ; owl:topObjectProperty :a .\n"
    assert [(f.line, f.fix) for f in found(graph_of(tmp_path, text), "W07")] == [
        (2, "did you mean 'rdfs:subClassOf'?"), (3, "did you mean 'owl:Class'?")]  # fmt: skip


def test_a_parent_in_quotation_marks(tmp_path):
    graph = graph_of(tmp_path, tree({"horse": ""}) + ':z a owl:Class ; rdfs:subClassOf "Horse" .\n')
    (finding,) = found(graph, "E01")
    assert finding.message == "the parent of 'z' is the text 'Horse', not a class"
    assert finding.fix == "did you mean the class horse?"


def test_an_import_is_resolved_by_a_file_of_that_ontology(tmp_path):
    (tmp_path / "a.ttl").write_text(HEAD + "<http://x/zoo> a owl:Ontology ; owl:imports <http://x/part> .\n")
    assert [f.value for f in check(build_graph(read_ontology(tmp_path))) if f.code == "W17"] == ["http://x/part"]
    (tmp_path / "b.ttl").write_text(HEAD + "<http://x/part> a owl:Ontology .\n")
    assert "W17" not in {f.code for f in check(build_graph(read_ontology(tmp_path)))}


def test_deprecated_classes_may_refer_to_each_other(tmp_path):
    text = tree({"a": "", "old": "a", "older": "old"}) + ":old owl:deprecated true .\n:older owl:deprecated true .\n"
    assert found(graph_of(tmp_path, text), "W15") == []
    (finding,) = found(graph_of(tmp_path, text + ":new a owl:Class ; rdfs:subClassOf :old .\n"), "W15")
    assert (finding.line, finding.value) == (6, "old")
    assert "names no replacement" in finding.fix


def test_one_block_may_say_two_types(tmp_path):
    text = ":a a owl:Class ,\n  rdfs:Class ; rdfs:label 'a' .\n:b a owl:Class .\n:b a owl:Class .\n"
    assert [f.value for f in found(graph_of(tmp_path, text), "E03")] == ["b"]


def test_rdf_xml_may_mention_a_class_where_it_is_used(tmp_path):
    path = tmp_path / "a.owl"
    head = f'<rdf:RDF xmlns:rdf="{v.RDF}" xmlns:rdfs="{v.RDFS}" xmlns:owl="{v.OWL}">\n'
    mention = '<owl:Class rdf:about="http://x/b">\n<rdfs:subClassOf>\n<owl:Class rdf:about="http://x/a"/>\n'
    text = head + '<owl:Class rdf:about="http://x/a"><rdfs:label>a</rdfs:label></owl:Class>\n' + mention
    path.write_text(text + "</rdfs:subClassOf>\n</owl:Class>\n</rdf:RDF>\n")
    assert "E03" not in {f.code for f in check(build_graph(read_ontology(path)))}
    again = '<owl:Class rdf:about="http://x/a">\n<rdfs:label>b</rdfs:label></owl:Class>\n'
    path.write_text(text + "</rdfs:subClassOf>\n</owl:Class>\n" + again + "</rdf:RDF>\n")
    assert [f.line for f in check(build_graph(read_ontology(path))) if f.code == "E03"] == [8]
