"""Edits of OBO files: clauses and stanzas, and not a byte besides."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit import add_class, move, remove, rename, rename_id
from kgzsl.ontology.edit.plan import document
from kgzsl.ontology.model import Ontology

ZOO = """format-version: 1.2
ontology: zoo

! animals
[Term]
id: ZOO:0000001
name: animal
namespace: zoo
def: "A living thing that moves; see ZOO:0000002." [x:y]

[Term]
id: ZOO:0000002
name: giraffe ! tall
namespace: zoo
synonym: "camelopard" EXACT []
is_a: ZOO:0000001 ! animal

[Term]
id: ZOO:0000012
name: neck
namespace: zoo
relationship: part_of ZOO:0000002 ! giraffe

! relations below
[Typedef]
id: part_of
name: part of
xref: BFO:0000050

[Typedef]
id: att:stripes
name: stripes
is_a: kg:hasAttribute
is_metadata_tag: true
"""
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=10).filter(
    lambda text: not text.endswith("\\")
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("obo")


@pytest.fixture
def zoo(tmp_path):
    path = tmp_path / "zoo.obo"
    path.write_text(ZOO)
    return path


def after(plan):
    return plan.changes[0].after.decode()


def test_a_stanza_in_the_style_of_the_file(zoo):
    plan = add_class(zoo, "okapi", parents=["giraffe"], gloss='a "striped" one', synonyms=["forest giraffe"],
                     has={"stripes": 0.6}, relations=[("part_of", "neck")])  # fmt: skip
    stanza = """[Term]
id: ZOO:0000013
name: okapi
namespace: zoo
def: "a \\"striped\\" one" []
synonym: "forest giraffe" EXACT []
property_value: att:stripes "0.6" xsd:decimal
is_a: ZOO:0000002 ! giraffe
relationship: part_of ZOO:0000012 ! neck

"""
    assert after(plan) == ZOO.replace("! relations below\n", stanza + "! relations below\n")
    graph = build_graph(plan.after)
    okapi = graph.find("okapi")
    assert graph.attributes(okapi) == {v.ATT + "stripes": 0.6}
    assert graph.label(graph.parents(okapi)[0]) == "giraffe"
    assert graph.concepts[okapi].gloss == 'a "striped" one'


def test_new_attributes_are_typedefs(zoo):
    plan = add_class(zoo, "okapi", has={"long neck": 0.5}, new_attributes=True)
    assert after(plan).endswith("\n[Typedef]\nid: att:long-neck\nname: long neck\nnamespace: zoo\n"
                                "is_a: kg:hasAttribute\nis_metadata_tag: true\n")  # fmt: skip
    assert build_graph(plan.after).attributes("okapi") == {v.ATT + "long-neck": 0.5}


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=2, unique=True), st.sampled_from(["\n", "\r\n"]),
       st.sampled_from(["", "\n", "\n\n"]), st.booleans())  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_add_rename_and_remove_give_back_the_bytes(folder, name, gloss, synonyms, nl, end, typedefs):
    text = ZOO if typedefs else ZOO.partition("! relations")[0].replace("part_of", "kg:partOf")
    path = folder / "zoo.obo"
    path.write_bytes((text.rstrip("\n") + end).replace("\n", nl).encode())
    before = path.read_bytes()
    path.write_bytes(add_class(path, f"x {name}", id="ZOO:7", parents=["giraffe"], gloss=gloss,
                               synonyms=synonyms).changes[0].after)  # fmt: skip
    facts = document(path, path.read_bytes()).facts
    assert f"x {name}" in [f.object.value for f in facts if f.subject == v.OBO + "ZOO_7" and f.predicate == v.LABEL]
    added = path.read_bytes()
    path.write_bytes(rename(path, "ZOO:7", f"y {name}").changes[0].after)
    path.write_bytes(rename(path, "ZOO:7", f"x {name}", keep_old=False).changes[0].after)
    assert path.read_bytes() == added
    path.write_bytes(remove(path, "ZOO:7").changes[0].after)
    assert path.read_bytes() == before


def test_a_new_label_goes_into_comments_behind_references(zoo):
    text = after(rename(zoo, "giraffe", "long one"))
    assert "name: long one ! tall\n" in text
    assert 'synonym: "camelopard" EXACT []\nsynonym: "giraffe" EXACT []\n' in text
    assert "relationship: part_of ZOO:0000002 ! long one\n" in text


def test_an_id_changes_wherever_it_is_one(zoo):
    text = after(rename_id(zoo, "giraffe", "ZOO:0000099"))
    assert text.count("ZOO:0000099") == 2
    assert "see ZOO:0000002." in text
    zoo.write_text(text)
    assert after(rename_id(zoo, "giraffe", "ZOO:0000002")) == ZOO


def test_move_and_remove(zoo):
    zoo.write_text(after(add_class(zoo, "okapi", parents=["giraffe"])))
    moved = after(move(zoo, "okapi", "animal"))
    assert "id: ZOO:0000013\nname: okapi\nnamespace: zoo\nis_a: ZOO:0000001 ! animal\n" in moved
    with pytest.raises(OntologyError, match=r"zoo.obo:22: neck subClassOf \[…\] someValuesFrom giraffe"):
        remove(zoo, "giraffe", children_to_parent=True)
    text = after(remove(zoo, "giraffe", children_to_parent=True, drop_references=True))
    assert "ZOO:0000002 " not in text
    assert "name: neck\nnamespace: zoo\n\n" in text
    assert text.count("is_a: ZOO:0000001") == 1
    text = after(remove(zoo, "giraffe", replace_by="animal"))
    assert "relationship: part_of ZOO:0000001 ! animal\n" in text


def test_what_an_editor_cannot_do_is_refused_before_anything_is_written(zoo):
    narrowed = 'part_of ZOO:0000001 {gci_relation="part_of", gci_filler="ZOO:0000002"}'
    zoo.write_text(ZOO.replace("part_of ZOO:0000002 ! giraffe", narrowed))
    before = zoo.read_bytes()
    with pytest.raises(OntologyError, match="would change other facts than it is to"):
        rename_id(zoo, "giraffe", "ZOO:0000099")
    assert zoo.read_bytes() == before
    assert Ontology((document(zoo, before),)).classes
    with pytest.raises(OntologyError, match="cannot end in a backslash; write something behind it"):
        add_class(zoo, "okapi", gloss="striped\\")
    assert zoo.read_bytes() == before
