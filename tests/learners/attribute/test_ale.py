"""ALE: its loss against the sum written out, its training as the course of trainings asks."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import DivergedError, LearnerError
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.networks.hinge import warp
from kgzsl.testing import check_recovers
from kgzsl.testing.recovery import synthetic_problem


@pytest.fixture(scope="module")
def problem():
    return synthetic_problem(seen=12, unseen=4, per_class=6)


def fit(problem, seed=0, path=None, resume=False, progress=None, **options):
    learner = make_learner("ale", {"epochs": 8, "batch": 16, **options})
    learner.checkpoint, learner.resume = path, resume
    return learner.fit(problem.space, problem.seen, problem.features, seed, progress)


def scores(learner, problem):
    return learner.classifiers(problem.space).scores(problem.X)


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(2, 6), st.floats(0.1, 2))
@settings(max_examples=40, deadline=None)
def test_the_loss_is_the_sum_of_the_paper(seed, n, classes, margin):
    rng = np.random.default_rng(seed)
    F, y = rng.normal(size=(n, classes)), rng.integers(0, classes, n)
    total = 0.0
    for i in range(n):
        over = [margin + F[i, c] - F[i, y[i]] for c in range(classes) if c != y[i]]
        rank = sum(value > 0 for value in over)
        beta = sum(1 / k for k in range(1, rank + 1))
        total += beta / rank * sum(max(0.0, value) for value in over) if rank else 0.0
    assert float(warp(torch.tensor(F), torch.tensor(y), margin)) == pytest.approx(total / n)


@pytest.mark.parametrize("seed", range(4))
def test_gradient_of_the_loss(seed):
    torch.manual_seed(seed)
    scores = torch.randn(6, 5, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: warp(s, torch.arange(6) % 5), (scores,))


def test_no_loss_and_no_gradient_where_every_class_is_ranked_well():
    scores = (5 * torch.eye(4)).requires_grad_()
    loss = warp(scores, torch.arange(4))
    loss.backward()
    assert float(loss.detach()) == 0
    assert not scores.grad.any()


def test_unseen_classes_are_found_and_not_by_attributes_of_others():
    check_recovers("ale")


def test_a_seed_decides(problem):
    first, again, other = (scores(fit(problem, seed), problem) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_resumed_is_as_if_it_had_not_stopped(problem, tmp_path):
    whole = scores(fit(problem), problem)
    fit(problem, path=tmp_path / "kept", epochs=5)
    told = []
    after = fit(problem, 0, tmp_path / "kept", True, lambda *said: told.append(said))
    assert [epoch for _, epoch, _ in told] == [6, 7, 8]
    assert np.array_equal(scores(after, problem), whole)


def test_a_checkpoint_of_another_seed_is_refused(problem, tmp_path):
    fit(problem, path=tmp_path / "kept", epochs=5)
    with pytest.raises(LearnerError, match="not a checkpoint to go on from"):
        fit(problem, 1, tmp_path / "kept", True)


def test_a_training_that_diverges_says_so(problem):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(DivergedError, match="train ale diverged at epoch 1"):
            fit(problem, learning_rate=1e30)


def test_of_a_training_that_diverges_late_the_last_good_is_kept(problem, monkeypatch):
    from kgzsl.learners.networks import hinge

    calls = []

    def bad(*given):
        calls.append(1)
        return warp(*given) * (np.nan if len(calls) > 30 else 1)

    monkeypatch.setattr(hinge, "warp", bad)
    with pytest.warns(UserWarning, match=r"diverged at epoch \d+ .*: what was learnt up to epoch \d+ is kept"):
        learner = fit(problem, epochs=20)
    assert np.isfinite(scores(learner, problem)).all()


def test_an_unknown_device_is_refused(problem):
    with pytest.raises(LearnerError, match="no such device"):
        fit(problem, device="abacus")


def test_weight_decay_keeps_the_map_short(problem):
    plain, pulled = (np.linalg.norm(fit(problem, epochs=60, weight_decay=decay).fitted["map"]) for decay in (0.0, 1.0))
    assert pulled < plain / 2
