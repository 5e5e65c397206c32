"""Comparing learners, and letting one be chosen, as a user types it."""

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.graph import build_graph
from tests.cli.test_cli import run


@pytest.fixture(scope="module")
def words(root, tmp_path_factory):
    """The words that compare learners on animals, and the folder of their files."""
    folder = tmp_path_factory.mktemp("compare")
    sources = [root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv"]
    features = testing.synthetic_features(build_graph(kgzsl.read_ontology(sources)), per_class=12)
    labels = np.array(features.labels)
    test = np.isin(labels, sorted(set(labels))[::5]) | (np.arange(len(labels)) % 2 == 0)
    for name, at in (("train", ~test), ("test", test)):
        np.savez(folder / f"{name}.npz", X=features.X[at], labels=labels[at])
    return folder, [root / "graphs/animals.toml", "--features", folder / "train.npz"]


def test_one_table_over_families(words):
    folder, recipe = words
    asked = ["compare", *recipe, "--test", folder / "test.npz", "--learner", "nearest", "--learner", "kernel",
             "--learner", "cosine", "--learner", "auto", "--option", "auto.candidates=nearest,conse"]  # fmt: skip
    lines = run(*asked).stdout.splitlines()
    assert re.search(r"family +learner +T1 \[95 %\] +U +S +H +gamma +fit s +add ms +fitted anew", lines[0])
    figures = r"\d+\.\d \[\d+\.\d, \d+\.\d\]( +\d+\.\d){3} +-?\d+\.\d{3} +\d+\.\d\d +\d+\.\d +nothing"
    assert re.search(rf"graph propagation +kernel +{figures}", lines[2])
    assert re.search(rf"combined +auto \((nearest|conse)\) +{figures}", lines[3])
    assert lines[4] == "cosine (embedding-based): descriptions are 85 wide, inputs 64: they are of two encoders"
    rows = json.loads(run(*asked[:-4], "--json").stdout)
    assert [row["learner"] for row in rows] == ["cosine", "nearest", "kernel"]
    assert rows[0]["t1"] is None
    assert all(0 <= row["t1"]["low"] <= row["t1"]["value"] <= 1 for row in rows[1:])
    assert all(row["reason"] == "" for row in rows[1:])


def test_what_is_refused(words):
    folder, recipe = words
    test = ["--test", folder / "test.npz"]
    cases = [
        ([], "nothing to compare on; give labelled inputs of unseen classes: --test FILE"),
        (["--test", folder / "train.npz"], "train.npz: 240 of 240 inputs, such as row 0, are among those that were"),
        ([*test, "--learner", "ppr", "--option", "kernel.decay=1"], "'kernel' is not compared"),
    ]
    for words, message in cases:
        error = run("compare", *recipe, *words, code=2).stderr
        assert message in error
        assert len(error.splitlines()) == 1


def test_ctrl_c_shows_what_is_done(words):
    folder, recipe = words
    asked = ["compare", *recipe, "--test", folder / "test.npz", "--learner", "nearest", "--learner", "gcn",
             "--option", "gcn.epochs=1000000", "--option", "gcn.patience=1000000"]  # fmt: skip
    program = ("import sys, kgzsl.learners.graph.gcn as g, signal, os\n"
               "from kgzsl.cli.app import main\nfit = g.GCN.fit\n"
               "def interrupted(self, space, seen, features=None, seed=0, progress=None):\n"
               "    def press(*about):\n        about[1] == 2 and os.kill(os.getpid(), signal.SIGINT)\n"
               "    return fit(self, space, seen, features, seed, press)\n"
               f"g.GCN.fit = interrupted\nsys.argv = ['kgzsl', *{list(map(str, asked))!r}]\nmain()")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    assert "nearest" in done.stdout
    assert "gcn" not in done.stdout
    assert "interrupted: 1 of 2 learners are compared" in done.stderr
    assert "Traceback" not in done.stderr


def test_auto_says_what_it_chose_and_why(words):
    folder, recipe = words
    bundle = folder / "a.kgzsl"
    candidates = "candidates=ppr,sae,cosine"
    done = run("train", *recipe, "--out", bundle, "--learner", "auto", "--option", candidates, "--json")
    chosen = json.loads(done.stdout)["chosen"]
    other = {"ppr": "sae", "sae": "ppr"}[chosen]
    figures = r"0\.\d+ \[0\.\d+, 0\.\d+\]"
    said = rf"'auto' chose '{chosen}': {figures} on validation classes; next '{other}', {figures}"
    assert re.search(said + r".*; not to be fitted here: cosine \(descriptions are 85 wide", done.stderr)
    with np.load(folder / "test.npz") as test:
        unseen = sorted(set(test["labels"]))[0]
    said = run("explain", bundle, folder / "test.npz", "--no-counterfactuals", "--class", unseen).stdout
    assert f"'auto' chose '{chosen}'" in re.sub(r"\s+", " ", said)
