"""``kgzsl diff`` as a user types it."""

import json
import re

import numpy as np
import pytest

from tests.cli.test_cli import run
from tests.diff.test_revisions import git
from tests.test_imports import loaded_by

OKAPI = '\nwn:okapi a owl:Class ; skos:prefLabel "okapi"@en ; rdfs:subClassOf wn:n02439033 .\n'


@pytest.fixture
def edited(root, tmp_path):
    """A repository whose ``animals.ttl`` is edited: a class added, one relabelled, one moved."""
    path = tmp_path / "animals.ttl"
    path.write_text((root / "ontologies/animals.ttl").read_text())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "animals")
    path.write_text(path.read_text().replace('"zebra"@en', '"[bold] zebra"@en') + OKAPI)
    return path


def diff(path, *words, code=1):
    return run("diff", "HEAD:animals.ttl", path.name, "--no-inferred", *words, cwd=path.parent, code=code)


def test_table_and_exit_codes(edited):
    text = diff(edited).stdout
    assert re.search(r"added +okapi +a new class +animals\.ttl:\d+", text)
    assert "[bold] zebra (n02391049)" in text
    assert text.splitlines()[-1] == "classes: 1 added, 1 relabelled; facts: 3 added, 1 changed"
    assert run("diff", edited, edited).stdout == "no difference\n"
    assert "… and 2 more (--limit 0 shows all)" in diff(edited, "--limit", "2").stdout
    assert run("diff", edited, edited.parent / "none.ttl", code=2).stderr.startswith("error: ")
    assert "unknown revision 'HEAD~9'" in run("diff", "HEAD~9:animals.ttl", edited, cwd=edited.parent, code=2).stderr
    assert "need a --bundle" in diff(edited, "--features", edited, code=2).stderr


def test_it_is_quick_without_a_bundle(root, edited):
    code = f"sys.argv = ['kgzsl', 'diff', {str(edited)!r}, {str(root / 'ontologies/animals.ttl')!r}, '--no-inferred']"
    code += "\nfrom kgzsl.cli.app import main\ntry:\n    main()\nexcept SystemExit: pass"
    assert loaded_by(code, root) == "[]"


def test_json(edited):
    found = json.loads(diff(edited, "--json").stdout)
    assert [c["id"] for c in found["classes"]["added"]] == ["okapi"]
    assert found["inferred"] is None
    assert found["effect"] is None
    (changed,) = found["asserted"]["changed"]
    assert changed["before"]["file"] == "HEAD:animals.ttl"
    assert changed["after"]["object"]["value"] == "[bold] zebra"
    assert changed["after"]["line"] == changed["before"]["line"] > 0
    assert found["before"] != found["after"]
    assert diff(edited, "--format", "json").stdout == diff(edited, "--json").stdout


def test_markdown_and_kgcl(edited):
    text = diff(edited, "--format", "markdown").stdout
    assert text.startswith("**Ontology:** classes: 1 added")
    assert r"\[bold\] zebra" in text
    lines = diff(edited, "--format", "kgcl").stdout.splitlines()
    assert lines == ["create node wn:okapi 'okapi'", "rename wn:n02391049 from 'zebra'@en to '[bold] zebra'@en",
                     "create edge wn:okapi rdfs:subClassOf wn:n02439033"]  # fmt: skip
    edited.write_text(edited.read_text() + "wn:okapi rdfs:subClassOf [ owl:complementOf wn:n02391049 ] .\n")
    assert "KGCL has no words for 1 changed facts" in diff(edited, "--format", "kgcl").stderr


def test_what_it_does_to_a_bundle(small, tmp_path):
    engine, path, features = small
    old = path.with_name("old.ttl")
    old.write_text(path.read_text())
    bundle, inputs = path.with_name("b.kgzsl"), path.with_name("x.npy")
    engine.save(bundle)
    np.save(inputs, features.X)
    path.write_text(path.read_text() + OKAPI)
    words = ("diff", old, path, "--no-inferred", "--bundle", bundle)
    done = run(*words, "--features", inputs, code=1)
    assert done.stderr == ""
    assert re.search(r"giraffe \(\d+ won, \d+ near\)", done.stdout)
    assert re.search(r"\d+ of 600 answers change$", done.stdout)
    effect = json.loads(run(*words, "--features", inputs, "--json", "-k", "2", code=1).stdout)["effect"]
    assert [item["id"] for item in effect["added"]] == ["okapi"]
    assert len(effect["added"][0]["nearest"]) == 2
    assert effect["inputs"] == len(features)
    assert effect["changed"]
    assert effect["moved"] == []
    engine.update()
    after = engine.predict(features.X)
    assert all(after[c["input"]].label == c["after"]["label"] for c in effect["changed"])
    only = run(*words, "--features", inputs, "--classes", "zebra, okapi", "--json", code=1).stdout
    assert {c["after"]["label"] for c in json.loads(only)["effect"]["changed"]} == {"okapi"}
    assert "no features given" in run(*words, code=1).stdout
    path.write_text(path.read_text().replace("wn:n02439033 .\n", "wn:n0 .\n"))
    assert re.search(r"animals\.ttl:\d+: E01", run(*words, code=2).stderr)
