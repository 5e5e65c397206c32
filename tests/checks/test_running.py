"""Running checks: what is switched off, what is refused, files that cannot be read, and how long it takes."""

from pathlib import Path

import pytest

from kgzsl.checks import check, refuse_errors
from kgzsl.checks.sarif import location
from kgzsl.checks.unreadable import build, read
from kgzsl.errors import MissingFileError, OntologyError, UnknownNameError
from kgzsl.graph import build_graph
from kgzsl.graph.recipe import Checking, Recipe
from kgzsl.ontology import read_ontology
from tests.checks.worlds import HEAD, LINES, graph_of, tree

WORDNET = Path("/usr/share/wordnet/data.noun")
BARE = ":b a owl:Class ; rdfs:subClassOf :a ."


def codes(graph, **options):
    return [f.code for f in check(graph, codes="EWI", **options)]


@pytest.mark.parametrize(
    ("text", "told"),
    [(BARE, ["W13"]), (f"{BARE} # kgzsl: ignore W13", []), (f"# kgzsl: ignore W02, W13 it is meant\n{BARE}", []),
     (f"# kgzsl: ignore W13\n\n{BARE}", ["W13"]), (f"{BARE}\n# kgzsl: ignore-file W13", []),
     (f"{BARE} # kgzsl: ignore W12", ["W13"]), (f"{BARE} # kgzsl: ignore W99", ["W13", "W18"]),
     (f"{BARE}\n# kgzsl: ignore-file everything", ["W13", "W18"])],
)  # fmt: skip
def test_comments_switch_codes_off(tmp_path, text, told):
    assert sorted(codes(graph_of(tmp_path, tree({"a": ""}) + text + "\n"))) == told


def test_codes_are_switched_off_by_recipe_and_by_name(tmp_path):
    graph = graph_of(tmp_path, tree({"a": ""}) + BARE + "\n")
    recipe = Recipe(name="r", ontologies=["a.ttl"], check=Checking(off=["W13"]))
    assert codes(graph) == ["W13"]
    assert codes(graph, off=["W13"]) == codes(graph, recipe=recipe) == []
    with pytest.raises(UnknownNameError, match="no check 'W31'; did you mean"):
        check(graph, off=["W31"])


def test_an_engine_refuses_errors_that_are_not_switched_off(tmp_path):
    text = tree({"a": "gone"})
    with pytest.raises(OntologyError, match="E01 unknown parent 'gone'"):
        refuse_errors(graph_of(tmp_path, text))
    refuse_errors(graph_of(tmp_path, text), off=["E01"])
    refuse_errors(graph_of(tmp_path, text.replace(" .\n", " . # kgzsl: ignore E01\n")))
    refuse_errors(graph_of(tmp_path, tree({"a": ""}) + BARE))


def test_files_beside_a_broken_one_are_read(tmp_path):
    (tmp_path / "good.ttl").write_text(HEAD + tree({"a": ""}))
    (tmp_path / "worse.ttl").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "bad.ttl").write_text(HEAD + ":b a owl:Class ;\n")
    ontology, found = read([tmp_path])
    assert [Path(f.file).name for f in found] == ["bad.ttl", "worse.ttl"]
    assert {f.code for f in found} == {"E00"}
    assert all(f.line for f in found)
    assert [Path(path).name for path in ontology.paths] == ["good.ttl"]
    with pytest.raises(MissingFileError):
        read([tmp_path / "none.ttl"])


def test_facts_without_a_meaning_are_left_out_one_by_one(tmp_path):
    attribute = "att:s a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .\n"
    text = attribute + tree({"a": "", "b": ""}) + ":a att:s 'many' .\n:b att:s 'few', 0.5 .\n"
    (tmp_path / "a.ttl").write_text(HEAD + text)
    graph, found = build(read_ontology(tmp_path))
    assert [(f.code, f.line - LINES, f.value) for f in found] == [("E00", 4, "many"), ("E00", 5, "few")]
    assert graph.attributes("b") == {graph.find("s"): 0.5}
    assert graph.attributes("a") == {}


def test_any_number_of_facts_without_a_meaning_are_told(tmp_path):
    text = "att:s rdfs:subPropertyOf kg:hasAttribute .\n" + tree({f"c{n}": "" for n in range(200)})
    (tmp_path / "a.ttl").write_text(HEAD + text + "".join(f":c{n} att:s 'much' .\n" for n in range(200)))
    graph, found = build(read_ontology(tmp_path))
    assert [f.line - LINES for f in found] == list(range(202, 402))
    assert len(graph.class_ids) == 200


def test_findings_do_not_depend_on_the_order_of_lines(tmp_path):
    text = tree({"a": "b", "b": "c", "c": "a", "x": "gone", "y": "x", "z": "x"}) + BARE.replace(":b", ":k")
    lines = text.splitlines()
    one = graph_of(tmp_path, "\n".join(lines) + "\n")
    other = graph_of(tmp_path, "\n".join(reversed(lines)) + "\n", "a.ttl")
    assert sorted(codes(one)) == sorted(codes(other))


def test_a_check_after_a_one_line_edit_finds_what_it_broke(tmp_path):
    path, edges = tmp_path / "a.ttl", {"c0": ""} | {f"c{k}": f"c{(k - 1) // 3}" for k in range(1, 3000)}
    path.write_text(HEAD + tree(edges))
    before = read_ontology(path)
    path.write_text(path.read_text() + ":c3000 a owl:Class ; rdfs:subClassOf :c4000 .\n")
    found = check(build_graph(read_ontology(path, before)), codes="EWI")
    assert [f.code for f in found] == ["E01", "W13"]


def test_places_in_sarif_are_relative_quoted_or_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    below = {"uri": "a%20b/%C3%BC.ttl", "uriBaseId": "ROOT"}
    assert location("a b/ü.ttl") == location(str(tmp_path / "a b/ü.ttl")) == below
    assert location("/else/where.ttl") == {"uri": "file:///else/where.ttl"}
    assert location("sparql:http://localhost:7878/query") == {"uri": "sparql:http://localhost:7878/query"}


def test_nothing_is_asked_of_a_deprecated_class(tmp_path):
    path = tmp_path / "a.ttl"
    path.write_text("@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix : <http://x/> .\n"
                    ":old a owl:Class ; owl:deprecated true .\n")  # fmt: skip
    assert not check(build_graph(read_ontology(path)), codes="EWI")
