import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.diff import diff
from kgzsl.diff.facts import statements
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Document, Fact, Literal, Ontology
from tests.diff.conftest import HEAD

NS = "http://example.org/"


def stated(old, new):
    return diff(old, new, inferred=False).asserted


def texts(found):
    changed = [f"{pair.before.text} → {pair.after.value}" for pair in found.changed]
    return [s.text for s in found.added], [s.text for s in found.removed], changed


def test_every_difference_has_its_place(turtle):
    old = turtle(':a a owl:Class ; rdfs:label "a" .\n:b a owl:Class ; rdfs:subClassOf :a .\n')
    new = turtle(':b a owl:Class .\n\n:a a owl:Class ; rdfs:label "A" .\n:c a owl:Class .\n')
    found = stated(old, new)
    assert texts(found) == (["c type Class"], ["b subClassOf a"], ['a label "a" → "A"'])
    head = HEAD.count("\n")
    assert [s.where for s in found.added] == [f"{new.paths[0]}:{head + 4}"]
    assert [s.where for s in found.removed] == [f"{old.paths[0]}:{head + 2}"]
    assert (found.changed[0].before.line, found.changed[0].after.line) == (head + 1, head + 3)


@pytest.mark.parametrize(("before", "after", "expected"), [
    ("owl:someValuesFrom :wing", "owl:someValuesFrom :fin", "hasPart some wing → hasPart some fin"),
    ("owl:someValuesFrom :wing", "owl:allValuesFrom :wing", "hasPart some wing → hasPart only wing"),
    ("owl:qualifiedCardinality 2 ; owl:onClass :wing", "owl:qualifiedCardinality 4 ; owl:onClass :wing",
     "hasPart exactly 2 wing → hasPart exactly 4 wing"),
    ("owl:hasValue :wing", "owl:minCardinality 1", "hasPart value wing → hasPart min 1"),
    ("owl:someValuesFrom [ owl:unionOf ( :wing :fin ) ]", "owl:someValuesFrom [ owl:intersectionOf ( :wing :fin ) ]",
     "hasPart some (fin or wing) → hasPart some (fin and wing)"),
    ("owl:someValuesFrom [ owl:complementOf :fin ]", "owl:someValuesFrom [ owl:oneOf ( :fin ) ]",
     "hasPart some (not fin) → hasPart some {fin}"),
    ("owl:someValuesFrom [ a owl:Restriction ; owl:onProperty :of ; owl:someValuesFrom :wing ]",
     "owl:someValuesFrom [ a owl:Restriction ; owl:onProperty :of ; owl:someValuesFrom :fin ]",
     "hasPart some (of some wing) → hasPart some (of some fin)"),
])  # fmt: skip
def test_a_changed_restriction_is_one_readable_change(turtle, before, after, expected):
    block = ":bird a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :hasPart ; {} ] .\n"
    found = stated(turtle(block.format(before)), turtle(block.format(after)))
    assert texts(found) == ([], [], [f"bird subClassOf {expected}"])


def test_what_stands_alone_is_one_change_too(turtle):
    block = "[] a owl:AllDisjointClasses ; owl:members ( {} ) .\n"
    found = stated(turtle(block.format(":a :b")), turtle(block.format(":c :b :a")))
    assert texts(found) == ([], [], ["[AllDisjointClasses {a, b}] → [AllDisjointClasses {a, b, c}]"])
    axiom = "[] a owl:Axiom ; owl:annotatedSource :a ; rdfs:comment {} .\n"
    found = stated(turtle(axiom.format('"x"')), turtle(axiom.format('"y"')))
    assert texts(found)[2] == [
        '[type Axiom; comment "x"; annotatedSource a] → [type Axiom; comment "y"; annotatedSource a]'
    ]


