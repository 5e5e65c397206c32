"""Adjusters and deciders as an engine uses them, saves them and explains around them."""

import numpy as np
import pytest

import kgzsl
from kgzsl.errors import AdjusterError, UnknownNameError
from kgzsl.resolve import ADJUSTERS, DECIDERS, Chain
from kgzsl.resolve.catalogue import adjuster_class, make_adjuster

INDUCTIVE = [name for name in ADJUSTERS if not adjuster_class(name).transductive]


@pytest.fixture(scope="module")
def tuned(root):
    """An engine of its own, to be adjusted."""
    return kgzsl.train(root / "graphs/objects.toml")


@pytest.fixture(scope="module")
def X(photos):
    return photos.X[::40]


def test_every_answer_lists_its_adjusters(tuned, X):
    tuned.adjust(["temperature", "csls", "calibrated-stacking"])
    for answer in tuned.predict(X, 3):
        assert [name for name, _ in answer.candidates[0].stages] == ["bank", "csls", "calibrated-stacking",
                                                                     "temperature"]  # fmt: skip
        assert answer.score == answer.candidates[0].stages[-1][1] <= 0
    scores = tuned.adjusted(X)
    assert np.allclose(np.exp(scores).sum(axis=1), 1, atol=1e-4)
    assert tuned.predict(X, plain=True)[0].candidates[0].stages == ((
        "bank", tuned.predict(X, plain=True)[0].score),)  # fmt: skip


@pytest.mark.parametrize("name", ["calibrated-stacking", "csls", "gate", "temperature", "coral", "prototypes"])
def test_a_bundle_keeps_adjusters(tuned, X, tmp_path, name):
    tuned.adjust([name])
    tuned.save(tmp_path / "a.kgzsl")
    loaded = kgzsl.load(tmp_path / "a.kgzsl")
    assert np.allclose(loaded.adjusted(X), tuned.adjusted(X), atol=1e-5)
    assert [a.name for a in loaded.chain.adjusters] == [name]


def test_a_bundle_keeps_deciders(tuned, X, tmp_path):
    tuned.adjust(["calibrated-stacking"])
    tuned.save(tmp_path / "a.kgzsl")
    loaded = kgzsl.load(tmp_path / "a.kgzsl")
    for name in DECIDERS:
        one, other = (e.resolve(X[:6], name) for e in (tuned, loaded))
        assert [(d.kind, d.iris) for d in one] == [(d.kind, d.iris) for d in other]


def test_decisions_follow_an_option_without_new_calibration(tuned, X):
    tuned.adjust(["calibrated-stacking"])
    careful, bold = (tuned.resolve(X, "back-off", accuracy=a) for a in (0.95, 0.5))
    assert sum(d.information for d in careful) < sum(d.information for d in bold)
    narrow, wide = (tuned.resolve(X, "conformal", coverage=c) for c in (0.6, 0.8))
    assert sum(len(d.ids) for d in narrow) < sum(len(d.ids) for d in wide)
    assert {d.kind for d in tuned.resolve(X[:3], consistent=True)} == {"labels"}
    assert all(d.kind in ("class", "ancestor", "none") for d in tuned.resolve(X, classes="below animal"))


def test_what_is_refused(tuned, X):
    with pytest.raises(UnknownNameError, match="did you mean 'csls'"):
        tuned.adjust(["clss"])
    with pytest.raises(AdjusterError, match="named twice"):
        tuned.adjust(["csls", "csls"])
    with pytest.raises(AdjusterError, match="has no option 'kk'"):
        tuned.adjust(["csls"], {"csls": {"kk": 3}})
    with pytest.raises(UnknownNameError, match="unknown decider 'backoff'; did you mean 'back-off'"):
        tuned.resolve(X, "backoff")
    with pytest.raises(AdjusterError, match="has no option 'accurcy'; did you mean 'accuracy'"):
        tuned.resolve(X, accurcy=0.9)


def test_no_adjusters_is_plain(tuned, X):
    assert not tuned.adjust([]).adjusters
    assert np.array_equal(tuned.adjusted(X), tuned.scores(X))


def test_auto_takes_only_inductive_adjusters_and_one_a_place(tuned):
    chain = tuned.adjust("auto")
    assert not chain.transductive
    places = [a.place for a in chain.adjusters]
    assert len(set(places)) == len(places)
    assert {a.name for a in chain.adjusters} <= set(INDUCTIVE)


def test_explanations_follow_the_answer(tuned, X):
    tuned.adjust(["csls", "calibrated-stacking"])
    answers = tuned.predict(X[:4], 2)
    for x, answer in zip(X, answers, strict=False):
        told = tuned.explain(x, counterfactuals=False)
        assert told.iri == answer.candidates[0].iri
    scores, known = tuned.setting.scores(X), tuned.adjusted(X)
    assert np.allclose(scores, known, atol=1e-5)


def test_a_chain_of_offsets_is_one_offset(tuned, X):
    tuned.adjust(["csls", "calibrated-stacking"])
    rows = tuned.bank.rows(tuned.candidates())
    offsets = tuned.chain.offsets(tuned.bank, rows)
    assert np.allclose(tuned.scores(X) + offsets, tuned.adjusted(X), atol=1e-5)
    assert Chain((make_adjuster("gate"),)).simple().adjusters == ()


def test_what_cannot_be_calibrated_is_saved_without_deciders(tuned, X, tmp_path):
    engine = tuned.at(tuned.state)
    engine.chain, engine._desk = Chain(), None
    engine.calibration = type(tuned.calibration)((), tuned.calibration.X, tuned.calibration.labels)
    engine.save(tmp_path / "a.kgzsl")
    with pytest.raises(AdjusterError, match="nothing to calibrate decisions on"):
        kgzsl.load(tmp_path / "a.kgzsl").resolve(X)
