"""What OWL, RDFS and SKOS say, as edges, constraints and merged classes."""

import time
from itertools import pairwise

import pytest

from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.graph.equivalence import representatives
from kgzsl.graph.kinds import Reading
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact
from kgzsl.resolve.candidates import by_policy

HEAD = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in v.PREFIXES.items()) + "@prefix : <http://x/> .\n"
LINES = HEAD.count("\n")


def graph_of(tmp_path, text, reading=None):
    (tmp_path / "a.ttl").write_text(HEAD + text)
    return build_graph(read_ontology(tmp_path / "a.ttl"), reading)


def edges(graph, relation=None):
    short = v.local_name
    return {(short(e.source), e.relation, short(e.target)) for e in graph.relations if relation in (None, e.relation)}


def classes(*names):
    return "".join(f":{name} a owl:Class .\n" for name in names)


def test_some_and_value_are_relations_with_the_line_of_their_filler(tmp_path):
    graph = graph_of(tmp_path, classes("plane", "wing") + ":pilot a owl:NamedIndividual .\n:plane rdfs:subClassOf\n"
                     "  [ a owl:Restriction ; owl:onProperty :hasPart ;\n    owl:someValuesFrom :wing ] ,\n"
                     "  [ a owl:Restriction ; owl:onProperty :flownBy ;\n    owl:hasValue :pilot ] .\n")  # fmt: skip
    assert edges(graph) == {("plane", "hasPart", "wing"), ("plane", "flownBy", "pilot")}
    assert {e.line for e in graph.relations} == {LINES + 6, LINES + 8}


def test_only_and_cardinalities_are_constraints_and_no_edges(tmp_path):
    graph = graph_of(tmp_path, classes("car", "wheel", "door") + """:car rdfs:subClassOf
      [ a owl:Restriction ; owl:onProperty :hasPart ; owl:allValuesFrom [ owl:unionOf ( :wheel :door ) ] ] ,
      [ a owl:Restriction ; owl:onProperty :hasPart ; owl:minQualifiedCardinality 4 ; owl:onClass :wheel ] ,
      [ a owl:Restriction ; owl:onProperty :hasPart ; owl:maxCardinality 99 ] ,
      [ a owl:Restriction ; owl:onProperty :hasPart ; owl:qualifiedCardinality "5" ; owl:onClass :door ] .""")
    found = {(c.kind, v.local_name(c.target), c.number) for c in graph.constraints}
    assert found == {("only", "wheel", None), ("only", "door", None), ("min", "wheel", 4), ("max", "Thing", 99),
                     ("exactly", "door", 5)}  # fmt: skip
    assert not graph.relations
    assert all(c.file and c.line for c in graph.constraints)


def test_definitions_give_the_edges_that_they_entail(tmp_path):
    graph = graph_of(tmp_path, classes("plane", "vehicle", "wing", "craft", "ship") + """
      :plane owl:equivalentClass [ owl:intersectionOf ( :vehicle
        [ a owl:Restriction ; owl:onProperty :hasPart ; owl:someValuesFrom :wing ] ) ] .
      :craft owl:equivalentClass [ owl:unionOf ( :ship :plane ) ] .""")
    assert edges(graph) == {("plane", "subClassOf", "vehicle"), ("plane", "hasPart", "wing"),
                            ("ship", "subClassOf", "craft"), ("plane", "subClassOf", "craft")}  # fmt: skip


def test_a_union_above_a_class_says_nothing_of_its_members(tmp_path):
    text = classes("a", "b", "c") + ":a rdfs:subClassOf [ owl:unionOf ( :b :c ) ] .\n"
    assert not edges(graph_of(tmp_path, text))
    general = "[ owl:unionOf ( :b :c ) ] rdfs:subClassOf :a .\n"
    assert edges(graph_of(tmp_path, classes("a", "b", "c") + general)) == {
        ("b", "subClassOf", "a"), ("c", "subClassOf", "a")}  # fmt: skip


def test_disjointness_in_every_form(tmp_path):
    graph = graph_of(tmp_path, classes("a", "b", "c", "d", "e", "f", "g") + """
      [] a owl:AllDisjointClasses ; owl:members ( :a :b :c ) .
      :d owl:disjointWith :a . :e rdfs:subClassOf [ owl:complementOf :a ] .
      :g owl:disjointUnionOf ( :e :f ) .""")
    assert edges(graph, "disjointWith") == {(s, "disjointWith", t) for s, t in ("ab", "ac", "bc", "da", "ea", "ef")}
    assert edges(graph, "subClassOf") == {("e", "subClassOf", "g"), ("f", "subClassOf", "g")}


def test_a_huge_disjoint_group_is_refused(tmp_path):
    names = [f"c{k}" for k in range(1001)]
    text = f"[] a owl:AllDisjointClasses ; owl:members ( {' '.join(':' + n for n in names)} ) .\n"
    with pytest.raises(OntologyError, match="1001 classes are stated disjoint") as caught:
        graph_of(tmp_path, classes(*names) + text)
    assert caught.value.line


