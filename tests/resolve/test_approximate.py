"""The approximate index: exact where it searches all lists, and its scores are exact wherever it searches."""

import sys

import numpy as np
import pytest

from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError, FeatureError
from kgzsl.resolve.approximate import ApproximateIndex
from kgzsl.resolve.topk import top


def clustered(classes=600, width=16, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.normal(size=(30, width)), classes // 30, axis=0) + 0.3 * rng.normal(size=(classes, width))
    bias, seen = rng.normal(size=classes).astype(np.float32), np.zeros(classes, bool)
    bank = ClassifierBank(tuple(f"c{k}" for k in range(classes)), rows.astype(np.float32), bias, seen)
    return bank, (rows[::7] + 0.1 * rng.normal(size=rows[::7].shape)).astype(np.float32), rng.normal(size=classes)


def test_all_lists_are_exact():
    pytest.importorskip("faiss", reason="the extra 'index' is not installed")
    bank, X, offset = clustered()
    rows = np.arange(600)[::-1][:500]
    index = ApproximateIndex(bank, rows, offset[rows], lists=20, probes=20)
    found, exact = index.search(X, 10), top(bank, rows, offset[rows], X, 10)
    assert np.array_equal(found.columns, exact.columns)
    assert np.allclose(found.scores, exact.scores, atol=1e-5)
    assert np.allclose(found.bank_scores, exact.bank_scores, atol=1e-5)
    assert index.recall(X, 10) == 1


def test_fewer_lists_find_less_and_score_it_exactly():
    pytest.importorskip("faiss", reason="the extra 'index' is not installed")
    bank, X, offset = clustered()
    rows = np.arange(600)
    few, more = (ApproximateIndex(bank, rows, offset, lists=60, probes=p) for p in (1, 20))
    assert few.recall(X) < more.recall(X) <= 1
    found = few.search(X, 40)
    scores, known = bank.scores(X, rows) + offset, found.columns >= 0
    assert not known.all()
    own = np.take_along_axis(scores, np.maximum(found.columns, 0), axis=1)
    assert np.allclose(found.scores[known], own[known], atol=1e-4)
    assert np.isneginf(found.scores[~known]).all()
    assert (np.diff(np.where(known, found.scores, -1e9), axis=1) <= 0).all()


def test_what_is_refused(monkeypatch):
    bank, X, _ = clustered()
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(AdjusterError, match=r"needs the library faiss; pip install 'kgzsl\[index\]'"):
        ApproximateIndex(bank, np.arange(600))
    monkeypatch.undo()
    pytest.importorskip("faiss", reason="the extra 'index' is not installed")
    with pytest.raises(AdjusterError, match="601 lists for 600 candidates"):
        ApproximateIndex(bank, np.arange(600), lists=601)
    with pytest.raises(FeatureError, match="features are 3 wide, the classifiers read 16"):
        ApproximateIndex(bank, np.arange(600)).search(X[:, :3])
