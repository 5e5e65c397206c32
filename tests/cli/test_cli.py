"""The command line as a user types it."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest


def run(*words, cwd=None, code=0):
    """Run ``kgzsl`` in a process of its own."""
    env = os.environ | {"COLUMNS": "160", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "kgzsl", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env)
    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    return done


@pytest.fixture(scope="module")
def okapi(tmp_path_factory, photos):
    path = tmp_path_factory.mktemp("f") / "okapi.npy"
    np.save(path, photos.X[np.array(photos.labels) == "n02439398"][:6])
    return path


def test_help_names_every_verb():
    text = run("--help").stdout
    for verb in ("demo", "check", "graph", "query", "ask", "train", "predict", "explain", "update", "learners"):
        assert re.search(rf"\b{verb}\b", text)
    assert run("--version").stdout.strip() == "0.1.0"


def test_graph_verbs(root):
    assert "subClassOf" in run("graph", "stats").stdout
    shown = run("graph", "show", "okapi").stdout
    assert "giraffe" in shown
    assert re.search(r"objects\.ttl:\d+", shown)
    assert "ruminant" in run("graph", "paths", "n02439398", "gazelle").stdout
    facts = json.loads(run("graph", "show", "okapi", "--json").stdout)
    assert facts["facts"][0]["line"]
    assert json.loads(run("query", "ASK { wn:n02439398 rdfs:subClassOf+ wn:n02399000 }").stdout) is True
    assert "crane (n02012849" in run("graph", "show", "crane", code=2).stderr
    assert "did you mean 'okapi'" in run("graph", "show", "okapy", code=2).stderr
    assert "SERVICE is refused" in run("query", "SELECT * { SERVICE <http://x> { ?s ?p ?o } }", code=2).stderr


def test_check_tells_code_file_and_line(root, tmp_path):
    head = (root / "ontologies/animals.ttl").read_text().split("\nwn:")[0] + "\n"
    path = tmp_path / "bad.ttl"
    path.write_text(head + "wn:a a owl:Class ; rdfs:subClassOf wn:b .\nwn:c a owl:Class ; rdfs:subClassOf wn:aa .\n"
                    "wn:b a owl:Class ; rdfs:subClassOf wn:a .\n")  # fmt: skip
    lines = len(head.splitlines())
    out = run("check", path, code=1).stdout
    assert f"{path}:{lines + 2}: E01 unknown parent 'aa' of 'c'" in out
    assert re.search(rf"{re.escape(str(path))}:{lines + 3}: E02 cycle", out)
    assert {f["code"] for f in json.loads(run("check", path, "--json", code=1).stdout)} == {"E01", "E02", "W13"}
    run("check", root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv")
    island = tmp_path / "island.ttl"
    island.write_text(head + "wn:island a owl:Class .\n")
    out = run("check", root / "ontologies/objects.ttl", island, "-r", root / "graphs/objects.toml", code=1).stdout
    assert f"{island}:{lines + 1}: W01 no path leads from 'island' to a seen class" in out


def test_train_predict_explain_update(root, tmp_path, okapi, photos):
    source = tmp_path / "objects.ttl"
    source.write_text((root / "ontologies/objects.ttl").read_text())
    bundle = tmp_path / "o.kgzsl"
    trained = run("train", root / "graphs/objects.toml", "--out", bundle, "--ontology", source, "--json")
    facts = json.loads(trained.stdout)
    assert facts["classes"] == 1948
    assert facts["seen"] == 1000
    lines = run("predict", bundle, okapi, "-k", "3", "--json").stdout.splitlines()
    answers = [json.loads(line) for line in lines]
    assert len(answers) == 6
    assert all(len(a["candidates"]) == 3 and a["graph_hash"] == facts["graph_hash"] for a in answers)
    assert "okapi" in run("predict", bundle, okapi, "--classes", "okapi, n02423022").stdout
    names = tmp_path / "names.txt"
    names.write_text("okapi\nzebra\n")
    few = run("predict", bundle, okapi, "--classes", names, "--json").stdout.splitlines()
    assert {c["label"] for line in few for c in json.loads(line)["candidates"]} == {"okapi", "zebra"}
    assert "okapi" in run("predict", bundle, okapi, "--classes", "below ungulate").stdout
    for out in (tmp_path / "a.parquet", tmp_path / "a.csv"):
        run("predict", bundle, okapi, "--out", out)
        assert out.stat().st_size
    assert "sum" in run("explain", bundle, okapi, "--class", "okapi").stdout
    explained = json.loads(run("explain", bundle, okapi, "--class", "okapi", "--json").stdout)
    assert sum(c["value"] for c in explained["contributions"]) == pytest.approx(explained["score"], abs=1e-5)
    assert json.loads(run("ask", "ungulate and not horse", "-f", okapi, "-b", bundle, "--json").stdout)["inputs"]
    before = bundle.read_bytes()
    source.write_text(source.read_text() + "\nwn:x a owl:Class ; rdfs:subClassOf wn:n0 .\n")
    error = run("update", bundle, code=2).stderr
    assert re.search(r"objects\.ttl:\d+: E01 unknown parent 'n0'", error)
    assert bundle.read_bytes() == before
    source.write_text(source.read_text().replace("wn:n0 .", "wn:n02439033 ."))
    stale = run("predict", bundle, okapi, "-k", "1")
    assert "stale" in stale.stderr
    assert json.loads(run("update", bundle, "--json").stdout)["added"] == ["https://w3id.org/kgzsl/wn30/x"]
    assert "stale" not in run("predict", bundle, okapi, "--classes", "x,okapi").stderr
    assert "no change" in run("update", bundle).stdout


def test_bad_words_end_in_one_line(tmp_path, bundle, okapi):
    wide = tmp_path / "wide.npy"
    np.save(wide, np.ones((2, 7)))
    cases = [
        (("predict", bundle, wide), "7 wide"), (("predict", bundle, tmp_path / "none.npz"), "no such feature file"),
        (("predict", tmp_path / "none.kgzsl", okapi), "no such bundle"), (("predict", okapi, okapi), "no bundle"),
        (("predict", bundle, okapi, "--classes", "okapy"), "did you mean 'okapi'"),
        (("predict", bundle, okapi, "--out", tmp_path / "a.xls"), "use .parquet or .csv"),
        (("explain", bundle, okapi, "--row", "99"), "there is no row 99"),
        (("ask", "okapi and (", "--features", okapi, "--bundle", bundle), "a name is missing"),
        (("train", "graphs/objects.toml", "--out", tmp_path / "x.kgzsl", "--option", "decay"), "not KEY=VALUE"),
        (("train", "graphs/objects.toml", "--out", tmp_path / "no/x.kgzsl"), "no such folder"),
        (("train", tmp_path / "none.toml", "--out", tmp_path / "x.kgzsl"), "no such recipe"),
        (("check", tmp_path / "none.ttl"), "no such file"),
    ]  # fmt: skip
    for words, message in cases:
        error = run(*words, code=2).stderr
        assert message in error
        assert len([line for line in error.splitlines() if line.startswith("error:")]) == 1
    assert not (tmp_path / "x.kgzsl").exists()


def test_learners_are_listed():
    from kgzsl.learners.catalogue import LEARNERS

    listed = json.loads(run("learners", "--json").stdout)
    assert [item["name"] for item in listed] == list(LEARNERS)
    assert all(item["citation"] for item in listed)