def test_a_list_that_runs_into_itself_ends(tmp_path):
    text = classes("a", "b") + ":a rdfs:subClassOf [ owl:intersectionOf _:l ] .\n_:l rdf:first :b ; rdf:rest _:l .\n"
    assert edges(graph_of(tmp_path, text)) == {("a", "subClassOf", "b")}


def test_equivalent_classes_are_one_that_answers_to_every_name(tmp_path):
    graph = graph_of(tmp_path, """:horse a owl:Class ; rdfs:label "horse"@en ; rdfs:subClassOf :animal .
      :equus a owl:Class ; rdfs:label "Equus caballus"@en ; owl:equivalentClass :horse ; :hasPart :hoof .
      :pony a owl:Class ; rdfs:subClassOf :equus, :horse .
      :animal a owl:Class . :hoof a skos:Concept .""")
    equus = "http://x/equus"
    assert [graph.find(name) for name in ("equus", "horse", ":horse"[1:], "Equus caballus", "http://x/horse")] == [
        equus] * 5  # fmt: skip
    assert graph.concepts[equus].also == ("http://x/horse",)
    assert edges(graph) == {("equus", "subClassOf", "animal"), ("equus", "hasPart", "hoof"),
                            ("pony", "subClassOf", "equus")}  # fmt: skip


def test_equivalence_does_not_depend_on_order(tmp_path):
    pairs = [("a", "b"), ("c", "d"), ("b", "c"), ("e", "f")]
    text = [f":{one} owl:equivalentClass :{other} .\n" for one, other in pairs]
    one = graph_of(tmp_path, classes(*"abcdef") + "".join(text))
    other = graph_of(tmp_path, classes(*"abcdef") + "".join(reversed(text)))
    assert [v.local_name(iri) for iri in one.class_ids] == ["a", "e"]
    assert one.class_ids == other.class_ids
    assert one.concepts["http://x/a"].also == ("http://x/b", "http://x/c", "http://x/d")


def test_an_equivalent_of_another_language_keeps_its_name(tmp_path):
    graph = graph_of(tmp_path, ':b1 a owl:Class ; rdfs:label "bird"@en , "oiseau"@fr .\n'
                     ':b2 a owl:Class ; rdfs:label "Vogel"@de ; owl:equivalentClass :b1 .\n')  # fmt: skip
    assert graph.find("Vogel") == graph.find("bird")
    assert graph.concepts["http://x/b1"].label == "bird"
    assert graph.concepts["http://x/b1"].synonyms == ("Vogel",)


def test_a_deprecated_equivalent_does_not_take_its_replacement_out_of_use(tmp_path):
    text = classes("a", "b") + ":a owl:deprecated true ; owl:equivalentClass :b ; obo:IAO_0100001 :b .\n"
    (merged,) = graph_of(tmp_path, text).concepts.values()
    assert (merged.deprecated, merged.replaced_by) == (False, ())
    (merged,) = graph_of(tmp_path, text + ":b owl:deprecated true .\n").concepts.values()
    assert merged.deprecated


def test_a_long_chain_of_equivalents_is_walked_once():
    names = [f"c{k:05d}" for k in range(20_000)]
    facts = [Fact(one, v.EQUIVALENT, other, "x", 1) for one, other in reversed(list(pairwise(names)))]
    begun = time.process_time()
    assert set(representatives(facts, set(names)).values()) == {"c00000"}
    assert time.process_time() - begun < 5  # 40 seconds where every chain is walked to its end each time


def test_named_classes_that_are_expressions_themselves(tmp_path):
    graph = graph_of(tmp_path, classes("a", "b", "c") + """:i a owl:Class ; owl:intersectionOf (
      :a [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :b ] ) .
      :u a owl:Class ; owl:unionOf ( :a :b ) . :n a owl:Class ; owl:complementOf :c .""")
    assert edges(graph) == {("i", "subClassOf", "a"), ("i", "p", "b"), ("a", "subClassOf", "u"),
                            ("b", "subClassOf", "u"), ("n", "disjointWith", "c")}  # fmt: skip


def test_rdfs_entails_classes_where_no_file_declares_them(tmp_path):
    graph = graph_of(tmp_path, ':cat rdfs:label "cat" ; rdfs:subClassOf :feline, :nobody ; :eats :mouse .\n'
                     ':feline rdfs:label "feline" . :mouse rdfs:label "mouse" .\n')  # fmt: skip
    kinds = {v.local_name(iri): concept.kind for iri, concept in graph.concepts.items()}
    assert kinds == {"cat": "class", "feline": "class", "mouse": "concept"}
    assert edges(graph) == {("cat", "subClassOf", "feline"), ("cat", "eats", "mouse")}
    assert [v.local_name(e.target) for e in graph.dangling] == ["nobody"]


