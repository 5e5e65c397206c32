"""What follows from the facts, and from which of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Document, Fact, Ontology
from kgzsl.ontology.reason import entailment
from kgzsl.ontology.reason.closure import closure, triples_of

HEAD = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in v.PREFIXES.items()) + "@prefix : <http://x/> .\n"
X = "http://x/"


def read(tmp_path, text):
    (tmp_path / "a.ttl").write_text(HEAD + text)
    return read_ontology(tmp_path / "a.ttl")


def short(facts):
    return {tuple(v.local_name(str(term)) for term in fact[:3]) for fact in facts}


RULES = {
    "subclass": (":a rdfs:subClassOf :b . :b rdfs:subClassOf :c .", (("a", "subClassOf", "c"))),
    "equivalence": (":a rdfs:subClassOf :b . :c owl:equivalentClass :b .", ("a", "subClassOf", "c")),
    "inverse": (":p owl:inverseOf :q . :a :p :b .", ("b", "q", "a")),
    "symmetric": (":p a owl:SymmetricProperty . :a :p :b .", ("b", "p", "a")),
    "transitive": (":p a owl:TransitiveProperty . :a :p :b . :b :p :c .", ("a", "p", "c")),
    "subproperty": (":p rdfs:subPropertyOf :q . :a :p :b .", ("a", "q", "b")),
    "domain": (":p rdfs:domain :t . :a :p :b .", ("a", "type", "t")),
    "range": (":p rdfs:range :t . :a :p :b .", ("b", "type", "t")),
    "chain": (":r owl:propertyChainAxiom ( :p :q ) . :a :p :b . :b :q :c .", ("a", "r", "c")),
    "intersection": (":a owl:intersectionOf ( :b :c ) . :c rdfs:subClassOf :d .", ("a", "subClassOf", "d")),
    "union": (":a owl:unionOf ( :b :c ) .", ("c", "subClassOf", "a")),
    "chain upon chain": (
        ":p a owl:SymmetricProperty . :r owl:propertyChainAxiom ( :p :p ) . :s rdfs:subPropertyOf :p .\n"
        ":r owl:inverseOf :w . :a :s :b . :c :s :b .", ("c", "w", "a")),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_and_that_the_reasons_suffice_and_are_all_needed(rule, tmp_path):
    text, wanted = RULES[rule]
    ontology = read(tmp_path, text + "\n:unrelated rdfs:subClassOf :thing . :unrelated :p :thing2 .\n")
    found = entailment(ontology)
    assert wanted in short(found.facts)
    fact = next(f for f in found.facts if wanted in short([f]))
    reasons = found.because(*fact)
    assert all(reason.file and reason.line for reason in reasons)
    assert not {"unrelated"} & {term for reason in short(reasons) for term in reason}
    assert fact in closure(triples_of(reasons))
    heads = [reason for reason in reasons if not reason.subject.startswith("_:")]
    for head in heads:
        left = [reason for reason in reasons if reason is not head]
        assert fact not in closure(triples_of(left)), f"{head} is not needed"


def test_nothing_stated_and_nothing_trivial_is_inferred(tmp_path):
    ontology = read(tmp_path, ":a a owl:Class ; rdfs:subClassOf :b . :b a owl:Class ; owl:equivalentClass :c .")
    facts = entailment(ontology).facts
    assert short(facts) == {("a", "subClassOf", "c"), ("b", "subClassOf", "c"), ("c", "subClassOf", "b")}


def test_what_does_not_follow_has_no_reason(tmp_path):
    ontology = read(tmp_path, ":a rdfs:subClassOf :b .")
    with pytest.raises(LookupError):
        entailment(ontology).because(X + "b", v.SUBCLASS, X + "a")


def test_a_broken_chain_axiom_entails_nothing(tmp_path):
    text = ":r owl:propertyChainAxiom _:l . _:l rdf:first :p ; rdf:rest _:m . _:m rdf:first :q .\n:a :p :b . :b :q :c ."
    assert not entailment(read(tmp_path, text)).facts


def test_it_is_computed_once_and_files_are_left_alone(tmp_path):
    ontology = read(tmp_path, ":a rdfs:subClassOf :b . :b rdfs:subClassOf :c .")
    before = (tmp_path / "a.ttl").read_bytes()
    assert entailment(ontology) is entailment(ontology)
    assert entailment(ontology).facts is entailment(ontology).facts
    assert (tmp_path / "a.ttl").read_bytes() == before


def test_terms_that_are_no_iris_do_no_harm():
    facts = tuple(Fact(s, v.SUBCLASS, o, "f", 1) for s, o in (("a b", "c\td"), ("c\td", "ü<>")))
    found = entailment(Ontology((Document("f", facts, "", "test"),)))
    assert found.facts == (("a b", v.SUBCLASS, "ü<>"),)


NODES = st.integers(0, 7)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.tuples(NODES, st.sampled_from(["sub", "eq", "p", "q"]), NODES), max_size=14))
def test_subclass_closure_is_reachability_and_every_reason_is_minimal(drawn):
    names = {"sub": v.SUBCLASS, "eq": v.EQUIVALENT, "p": X + "p", "q": X + "q"}
    facts = [Fact(f"{X}{s}", names[p], f"{X}{o}", "f", 1 + k) for k, (s, p, o) in enumerate(sorted(drawn)) if s != o]
    facts += [Fact(X + "p", v.TYPE, v.TRANSITIVE, "f", 90), Fact(X + "p", v.INVERSE, X + "q", "f", 91)]
    found = entailment(Ontology((Document("f", tuple(facts), "", "test"),)))
    edges = {(f.subject, f.object) for f in facts if f.predicate in (v.SUBCLASS, v.EQUIVALENT)}
    edges |= {(f.object, f.subject) for f in facts if f.predicate == v.EQUIVALENT}
    reach = set(edges)
    while True:
        wider = reach | {(a, d) for a, b in reach for c, d in edges if b == c}
        if wider == reach:
            break
        reach = wider
    entailed = {f[:3] for f in found.facts} | {f[:3] for f in facts}
    assert {(s, o) for s, p, o in entailed if p == v.SUBCLASS} == {pair for pair in reach if pair[0] != pair[1]}
    for fact in found.facts[:6]:
        reasons = found.because(*fact)
        assert fact in closure(triples_of(reasons))
        for k in range(len(reasons)):
            assert fact not in closure(triples_of([*reasons[:k], *reasons[k + 1 :]]))


EL = """:hasPart a owl:ObjectProperty . :wing a owl:Class . :jetwing a owl:Class ; rdfs:subClassOf :wing .
:vehicle a owl:Class . :plane a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
  :vehicle [ a owl:Restriction ; owl:onProperty :hasPart ; owl:someValuesFrom :wing ] ) ] .
