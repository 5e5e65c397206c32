from kgzsl.diff import diff

CHAIN = """
:animal a owl:Class ; rdfs:label "animal" . :thing a owl:Class .
:bird a owl:Class ; rdfs:label "bird" ; rdfs:subClassOf :animal .
:crow a owl:Class ; rdfs:label "crow" ; rdfs:subClassOf :bird .
"""
HIGHER = CHAIN + ":animal rdfs:subClassOf :thing .\n"


def texts(found):
    return {item.text for item in found}


def test_stated_and_inferred_are_kept_apart(turtle):
    found = diff(turtle(CHAIN), turtle(HIGHER))
    assert texts(found.asserted.added) == {"animal subClassOf thing"}
    assert {"bird subClassOf thing", "crow subClassOf thing"} <= texts(found.inferred.added)
    assert "animal subClassOf thing" not in texts(found.inferred.added)
    assert not found.inferred.removed


def test_an_inferred_fact_says_what_it_follows_from(turtle):
    old, new = turtle(CHAIN), turtle(HIGHER)
    found = diff(old, new).inferred.added
    (fact,) = [item for item in found if item.text == "bird subClassOf thing"]
    parents = {f.subject.rsplit("/", 1)[1]: f.where for f in new if f.predicate == fact.predicate}
    assert set(fact.because) == {parents["bird"], parents["animal"]}
    assert fact.where == ", ".join(fact.because)
    (gone,) = [item for item in diff(new, old).inferred.removed if item.text == "bird subClassOf thing"]
    assert set(gone.because) == {parents["bird"], parents["animal"]}


def test_what_was_inferred_and_is_stated_now_holds_on_both_sides(turtle):
    found = diff(turtle(CHAIN), turtle(CHAIN + ":crow rdfs:subClassOf :animal .\n"))
    assert texts(found.asserted.added) == {"crow subClassOf animal"}
    assert not len(found.inferred)


def test_renamed_classes_infer_the_same(turtle):
    found = diff(turtle(CHAIN), turtle(CHAIN.replace(":bird", ":aves")))
    assert len(found.classes.renamed) == 1
    assert not len(found.inferred)


def test_the_other_way_round_they_change_places(turtle):
    old, new = turtle(CHAIN), turtle(HIGHER + ":crow rdfs:subClassOf :thing .\n")
    assert diff(old, new).inferred.added == diff(new, old).inferred.removed
    assert diff(old, old).inferred is not None
    assert diff(old, new, inferred=False).inferred is None


def test_what_no_chain_of_parents_gives_is_explained_too(turtle):
    facts = CHAIN + ":eats a owl:ObjectProperty ; rdfs:domain {} .\n:crow :eats :thing .\n"
    old, new = turtle(facts.format(":bird")), turtle(facts.format(":thing"))
    (fact,) = [item for item in diff(old, new).inferred.added if item.text == "crow type thing"]
    assert set(fact.because) == {f.where for f in new if f.predicate.endswith(("domain", "eats"))}