SKOS = """:cats a skos:Concept ; skos:prefLabel "cats"@en, "Katzen"@de ; skos:broader :animals ; skos:related :mice .
:animals a skos:Concept ; skos:prefLabel "animals"@en ; skos:narrower :mice .
:mice a skos:Concept ; skos:prefLabel "mice"@en ; skos:altLabel "mus"@la .
"""


def test_skos_as_the_recipe_chooses(tmp_path):
    graph = graph_of(tmp_path, SKOS)
    assert {c.kind for c in graph.concepts.values()} == {"class"}
    assert edges(graph, "subClassOf") == {("cats", "subClassOf", "animals"), ("mice", "subClassOf", "animals")}
    assert edges(graph, "related") == {("cats", "related", "mice")}
    related = graph_of(tmp_path, SKOS, Reading(broader="relation", concepts="related"))
    assert {c.kind for c in related.concepts.values()} == {"concept"}
    assert edges(related, "broader") == {("cats", "broader", "animals"), ("mice", "broader", "animals")}
    assert not edges(related, "subClassOf")
    mixed = graph_of(tmp_path, SKOS + ":dog a owl:Class .\n")
    assert mixed.concepts["http://x/cats"].kind == "concept", "fillers beside declared classes are no answers"


def test_labels_in_the_preferred_language(tmp_path):
    german = graph_of(tmp_path, SKOS, Reading(languages=("de", "en")))
    assert german.label("http://x/cats") == "Katzen"
    assert german.concepts["http://x/cats"].synonyms == ("cats",)
    english = graph_of(tmp_path, SKOS)
    assert english.label("http://x/cats") == "cats"
    assert not english.concepts["http://x/cats"].synonyms
    assert not english.concepts["http://x/mice"].synonyms, "a name of another language is none"
    regional = graph_of(tmp_path, ':a a owl:Class ; rdfs:label "colour"@en-GB, "Farbe"@de .\n')
    assert regional.label("http://x/a") == "colour"


def test_only_exact_synonyms_are_names(tmp_path):
    graph = graph_of(tmp_path, ':a a owl:Class ; rdfs:label "a" ; oboInOwl:hasExactSynonym "one" ;\n'
                     ' oboInOwl:hasRelatedSynonym "two" ; oboInOwl:hasBroadSynonym "three" ;\n'
                     ' obo:IAO_0000115 "the first letter" ; rdfs:comment "a comment" .\n')  # fmt: skip
    assert graph.concepts["http://x/a"].synonyms == ("one",)
    assert graph.concepts["http://x/a"].gloss == "the first letter"


def test_a_deprecated_class_is_no_answer_unless_it_is_seen(tmp_path):
    graph = graph_of(tmp_path, classes("a", "b") + ":b owl:deprecated true ; obo:IAO_0100001 :a .\n")
    old = graph.concepts["http://x/b"]
    assert old.deprecated
    assert old.replaced_by == ("http://x/a",)
    for policy in ("seen and leaves", "all"):
        assert by_policy(graph, [], policy) == ("http://x/a",)
        assert by_policy(graph, ["http://x/b"], policy) == ("http://x/a", "http://x/b")


def test_a_property_with_a_number_for_a_name_is_called_by_its_label(tmp_path):
    graph = graph_of(tmp_path, classes("a", "b") + 'obo:BFO_0000050 a owl:ObjectProperty ; rdfs:label "part of" .\n'
                     'obo:RO_1 a owl:ObjectProperty ; oboInOwl:shorthand "has_part" .\n'
                     ':a obo:BFO_0000050 :b ; obo:RO_1 :b .\n')  # fmt: skip
    assert edges(graph) == {("a", "part_of", "b"), ("a", "has_part", "b")}


@pytest.mark.parametrize("labels", ['"part of"@en , "Teil von"@de', '"Teil von"@de , "part of"@en'])
def test_the_name_of_a_relation_does_not_depend_on_the_order_of_its_labels(labels, tmp_path):
    text = classes("a", "b") + f"obo:BFO_0000050 a owl:ObjectProperty ; rdfs:label {labels} . :a obo:BFO_0000050 :b .\n"
    assert edges(graph_of(tmp_path, text)) == {("a", "part_of", "b")}


def test_attributes_below_attributes(tmp_path):
    graph = graph_of(tmp_path, "att:pattern rdfs:subPropertyOf kg:hasAttribute .\n"
                     "att:stripes rdfs:subPropertyOf att:pattern .\n:z a owl:Class ; att:stripes 0.5 .\n")  # fmt: skip
    assert graph.attributes("z") == {v.ATT + "stripes": 0.5}


def test_relations_to_what_nobody_describes_are_dangling(tmp_path):
    graph = graph_of(tmp_path, ":eats a owl:ObjectProperty .\n:a a owl:Class ; :eats :ghost ; rdfs:seeAlso :page ;\n"
                     " rdfs:subClassOf [ owl:onProperty :has ; owl:someValuesFrom :shade ] .\n")  # fmt: skip
    assert {(e.relation, v.local_name(e.target)) for e in graph.dangling} == {("eats", "ghost"), ("has", "shade")}
