import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, canonical
from kgzsl.ontology.obo import read_obo

HEADER = "format-version: 1.4\nidspace: EX http://example.org/ex/\nontology: test\n"
DOCUMENT = HEADER + """\
subsetdef: slim "Slim"
import: http://purl.obolibrary.org/obo/bfo.owl
! a comment on a line of its own

[Term]
id: GO:1 ! one
name: one
! another
def: "The \\"first\\" of all." [X:1]
synonym: "uno" EXACT []
synonym: "primary" BROAD []
synonym: "prime" NARROW []
synonym: "unit" RELATED []
alt_id: GO:9
subset: slim
xref: Wikipedia:One
is_a: GO:2 {source="x"} ! two
relationship: part_of EX:3
relationship: has_part GO:4 {minCardinality="2"}
relationship: see GO:4
intersection_of: GO:2
intersection_of: part_of EX:3
disjoint_from: GO:4
property_value: att:stripes "0.75" xsd:decimal

[Term]
id: GO:2
union_of: GO:1
union_of: EX:3
equivalent_to: GO:5

[Term]
id: http://example.org/full
is_obsolete: true
replaced_by: GO:2
consider: GO:4

[Term]
id: bare
is_a: GO:2 {gci_relation="part_of", gci_filler="GO:4"}

[Typedef]
id: part_of
xref: OBO_REL:part_of
xref: BFO:0000050
is_transitive: true
inverse_of: has_part
domain: GO:1
range: GO:2
is_a: overlaps
holds_over_chain: part_of overlaps
transitive_over: overlaps

[Typedef]
id: see
is_metadata_tag: true

[Typedef]
id: att:stripes
is_metadata_tag: true
is_a: kg:hasAttribute

[Instance]
id: GO:77
name: an individual
instance_of: GO:1
relationship: part_of EX:3
"""
TURTLE = """\
@prefix o: <http://purl.obolibrary.org/obo/> .
@prefix t: <http://purl.obolibrary.org/obo/test#> .
@prefix ex: <http://example.org/ex/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix oio: <http://www.geneontology.org/formats/oboInOwl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix att: <https://w3id.org/kgzsl/attribute/> .
@prefix kg: <https://w3id.org/kgzsl/ns#> .
o:test.owl a owl:Ontology ; owl:imports o:bfo.owl .
t:slim a owl:AnnotationProperty ; rdfs:subPropertyOf oio:SubsetProperty ; rdfs:comment "Slim" .
o:GO_1 a owl:Class ; oio:id "GO:1" ; rdfs:label "one" ; o:IAO_0000115 "The \\"first\\" of all." ;
  oio:hasExactSynonym "uno" ; oio:hasBroadSynonym "primary" ; oio:hasNarrowSynonym "prime" ;
  oio:hasRelatedSynonym "unit" ; oio:hasAlternativeId "GO:9" ; oio:inSubset t:slim ; oio:hasDbXref "Wikipedia:One" ;
  rdfs:subClassOf o:GO_2 , [ a owl:Restriction ; owl:onProperty o:BFO_0000050 ; owl:someValuesFrom ex:3 ] ,
    [ a owl:Restriction ; owl:onProperty t:has_part ; owl:onClass o:GO_4 ;
      owl:minQualifiedCardinality "2"^^xsd:nonNegativeInteger ] ;
  t:see o:GO_4 ; owl:disjointWith o:GO_4 ; att:stripes 0.75 ;
  owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
    o:GO_2 [ a owl:Restriction ; owl:onProperty o:BFO_0000050 ; owl:someValuesFrom ex:3 ] ) ] .
o:GO_9 a owl:Class ; owl:deprecated true ; o:IAO_0100001 o:GO_1 .
o:GO_2 a owl:Class ; oio:id "GO:2" ; owl:equivalentClass o:GO_5 , [ a owl:Class ; owl:unionOf ( o:GO_1 ex:3 ) ] .
<http://example.org/full> a owl:Class ; oio:id "http://example.org/full" ; owl:deprecated true ;
  o:IAO_0100001 o:GO_2 ; oio:consider o:GO_4 .
t:bare a owl:Class ; oio:id "bare" .
[ a owl:Class ; rdfs:subClassOf o:GO_2 ; owl:intersectionOf (
    t:bare [ a owl:Restriction ; owl:onProperty o:BFO_0000050 ; owl:someValuesFrom o:GO_4 ] ) ] .
o:BFO_0000050 a owl:ObjectProperty , owl:TransitiveProperty ; oio:shorthand "part_of" ; oio:id "part_of" ;
  oio:hasDbXref "OBO_REL:part_of" , "BFO:0000050" ; owl:inverseOf t:has_part ; rdfs:domain o:GO_1 ;
  rdfs:range o:GO_2 ; rdfs:subPropertyOf t:overlaps ; owl:propertyChainAxiom ( o:BFO_0000050 t:overlaps ) .
t:see a owl:AnnotationProperty ; oio:id "see" .
att:stripes a owl:AnnotationProperty ; oio:id "att:stripes" ; rdfs:subPropertyOf kg:hasAttribute .
o:GO_77 a owl:NamedIndividual , o:GO_1 ; oio:id "GO:77" ; rdfs:label "an individual" ; o:BFO_0000050 ex:3 .
"""


