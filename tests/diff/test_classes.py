from kgzsl.diff import diff
from kgzsl.graph.kinds import Reading

FAMILY = """
:animal a owl:Class ; rdfs:label "animal" .
:bird a owl:Class ; rdfs:label "bird" ; skos:definition "has feathers" ; rdfs:subClassOf :animal .
:crow a owl:Class ; rdfs:label "crow" ; skos:definition "black bird" ; rdfs:subClassOf :bird .
:jay a owl:Class ; rdfs:label "jay" ; rdfs:subClassOf :bird .
"""


def compared(old, new, **settings):
    return diff(old, new, inferred=False, **settings)


def test_added_and_removed_with_their_places(turtle):
    old, new = turtle(FAMILY), turtle(FAMILY.replace(':jay a owl:Class ; rdfs:label "jay"', ':owl a owl:Class'))
    found = compared(old, new).classes
    assert [(c.id, c.label, c.kind, c.file) for c in found.added] == [("owl", "owl", "class", new.paths[0])]
    assert [(c.id, c.label, c.file) for c in found.removed] == [("jay", "jay", old.paths[0])]
    assert new.documents[0].facts[-1].line == found.added[0].line > 0


def test_attributes_are_named_as_such(turtle):
    new = ":stripes a owl:AnnotationProperty ; rdfs:subPropertyOf <https://w3id.org/kgzsl/ns#hasAttribute> .\n"
    found = compared(turtle(FAMILY), turtle(FAMILY + new)).classes
    assert [(c.id, c.kind) for c in found.added] == [("stripes", "attribute")]


def test_another_iri_with_the_same_facts_is_a_rename_and_hides_the_facts(turtle):
    found = compared(turtle(FAMILY), turtle(FAMILY.replace(":bird", ":aves")))
    assert [(r.before.id, r.after.id) for r in found.classes.renamed] == [("bird", "aves")]
    assert len(found.classes) == 1
    assert not len(found.asserted)
    plain = compared(turtle(FAMILY), turtle(FAMILY.replace(":bird", ":aves")), renames=False)
    assert not plain.classes.renamed
    assert [c.id for c in plain.classes.added] == ["aves"]
    assert len(plain.asserted) > 4


def test_a_rename_that_also_changes_something_shows_what(turtle):
    new = FAMILY.replace(":bird", ":aves").replace("has feathers", "has wings")
    found = compared(turtle(FAMILY), turtle(new))
    assert [(r.before.id, r.after.id) for r in found.classes.renamed] == [("bird", "aves")]
    assert [c.after.value for c in found.asserted.changed] == ['"has wings"']


def test_renamed_parents_let_their_children_be_found(turtle):
    old = FAMILY + ':r1 a owl:Class ; rdfs:label "rook" ; rdfs:subClassOf :bird, :crow .\n'
    new = old.replace(":r1", ":r2").replace(":bird", ":b2").replace(":crow", ":c2")
    found = compared(turtle(old), turtle(new)).classes
    assert {(r.before.id, r.after.id) for r in found.renamed} == {("r1", "r2"), ("bird", "b2"), ("crow", "c2")}
    assert not found.added
    assert not found.removed


def test_siblings_that_share_only_type_and_parent_are_not_taken_for_each_other(turtle):
    old, new = (FAMILY + f":{name} a owl:Class ; rdfs:subClassOf :bird .\n" for name in ("rook", "kite"))
    found = compared(turtle(old), turtle(new)).classes
    assert not found.renamed
    assert [c.id for c in found.added] == ["kite"]
    assert [c.id for c in found.removed] == ["rook"]


def test_a_rename_inside_a_restriction_hides_too(turtle):
    some = ":jay rdfs:subClassOf [ owl:onProperty :p ; owl:someValuesFrom [ owl:unionOf ( :bird :crow ) ] ] .\n"
    found = compared(turtle(FAMILY + some), turtle((FAMILY + some).replace(":bird", ":zbird")))
    assert [(r.before.id, r.after.id) for r in found.classes.renamed] == [("bird", "zbird")]
    assert not len(found.asserted)


def test_other_labels_and_other_parents(turtle):
    new = FAMILY.replace('"crow"', '"raven"').replace('"jay" ; rdfs:subClassOf :bird', '"jay" ; rdfs:subClassOf :crow')
    old, new = turtle(FAMILY), turtle(new)
    found = compared(old, new).classes
    assert [(r.id, r.before, r.after) for r in found.relabelled] == [("crow", "crow", "raven")]
    (moved,) = found.moved
    assert (moved.id, [p.label for p in moved.lost], [p.label for p in moved.gained]) == ("jay", ["bird"], ["raven"])
    assert f"{moved.file}:{moved.line}" == next(f.where for f in new if f.subject.endswith("jay") and "subClass" in
                                                f.predicate)  # fmt: skip


def test_the_preferred_label_is_english(turtle):
    german = FAMILY.replace('rdfs:label "bird"', 'rdfs:label "bird"@en, "Vogel"@de')
    found = compared(turtle(german), turtle(german.replace("Vogel", "Federvieh")))
    assert not found.classes.relabelled
    assert [c.after.text for c in found.asserted.changed] == ['bird label "Federvieh"@de']


def test_deprecated_and_back(turtle):
    gone = FAMILY + ":jay owl:deprecated true ; obo:IAO_0100001 :crow .\n"
    (item,) = compared(turtle(FAMILY), turtle(gone)).classes.deprecated
    assert (item.id, item.deprecated, item.replaced_by) == ("jay", True, ("http://example.org/crow",))
    (item,) = compared(turtle(gone), turtle(FAMILY)).classes.deprecated
    assert (item.id, item.deprecated, item.replaced_by) == ("jay", False, ())


def test_skos_concepts_count_as_the_recipe_says(turtle):
    concept = ":fin a skos:Concept ; skos:prefLabel 'fin' .\n"
    for concepts, kind in (("classes", "class"), ("related", "concept")):
        found = compared(turtle(FAMILY), turtle(FAMILY + concept), reading=Reading(concepts=concepts)).classes
        assert [c.kind for c in found.added] == [kind]
