"""A report made again: it agrees, or says what changed and which figures differ."""

import json
from dataclasses import replace

import numpy as np
import pytest

from kgzsl.errors import EvaluationError
from kgzsl.evaluate import catalogue
from kgzsl.evaluate.again import again
from kgzsl.evaluate.report import KINDS, parsed
from kgzsl.evaluate.run import evaluate
from kgzsl.features import FeatureSet
from tests.evaluate.hand import animals


@pytest.fixture(scope="module")
def problem():
    return animals()


@pytest.fixture(scope="module")
def report(problem):
    """As it comes back from its file."""
    return parsed(KINDS[".json"](evaluate(problem, ["kernel", "eszsl"], [0, 3])))


def test_the_same_agrees_exactly(problem, report):
    found = again(report, [problem])
    assert found.agrees
    assert found.exact == found.compared > 100
    assert found.changes == ()
    assert found.text == f"all {found.compared} figures agree exactly"


def test_adjusters_are_those_of_before(problem):
    made = evaluate(problem, ["kernel"], adjusters=["csls"], request={"adjusters": ["csls"]})
    found = again(parsed(KINDS[".json"](made)), [problem])
    assert found.exact == found.compared
    assert set(found.report.runs[0].adjusters) == {"zero-shot: csls", "generalised: csls"}


def test_other_inputs_are_found(problem, report):
    X = problem.test.X + np.random.default_rng(0).normal(size=problem.test.X.shape).astype(np.float32)
    other = replace(problem, test=FeatureSet(X, problem.test.labels), data={"test.npz": "other"})
    found = again(report, [other])
    assert not found.agrees
    assert "the problem 'animals' is not what it was" in found.changes
    assert "the data file test.npz came or went" in found.changes
    assert all(abs(d.before - d.after) > 1e-6 for d in found.differs)
    loose = again(report, [other], tolerance=1e9)
    assert loose.agrees
    assert loose.text.endswith("agree within 1e+09")


def test_a_changed_recipe_is_named(problem, report):
    recipe = problem.material.recipe.model_copy(update={"answers": "all"})
    found = again(report, [replace(problem, material=replace(problem.material, recipe=recipe))])
    assert "the recipe changed: 'answers' was seen and leaves, is all" in found.changes


def test_missing_runs_differ(problem, report):
    more = replace(report, problems=(*report.problems, report.problems[0]),
                   runs=(*report.runs, replace(report.runs[0], problem="lost")))  # fmt: skip
    found = again(more, [problem])
    assert not found.agrees
    assert {d.after for d in found.differs} == {None}


def test_changed_and_missing_files_are_named_before(tmp_path, problem, report, monkeypatch):
    data = tmp_path / "test.npz"
    data.write_bytes(b"new")
    about = replace(report.problems[0], data={str(data): "0" * 64, str(tmp_path / "gone.npz"): "0" * 64})
    asked = replace(report, problems=(about,), request={"protocol": "own", "recipe": "r.toml", "options": {}})
    made = []
    monkeypatch.setattr(catalogue, "make_problem", lambda *a, **k: made.append(a) or [problem])
    found = again(asked)
    assert made[0][:3] == ("own", "r.toml", {})
    assert found.changes[:2] == (f"the data file {data} changed", f"the data file {tmp_path / 'gone.npz'} is missing")

    def refuses(*_, **__):
        raise EvaluationError("nothing left")

    monkeypatch.setattr(catalogue, "make_problem", refuses)
    with pytest.raises(EvaluationError, match=r"cannot be made again: nothing left; the data file .* changed"):
        again(asked)


def test_what_is_refused(report):
    with pytest.raises(EvaluationError, match="does not say how its problems were made"):
        again(report, file="r.json")
    with pytest.raises(EvaluationError, match="was interrupted"):
        again(replace(report, interrupted=True))
    data = json.loads(KINDS[".json"](report)) | {"version": 99}
    with pytest.raises(EvaluationError, match="of version 99"):
        parsed(json.dumps(data))