def test_the_order_of_a_chain_counts_and_that_of_members_does_not(turtle):
    chain = ":p owl:propertyChainAxiom ( {} ) .\n"
    assert texts(stated(turtle(chain.format(":q :r")), turtle(chain.format(":r :q"))))[2] == [
        "p propertyChainAxiom (q r) → (r q)"
    ]
    union = ":a owl:equivalentClass [ owl:unionOf ( {} ) ] .\n"
    assert not diff(turtle(union.format(":q :r")), turtle(union.format(":r :q")), inferred=False)
    assert not diff(turtle(":a owl:disjointUnionOf ( :q :r ) ."), turtle(":a owl:disjointUnionOf ( :r :q ) ."),
                    inferred=False)  # fmt: skip


def test_labels_are_shown_and_text_that_looks_like_an_iri_is_left_alone(turtle):
    bird = ':n1 a owl:Class ; rdfs:label "bird"@en .\n'
    others = ':n2 a owl:Class ; rdfs:label "wing" . :p rdfs:label "has part" .\n'
    comment = r'rdfs:comment "<http://example.org/n2> \"q"'
    restriction = f":n1 rdfs:subClassOf [ owl:onProperty :p ; owl:someValuesFrom :n2 ; {comment} ] .\n"
    found = stated(turtle(bird), turtle(bird + others + restriction))
    (shown,) = [s.value for s in found.added if "onProperty" in s.text]
    assert shown == r'[comment "<http://example.org/n2> \"q"; onProperty has part; someValuesFrom wing]'


def test_twin_labels_say_which_is_meant(turtle):
    text = ':n1 a owl:Class ; rdfs:label "crane" . :n2 a owl:Class ; rdfs:label "crane" . :x a owl:Class '
    found = stated(turtle(text + "."), turtle(text + "; rdfs:subClassOf :n2 ."))
    assert texts(found)[0] == ["x subClassOf crane (n2)"]


def test_equal_numbers_and_equal_languages_are_equal(turtle):
    assert not diff(turtle(":a :p 0.5 ; rdfs:label 'x'@en ."), turtle(":a :p 5e-1 ; rdfs:label 'x'@EN ."),
                    inferred=False)  # fmt: skip
    assert texts(stated(turtle(":a :p 0.5 ."), turtle(":a :p 0.6 .")))[2] == ["a p 0.5 → 0.6"]


def test_blank_nodes_in_a_ring_and_very_deep_ones_are_compared(turtle):
    ring = "_:a :p _:b . _:b :p _:a ; :q {} .\n"
    assert not diff(turtle(ring.format(1)), turtle(ring.format(1).replace("_:a", "_:z")), inferred=False)
    assert diff(turtle(ring.format(1)), turtle(ring.format(2)), inferred=False)

    def deep(end):
        facts = [Fact(f"_:{n}", v.OWL + "complementOf", f"_:{n + 1}", "f", 1) for n in range(3000)]
        facts += [Fact(NS + "a", v.SUBCLASS, "_:0", "f", 1), Fact("_:3000", v.OWL + "complementOf", NS + end, "f", 1)]
        return Ontology((Document("f", tuple(facts), "", "rdf"),))

    found = stated(deep("x"), deep("y"))
    assert (len(found.changed), len(found.added)) == (1, 0)
    assert len(found.changed[0].after.text) < 20_000


def test_shared_blank_nodes_do_not_blow_up():
    facts = [Fact(NS + "a", v.SUBCLASS, "_:0", "f", 1)]
    for n in range(60):
        facts += [Fact(f"_:{n}", NS + p, f"_:{n + 1}", "f", 1) for p in ("p", "q")]
    facts.append(Fact("_:60", NS + "p", NS + "end", "f", 1))
    (key,) = statements(Ontology((Document("f", tuple(facts), "", "rdf"),)))
    assert len(key[2].expression) < 20_000


LANGUAGE = v.RDF + "langString"
names = st.sampled_from([NS + n for n in "abcdef"])
literals = st.one_of(
    st.builds(Literal, st.text("xyz'\"<> \n", max_size=4), st.just(LANGUAGE), st.sampled_from(["en", "de"])),
    st.builds(Literal, st.sampled_from(["0.5", "0.50", "1", "1.0"]), st.just(v.XSD + "decimal")),
)
plain = st.tuples(names, st.sampled_from([v.SUBCLASS, NS + "p", v.LABEL, v.ALT_LABEL]), st.one_of(names, literals))
restrictions = st.tuples(names, st.just("some"), st.tuples(names, names))