def written(tmp_path, text, name="a.obo"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_says_what_the_same_ontology_says_in_turtle(tmp_path):
    obo = read_ontology(written(tmp_path, DOCUMENT))
    turtle = read_ontology(written(tmp_path, TURTLE, "a.ttl"))
    assert {canonical(f) for f in obo} == {canonical(f) for f in turtle}
    assert obo.hash == turtle.hash


def test_every_fact_stands_on_the_line_of_its_clause(tmp_path):
    rows = DOCUMENT.splitlines()
    tags = {v.LABEL: "name", v.SUBCLASS: ("is_a", "relationship"), v.DISJOINT: "disjoint_from",
            v.CHAIN: ("holds", "trans"), v.REPLACED_BY: ("replaced_by", "alt_id"),
            v.EQUIVALENT: ("intersection_of", "union_of", "equivalent_to"),
            v.DOMAIN: "domain", v.IMPORTS: "import", v.OIO + "hasDbXref": "xref"}  # fmt: skip
    found = read_ontology(written(tmp_path, DOCUMENT))
    for fact in found:
        if fact.predicate in tags:
            assert rows[fact.line - 1].startswith(tags[fact.predicate]), fact
    assert {f.predicate for f in found} >= set(tags)


def test_the_graph_of_it(tmp_path):
    graph = build_graph(read_ontology(written(tmp_path, DOCUMENT)))
    one = graph.concepts[v.OBO + "GO_1"]
    assert one.label == "one"
    assert "uno" in one.synonyms
    assert one.gloss == 'The "first" of all.'
    assert graph.attributes("one") == {v.ATT + "stripes": 0.75}
    assert graph.concepts["http://example.org/full"].deprecated


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_lines_hold_whatever_stands_between_the_clauses(ends, data, tmp_path_factory):
    names = data.draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True))
    rows = ["format-version: 1.4", "ontology: t"]
    between = st.lists(st.sampled_from(["", "! note", "  ! kgzsl: ignore W02", "   "]), max_size=3)
    expected = {}
    for name in names:
        rows += ["", *data.draw(between), "[Term]", *data.draw(between), f"id: X:{name}"]
        expected[v.OBO + f"X_{name}", v.TYPE] = len(rows)
        rows += [*data.draw(between), f"comment: continued \\{ends}  here"] if data.draw(st.booleans()) else []
        rows = ends.join(rows).split(ends)
        rows += [*data.draw(between), f"name: {name}"]
        expected[v.OBO + f"X_{name}", v.LABEL] = len(rows)
    path = tmp_path_factory.mktemp("obo") / "a.obo"
    facts = read_obo(path, ends.join(rows).encode())
    assert {(f.subject, f.predicate): f.line for f in facts if (f.subject, f.predicate) in expected} == expected


