"""Training, searching and ablating as a user types it, and what Ctrl-C leaves."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.graph import build_graph
from tests.cli.test_cli import run

SMALL = ("--option", "hidden=64", "--option", "check_every=5")
ENDLESS = ("--option", "epochs=100000", "--option", "patience=100000", *SMALL)


@pytest.fixture(scope="module")
def animals(root, tmp_path_factory):
    """A folder with labelled inputs, the words that train on them, and where the bundle goes."""
    folder = tmp_path_factory.mktemp("animals")
    sources = [root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv"]
    features = testing.synthetic_features(build_graph(kgzsl.read_ontology(sources)), per_class=6)
    np.savez(folder / "inputs.npz", X=features.X, labels=np.array(features.labels))
    return folder, ["train", root / "graphs/animals.toml", "--features", folder / "inputs.npz"]


def test_search_says_what_it_chose_and_goes_on(animals):
    folder, words = animals
    words = [*words, "--out", folder / "s.kgzsl", "--learner", "sgc", "--json"]
    first = run(*words, "--search", "2")
    assert "best of 2 on validation classes" in first.stderr
    assert (folder / "s.kgzsl.search").is_file()
    assert "best of 3 on validation classes" in run(*words, "--search", "3").stderr
    assert json.loads(first.stdout)["learner"] == "sgc"


def test_ablate_names_relations_and_what_follows(root):
    found = json.loads(run("graph", "ablate", root / "graphs/objects.toml", "--folds", "1", "--json").stdout)
    effects = {effect["relation"]: effect for effect in found["effects"]}
    assert effects["subClassOf"]["change"] == "left out"
    assert effects["hasPart"]["change"] == "added"
    assert effects["hasPart"]["edges"] == 928
    assert all(effect["low"] <= effect["effect"] <= effect["high"] for effect in effects.values())


def interrupted(words, checkpoint):
    """Start, wait for the first checkpoint, and press Ctrl-C."""
    command = [sys.executable, "-m", "kgzsl", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if checkpoint.is_file():
            break
        time.sleep(0.1)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_ctrl_c_keeps_the_best_network_and_resume_goes_on(animals):
    folder, words = animals
    bundle, checkpoint = folder / "g.kgzsl", folder / "g.kgzsl.training.0"
    words = [*words, "--out", bundle, "--learner", "gcn"]
    code, _, err = interrupted([*words, *ENDLESS], checkpoint)
    assert code == 0, err
    assert "the best network so far is kept, and a checkpoint to --resume from" in err
    assert "Traceback" not in err
    assert len(kgzsl.load(bundle).bank) == 106
    assert checkpoint.is_file()
    wrong = run(*words, "--resume", "--option", "hidden=32", "--option", "check_every=5", code=2).stderr
    assert f"{checkpoint}: not a checkpoint of this training" in wrong
    assert "train without --resume" in wrong
    run(*words, "--resume", "--option", "epochs=10", *SMALL)
    assert not checkpoint.is_file()
