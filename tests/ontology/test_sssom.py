import pytest

from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v

TABLE = """\
#mapping_set_id: https://example.org/set
#curie_map:
#  A: http://a.org/
#  B: http://b.org/
subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tpredicate_modifier
A:1\thorse\tskos:exactMatch\tB:1\tdomestic horse\t
A:2\tpony\tskos:broadMatch\tB:1\tdomestic horse\t
A:3\tmule\tskos:exactMatch\tB:1\tdomestic horse\tNot
A:4\tunicorn\tskos:exactMatch\tsssom:NoTermFound\t\t
"""
CLASSES = """\
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<http://a.org/1> a owl:Class ; rdfs:label "zz horse" . <http://a.org/2> a owl:Class ; rdfs:label "pony" .
"""


def written(tmp_path, text, name="a.sssom.tsv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_class_answers_to_the_name_of_its_exact_match(tmp_path):
    graph = build_graph(read_ontology([written(tmp_path, TABLE), written(tmp_path, CLASSES, "a.ttl")]))
    horse, pony = graph.concepts["http://a.org/1"], graph.concepts["http://a.org/2"]
    assert horse.label == "zz horse", "a mapping does not rename"
    assert set(horse.synonyms) == {"horse", "domestic horse"}
    assert pony.synonyms == ()
    assert graph.find("domestic horse") == "http://a.org/1"


def test_mappings_are_facts_with_their_lines(tmp_path):
    facts = read_ontology(written(tmp_path, TABLE))
    mapped = [(f.subject, v.local_name(f.predicate), f.object, f.line) for f in facts if "Match" in f.predicate]
    assert mapped == [
        ("http://a.org/1", "exactMatch", "http://b.org/1", 6),
        ("http://a.org/2", "broadMatch", "http://b.org/1", 7),
    ]
    assert not [f for f in facts if f.subject in ("http://a.org/3", "http://a.org/4")], "denied and not found"


def test_windows_line_ends_and_another_name(tmp_path):
    plain = read_ontology(written(tmp_path, TABLE))
    other = tmp_path / "mappings.tsv"
    other.write_bytes(TABLE.replace("\n", "\r\n").encode())
    assert read_ontology(other).hash == plain.hash
    commas = written(tmp_path, TABLE.replace("domestic horse", '"domestic horse"').replace("\t", ","), "a.sssom.csv")
    assert read_ontology(commas).hash == plain.hash


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("A:2", "C:2", 7, "declare 'C' in curie_map"),
        ("skos:broadMatch", "skos:", 7, "predicate_id 'skos:'"),
        ("skos:broadMatch", "broadMatch", 7, "did you mean 'skos:broadMatch'"),
        ("skos:broadMatch", "skso:broadMatch", 7, "did you mean 'skos'"),
        ("object_id", "objectid", 5, "did you mean 'objectid'"),
        ("\tB:1\tdomestic horse\t\nA:2", "\tB:1\nA:2", 6, "4 cells"),
        ("A:2", "A:2 3", 7, "subject_id"),
        ("#curie_map:", "#curie_map: [", 4, "not YAML"),
        ("http://a.org/", "[1, 2]", 2, "curie_map is not"),
    ],
)
def test_bad_tables_name_their_line(tmp_path, old, new, line, words):
    assert old in TABLE
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(written(tmp_path, TABLE.replace(old, new)))
    assert caught.value.line == line


def test_yaml_that_asks_for_objects_is_refused(tmp_path):
    text = TABLE.replace("https://example.org/set", "!!python/object/apply:os.system [ls]")
    with pytest.raises(OntologyError, match="not YAML"):
        read_ontology(written(tmp_path, text))


def test_yaml_in_yaml_in_yaml_is_one_error(tmp_path):
    with pytest.raises(OntologyError):
        read_ontology(written(tmp_path, TABLE.replace("https://example.org/set", "[" * 50_000)))
