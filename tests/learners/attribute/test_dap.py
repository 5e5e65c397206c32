"""DAP against scikit-learn's logistic regression and the product over attributes, written out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from kgzsl.arrays import unit_rows
from kgzsl.errors import LearnerError
from kgzsl.learners.attribute.presence import presence, presence_stage, without_degrees
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.mapped import applied
from kgzsl.testing import check_recovers
from kgzsl.testing.recovery import synthetic_problem


@pytest.fixture(scope="module")
def problem():
    return synthetic_problem(seen=16, unseen=6, attributes=6, per_class=8)


def by_product(problem, ridge, prior):
    """log p(z|x) of every class: attribute by attribute, with scikit-learn's classifiers."""
    space, labels = problem.space, np.array(problem.features.labels)
    seen, rows = problem.seen.ids, space.vectors[space.class_rows].astype(np.float64)
    has = rows > rows[:16].mean(axis=0)
    center = problem.features.X.mean(axis=0)
    X, Z = unit_rows(problem.features.X - center), unit_rows(problem.X - center)
    y = np.searchsorted(seen, labels)
    total = np.zeros((len(Z), len(rows)))
    for m in range(rows.shape[1]):
        p = LogisticRegression(C=1 / ridge).fit(X, has[y, m]).predict_proba(Z)[:, 1:]
        share = has[:16, m].mean() if prior == "classes" else 0.5
        total += np.where(has[:, m], np.log(p / share), np.log((1 - p) / (1 - share)))
    return total


@pytest.mark.parametrize("prior", ["classes", "even"])
def test_the_bank_is_the_product_over_attributes_up_to_what_all_classes_share(problem, prior):
    learner = make_learner("dap", {"ridge": 0.5, "prior": prior}).fit(problem.space, problem.seen, problem.features)
    found, wanted = learner.classifiers(problem.space).scores(problem.X), by_product(problem, 0.5, prior)
    gap = found - wanted
    assert np.ptp(wanted, axis=1).min() > 1
    assert np.abs(gap - gap.mean(axis=1, keepdims=True)).max() < 0.01


def test_every_attribute_that_tells_is_shown_as_progress(problem):
    told = []
    make_learner("dap").fit(problem.space, problem.seen, problem.features, 0, lambda *said: told.append(said))
    assert told == [("attribute classifiers", k, 6) for k in range(1, 7)]


def test_unseen_classes_are_found_and_not_by_attributes_of_others():
    check_recovers("dap")


STRENGTHS = st.lists(st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]), min_size=3, max_size=3), min_size=2,
                     max_size=8)  # fmt: skip


@given(STRENGTHS, st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_presence_is_one_above_the_cut_and_zero_elsewhere(rows, cuts):
    rows, cuts = np.array(rows), np.array(cuts)
    assert np.allclose(applied(presence_stage(cuts), rows), rows > cuts)


def test_attributes_that_tell_nothing_are_skipped_and_named():
    strengths = np.array([[0.2, 0.5, 0.9], [0.8, 0.5, 0.1], [0.1, 0.5, 0.3]])
    with pytest.warns(UserWarning, match="1 attributes .* are skipped: 'bland'"):
        found = presence(strengths, ["stripes", "bland", "hooves"])
    assert found.telling.tolist() == [True, False, True]
    assert found.has[:, 0].tolist() == [False, True, False]
    assert found.log_odds(False)[[0, 1]] == pytest.approx([np.log(0.5), 0])


def test_no_attribute_that_tells_is_an_error():
    with pytest.raises(LearnerError, match="no attribute tells the seen classes apart"):
        presence(np.ones((3, 2)), ["a", "b"])


def test_an_attribute_without_degrees_is_present_wherever_it_is_stated():
    """In a class of many attributes each has a small share of its vector's length; it is present all the same."""
    many, few = [1, 0, 1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0, 0, 0]
    stated = np.array([many, few, few, [0, 1, 0, 0, 0, 0, 0, 0.5]])
    plain = without_degrees(stated)
    assert plain.tolist() == [True] * 7 + [False]
    found = presence(unit_rows(stated), [str(k) for k in range(8)], plain)
    assert (found.has[:, plain] == (stated[:, plain] > 0)).all()
    assert not presence(unit_rows(stated), [str(k) for k in range(8)]).has[0, 0], "else the mean cuts it off"


def test_a_warning_names_an_attribute_that_all_seen_classes_share(problem):
    vectors = problem.space.vectors.copy()
    vectors[:, 2] = 0.5
    with pytest.warns(UserWarning, match="'attribute:002'|'002'"):
        make_learner("dap").fit(replace(problem.space, vectors=vectors), problem.seen, problem.features)
