"""Evaluating by a protocol, as a user types it."""

import io
import json
import re
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.cli import app
from kgzsl.graph import build_graph
from kgzsl.resolve.catalogue import ADJUSTERS, DECIDERS


class Done(NamedTuple):
    """What a command said."""

    stdout: str
    stderr: str


def run(*words, code=0):
    """Run ``kgzsl`` in this process: starting one each time would take most of the time."""
    out, err, showing = io.StringIO(), io.StringIO(), warnings.showwarning
    done = 0
    with (redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch,
          warnings.catch_warnings()):  # fmt: skip
        patch.setattr(sys, "argv", ["kgzsl", *map(str, words)])
        try:
            app.main()
        except SystemExit as ended:
            done = ended.code or 0
        finally:
            warnings.showwarning = showing
    assert done == code, err.getvalue() + out.getvalue()
    return Done(out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def words(root, tmp_path_factory):
    """A recipe with labelled inputs to train on, and a file of others to test on."""
    folder = tmp_path_factory.mktemp("evaluate")
    sources = [root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv"]
    features = testing.synthetic_features(build_graph(kgzsl.read_ontology(sources)), per_class=16, noise=1.2)
    labels = np.array(features.labels)
    test = np.isin(labels, sorted(set(labels))[::5]) | (np.arange(len(labels)) % 2 == 0)
    for name, at in (("train", ~test), ("test", test)):
        np.savez(folder / f"{name}.npz", X=features.X[at], labels=labels[at])
    (folder / "animals.toml").write_text(f"""\
name = "animals"
ontologies = {json.dumps([str(path) for path in sources])}
[vectors]
source = "attributes"
[seen]
features = "train.npz"
[learner]
name = "kernel"
""")
    return folder, ["evaluate", folder / "animals.toml", "--protocol", "cross-domain", "--test", folder / "test.npz"]


@pytest.fixture(scope="module")
def report(words):
    folder, asked = words
    names = [folder / f"r{suffix}" for suffix in (".json", ".csv", ".md", ".tex", ".html")]
    out = [word for name in names for word in ("--out", name)]
    done = run(*asked, "--learner", "kernel", "--learner", "eszsl", "--seeds", 2, *out)
    return done, names


def test_tables_and_files(report):
    done, names = report
    assert re.search(r"zero-shot: 160 inputs, 10 candidates; per cent", done.stdout)
    assert re.search(r"learner +scores +U \[95 %\] +S +H +AUSUC +best H", done.stdout)
    assert re.search(r"kernel +adjusted( +\d+\.\d ± \d+\.\d)", done.stdout)
    assert "Best against the others" in done.stdout
    data = json.loads(names[0].read_text())
    assert [(r["learner"], r["seed"]) for r in data["runs"]] == [("kernel", 0), ("kernel", 1), ("eszsl", 0),
                                                                 ("eszsl", 1)]  # fmt: skip
    assert data["request"]["protocol"] == "cross-domain"
    assert list(data["problems"][0]["data"])
    assert names[1].read_text().startswith("task,learner,scores,measure,value")
    assert names[2].read_text().startswith("# animals: cross-domain")
    assert "\\toprule" in names[3].read_text()
    assert names[4].read_text().count("<svg") >= 8
    assert len(list((names[0].parent / ".kgzsl-cache").iterdir())) == 4


def test_again(words, report):
    _, names = report
    assert re.match(r"all \d+ figures agree exactly\n$", run("evaluate", "--again", names[0]).stdout)
    data = json.loads(names[0].read_text())
    data["runs"][0]["outcomes"][0]["scored"][0]["lenient"]["value"] += 0.25
    next(iter(data["problems"]))["data"] = dict.fromkeys(data["problems"][0]["data"], "0" * 64)
    changed = names[0].with_name("changed.json")
    changed.write_text(json.dumps(data))
    done = run("evaluate", "--again", changed, code=1)
    assert re.match(r"1 of \d+ figures differ by more than 1e-06", done.stdout)
    assert "test.npz changed" in done.stdout
    changed.write_text(json.dumps(data | {"version": 7}))
    assert "is a report of version 7; this kgzsl reads version 1" in run("evaluate", "--again", changed, code=2).stderr


def test_hubs_of_both_modes_stand_in_no_table_together(words):
    _, asked = words
    text = run(*asked, "--hubness", "--adjust", "csls,csls-batch").stdout
    first, second = text.split("generalised, kernel, transductive")
    assert "csls-batch" not in first
    assert re.search(r"^csls +", first, re.MULTILINE)
    assert re.search(r"^csls-batch +", second, re.MULTILINE)
    assert not re.search(r"^csls +", second, re.MULTILINE)
    assert first.count("\nplain ") == second.count("\nplain ") == 1


def test_json(words):
    _, asked = words
    data = json.loads(run(*asked, "--adjust", "none", "--json").stdout)
    assert [o["task"] for o in data["runs"][0]["outcomes"]] == ["zero-shot", "generalised"]


def test_ctrl_c_writes_what_is_done(words, tmp_path, monkeypatch):
    from kgzsl.evaluate import run as running

    real = running.train_on

    def interrupted(material, *rest, **more):
        if material.recipe.learner.name == "eszsl":
            raise KeyboardInterrupt
        return real(material, *rest, **more)

    monkeypatch.setattr(running, "train_on", interrupted)
    asked = [*words[1], "--learner", "kernel", "--learner", "eszsl", "--out", tmp_path / "r.json"]
    done = run(*asked, code=130)
    assert f"interrupted: 1 of 2 runs are done; they are kept in {tmp_path / '.kgzsl-cache'}" in done.stderr
    data = json.loads((tmp_path / "r.json").read_text())
    assert (data["interrupted"], len(data["runs"])) == (True, 1)
    assert "was interrupted" in run("evaluate", "--again", tmp_path / "r.json", code=2).stderr


def test_what_is_refused(words):
    folder, asked = words
    train = [*asked[:-1], folder / "train.npz"]
    cases = [
        (["evaluate"], "what is evaluated, and how?"),
        ([*asked[:2], "--protocol", "gbuu"], "unknown protocol 'gbuu'; did you mean 'gbu'?"),
        ([*asked, "--option", "x"], "option 'x' is not KEY=VALUE"),
        ([*asked, "--option", "fold=3"], "has no option 'fold'"),
        ([*asked, "--learner", "kernle"], "unknown learner 'kernle'; did you mean 'kernel'?"),
        ([*asked, "--adjust", "clss"], "unknown adjuster 'clss'; did you mean 'csls'?"),
        ([*asked, "--out", folder / "r.pdf"], "a report cannot be written as '.pdf'"),
        ([*asked, "--learner", "cosine"], "no learner could be used; cosine: descriptions are 85 wide"),
        (train, "train.npz"),
        (["evaluate", "--again", folder / "train.npz"], "is not JSON"),
    ]  # fmt: skip
    for line, message in cases:
        error = run(*line, code=2).stderr
        assert message in error
        assert len([row for row in error.splitlines() if not row.startswith("warning")]) == 1


def test_adjusters_are_listed():
    data = json.loads(run("adjusters", "--json").stdout)
    assert [one["name"] for one in data] == [*ADJUSTERS, *DECIDERS]
    assert all(one["citation"] and one["cures"] and one["mode"] for one in data)
    assert "calibrated-stacking" in run("adjusters").stdout


def test_compare_writes_and_pairs(words, root):
    folder, _ = words
    asked = ["compare", folder / "animals.toml", "--test", folder / "test.npz", "--learner", "kernel", "--learner",
             "eszsl", "--learner", "cosine"]  # fmt: skip
    out = [word for suffix in (".json", ".csv", ".md", ".tex", ".html") for word in ("--out", folder / f"c{suffix}")]
    text = run(*asked, *out).stdout
    assert re.search(r"T1 of \w+ less that of the others", text)
    data = json.loads((folder / "c.json").read_text())
    rows = {row["learner"]: row for row in data["rows"]}
    best, other = (np.array(rows[name]["by_class"]) for name in (data["behind"][0]["best"],
                                                                data["behind"][0]["learner"]))  # fmt: skip
    assert data["behind"][0]["paired"]["difference"]["value"] == pytest.approx((best - other).mean())
    assert rows["kernel"]["t1"]["value"] == pytest.approx(np.mean(rows["kernel"]["by_class"]))
    assert "cosine" in (folder / "c.html").read_text()
    assert (folder / "c.csv").read_text().count("\n") == 3
    assert "cannot be written as '.pdf'" in run(*asked, "--out", folder / "c.pdf", code=2).stderr