def test_the_mapping_is_that_of_horned_owl(tmp_path):
    """An independent translation of the same text says the same of the hierarchy, restrictions and definitions."""
    pyhornedowl = pytest.importorskip("pyhornedowl", reason="py-horned-owl is not installed")
    logical = {v.SUBCLASS, v.EQUIVALENT, v.DISJOINT, v.SUBPROPERTY, v.DOMAIN, v.RANGE, v.INVERSE, v.DEPRECATED,
               v.REPLACED_BY, v.OWL + "someValuesFrom", v.OWL + "onProperty", v.FIRST, v.REST}  # fmt: skip
    text = HEADER + """
[Term]
id: GO:1
name: one
alt_id: GO:9
is_a: GO:2
relationship: part_of EX:3
intersection_of: GO:2
intersection_of: part_of EX:3
disjoint_from: GO:4

[Term]
id: http://example.org/full
is_obsolete: true
replaced_by: GO:2

[Typedef]
id: part_of
xref: BFO:0000050
is_a: overlaps
inverse_of: has_part
domain: GO:1
range: GO:2
"""
    other = pyhornedowl.open_ontology_from_string(text, "obo").save_to_string("rdf")
    theirs = {canonical(f) for f in read_ontology(written(tmp_path, other, "a.owl")) if f.predicate in logical}
    ours = {canonical(f) for f in read_ontology(written(tmp_path, text)) if f.predicate in logical}
    assert ours == theirs
    assert len(ours) > 15


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("is_a: GO:2", "is_b: GO:2", 7, "did you mean 'is_a'"),
        ("[Term]", "[Trem]", 4, "did you mean 'Term'"),
        ("is_a: GO:2", "is_a: ", 7, "expected"),
        ('"x"', '"x', 6, "syntax error"),
        ("[Term]", "[Thing]", 4, "syntax error"),
        ("id: GO:1", "id: http://x/\x01y", 5, "syntax error"),
        ("GO:2", "GO:2" + "{" * 100_000, 7, "syntax error"),
    ],
)
def test_bad_files_name_their_line(tmp_path, old, new, line, words):
    text = 'format-version: 1.4\nontology: t\n\n[Term]\nid: GO:1\nsynonym: "x" EXACT []\nis_a: GO:2\n'
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(written(tmp_path, text.replace(old, new)))
    assert caught.value.line == line
    assert len(str(caught.value)) < 500


def test_escapes(tmp_path):
    text = r"""format-version: 1.4
ontology: t

[Term]
id: X:a\\b
name: a\!b \\ c\nd
def: "say \"one\" \\" []
synonym: "\\n" EXACT []
"""
    said = {f.predicate: (f.subject, f.object) for f in read_ontology(written(tmp_path, text))}
    assert said[v.LABEL][0] == v.OBO + "X_a%5Cb"
    assert said[v.LABEL][1].value == "a!b \\ c\nd"
    assert said[v.IAO_DEFINITION][1].value == 'say "one" \\'
    assert said[v.EXACT_SYNONYM][1].value == "\\n"


def test_a_backslash_before_a_frame_does_not_swallow_it(tmp_path):
    facts = read_ontology(written(tmp_path, "format-version: 1.4\nontology: t\\\n[Term]\nid: X:1\nname: one\n"))
    assert [f.line for f in facts if f.predicate == v.LABEL] == [5]


def test_text_that_is_not_utf8_names_its_line(tmp_path):
    with pytest.raises(OntologyError, match="not UTF-8") as caught:
        read_ontology(written(tmp_path, HEADER.encode() + b"\n[Term]\nid: X:1\nname: \xe9t\xe9\n"))
    assert caught.value.line == 7


def test_a_name_of_ten_million_characters_is_read(tmp_path):
    path = written(tmp_path, HEADER + "\n[Term]\nid: X:1\nname: " + "a" * 10_000_000 + "\n")
    assert [f.line for f in read_ontology(path) if f.predicate == v.LABEL] == [7]


def test_characters_that_no_iri_may_hold_are_encoded(tmp_path):
    facts = read_ontology(written(tmp_path, HEADER + "\n[Term]\nid: X:a\\ b<c>\nname: odd\n"))
    named = [f for f in facts if f.predicate == v.LABEL]
    assert [f.subject for f in named] == [v.OBO + "X_a%20b%3Cc%3E"]
    assert isinstance(named[0], Fact)
