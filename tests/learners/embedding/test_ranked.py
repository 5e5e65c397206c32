"""What DeViSE and SJE share: known answers, seeds, resuming, and training that diverges."""

from dataclasses import replace

import numpy as np
import pytest

from kgzsl.arrays import unit_rows
from kgzsl.errors import DivergedError, LearnerError
from kgzsl.learners.catalogue import make_learner
from kgzsl.testing.recovery import check_recovers, synthetic_problem

both = pytest.mark.parametrize("name", ["devise", "sje"])


@pytest.fixture(scope="module")
def problem():
    return synthetic_problem(seen=12, unseen=4, per_class=6)


def fit(name, problem, seed=0, path=None, resume=False, progress=None, **options):
    learner = make_learner(name, {"epochs": 8, **options})
    learner.checkpoint, learner.resume = path, resume
    return learner.fit(problem.space, problem.seen, problem.features, seed, progress)


def scores(learner, problem):
    return learner.classifiers(problem.space).scores(problem.X)


@both
def test_unseen_classes_are_found_and_not_without_descriptions(name):
    check_recovers(name)


@both
def test_a_seed_decides(name, problem):
    first, again, other = (scores(fit(name, problem, seed, batch=16), problem) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@both
def test_resumed_is_as_if_it_had_not_stopped(name, problem, tmp_path):
    whole = scores(fit(name, problem, batch=16), problem)
    fit(name, problem, path=tmp_path / "kept", batch=16, epochs=5)
    told = []
    after = fit(name, problem, 0, tmp_path / "kept", True, lambda *said: told.append(said), batch=16)
    assert [epoch for _, epoch, _ in told] == [6, 7, 8]
    assert np.array_equal(scores(after, problem), whole)


@both
def test_a_checkpoint_of_another_seed_is_refused(name, problem, tmp_path):
    fit(name, problem, path=tmp_path / "kept", epochs=5)
    with pytest.raises(LearnerError, match="another seed"):
        fit(name, problem, 1, tmp_path / "kept", True)


@both
def test_training_that_diverges_stops_and_says_where(name, problem):
    with pytest.raises(DivergedError, match="diverged at epoch 1"):
        fit(name, problem, learning_rate=3e37, batch=16)


@both
def test_a_device_that_is_not_there(name, problem):
    with pytest.raises(LearnerError, match="no such device"):
        fit(name, problem, device="abacus")


@both
def test_the_right_class_of_a_seen_input_leads_by_the_margin(name):
    """Trained to the end: without noise the classes part, and no loss is left."""
    clean = synthetic_problem(seen=12, unseen=4, per_class=3, noise=0.01)
    learner = fit(name, clean, epochs=300, learning_rate=0.05, weight_decay=0.0)
    bank = learner.classifiers(clean.space).subset(clean.seen.ids)
    y = [bank.row[label] for label in clean.features.labels]
    found = bank.scores(clean.features.X)
    assert (found.argmax(axis=1) == y).all()
    if name == "sje":
        own = found[np.arange(len(y)), y]
        found[np.arange(len(y)), y] = -np.inf
        assert (own - found.max(axis=1)).min() >= 1 - 1e-3


@both
def test_an_attribute_that_no_seen_class_has_has_no_part_in_any_score(name, problem):
    vectors = problem.space.vectors.copy()
    rows = [problem.space.graph.index[iri] for iri in problem.seen.ids]
    vectors[rows, 3] = 0
    learner = fit(name, replace(problem, space=replace(problem.space, vectors=vectors)))
    map_ = learner.inputs.maps[0] if name == "devise" else learner.fitted["map"]
    assert not map_[:, 3].any()
    assert np.abs(map_).max() > 0


def test_devise_answers_by_cosine_of_the_mapped_input(problem):
    learner = fit("devise", problem, centre=False)
    X, vectors = problem.X, problem.space.vectors[problem.space.class_rows]
    Z = unit_rows(X - problem.features.X.mean(axis=0)) @ learner.inputs.maps[0][:-1]
    assert np.allclose(scores(learner, problem), unit_rows(Z) @ vectors.T, atol=1e-5)


def test_sje_is_bilinear(problem):
    learner = fit("sje", problem)
    rows = [problem.space.graph.index[iri] for iri in problem.seen.ids]
    vectors = problem.space.vectors
    places = unit_rows(vectors[problem.space.class_rows] - vectors[rows].mean(axis=0))
    X = unit_rows(problem.X - problem.features.X.mean(axis=0))
    assert np.allclose(scores(learner, problem), X @ learner.fitted["map"] @ places.T, atol=1e-5)
