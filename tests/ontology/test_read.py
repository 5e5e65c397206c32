from pathlib import Path

import pytest

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v

ROOT = Path(__file__).resolve().parents[2]
HEAD = "@prefix : <http://x/> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"


def test_objects_has_classes_and_lines():
    ontology = read_ontology(ROOT / "ontologies/objects.ttl")
    rows = (ROOT / "ontologies/objects.ttl").read_text(encoding="utf8").splitlines()
    assert len(ontology.classes) == 1948
    for fact in list(ontology)[::97]:
        if isinstance(fact.object, str) and fact.object.startswith(v.WN):
            assert v.local_name(fact.object) in rows[fact.line - 1]


def test_hash_ignores_order_and_place(tmp_path):
    a, b = tmp_path / "a.ttl", tmp_path / "b.ttl"
    a.write_text(HEAD + ":a a owl:Class .\n:b a owl:Class ; :p 0.50 .\n")
    b.write_text(HEAD + "\n\n:b :p 0.5 .\n:b a owl:Class .\n:a a owl:Class .\n")
    assert read_ontology(a).hash == read_ontology(b).hash


def test_blank_nodes_hash_alike_at_every_reading(tmp_path):
    a, b, c = tmp_path / "a.ttl", tmp_path / "b.ttl", tmp_path / "c.ttl"
    one, two = "[ :on :part ; :some :wing ]", "[ :on :part ; :some :wheel ]"
    a.write_text(HEAD + f":a a owl:Class ; :p {one}, {two} .\n:b :p {one} .\n")
    b.write_text(HEAD + f":b :p {one} .\n:a a owl:Class ; :p {two}, {one} .\n")
    c.write_text(HEAD + f":b :p {two} .\n:a a owl:Class ; :p {two}, {one} .\n")
    assert read_ontology(a).hash == read_ontology(b).hash != read_ontology(c).hash


def test_a_table_and_turtle_make_the_same_facts(tmp_path):
    ttl, table = tmp_path / "a.ttl", tmp_path / "a.csv"
    ttl.write_text(
        f"@prefix wn: <{v.WN}> .\n@prefix att: <{v.ATT}> .\n@prefix owl: <{v.OWL}> .\n"
        f"@prefix rdfs: <{v.RDFS}> .\n@prefix kg: <{v.KG}> .\n"
        "att:stripes a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .\nwn:n02391049 att:stripes 0.98 .\n"
    )
    table.write_text("class,label,att:stripes\nwn:n02391049,zebra,0.98\n")
    assert read_ontology(ttl).hash == read_ontology(table).hash


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("a.ttl", HEAD + ":a a owl:Class ;\n:b a\n", 4, "syntax error"),
        ("a.ttl", "", 1, "empty"),
        ("a.csv", "class,att:s\nwn:n1,many\n", 2, "'many' is not a number"),
        ("a.csv", "class,att:s\nwn:n1,1\nwn:n1,1\n", 3, "named twice"),
        ("a.csv", "class,att:s\nzebra,1\n", 2, "neither an IRI"),
        ("a.csv", "class,att:s\nwn:n1\n", 2, "1 cells"),
        ("a.noun", "00001740 03 n zz\n", 1, "not a WordNet"),
        ("a.rdf", '<?xml version="1.0" encoding="UT"?>\n<r/>', 1, "cannot be decoded: unknown encoding"),
        ("a.xml", '<?xml version="1.0" encoding="UT"?>\n<LexicalResource/>', 1, "cannot be decoded"),
    ],
)
def test_bad_files_name_their_line(tmp_path, name, text, line, words):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(OntologyError) as caught:
        read_ontology(path)
    assert (caught.value.file, caught.value.line) == (str(path), line)
    assert words in str(caught.value)


def test_entity_bombs_are_refused(tmp_path):
    path = tmp_path / "bomb.owl"
    path.write_text('<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY a "x">\n<!ENTITY b "&a;&a;">]>\n<r>&b;</r>')
    with pytest.raises(OntologyError, match="entity 'b'"):
        read_ontology(path)


def test_missing_and_unknown_files(tmp_path):
    with pytest.raises(MissingFileError):
        read_ontology(tmp_path / "none.ttl")
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(OntologyError, match="no reader"):
        read_ontology(tmp_path / "a.docx")


@pytest.mark.skipif(not Path("/usr/share/wordnet/data.noun").exists(), reason="needs Debian's wordnet-base")
def test_the_slice_is_what_its_generator_writes(tmp_path):
    import subprocess
    import sys

    out = tmp_path / "objects.ttl"
    subprocess.run(
        [sys.executable, str(ROOT / "scripts/build_objects.py"), "/usr/share/wordnet", str(out)], check=True
    )
    assert out.read_text(encoding="utf8") == (ROOT / "ontologies/objects.ttl").read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.ttl", "@prefix : <http://x/> .\n:a :p :b .\n"), ("a.nt", "<http://x/a> <http://x/p> <http://x/b> .\n")],
)
def test_a_byte_order_mark_does_not_count(name, text, tmp_path):
    plain, marked = tmp_path / name, tmp_path / f"marked{name}"
    plain.write_text(text)
    marked.write_text(text, encoding="utf-8-sig")
    assert [f[:3] + f[4:] for f in read_ontology(marked)] == [f[:3] + f[4:] for f in read_ontology(plain)]


def test_what_is_said_of_statements_is_passed_over(tmp_path):
    path = tmp_path / "a.ttl"
    path.write_text("@prefix : <http://x/> .\n:a :p :b {| :since 1999 |} .\n:c :says <<( :a :p :b )>> .\n:d :p :e .\n")
    found = {(f.subject, f.predicate, f.line) for f in read_ontology(path) if not f.subject.startswith("_:")}
    assert found == {("http://x/a", "http://x/p", 2), ("http://x/d", "http://x/p", 4)}
