"""What attribute-based learners do with short, odd or wrong input: one error that says what, or a sound bank."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners.catalogue import make_learner
from kgzsl.testing import HashSource, attribute_facts, attribute_space_of, labelled_features, seen_bank, space_of, world
from kgzsl.testing.recovery import synthetic_problem

FAMILY = ["dap", "iap", "propagated-dap", "eszsl", "sae", "ale"]
BY_ATTRIBUTES = ["dap", "iap", "propagated-dap"]
TRAINED_ON_INPUTS = ["dap", "propagated-dap", "eszsl", "sae", "ale"]
QUICK = {"ale": {"epochs": 3}}


def made(name):
    return make_learner(name, QUICK.get(name))


def fitted(name, space, features=None):
    bank = seen_bank(space)
    return made(name).fit(space, bank, features or labelled_features(bank))


def without_attributes(tmp_path, *names):
    """The space of a world in which these classes state no attribute, and its file."""
    path = tmp_path / "w.ttl"
    facts = [line for line in attribute_facts().splitlines() if line.partition(" ")[0] not in {f":{n}" for n in names}]
    path.write_text(world() + "\n".join(facts) + "\n")
    return attribute_space_of(path), path


@pytest.mark.parametrize("name", [name for name in FAMILY if name != "propagated-dap"])
def test_seen_classes_that_state_no_attributes_are_named_with_their_place(name, tmp_path):
    space, path = without_attributes(tmp_path, "c00", "c20")
    with pytest.raises(LearnerError) as caught:
        fitted(name, space)
    said = str(caught.value)
    assert "2 of 8 seen classes state no attributes: 'c00', 'c20'" in said
    assert all(other in said for other in ("propagated-dap", "kernel", "ppr"))
    assert caught.value.file == str(path)
    assert path.read_text().splitlines()[caught.value.line - 1].startswith(":c00 ")


def test_what_the_error_names_works(tmp_path):
    space, _ = without_attributes(tmp_path, "c00", "c20")
    for name in ("propagated-dap", "kernel", "ppr"):
        assert np.isfinite(fitted(name, space).classifiers(space).weights).all()


@pytest.mark.parametrize("name", FAMILY)
def test_unseen_classes_that_state_no_attributes_take_those_of_their_parents(name, tmp_path):
    space, _ = without_attributes(tmp_path, "c01")
    bank = fitted(name, space).classifiers(space)
    assert bank.weights[bank.rows(["http://example.org/c01"])].any()


@pytest.mark.parametrize("name", BY_ATTRIBUTES)
def test_vectors_of_another_source_are_refused(name, tmp_path):
    path = tmp_path / "w.ttl"
    path.write_text(world())
    with pytest.raises(LearnerError, match=f"'{name}' reads attributes.*source = \"attributes\"") as caught:
        fitted(name, space_of(path, HashSource()))
    assert caught.value.value == "HashSource"


@pytest.mark.parametrize("name", FAMILY)
def test_fewer_seen_classes_than_attributes(name):
    """Four seen classes, 12 attributes: it works, and warns of nothing but of attributes that tell them not apart."""
    problem = synthetic_problem(seen=4, unseen=3)
    with warnings.catch_warnings(record=True) as said, np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("always")
        bank = made(name).fit(problem.space, problem.seen, problem.features).classifiers(problem.space)
    assert np.isfinite(bank.weights).all()
    assert bank.weights[bank.rows(problem.unseen)].any()
    assert all("that all seen classes have, or none" in str(warning.message) for warning in said)


@pytest.mark.parametrize("name", TRAINED_ON_INPUTS)
def test_features_that_are_the_same_for_every_input(name):
    problem = synthetic_problem(seen=6, unseen=2, per_class=3)
    same = FeatureSet(np.full_like(problem.features.X, 0.25), problem.features.labels, source="same.npz")
    with pytest.raises(LearnerError, match=r"same for every input.*check the encoder") as caught:
        made(name).fit(problem.space, problem.seen, same)
    assert caught.value.file == "same.npz"


@pytest.mark.parametrize("name", FAMILY)
def test_a_feature_that_never_changes_does_no_harm(name):
    problem = synthetic_problem(seen=6, unseen=2, per_class=3)
    dead = problem.features.X.copy()
    dead[:, 3] = 7.0
    given = FeatureSet(dead, problem.features.labels)
    with np.errstate(all="raise", under="ignore"):
        bank = made(name).fit(problem.space, problem.seen, given).classifiers(problem.space)
    assert np.isfinite(bank.weights).all()


@pytest.mark.parametrize("name", TRAINED_ON_INPUTS)
def test_a_class_with_one_example(name):
    problem = synthetic_problem(seen=8, unseen=3, per_class=4)
    labels = np.array(problem.features.labels)
    kept = np.concatenate([np.flatnonzero(labels == problem.seen.ids[0])[:1],
                           np.flatnonzero(labels != problem.seen.ids[0])])  # fmt: skip
    learner = made(name).fit(problem.space, problem.seen, problem.features.take(kept))
    assert learner.inputs.center == pytest.approx(problem.features.X[kept].mean(axis=0), abs=1e-5), "rows stood in"
    assert np.isfinite(learner.classifiers(problem.space).weights).all()


@pytest.mark.parametrize("name", BY_ATTRIBUTES)
def test_classes_that_no_attribute_tells_apart(name):
    problem = synthetic_problem(seen=4, unseen=2)
    vectors = problem.space.vectors.copy()
    vectors[problem.space.class_rows] = vectors[problem.space.class_rows[0]]
    with pytest.raises(LearnerError, match="no attribute tells the seen classes apart"):
        made(name).fit(replace(problem.space, vectors=vectors), problem.seen, problem.features)


@pytest.mark.parametrize("name", FAMILY)
def test_one_seen_class(name):
    """Nothing tells it from others: refused by what compares attributes, and else a finite bank."""
    problem = synthetic_problem(seen=6, unseen=2)
    alone = problem.seen.subset(problem.seen.ids[:1])
    if name in BY_ATTRIBUTES:
        with pytest.raises(LearnerError, match="no attribute tells"):
            made(name).fit(problem.space, alone, problem.features)
    else:
        bank = made(name).fit(problem.space, alone, problem.features).classifiers(problem.space)
        assert np.isfinite(bank.weights).all()
