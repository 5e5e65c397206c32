"""The public GBU features as a user types it: check, write, train, predict, add a class."""

import json

import numpy as np
import pytest

from kgzsl.features import load_features
from tests.cli.test_cli import run
from tests.gbu.pairs import pair


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gbu")
    images, splits = pair(folder / "TOY")
    return folder, run("gbu", images, splits, "--out", folder / "toy", "--attributes", "original_att")


def test_what_is_said_of_a_pair(written):
    folder, done = written
    for words in ("proposed, version 2", "as the folders of 48 images say", f"next: kgzsl train {folder / 'toy'}"):
        assert words in done.stdout
    assert not done.stderr
    images, splits = folder / "TOY/res101.mat", folder / "TOY/att_splits.mat"
    facts = json.loads(run("gbu", images, splits, "--out", folder / "toy", "--force", "--json", "--attributes",
                           "original_att", "--name", "TOY").stdout)  # fmt: skip
    assert (facts["to train on"], facts["test, seen classes"], facts["test, unseen classes"]) == (30, 6, 12)
    assert "--force" in run("gbu", images, splits, "--out", folder / "toy", code=2).stderr


def test_train_predict_and_add_a_class(written):
    folder, _ = written
    data, bundle = folder / "toy", folder / "toy.kgzsl"
    assert run("check", "--recipe", data / "recipe.toml").stdout.startswith("nothing found")
    trained = json.loads(run("train", data / "recipe.toml", "--out", bundle, "--json").stdout)
    assert (trained["classes"], trained["seen"]) == (8, 6)

    def answers(file, *words):
        lines = run("predict", bundle, data / file, "--json", *words).stdout.splitlines()
        due = [label.rpartition("/")[2] for label in load_features(data / file).labels]
        return np.mean([json.loads(line)["id"] == label for line, label in zip(lines, due, strict=True)])

    assert answers("test_seen.npz") == 1.0
    assert answers("test_unseen.npz", "--classes", "mole,ox") >= 0.75
    run("add", "okapi", "--file", data / "classes.ttl", "--file", data / "attributes.csv", "--has", "a001=0.9",
        "--has", "a002=0.1")  # fmt: skip
    assert "added okapi" in run("update", bundle).stdout
    assert "okapi" in (data / "attributes.csv").read_text()


def test_a_pair_that_does_not_belong_together_is_one_line(tmp_path):
    images, splits = pair(tmp_path / "A", {"labels": np.ones((40, 1)), "features": np.ones((4, 40))})
    error = run("gbu", images, splits, "--out", tmp_path / "out", code=2).stderr
    assert error.count("\n") == 1
    for words in (str(images), str(splits), "there are 40", "from one release"):
        assert words in error
    assert not (tmp_path / "out").exists()


def test_the_first_version_is_told_of_its_test_images(tmp_path):
    images, splits = pair(tmp_path / "A", version=1)
    done = run("gbu", images, splits, "--out", tmp_path / "out")
    assert "6 test images of seen classes" in done.stderr
    assert "proposed, version 1" in done.stdout