:jet a owl:Class ; rdfs:subClassOf :vehicle ,
  [ a owl:Restriction ; owl:onProperty :hasPart ; owl:someValuesFrom :jetwing ] .
:odd a owl:Class ; rdfs:subClassOf :wing, :vehicle . :wing owl:disjointWith :vehicle .
"""


def test_el_classifies_below_definitions_and_finds_the_unsatisfiable(tmp_path):
    pytest.importorskip("pyelk", reason="the extra 'el' is not installed")
    ontology = read(tmp_path, EL)
    assert ("jet", "subClassOf", "plane") not in short(entailment(ontology).facts)
    found = entailment(ontology, "el")
    assert ("jet", "subClassOf", "plane") in short(found.facts)
    assert ("odd", "subClassOf", "Nothing") in short(found.facts)
    reasons = short(found.because(X + "jet", v.SUBCLASS, X + "plane"))
    assert {("jet", "subClassOf", "vehicle"), ("jetwing", "subClassOf", "wing")} <= reasons
    assert not {t for t in reasons if t[0] == "odd"}


BEYOND_EL = {
    "cardinality": ":x rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :hasPart ; owl:minCardinality 1 ] .",
    "qualified": """:x rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :hasPart ; owl:onClass :wing ;
      owl:qualifiedCardinality 2 ] .""",
    "strength": ":x rdfs:subClassOf [ a owl:Restriction ; owl:onProperty att:stripes ; owl:hasValue 0.4 ] .",
    "within": """:x owl:equivalentClass [ owl:intersectionOf ( :jet
      [ a owl:Restriction ; owl:onProperty :hasPart ; owl:minCardinality 1 ] ) ] .""",
    "all disjoint": "[] a owl:AllDisjointClasses ; owl:members ( :jet :wing ) .",
    "enumeration": ":x owl:equivalentClass [ a owl:Class ; owl:oneOf ( :i :j ) ] .",
    "inverse": """:x rdfs:subClassOf [ a owl:Restriction ; owl:onProperty [ owl:inverseOf :hasPart ] ;
      owl:someValuesFrom :wing ] .""",
    "data range": ":d a owl:DatatypeProperty ; rdfs:range [ a rdfs:Datatype ; owl:oneOf ( 1 2 ) ] .",
    "self": ":x rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :hasPart ; owl:hasSelf true ] .",
    "nothing said": ":x rdfs:subClassOf _:b .",
    "open list": ":x owl:intersectionOf _:l . _:l rdf:first :jet .",
}


@pytest.mark.parametrize("kind", BEYOND_EL)
def test_what_el_cannot_read_keeps_nothing_else_from_following(kind, tmp_path):
    pytest.importorskip("pyelk", reason="the extra 'el' is not installed")
    before = short(entailment(read(tmp_path, EL), "el").facts)
    after = short(entailment(read(tmp_path, EL + BEYOND_EL[kind]), "el").facts)
    more = {("x", "subClassOf", name) for name in ("plane", "jet", "vehicle") if kind in ("within", "open list")}
    assert after - {("odd", "subClassOf", "x"), ("odd", "subClassOf", "d")} == before | more


@pytest.mark.parametrize("group", ["[] a owl:AllDisjointClasses ; owl:members ( :a :b :c ) .",
                                   ":all owl:disjointUnionOf ( :a :b :c ) ."])  # fmt: skip
def test_el_knows_disjoint_groups(group, tmp_path):
    pytest.importorskip("pyelk", reason="the extra 'el' is not installed")
    ontology = read(tmp_path, group + "\n:odd rdfs:subClassOf :a, :c . :even rdfs:subClassOf :a .\n")
    found = entailment(ontology, "el")
    below = {s for s, _, o in short(found.facts) if o == "Nothing"}
    assert below == {"odd"}
    if "Union" in group:
        assert {("a", "subClassOf", "all"), ("even", "subClassOf", "all")} <= short(found.facts)
    reasons = short(found.because(X + "odd", v.SUBCLASS, v.NOTHING))
    assert {("odd", "subClassOf", "a"), ("odd", "subClassOf", "c")} <= reasons
    assert ("even", "subClassOf", "a") not in reasons


def test_el_follows_chains_of_properties(tmp_path):
    pytest.importorskip("pyelk", reason="the extra 'el' is not installed")
    some = "rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :{} ; owl:someValuesFrom :{} ] ."
    ontology = read(tmp_path, ":r owl:propertyChainAxiom ( :p :q ) . :a " + some.format("p", "b") + " :b "
                    + some.format("q", "c") + " [ owl:onProperty :r ; owl:someValuesFrom :c ] rdfs:subClassOf :d .\n"
                    ":odd rdfs:subClassOf :a, :no . :no owl:disjointWith :a .\n")  # fmt: skip
    found = short(entailment(ontology, "el").facts)
    assert ("a", "subClassOf", "d") in found
    assert not {name for _, relation, name in found if relation == "subClassOf"} & {"p", "q", "r"}


def test_inferred_relations_of_the_graph(tmp_path):
    graph = build_graph(read(tmp_path, """:hasPart a owl:ObjectProperty ; owl:inverseOf :partOf ; rdfs:range :part .
      :partOf a owl:ObjectProperty .
      :a a owl:Class ; rdfs:subClassOf :b . :b a owl:Class ; rdfs:subClassOf :c ; owl:equivalentClass :b2 .
      :b2 a owl:Class . :c a owl:Class . :part a owl:Class . :a :hasPart :w . :w a owl:Class ."""))
    names = {(v.local_name(e.source), e.relation, v.local_name(e.target)) for e in graph.inferred}
    assert names == {("a", "subClassOf", "c"), ("w", "partOf", "a"), ("w", "type", "part")}
    assert not {edge.file for edge in graph.inferred} - {""}


def test_defaults_come_from_ancestors_with_their_chain(tmp_path):
    graph = build_graph(read(tmp_path, """att:s rdfs:subPropertyOf kg:hasAttribute .
      att:t rdfs:subPropertyOf kg:hasAttribute .
      :bird a owl:Class ; att:s 0.9 ; att:t 0.1 .
      :penguin a owl:Class ; rdfs:subClassOf :bird ; att:s 0.0 .
      :king a owl:Class ; rdfs:subClassOf :penguin, :bird ; att:t 0.7 .
      :crow a owl:Class ; rdfs:subClassOf :bird ."""))
    king, crow = graph.defaults("king"), graph.defaults("crow")
    assert {v.local_name(k): d.strength for k, d in king.items()} == {"s": 0.0}, "lower down wins, own values hide"
    assert {v.local_name(k): d.strength for k, d in crow.items()} == {"s": 0.9, "t": 0.1}
    chain = king[v.ATT + "s"].chain
    assert [(v.local_name(e.source), e.relation) for e in chain] == [
        ("king", "subClassOf"), ("penguin", "hasAttribute")]  # fmt: skip
    assert all(edge.line for edge in chain)
    assert graph.attributes("crow") == {}, "defaults are never mixed up with what is stated"
    assert not [e for e in graph.inferred if e.relation == "hasAttribute"]


PARTS = """:partOf a owl:ObjectProperty, owl:TransitiveProperty ; owl:inverseOf :hasPart .
:hasPart a owl:ObjectProperty . :within a owl:ObjectProperty . :partOf rdfs:subPropertyOf :within .
:locatedIn a owl:ObjectProperty ; owl:propertyChainAxiom ( :locatedIn :partOf ) .
:nail a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :partOf ; owl:someValuesFrom :finger ] .
:finger a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( :digit
  [ a owl:Restriction ; owl:onProperty :partOf ; owl:someValuesFrom :hand ] ) ] .
:digit a owl:Class . :hand a owl:Class .
:fungus a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :locatedIn ; owl:someValuesFrom :nail ] .
:ring a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :locatedIn ; owl:allValuesFrom :nail ] .
"""


def test_restrictions_follow_from_each_other(tmp_path):
    ontology = read(tmp_path, PARTS)
    found = entailment(ontology)
    assert short(found.restrictions) == {
        ("nail", "partOf", "hand"), ("nail", "within", "finger"), ("nail", "within", "hand"),
        ("finger", "within", "hand"), ("fungus", "locatedIn", "finger"), ("fungus", "locatedIn", "hand")}  # fmt: skip
    reasons = found.because(X + "nail", X + "partOf", X + "hand")
    heads = [(v.local_name(r.subject), v.local_name(r.predicate)) for r in reasons if not r.subject.startswith("_:")]
    assert sorted(heads) == [("finger", "equivalentClass"), ("nail", "subClassOf"), ("partOf", "type")]
    edges = {(v.local_name(e.source), e.relation, v.local_name(e.target)) for e in build_graph(ontology).inferred}
    assert ("nail", "partOf", "hand") in edges
    assert not {e for e in edges if e[1] == "hasPart"}, "an inverse says nothing of some restrictions"
