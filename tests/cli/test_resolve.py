"""Decisions and adjusters as they are asked for from the shell."""

import json

import numpy as np
import pytest

from tests.cli.test_cli import run


@pytest.fixture(scope="module")
def some(tmp_path_factory, photos):
    path = tmp_path_factory.mktemp("some") / "some.npz"
    np.savez(path, X=photos.X[::300])
    return path


def test_something_broader_where_no_class_is_sure(bundle, some):
    lines = run("resolve", bundle, some).stdout.splitlines()
    assert lines[0].split() == ["input", "kind", "said", "sure", "bits", "reason"]
    assert any("ancestor" in line for line in lines)
    bold = run("resolve", bundle, some, "--option", "accuracy=0.6", "--json").stdout
    careful = run("resolve", bundle, some, "--json").stdout
    bits = [sum(json.loads(line)["information"] for line in said.splitlines()) for said in (bold, careful)]
    assert bits[0] > bits[1]


@pytest.mark.parametrize(("how", "kinds"), [("conformal", {"set"}), ("open-set", {"class", "none"}),
                                            ("cost", {"class"}), ("consistent", {"labels"})])  # fmt: skip
def test_every_decider(bundle, some, how, kinds):
    said = [json.loads(line) for line in run("resolve", bundle, some, "--how", how, "--json").stdout.splitlines()]
    assert {d["kind"] for d in said} <= kinds
    assert len(said) == 7


@pytest.mark.parametrize(("words", "said"), [
    (["--how", "backoff"], "error: unknown decider 'backoff'; did you mean 'back-off'?"),
    (["--option", "accuracy"], "error: option 'accuracy' is not KEY=VALUE; such as --option accuracy=0.8"),
    (["--option", "accuracy=much"], "error: option 'accuracy': Input should be a valid number"),
    (["--option", "sure=0.8"], "error: decider 'back-off' has no option 'sure'"),
    (["--classes", ","], "error: no class is named"),
])  # fmt: skip
def test_bad_words_end_in_one_line(bundle, some, words, said):
    assert run("resolve", bundle, some, *words, code=2).stderr.startswith(said)


def test_adjusters_are_chosen_when_training(root, tmp_path):
    out = tmp_path / "a.kgzsl"
    asked = "train", root / "graphs/objects.toml", "-o", out, "--json", "--adjust"
    told = json.loads(run(*asked, "temperature,csls").stdout)
    assert told["adjusters"] == "csls, temperature"
    assert told["gamma"] is None
    bad = run(*asked, "clss", code=2).stderr
    assert bad.startswith("error: unknown adjuster 'clss'; did you mean 'csls'?")
    plain = json.loads(run(*asked, "none").stdout)
    assert plain["adjusters"] == ""
