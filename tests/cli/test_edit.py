"""add, rename, move and remove as a user types them."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from kgzsl.cli.app import app
from tests.cli.test_cli import run


@pytest.fixture
def zoo(tmp_path, root):
    for name in ("animals.ttl", "animals-attributes.csv"):
        shutil.copy(root / "ontologies" / name, tmp_path / name)
    return tmp_path / "animals.ttl"


def test_add_shows_what_it_writes(zoo):
    before = zoo.read_text()
    words = ["add", "okapi", "--parent", "giraffe", "--gloss", "a striped relative of the giraffe",
             "--has", "stripes=0.6", "--file", zoo]  # fmt: skip
    out = run(*words, "--dry-run").stdout
    assert "+wn:okapi a owl:Class ;\n" in out
    assert "okapi subClassOf giraffe" in out
    assert "nothing written" in out
    assert zoo.read_text() == before
    assert f"written: {zoo}" in run(*words).stdout
    assert zoo.read_text().startswith(before)
    assert "att:stripes 0.6 ." in zoo.read_text()
    table = zoo.with_name("animals-attributes.csv")
    shown = json.loads(run("graph", "show", "okapi", "-o", zoo, "-o", table, "--json").stdout)
    assert {f["label"] for f in shown["facts"]} == {"giraffe", "stripes"}
    again = run(*words, code=2).stderr
    assert f"error: {zoo}:667: there is a class 'okapi' already" in again


def test_tables_of_the_folder_are_read_beside(zoo):
    wrong = run("remove", "zebra", "--file", zoo, code=2).stderr
    assert "animals-attributes.csv:" in wrong, "a row of a class that is gone would be left"
    (zoo.parent / "broken.csv").write_text("class,att:s\nwn:n1\n")
    assert "subClassOf giraffe" in run("add", "okapi", "--parent", "giraffe", "--file", zoo, "--dry-run").stdout


def test_json_holds_the_whole_story(zoo):
    done = json.loads(run("rename", "giraffe", "tall one", "--file", zoo, "--json").stdout)
    assert done["written"]
    assert done["files"] == [str(zoo)]
    assert '+    skos:prefLabel "tall one"@en ;\n' in done["text"]
    assert done["classes"]["relabelled"][0]["after"] == "tall one"
    assert done["effect"] is None
    assert 'skos:altLabel "camelopard"@en, "Giraffa camelopardalis"@en, "giraffe"@en ;' in zoo.read_text()
    done = json.loads(run("rename", "tall one", "giraffe", "--drop-old", "--dry-run", "--file", zoo, "--json").stdout)
    assert not done["written"]
    assert '"tall one"@en' in zoo.read_text()


def test_both_files_of_the_animals(zoo, root):
    table = zoo.with_name("animals-attributes.csv")
    before = zoo.read_bytes(), table.read_bytes()
    run("add", "okapi", "--parent", "giraffe", "--has", "stripes=0.6", "--file", zoo, "--file", table)
    assert "subClassOf wn:n02439033 .\n" in zoo.read_text().partition("wn:okapi")[2]
    assert table.read_text().splitlines()[-1].startswith("wn:okapi,okapi,,,")
    wrong = run("remove", "okapi", "--file", zoo, "-o", table, code=2).stderr
    assert f"{table}:52: okapi stripes 0.6" in wrong
    run("rename", "okapi", "wn:o1", "--id", "--file", zoo, "--file", table)
    run("move", "wn:o1", "--to", "horse", "--file", zoo)
    run("remove", "okapi", "--file", zoo, "--file", table)
    assert (zoo.read_bytes(), table.read_bytes()) == before


def test_the_recipe_is_read_beside(zoo, root):
    out = run("add", "okapi", "--parent", "giraffe", "--has", "stripes=0.6", "--recipe", root / "graphs/animals.toml",
              "--file", root / "ontologies/animals.ttl", "--dry-run").stdout  # fmt: skip
    assert "okapi stripes 0.6" in out


@pytest.mark.parametrize(("words", "says"), [
    (["add", "okapi", "--parent", "girafe"], "unknown parent 'girafe'; did you mean 'giraffe'?"),
    (["add", "okapi", "--has", "stripes"], "--has 'stripes' is not NAME=VALUE; such as --has stripes=0.6"),
    (["add", "okapi", "--has", "stripes=much"], "'much' is not a number"),
    (["add", "okapi", "--features", "x.npy"], "--features need a --bundle"),
    (["move", "giraffe", "--to", "giraffe"], "cannot be its own parent"),
    (["move", "mammal", "--to", "giraffe"], "E02 cycle"),
    (["remove", "ruminant"], "bovid subClassOf ruminant"),
    (["remove", "giraffe", "--replace-by", "deer", "--drop-references"], "--replace-by already says"),
    (["rename", "giraffe", "wn:x", "--id", "--drop-old"], "--drop-old is about labels"),
])  # fmt: skip
def test_a_refusal_is_one_message_and_changes_nothing(zoo, words, says):
    before = zoo.read_bytes()
    assert says in run(*words, "--file", zoo, code=2).stderr
    assert zoo.read_bytes() == before


def test_other_kinds_of_files(zoo, tmp_path):
    path = tmp_path / "x.owl"
    path.write_text("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>")
    assert "read, not edited; editable are Turtle (.ttl)" in run("add", "x", "--file", path, code=2).stderr
    obo = tmp_path / "x.obo"
    obo.write_text("format-version: 1.2\nontology: zoo\n\n[Term]\nid: Z:01\nname: cat\n")
    run("add", "lion", "--parent", "cat", "--file", obo)
    assert obo.read_text().endswith("\n[Term]\nid: Z:02\nname: lion\nis_a: Z:01 ! cat\n")
    table = zoo.with_name("animals-attributes.csv")
    wrong = run("add", "okapi", "--parent", "giraffe", "--file", table, "-o", zoo, code=2).stderr
    assert "give the Turtle file with --file as well" in wrong


def test_a_bundle_says_what_the_new_class_is_near_to(tmp_path, bundle, photos, root):
    import numpy as np

    features = tmp_path / "f.npy"
    np.save(features, photos.X[:40])
    words = ["add", "okapi calf", "--parent", "giraffe", "--gloss", "a young okapi", "--bundle", bundle, "--features",
             features, "--file", root / "ontologies/objects.ttl", "--dry-run"]  # fmt: skip
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    effect = json.loads(done.stdout)["effect"]
    assert effect["inputs"] == 40
    assert [new["label"] for new in effect["added"]] == ["okapi calf"]
    assert "okapi" in {near["label"] for near in effect["added"][0]["nearest"]}
    lone = tmp_path / "lone.ttl"
    lone.write_text("@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix : <http://z/> .\n:a a owl:Class .\n")
    done = CliRunner().invoke(app, ["add", "b", "--bundle", str(bundle), "--file", str(lone)])
    assert "was not made from this file" in str(done.exception)
    assert ":b" not in lone.read_text()
