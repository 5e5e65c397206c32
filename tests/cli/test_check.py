"""``kgzsl check`` as a user types it."""

import json
import re

import pytest

from kgzsl.checks.annotations import annotation
from kgzsl.checks.finding import Finding
from tests.cli.test_cli import run

HEAD = """@prefix : <https://example.org/zoo/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:animal a owl:Class ; skos:prefLabel "animal"@en ; skos:definition "a living thing that moves"@en .
"""
HORSE = ':horse a owl:Class ; skos:prefLabel "horse" ; skos:definition "with a mane" ; rdfs:subClassOf :animal .\n'
BAD = ':zebra a owl:Class ; skos:prefLabel "zebra" ; rdfs:subClassOf :hors .\n'
FOUND = "zoo/a,b.ttl:7: E01 unknown parent 'hors' of 'zebra'; did you mean 'horse'?"


@pytest.fixture
def zoo(tmp_path):
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo/a,b.ttl").write_text(HEAD + HORSE + BAD)
    return tmp_path


def test_lines_name_file_line_code_and_fix_and_end_in_counts(zoo):
    done = run("check", "zoo/a,b.ttl", cwd=zoo, code=1)
    hint = "zoo/a,b.ttl:7: I01 'zebra' has no gloss; add a definition that tells how it looks"
    assert done.stdout.splitlines() == [FOUND, hint, "1 error, 1 hint in 3 classes"]
    assert run("check", "zoo", "--show", "error", cwd=zoo, code=1).stdout.splitlines()[0] == FOUND
    shown = run("check", "zoo", "--format", "table", cwd=zoo, code=1).stdout
    assert re.search(r"code +severity +place +finding +fix", shown)
    assert re.search(r"E01 +error +zoo/a,b\.ttl:7 +unknown parent", shown)


def test_json_has_every_field(zoo):
    first, second = json.loads(run("check", "zoo/a,b.ttl", "--json", cwd=zoo, code=1).stdout)
    assert first == {
        "code": "E01", "severity": "error", "message": "unknown parent 'hors' of 'zebra'", "file": "zoo/a,b.ttl",
        "line": 7, "value": "hors", "fix": "did you mean 'horse'?",
    }  # fmt: skip
    assert second["severity"] == "info"


def test_exit_codes(zoo, tmp_path):
    path = zoo / "zoo/a,b.ttl"
    path.write_text(HEAD + HORSE)
    assert run("check", path).stdout == "nothing found in 2 classes\n"
    path.write_text(HEAD + HORSE + ':zebra a owl:Class ; skos:prefLabel "zebra" ; rdfs:subClassOf :horse .\n')
    assert "1 hint" in run("check", path).stdout
    run("check", path, "--fail-on", "info", code=1)
    path.write_text(HEAD + HORSE + ":zebra a owl:Class ; rdfs:subClassOf :horse .\n")
    run("check", path, code=1)
    run("check", path, "--fail-on", "error")
    assert "nothing found" in run("check", path, "--off", "W02,W13").stdout
    assert "did you mean 'W13'" in run("check", path, "--off", "w13", code=2).stderr
    assert "no such file" in run("check", tmp_path / "none.ttl", code=2).stderr
    assert "no such file of shapes" in run("check", path, "--shapes", tmp_path / "none.ttl", code=2).stderr


def test_a_file_that_cannot_be_parsed_is_a_finding_and_the_others_are_checked(zoo):
    (zoo / "zoo/broken.ttl").write_text(HEAD + ":x a owl:Class ;\n")
    lines = run("check", "zoo", cwd=zoo, code=1).stdout.splitlines()
    assert lines[0] == FOUND
    assert re.match(r"zoo/broken\.ttl:\d: E00 syntax error", lines[2])


def test_sarif_holds_what_the_standard_asks_for(zoo):
    log = json.loads(run("check", "zoo", "--format", "sarif", cwd=zoo, code=1).stdout)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (made,) = log["runs"]
    driver = made["tool"]["driver"]
    assert driver["name"] == "kgzsl check"
    assert [rule["id"] for rule in driver["rules"]] == ["E01", "I01"]
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    assert [result["level"] for result in made["results"]] == ["error", "note"]
    for result in made["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": "zoo/a%2Cb.ttl", "uriBaseId": "ROOT"}, "region": {"startLine": 7}}
    assert made["originalUriBaseIds"]["ROOT"]["uri"] == zoo.resolve().as_uri() + "/"
    outside = json.loads(run("check", zoo / "zoo", "--format", "sarif", code=1).stdout)["runs"][0]["results"][0]
    assert outside["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == (zoo / "zoo/a,b.ttl").as_uri()


def test_annotations_are_escaped(zoo):
    first = run("check", "zoo", "--format", "github", cwd=zoo, code=1).stdout.splitlines()[0]
    title = "title=E01%3A a parent that no file describes"
    assert first == f"::error file=zoo/a%2Cb.ttl,line=7,{title}::{FOUND.partition('E01 ')[2]}"
    odd = Finding("W08", "100 %\nof: a, b", "a,b:c.ttl", 0, "x")
    title = "title=W08%3A a relation to something that no file describes"
    assert annotation(odd) == f"::warning file=a%2Cb%3Ac.ttl,{title}::100 %25%0Aof: a, b"


def test_a_recipe_names_files_what_is_off_and_shapes(root, zoo):
    (zoo / "zoo/shapes.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "@prefix : <https://example.org/zoo/> .\n"
        ":S a sh:NodeShape ; sh:targetClass owl:Class ; sh:property [ sh:path :status ; sh:minCount 1 ;\n"
        '  sh:severity sh:Info ; sh:message "say how it lives" ] .\n'
    )
    recipe = zoo / "zoo.toml"
    recipe.write_text('ontologies = ["zoo/a,b.ttl"]\n[check]\noff = ["E01", "I01"]\nshapes = ["zoo/shapes.ttl"]\n')
    lines = run("check", "-r", "zoo.toml", cwd=zoo).stdout.splitlines()
    assert [line.split(": ", 1)[1] for line in lines[:-1]] == [f"S03 '{n}', status: say how it lives"
                                                              for n in ("animal", "horse", "zebra")]  # fmt: skip
    recipe.write_text('ontologies = ["zoo/a,b.ttl"]\n[check]\noff = ["E77"]\n')
    assert "there is no check 'E77'" in run("check", "-r", "zoo.toml", cwd=zoo, code=2).stderr
    recipe.write_text('ontologies = ["zoo/a,b.ttl"]\n[check]\nof = ["E01"]\n')
    assert "did you mean 'off'" in run("check", "-r", "zoo.toml", cwd=zoo, code=2).stderr
    island = zoo / "island.ttl"
    island.write_text(HEAD.replace("animal", "island"))
    out = run("check", root / "ontologies/objects.ttl", island, "-r", root / "graphs/objects.toml", code=1).stdout
    assert f"{island}:5: W01 no path leads from 'island' to a seen class over subClassOf" in out


def test_a_seen_class_that_is_not_described_does_not_stop_the_check(root):
    done = run("check", root / "ontologies/animals.ttl", "-r", root / "graphs/objects.toml")
    assert "warning: W01 is left out, as a seen class of the recipe is not described: unknown class" in done.stderr
    assert "nothing found in 106 classes" in done.stdout


def test_a_check_with_a_recipe_never_loads_torch(root):
    from tests.test_imports import loaded_by

    code = "sys.argv = ['kgzsl', 'check', '-r', 'graphs/objects.toml']\nfrom kgzsl.cli.app import main\n"
    assert loaded_by(code + "try:\n    main()\nexcept SystemExit: pass", root) == "[]"
