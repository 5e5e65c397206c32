"""The table of hubs before and after each cure."""

import numpy as np
import pytest

from kgzsl.bank import ClassifierBank
from kgzsl.errors import EvaluationError
from kgzsl.evaluate.hubness import hubness_table
from kgzsl.metrics import hub_report
from kgzsl.resolve import Query, References
from kgzsl.resolve.catalogue import make_adjuster


@pytest.fixture(scope="module")
def asked():
    rng = np.random.default_rng(0)
    rows, y = rng.normal(size=(30, 16)).astype(np.float32), np.repeat(np.arange(30), 6)
    bias = np.zeros(30, np.float32)
    bias[[2, 24]] = 0.9
    ids = tuple(f"urn:{k}" for k in range(30))
    bank = ClassifierBank(ids, rows / np.linalg.norm(rows, axis=1, keepdims=True), bias, np.arange(30) < 20)
    X = rows[y] + 0.9 * rng.normal(size=(180, 16))
    references = References(X[:120:2], [ids[k] for k in y[:120:2]])
    return Query.of(bank, np.arange(30), X.astype(np.float32), references), y


def cures(*names):
    return [make_adjuster(name, {"strength": 0.75, "own": "batch" in name}) for name in names]


def test_a_row_for_plain_scores_and_one_for_each_cure(asked):
    query, y = asked
    rows = hubness_table(query, y, cures("csls-batch", "csls", "nicdm"), 5, draws=200)
    assert [(row.adjuster, row.mode) for row in rows] == [
        ("plain", "none"), ("csls", "inductive"), ("nicdm", "inductive"), ("csls-batch", "transductive")]  # fmt: skip
    plain = hub_report(query.scores, 5, query.ids)
    assert (rows[0].share, rows[0].skewness, rows[0].hubs) == (plain.share, plain.skewness, plain.hubs)
    assert {name for name, _ in rows[0].hubs[:2]} == {"urn:2", "urn:24"}
    for row in rows[1:]:
        assert row.share_change.before == plain.share
        assert row.share_change.after == row.share
        assert row.share_change.high < 0
        assert row.skewness_change.high < 0
        assert row.alike.share.difference == pytest.approx(row.share_change.difference), "classes have as many inputs"
        change = row.accuracy_change.difference
        assert change.value == pytest.approx(row.accuracy.value - rows[0].accuracy.value)
        assert change.low <= change.value <= change.high


def test_accuracy_is_that_of_unseen_classes_among_those_with_inputs(asked):
    query, y = asked
    rows = hubness_table(query, y, [], 5)
    own = query.scores[120:, 20:]
    assert rows[0].accuracy.value == pytest.approx((own.argmax(axis=1) == y[120:] - 20).mean())
    fewer = np.where((y < 20) | (y >= 25), y, -1)
    some = hubness_table(query, fewer, [], 5)[0]
    assert some.accuracy.value == pytest.approx((query.scores[150:, 25:].argmax(axis=1) == y[150:] - 25).mean())
    assert some.share == rows[0].share, "inputs without a class count for hubs"
    seen = hubness_table(query, np.where(y < 20, y, -1), [], 5)[0]
    assert seen.accuracy.value == pytest.approx((query.scores[:120].argmax(axis=1) == y[:120]).mean())


def test_without_labels_hubs_are_counted_alone(asked):
    query, y = asked
    rows = hubness_table(query, np.full(len(y), -1), cures("csls"), 5, draws=50)
    assert [row.accuracy.value for row in rows] == [None, None]
    assert rows[1].alike is None


def test_names_and_what_is_said_of_the_batch(asked):
    query, y = asked
    few = query.take(np.arange(20))
    rows = hubness_table(few, y[:20], cures("csls-batch"), 5, names=[f"class {k}" for k in range(30)], draws=50)
    assert rows[0].hubs[0][0].startswith("class ")
    assert "20" in rows[1].notes[0]
    assert rows[1].share_change.difference == 0


def test_too_few_candidates_are_refused(asked):
    query, y = asked
    with pytest.raises(EvaluationError, match="k from 1 to 29"):
        hubness_table(query, y, [], 30)
