"""Repairs of many mistakes: counted from scratch, told with the labels they were made from."""

import json
import os
import signal

import numpy as np
import pytest

from kgzsl.errors import FeatureError, MissingFileError, UnknownNameError
from kgzsl.explain.counterfactual import as_data, labels_of, mend, used, write
from tests.explain.counterfactual import zoo
from tests.explain.counterfactual.test_find import from_scratch
from tests.explain.counterfactual.test_suggestion import RIGHT, WRONG, _put


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    paths = zoo.write(tmp_path_factory.mktemp("faulty"))
    given = zoo.features(paths)
    _put(paths[1], RIGHT, WRONG)
    return zoo.train(paths, given).setting, given


def test_what_mends_most_comes_first_and_is_counted_rightly(faulty):
    setting, given = faulty
    seen: list[tuple] = []
    found = mend(setting, given.X, given.labels, progress=lambda *step: seen.append(step), most=8)
    answers = np.array(setting.answers(given.X))
    labels = np.array(given.labels)
    assert found.errors == (answers != labels).sum() >= 10
    assert found.inputs == len(given)
    assert (found.interrupted, found.graph_hash) == (False, setting.graph.hash)
    touched = {edit.fact[:3:2] for one in found.suggestions for edit in one.edits}
    assert (zoo.IRI + "cat3", zoo.IRI + "fur") in touched
    assert [one.net for one in found.suggestions] == sorted((one.net for one in found.suggestions), reverse=True)
    assert all(one.gain > 0 or one.net > 0 for one in found.suggestions)
    for one in found.suggestions:
        there = from_scratch(setting, None, one.edits)
        right = np.array(there.answers(given.X)) == labels
        assert one.mended == (right & (answers != labels)).sum()
        assert one.broken == (~right & (answers == labels)).sum()
        gains = [there.margin(x, y) - setting.margin(x, y) for x, y in zip(given.X, labels, strict=True)]
        assert one.gain == pytest.approx(np.mean(gains), abs=1e-4)
    stages = [stage for stage, _, _ in seen]
    assert list(dict.fromkeys(stages)) == ["confused classes", "edits tried"]
    assert seen[-1][1:] == (found.tried, found.tried)
    assert found == mend(setting, given.X, given.labels, most=8), "deterministic"


def test_unknown_labels_are_named(faulty):
    setting, given = faulty
    with pytest.raises(UnknownNameError, match=r"unknown class 'katze'"):
        mend(setting, given.X[:2], ["katze", "cat0"])
    with pytest.raises(UnknownNameError, match=r"2 labels are names of no class: 'katze', 'hund'"):
        mend(setting, given.X[:3], ["katze", "hund", "cat0"])
    with pytest.raises(FeatureError, match="1 labels for 2 rows"):
        mend(setting, given.X[:2], ["cat0"])
    with pytest.raises(FeatureError, match="the classifiers read 24"):
        mend(setting, given.X[:, :5], given.labels)


def test_classes_that_cannot_be_answers_are_left_out(faulty):
    setting, given = faulty
    found = mend(setting, given.X[:3], ["cat", "cat0", "cat"])
    assert found.inputs == 1
    assert found.notes[0].startswith("2 inputs are of classes that are no candidates")
    none = mend(setting, given.X[:1], ["cat"])
    assert (none.suggestions, none.inputs) == ((), 0)


def test_where_nothing_is_wrong_nothing_is_suggested_unless_asked_for(animals):
    engine, given, _ = animals
    X = zoo.of(given, "fish3")
    quiet = mend(engine.setting, X, ["fish3"] * len(X))
    assert (quiet.errors, quiet.suggestions) == (0, ())
    wider = mend(engine.setting, X, ["fish3"] * len(X), right=True)
    assert wider.errors == 0
    assert wider.suggestions
    assert all(one.net == 0 for one in wider.suggestions)


def test_ctrl_c_keeps_what_was_found(faulty):
    setting, given = faulty

    def press(stage, done, total):
        if (stage, done) == ("edits tried", 5):
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    found = mend(setting, given.X, given.labels, progress=press)
    assert found.interrupted
    assert found.tried == 5
    assert "interrupted: not every edit was tried" in found.notes
    assert found.suggestions
    assert signal.getsignal(signal.SIGINT) is before


def test_limits_are_told(faulty):
    setting, given = faulty
    few = mend(setting, given.X, given.labels, tries=4)
    assert few.tried == 4
    assert "edits were not tried: at most 4 are propagated" in few.notes[0]
    assert "cut short after 0 seconds" in mend(setting, given.X, given.labels, seconds=0.0).notes[0]


def test_hashes_tell_labels_apart_and_not_their_order():
    X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    labels = ["a", "b", "a", "c"]
    whole = used(X, labels)
    assert used(X[::-1], labels[::-1]) == whole
    assert used(X.astype(np.float64), labels) == whole
    for other in (["a", "b", "a", "b"], ["b", "a", "a", "c"]):
        assert used(X, other).digest != whole.digest
    assert used(X + 1e-3, labels).overlap(whole) == 0
    assert whole.overlap(used(X[:2], labels[:2])) == 2
    assert whole.overlap(used(X[:2], ["a", "c"])) == 1
    assert used(X[:1], ["a"]).digest != used(X[:1], ["a "]).digest


def test_a_record_keeps_edits_and_hashes(faulty, tmp_path):
    setting, given = faulty
    found = mend(setting, given.X, given.labels, most=2)
    path = tmp_path / "edits.json"
    write(found, path)
    data = json.loads(path.read_text())
    assert data == json.loads(json.dumps(as_data(found)))
    assert data["labels"]["sha256"] == found.used.digest
    assert data["suggestions"][0]["edits"][0]["action"] == "without"
    assert data["suggestions"][0]["how"]
    assert labels_of(path) == found.used
    assert labels_of(path).overlap(used(given.X[:7], given.labels[:7])) == 7
    assert not (path.read_text().count("NaN"))
    with pytest.raises(MissingFileError, match="cannot be written"):
        write(found, tmp_path / "nowhere" / "edits.json")
    with pytest.raises(MissingFileError):
        labels_of(tmp_path / "none.json")
    for text in ("", "[]", "{}", '{"format": "other"}', '{"format": "kgzsl-edits/1", "labels": 3}', "\x00"):
        path.write_text(text)
        with pytest.raises(FeatureError, match="edits"):
            labels_of(path)
