"""How near generated inputs are to real ones."""

from types import SimpleNamespace

import numpy as np
import pytest

from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners.catalogue import make_learner
from kgzsl.samples import sample_quality
from kgzsl.testing.recovery import synthetic_problem

OPTIONS = {"hidden": 64, "latent": 16, "decoder": 64, "class_hidden": 64, "class_decoder": 64, "epochs": 20,
           "batch": 30, "learning_rate": 3e-3, "warm_up": 0.2}  # fmt: skip


@pytest.fixture(scope="module")
def problem():
    return synthetic_problem()


def unseen(problem):
    return FeatureSet(problem.X, tuple(problem.unseen[k] for k in problem.y))


def test_generated_means_are_near_the_real_ones_of_unseen_classes(problem):
    learner = make_learner("cadavae", OPTIONS).fit(problem.space, problem.seen, problem.features)
    found = sample_quality(learner, problem.space, unseen(problem))
    control = sample_quality(learner, problem.shuffled().space, unseen(problem))
    assert set(found) == set(problem.unseen)
    assert np.mean([q.nearest for q in found.values()]) >= 0.6
    assert np.median([q.distance for q in found.values()]) < 0.7 < np.median([q.distance for q in control.values()])
    assert all(q.real == 15 and q.variance > 0 for q in found.values())


def test_what_is_real_is_of_perfect_quality(problem, monkeypatch):
    learner = make_learner("cadavae", {**OPTIONS, "epochs": 1}).fit(problem.space, problem.seen, problem.features)
    features = unseen(problem)
    real = {iri: learner.inputs(problem.X[problem.y == k])[:, :-1] for k, iri in enumerate(problem.unseen)}
    graph = SimpleNamespace(class_ids=problem.unseen, index={iri: k for k, iri in enumerate(problem.unseen)})
    space = SimpleNamespace(graph=graph, vectors=np.arange(len(problem.unseen))[:, None])
    monkeypatch.setattr(learner, "generated", lambda rows: np.stack([real[problem.unseen[int(rows[0, 0])]]]))
    for quality in sample_quality(learner, space, features).values():
        assert quality.distance <= 1e-6
        assert quality.nearest
        assert np.isclose(quality.variance, 14 / 15)


def test_a_learner_that_generates_nothing_is_refused(problem):
    with pytest.raises(LearnerError, match="generates nothing"):
        sample_quality(make_learner("eszsl"), problem.space, unseen(problem))


def test_one_class_is_too_few(problem):
    learner = make_learner("cadavae", {**OPTIONS, "epochs": 1}).fit(problem.space, problem.seen, problem.features)
    one = unseen(problem).take(np.flatnonzero(problem.y == 0))
    with pytest.raises(LearnerError, match="1 classes"):
        sample_quality(learner, problem.space, one)