@st.composite
def ontologies(draw):
    return ontology_of(draw(st.lists(st.one_of(plain, restrictions), max_size=12)))


def ontology_of(described):
    facts = [Fact(NS + name, v.TYPE, v.OWL + "Class", "f.ttl", 1) for name in "abc"]
    for n, (subject, predicate, obj) in enumerate(described):
        if predicate == "some":
            blank = f"_:b{n}"
            facts.append(Fact(subject, v.SUBCLASS, blank, "f.ttl", n))
            facts.append(Fact(blank, v.OWL + "onProperty", obj[0], "f.ttl", n))
            facts.append(Fact(blank, v.OWL + "someValuesFrom", obj[1], "f.ttl", n))
        else:
            facts.append(Fact(subject, predicate, obj, "f.ttl", n))
    return Ontology((Document("f.ttl", tuple(facts), "", "rdf"),))


def keys(found):
    return {(s.subject, s.predicate, normal(s.object)) for s in found}


def normal(obj):
    return float(obj.value) if isinstance(obj, Literal) and obj.datatype in v.NUMERIC else obj


@settings(max_examples=60, deadline=None)
@given(ontologies(), ontologies())
def test_applied_to_the_old_side_it_gives_the_new(old, new):
    found = diff(old, new, renames=False, inferred=False)
    before, after = (keys(statements(side).values()) for side in (old, new))
    gone = keys(found.asserted.removed) | keys(pair.before for pair in found.asserted.changed)
    came = keys(found.asserted.added) | keys(pair.after for pair in found.asserted.changed)
    assert gone <= before
    assert came.isdisjoint(before)
    assert (before - gone) | came == after
    assert bool(found) == (before != after)


@settings(max_examples=60, deadline=None)
@given(ontologies(), ontologies())
def test_the_other_way_round_added_and_removed_change_places(old, new):
    one, other = diff(old, new, inferred=False), diff(new, old, inferred=False)
    assert one.asserted.added == other.asserted.removed
    assert one.asserted.removed == other.asserted.added
    assert {(c.before, c.after) for c in one.asserted.changed} == {(c.after, c.before) for c in other.asserted.changed}
    assert one.classes.added == other.classes.removed
    assert {(r.before, r.after) for r in one.classes.renamed} == {(r.after, r.before) for r in other.classes.renamed}
    assert {(m.lost, m.gained) for m in one.classes.moved} == {(m.gained, m.lost) for m in other.classes.moved}


@settings(max_examples=40, deadline=None)
@given(ontologies(), st.randoms(use_true_random=False))
def test_against_itself_in_any_order_nothing_differs(ontology, chance):
    assert not diff(ontology, ontology, inferred=False)
    facts = [fact for document in ontology.documents for fact in document.facts]
    chance.shuffle(facts)
    blanks = sorted({fact.subject for fact in facts if fact.subject.startswith("_:")})
    called = dict(zip(blanks, chance.sample(blanks, len(blanks)), strict=True))
    facts = [f._replace(subject=called.get(f.subject, f.subject), object=called.get(f.object, f.object)) for f in facts]
    other = Ontology((Document("g.ttl", tuple(facts), "", "rdf"),))
    assert not diff(ontology, other, inferred=False)


def test_lines_in_any_order_and_other_prefixes(root, tmp_path):
    import kgzsl

    path = root / "ontologies/animals.ttl"
    text = re.sub(r"(?m)(^|\s)wn:", r"\1w:", path.read_text()).replace("@prefix wn:", "@prefix w:")
    head, *blocks = text.rstrip().removesuffix(" .").split(" .\n\nw:")
    random.Random(0).shuffle(blocks)
    other = tmp_path / "other.ttl"
    other.write_text(" .\n\nw:".join((head, *blocks)) + " .\n")
    assert not diff(kgzsl.read_ontology(path), kgzsl.read_ontology(other), inferred=False)
