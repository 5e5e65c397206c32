"""The k best classes are the same whichever first pass bounds them."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.bank import ClassifierBank
from kgzsl.errors import FeatureError, UnknownNameError
from kgzsl.input_map import InputMap
from kgzsl.resolve import topk
from kgzsl.resolve.fast import PASSES, make_pass
from kgzsl.resolve.fast.turn import Turn
from kgzsl.resolve.topk import TopK, top

PLAIN = InputMap(normalise=False)


def bank_of(W, bias=None, input_map=PLAIN):
    W = np.asarray(W, np.float32)
    bias = np.zeros(len(W), np.float32) if bias is None else np.asarray(bias, np.float32)
    ids = tuple(f"http://x/{k}" for k in range(len(W)))
    return ClassifierBank(ids, W, bias, np.zeros(len(W), bool), input_map)


def expected(bank, rows, offset, X, k):
    """All scores in double precision, rounded, stably sorted: the definition."""
    bank_scores = bank.input_map(X).astype(np.float64) @ bank.weights[rows].astype(np.float64).T + bank.bias[rows]
    scores = (bank_scores + (0 if offset is None else offset)).astype(np.float32)
    columns = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    take = np.take_along_axis
    return columns, take(scores, columns, 1), take(bank_scores.astype(np.float32), columns, 1)


def same(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def clustered(draw, C, d, inputs):
    """Classes in clusters with near and exact duplicates, a heavy feature, inputs near classes."""
    centres = draw.standard_normal((max(2, C // 12), d))
    W = centres[draw.integers(0, len(centres), C)] + 0.05 * draw.standard_normal((C, d))
    W[draw.integers(0, C, C // 6)] = W[draw.integers(0, C, C // 6)]
    W[:, draw.integers(d)] *= 20
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    X = W[draw.integers(0, C, inputs)] + 0.02 * draw.standard_normal((inputs, d))
    return W, X.astype(np.float32)


@pytest.mark.parametrize("engine", PASSES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), C=st.integers(1, 400), d=st.integers(1, 200), n=st.integers(1, 9),
       k=st.integers(1, 30), scale=st.sampled_from([1e-6, 1.0, 1e4]))  # fmt: skip
def test_answers_are_those_of_the_definition(engine, seed, C, d, n, k, scale):
    draw = np.random.default_rng(seed)
    W, X = clustered(draw, C, d, n) if seed % 2 else (draw.standard_normal((C, d)), draw.standard_normal((n, d)))
    bank = bank_of(scale * W, draw.choice([0.0, 1.0]) * draw.standard_normal(C))
    rows = draw.permutation(C)[: max(1, C - 3)]
    offset = draw.choice([0.0, 0.1, 10.0]) * draw.standard_normal(len(rows)) if seed % 3 else None
    X = X.astype(np.float32)
    same(top(bank, rows, offset, X, k, engine), expected(bank, rows, offset, X, min(k, len(rows))))


@pytest.mark.parametrize("engine", PASSES)
def test_bounds_are_never_exceeded(engine):
    draw = np.random.default_rng(3)
    for heavy in (1, 1000):
        W, X = (draw.standard_normal((n, 300)).astype(np.float32) for n in (500, 40))
        W[:, 7] *= heavy
        X[:, 9] *= heavy
        X[0] = 0
        added = draw.standard_normal(500)
        added[3] = -np.inf
        bounds = make_pass(engine, W).bounds(X, added)
        upper = np.asarray(bounds.values, np.float64) * np.asarray(bounds.unit)[:, None] + bounds.slack[:, None]
        scores = X.astype(np.float64) @ W.astype(np.float64).T + added
        assert (upper >= scores).all()
        kept = np.isfinite(added)
        lengths = np.linalg.norm(X, axis=1).max() * np.linalg.norm(W, axis=1).max()
        assert (upper[:, kept] - scores[:, kept]).max() < 0.1 * lengths


@pytest.mark.parametrize("engine", PASSES)
def test_ties_go_to_the_first_column(engine):
    bank = bank_of(np.tile(np.eye(4, 200), (50, 1)))
    X = np.array([[1.0] + [0.0] * 199, [0.0] * 200], np.float32)
    found = top(bank, np.arange(200), None, X, 7, engine)
    np.testing.assert_array_equal(found.columns, [np.arange(0, 28, 4), np.arange(7)])


@pytest.mark.parametrize("engine", PASSES)
def test_an_input_scores_the_same_in_any_batch(engine, monkeypatch):
    W, X = clustered(np.random.default_rng(5), 600, 256, 70)
    bank, rows = bank_of(W), np.arange(600)
    together = top(bank, rows, None, X, 10, engine)
    monkeypatch.setattr(topk, "CELLS", 3000)
    same(top(bank, rows, None, X, 10, engine), together)
    alone = [top(bank, rows, None, X[n : n + 1], 10, engine) for n in range(0, 70, 9)]
    same([np.concatenate(parts) for parts in zip(*alone, strict=True)], [part[::9] for part in together])


def test_excluded_classes_are_never_among_the_best():
    W, X = clustered(np.random.default_rng(1), 400, 128, 20)
    offset = np.zeros(400)
    offset[::2] = -np.inf
    for engine in PASSES:
        found = top(bank_of(W), np.arange(400), offset, X, 10, engine)
        assert (found.columns % 2 == 1).all()
        same(found, expected(bank_of(W), np.arange(400), offset, X, 10))


def test_more_near_classes_than_a_shortlist_holds():
    draw = np.random.default_rng(2)
    W = np.ones((3000, 64)) + 1e-3 * draw.standard_normal((3000, 64))
    W[1000:] *= 0.5
    X = np.ones((5, 64), np.float32)
    for engine in PASSES:
        same(top(bank_of(W), np.arange(3000), None, X, 10, engine), expected(bank_of(W), np.arange(3000), None, X, 10))


def test_classifiers_are_encoded_once_and_forgotten_with_the_bank(monkeypatch):
    made = []
    monkeypatch.setattr(topk, "make_pass", lambda name, W: made.append(name) or make_pass(name, W))
    W, X = clustered(np.random.default_rng(4), 300, 64, 8)
    bank = bank_of(W)
    for offset in (None, np.ones(300), np.zeros(300)):
        top(bank, np.arange(300), offset, X, 5, "int8")
    assert made == ["int8"]
    top(bank, np.arange(200), None, X, 5, "int8")
    assert made == ["int8", "int8"]
    gone = weakref.ref(bank)
    del bank
    gc.collect()
    assert gone() is None


def test_a_turn_keeps_products():
    draw = np.random.default_rng(0)
    A = draw.standard_normal((6, 130)).astype(np.float32)
    turned = Turn(130)(A).astype(np.float64)
    np.testing.assert_allclose(turned @ turned.T, A.astype(np.float64) @ A.T, rtol=0, atol=1e-4)


def test_what_is_refused():
    bank = bank_of(np.eye(5))
    with pytest.raises(FeatureError, match="4 wide, the classifiers read 5"):
        top(bank, np.arange(5), None, np.zeros((2, 4), np.float32), 3)
    with pytest.raises(UnknownNameError, match="known are float32"):
        TopK(bank, np.arange(5)).top(np.zeros((2, 5), np.float32), 3, None, "float8")


def test_inputs_are_mapped_first():
    draw = np.random.default_rng(0)
    bank = bank_of(draw.standard_normal((90, 20)), input_map=InputMap(center=np.full(20, 0.5, np.float32)))
    X = draw.standard_normal((11, 20)).astype(np.float32)
    same(top(bank, np.arange(90), None, X, 4), expected(bank, np.arange(90), None, X, 4))
