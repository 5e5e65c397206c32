"""Edits of Turtle: what is meant changes, and not a byte besides."""

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import KgzslError, OntologyError, UnknownNameError
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit import add_class, move, remove, rename, rename_id
from kgzsl.ontology.edit.plan import document
from kgzsl.ontology.edit.syntax import Turtle
from kgzsl.ontology.edit.tokens import quoted, string_value, tokenize
from tests.ontology.turtles import TEXTS, files

NAMES = TEXTS.map(str.strip).filter(lambda t: any(c.isalnum() for c in t) and "name" not in t)
HEAD = """@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <http://zoo.example/> .

"""


def write(folder, text, name="zoo.ttl"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def after(plan):
    return plan.changes[0].after


def is_insertion(before, now):
    """Whether ``now`` is ``before`` with stretches put in and nothing taken out."""
    rest = iter(now)
    return all(byte in rest for byte in before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("edit")


@given(files())
@settings(max_examples=80, deadline=None)
def test_tokens_are_the_text(made):
    text, count = made
    assert "".join(token.text for token in tokenize(text)) == text
    turtle = Turtle(text)
    assert {s.subject.term for s in turtle.statements} == {f"http://zoo.example/c{k}" for k in range(count)}


@given(TEXTS)
def test_strings_are_read_as_they_were_written(text):
    for mark in "\"'":
        assert string_value(quoted(text, mark)) == text
        assert "\n" not in quoted(text, mark)


@given(files(), NAMES, TEXTS, st.lists(TEXTS.filter(str.strip), max_size=2, unique=True), st.booleans())
@settings(max_examples=80, deadline=None)
def test_add_appends_and_remove_takes_it_back(folder, made, name, gloss, synonyms, attribute):
    path = write(folder, made[0])
    before = path.read_bytes()
    has = {"big": 0.25} if attribute else {}
    plan = add_class(path, name, id=":new", parents=["name 0", ":c1"], gloss=gloss, synonyms=synonyms, has=has,
                     new_attributes=True)  # fmt: skip
    assert is_insertion(before, after(plan))
    assert not plan.removed
    iri = "http://zoo.example/new"
    said = [fact for fact in plan.added if fact.subject == iri]
    assert {f.object for f in said if f.predicate == v.SUBCLASS} == {"http://zoo.example/c0", "http://zoo.example/c1"}
    assert [f.object.value for f in said if f.predicate in v.LABELS] == [name]
    assert all(fact.line > before.rstrip().count(b"\n") for fact in said)
    path.write_bytes(after(plan))
    if not attribute:
        assert after(remove(path, ":new")) == before


@given(files(), NAMES)
@settings(max_examples=80, deadline=None)
def test_rename_and_back(folder, made, name):
    path = write(folder, made[0])
    before = path.read_bytes()
    plan = rename(path, "name 0", name)
    assert {f.object.value for f in plan.added if f.predicate in v.LABELS} == {name}
    path.write_bytes(after(plan))
    back = rename(path, ":c0", "name 0", keep_old=False)
    assert after(back) == before


@given(files())
@settings(max_examples=80, deadline=None)
def test_rename_id_and_back(folder, made):
    path = write(folder, made[0])
    before = path.read_bytes()
    plan = rename_id(path, ":c0", "root")
    now = Turtle(after(plan).decode(), base="http://zoo.example/")
    assert "http://zoo.example/c0" not in {written.iri for written in now.resolved.values()}
    comments = [[t.text for t in tokenize(text.decode()) if t.kind == "comment"] for text in (before, after(plan))]
    assert comments[0] == comments[1]
    path.write_bytes(after(plan))
    assert after(rename_id(path, ":root", ":c0")) == before


@given(files())
@settings(max_examples=80, deadline=None)
def test_remove_keeps_comments_of_others_and_leaves_no_reference(folder, made):
    path = write(folder, made[0])
    last = f":c{made[1] - 1}"
    plan = remove(path, last, drop_references=True)
    facts = document(path, after(plan)).facts
    assert not [f for f in facts if last.replace(":", "http://zoo.example/") in (f.subject, f.object)]
    kept = [line for line in after(plan).decode().splitlines() if line in made[0].splitlines()]
    assert len(kept) >= len(after(plan).decode().splitlines()) - 2
    plan = remove(path, ":c0", children_to_parent=True, drop_references=True)
    assert "http://zoo.example/c0" not in {f.object for f in document(path, after(plan)).facts}


@given(files())
@settings(max_examples=80, deadline=None)
def test_replace_by_leads_every_reference_elsewhere(folder, made):
    path = write(folder, made[0] + "\n:other a owl:Class ; skos:prefLabel 'other' .\n")
    before = document(path, path.read_bytes())
    plan = remove(path, ":c0", replace_by="other")
    facts = plan.after.documents[0].facts
    assert "http://zoo.example/c0" not in {f.object for f in facts}
    pointing = {f.subject for f in before.facts if f.object == "http://zoo.example/c0" and f.subject[0] != "_"}
    assert pointing - {"http://zoo.example/c0"} <= {f.subject for f in facts if f.object == "http://zoo.example/other"}


def test_the_block_is_in_the_style_of_its_neighbours(root, folder):
    path = write(folder, (root / "ontologies/animals.ttl").read_text())
    table = read_ontology(root / "ontologies/animals-attributes.csv")
    plan = add_class(path, "okapi", parents=["giraffe"], gloss='a "striped" kind', synonyms=["forest giraffe", "o"],
                     has={"stripes": 0.6, "longneck": 1}, context=table)  # fmt: skip
    assert after(plan).decode().removeprefix(path.read_text()) == r"""
wn:okapi a owl:Class ;
    skos:prefLabel "okapi"@en ;
    skos:altLabel "forest giraffe"@en, "o"@en ;
    skos:definition "a \"striped\" kind"@en ;
    rdfs:subClassOf wn:n02439033 ;
    att:stripes 0.6 ;
    att:longneck 1.0 .
"""


def test_other_styles(folder):
    labels = '\n:Big_cat rdf:type owl:Class;\n  rdfs:subClassOf :Cat;\n  rdfs:label "Big cat".\n'
    cat = '\n:Cat rdf:type owl:Class;\n  rdfs:comment "purrs";\n  rdfs:label "Cat".\n'
    path = write(folder, HEAD + "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n" + cat + labels)
    plan = add_class(path, "Small cat", parents=["Cat"], gloss="purrs too")
    assert after(plan).decode().endswith(
        '\n\n:Small_cat rdf:type owl:Class;\n  rdfs:comment "purrs too";\n'
        '  rdfs:subClassOf :Cat;\n  rdfs:label "Small cat".\n'
    )
    lines = HEAD + ':a a owl:Class ; rdfs:label "a"@de .\n:b a owl:Class ; rdfs:label "b"@de ; rdfs:subClassOf :a .'
    plan = add_class(write(folder, lines), "c", parents=["a"])
    assert after(plan).decode() == lines + '\n:c a owl:Class ; rdfs:label "c"@de ; rdfs:subClassOf :a .'


def test_headings_as_protege_writes_them(folder):
    block = "\n###  http://zoo.example/{0}\n:{0} a owl:Class ;\n    rdfs:label \"{0}\"@en .\n"
    text = HEAD + block.format("cat") + "\n" + block.format("dog") + "# by hand\n"
    path = write(folder, text)
    plan = add_class(path, "lion")
    assert after(plan).decode() == text.rstrip("\n") + "\n\n" + block.format("lion")
    path.write_bytes(after(plan))
    assert after(remove(path, "lion")).decode() == text
    assert after(remove(path, "dog")).decode() == HEAD + block.format("cat") + "# by hand\n\n" + block.format("lion")


def test_ntriples_stay_ntriples(folder):
    iri, a = "http://zoo.example/", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    text = f"<{iri}cat> {a} <{v.OWL}Class> .\n<{iri}cat> <{v.LABEL}> \"cat\" .\n# done\n"
    path = write(folder, text, "zoo.nt")
    plan = add_class(path, "lion", parents=["cat"], synonyms=["king", "leo"], has={"big": 0.5}, new_attributes=True)
    assert f'<{iri}lion> <{v.ATT}big> "0.5"^^<{v.XSD}decimal> .' in after(plan).decode().splitlines()
    assert all(line.endswith(" .") for line in after(plan).decode().splitlines() if line and line[0] == "<")
    path.write_bytes(after(plan))
    assert after(rename(path, "lion", "big cat")).decode().count('"lion"') == 1
    path.write_bytes(after(rename(path, "cat", "tom")))
    assert after(rename(path, "tom", "cat", keep_old=False)) == after(plan)
    assert f"<{iri}leo-x>" in after(rename_id(path, "lion", "leo-x")).decode()


def test_prefixes_are_declared_only_where_they_must_be(folder):
    path = write(folder, HEAD + ":a a owl:Class ; rdfs:label 'a' .\n")
    plan = add_class(path, "b", parents=["a"], has={"big": 1}, new_attributes=True)
    lines = after(plan).decode().splitlines()
    assert lines[4:6] == ["@prefix kg: <https://w3id.org/kgzsl/ns#> .", f"@prefix att: <{v.ATT}> ."]
    assert "att:big a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute ." in lines
    assert is_insertion(path.read_bytes(), after(plan))


    plan = rename(path, "a", "c", context=plan.after)
    assert "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ." in after(plan).decode().splitlines()
    assert "skos:altLabel 'a'" in after(plan).decode().replace('"', "'")


def test_move(folder):
    both = ":c a owl:Class ; rdfs:subClassOf # of\n  :a, <http://zoo.example/b> . # both\n:d a owl:Class .\n"
    path = write(folder, HEAD + ":a a owl:Class .\n:b a owl:Class .\n" + both)
    with pytest.raises(OntologyError, match=r"2 parents here: 'a', 'b'; say which one to leave with --from"):
        move(path, "c", "d")
    with pytest.raises(OntologyError, match=r"'d' is no parent of 'c' .*; its parents are 'a', 'b'"):
        move(path, "c", "d", source="d")
    with pytest.raises(OntologyError, match="'a' is a parent of 'c' already"):
        move(path, "c", "a", source="b")
    plan = move(path, "c", "d", source="b")
    assert "  :a, <http://zoo.example/d> . # both" in after(plan).decode()
    assert (len(plan.added), len(plan.removed)) == (1, 1)


@pytest.mark.parametrize(("call", "says"), [
    (lambda p: add_class(p, "giraffe"), r"zoo.ttl:\d+: there is a class 'giraffe' already"),
    (lambda p: add_class(p, "zebra", id="giraffe"), "the id 'giraffe' is taken by 'giraffe'"),
    (lambda p: add_class(p, "zebra", id=":no space"), "can be no id"),
    (lambda p: add_class(p, "zebra", parents=["girafe"]), "unknown parent 'girafe'; did you mean 'giraffe'?"),
    (lambda p: add_class(p, "zebra", has={"strips": 1}), "did you mean 'stripes'. --new-attribute declares a new one"),
    (lambda p: add_class(p, "zebra", has={"stripes": 1.5}), "the strength of 'stripes' is 1.5: it goes from 0 to 1"),
    (lambda p: add_class(p, "zebra", has={"stripes": float("nan")}), "it goes from 0 to 1"),
    (lambda p: add_class(p, "zebra", relations=[("haspart", "giraffe")]), "did you mean 'hasPart'"),
    (lambda p: add_class(p, "zebra\ud800"), "half a character"),
    (lambda p: add_class(p, " "), "a class needs a name"),
    (lambda p: add_class(p, "???"), "no id can be made from the name"),
    (lambda p: rename(p, "giraffe", "okapi"), "'okapi' is what okapi"),
    (lambda p: rename(p, "giraffe", "giraffe"), "its name already"),
    (lambda p: rename_id(p, "giraffe", "okapi"), "the id 'okapi' is taken"),
    (lambda p: remove(p, "giraffe"), r"still referred to:\n  .*zoo.ttl:12: okapi subClassOf giraffe\n.*--replace-by"),
    (lambda p: remove(p, "giraffe", replace_by="giraffe"), "cannot be replaced by itself"),
    (lambda p: add_class([], "zebra"), "no file to edit"),
    (lambda p: remove(p, "giraffe", children_to_parent=True), r"(?s)no parent for its children:.*OTHER, or --drop-ref"),
    (lambda p: add_class(p, "zebra", has={"hooves": 1}), "the file that declares it with --ontology; --new-attribute"),
])  # fmt: skip
def test_refusals(folder, call, says):
    path = write(folder, HEAD + "@prefix att: <http://att/> .\n@prefix kg: <https://w3id.org/kgzsl/ns#> .\n"
                 "kg:hasPart a owl:AnnotationProperty .\natt:stripes rdfs:subPropertyOf kg:hasAttribute .\n"
                 ":giraffe a owl:Class ; skos:prefLabel 'giraffe' .\n"
                 ":okapi a owl:Class ; skos:prefLabel 'okapi' ;\n   rdfs:subClassOf :giraffe .\n")  # fmt: skip
    before = path.read_bytes()
    with pytest.raises(KgzslError, match=says) as caught:
        call(path)
    assert isinstance(caught.value, OntologyError | UnknownNameError)
    assert path.read_bytes() == before


def test_what_is_read_beside_counts(folder):
    path = write(folder, HEAD + ":a a owl:Class ; rdfs:label 'a' .\n")
    other = write(folder, HEAD + "# more\n:b a owl:Class ; rdfs:label 'b' ; rdfs:subClassOf :a .\n", "beside.ttl")
    beside = read_ontology([other, path])
    assert add_class(path, "c", parents=["b"], context=beside).added
    with pytest.raises(OntologyError, match=r"not edited speak of 'a':\n  .*beside.ttl:7: b subClassOf a"):
        remove(path, "a", drop_references=True, context=beside)
    with pytest.raises(OntologyError, match="not edited speak of 'a'"):
        rename_id(path, "a", "z", context=beside)
    both = rename_id([path, other], "a", "z")
    assert [len(list(difflib.ndiff([], [c.after]))) for c in both.changes] == [1, 1]
    assert b":z" in both.changes[0].after and b"subClassOf :z" in both.changes[1].after  # noqa: PT018


def test_imports_are_read_beside(folder):
    catalog = ('<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
               '<uri name="http://zoo.example/base" uri="base.ttl"/></catalog>')  # fmt: skip
    write(folder, catalog, "catalog-v001.xml")
    write(folder, HEAD + ":cat a owl:Class ; rdfs:label 'cat' .\n", "base.ttl")
    head = HEAD + "<> a owl:Ontology ; owl:imports <http://zoo.example/base> .\n"
    path = write(folder, head + ":dog a owl:Class ; rdfs:label 'dog' .\n", "importing.ttl")
    plan = add_class(path, "lion", parents=["cat"])
    assert after(plan).decode().endswith('\n:lion a owl:Class ; rdfs:label "lion" ; rdfs:subClassOf :cat .\n')
    assert [str(change.path) for change in plan.changes] == [str(path)]


def test_homonyms_need_to_be_wanted(folder):
    path = write(folder, HEAD + ":crane a owl:Class ; rdfs:label 'crane' .\n")
    plan = add_class(path, "crane", id="crane2", homonym=True)
    assert plan.subject == "http://zoo.example/crane2"


def test_a_name_that_is_a_synonym_changes_places(folder):
    path = write(folder, HEAD + ":a a owl:Class ; skos:prefLabel 'a' ; skos:altLabel 'b', 'c' .\n")
    text = after(rename(path, "a", "b")).decode()
    assert "skos:prefLabel 'b' ; skos:altLabel 'a', 'c' ." in text
    text = after(rename(path, "a", "b", keep_old=False)).decode()
    assert "skos:prefLabel 'b' ; skos:altLabel 'c' ." in text


def test_labelled_blank_nodes_go_with_what_they_describe(folder):
    text = HEAD + ":a a owl:Class .\n:b a owl:Class ; rdfs:subClassOf _:r .\n_:r owl:someValuesFrom :a .\n"
    path = write(folder, text)
    assert after(remove(path, ":b")).decode() == HEAD + ":a a owl:Class .\n"


@pytest.mark.parametrize("name", ["zoo.rdf", "zoo.trig"])
def test_formats_that_are_only_read(folder, name):
    text = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>" if name == "zoo.rdf" else "<a> a <b> ."
    with pytest.raises(OntologyError, match=r"are read, not edited; editable are Turtle \(.ttl\), N-Triples"):
        add_class(write(folder, text, name), "x")


def test_bytes_that_are_no_text(folder):
    path = folder / "latin.ttl"
    path.write_bytes(HEAD.encode() + b":a a owl:Class ; rdfs:label 'caf\xe9' .\n")
    with pytest.raises(OntologyError):
        add_class(path, "b")
