"""The episodic hypernetwork: tasks drawn by class, a solver within each, and what training and resuming keep."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from kgzsl.arrays import unit_rows
from kgzsl.errors import DivergedError, LearnerError
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.networks.episodes import RidgeHypernetwork, Tasks, query_loss, ridge_weights
from kgzsl.testing.recovery import check_recovers, hits, synthetic_problem

SMALL = {"hidden": 32, "epochs": 8, "tasks": 4, "ways": 4, "shots": 3}


@pytest.fixture(scope="module")
def problem():
    return synthetic_problem(seen=12, unseen=4, per_class=6)


def fit(problem, seed=0, path=None, resume=False, progress=None, **options):
    learner = make_learner("episodic", {**SMALL, **options})
    learner.checkpoint, learner.resume = path, resume
    return learner.fit(problem.space, problem.seen, problem.features, seed, progress)


def scores(learner, problem):
    return learner.classifiers(problem.space).scores(problem.X)


def test_unseen_classes_are_found_and_not_without_descriptions():
    check_recovers("episodic", {"hidden": 512, "ways": 15})


class TestTasks:
    """Every draw."""

    y = torch.tensor([2, 0, 1, 0, 3, 4, 4, 5, 0, 6])

    @pytest.mark.parametrize("ways", [1, 3, 100])
    def test_classes_of_a_task_are_split(self, ways):
        torch.manual_seed(0)
        for _ in range(50):
            task = Tasks(self.y, ways, 2).draw()
            assert len(task.query) == min(ways, 3)
            assert sorted([*task.query.tolist(), *task.support.tolist()]) == list(range(7))

    def test_inputs_are_of_their_classes_and_all_are_drawn(self):
        torch.manual_seed(0)
        tasks, drawn = Tasks(self.y, 3, 4), set()
        for _ in range(50):
            task = tasks.draw()
            for classes, inputs in ((task.support, task.of_support), (task.query, task.of_query)):
                assert inputs.shape == (len(classes), 4)
                assert (self.y[inputs] == classes[:, None]).all()
                drawn |= set(inputs.flatten().tolist())
        assert drawn == set(range(10))

    def test_query_inputs_have_no_part_in_the_support(self):
        """Changing all inputs of query classes changes no row that the task predicts."""
        torch.manual_seed(0)
        network = RidgeHypernetwork(3, 8, 4, 0.1, 10.0)
        X, S = torch.randn(10, 4), torch.randn(7, 3)
        task = Tasks(self.y, 3, 2).draw()
        other = X.clone()
        other[task.of_query.flatten()] += 5
        means, changed = (x[task.of_support].mean(dim=1) for x in (X, other))
        assert torch.equal(network.head(S[task.support], means), network.head(S[task.support], changed))
        assert network.loss(task, X, S) != network.loss(task, other, S)


def test_the_solver_is_ridge_regression():
    rng = np.random.default_rng(0)
    support, means, query = rng.normal(size=(9, 5)), rng.normal(size=(9, 4)), rng.normal(size=(3, 5))
    found = query @ support.T @ ridge_weights(*(torch.from_numpy(a) for a in (support, means, np.array(0.7)))).numpy()
    assert np.allclose(found, Ridge(0.7, fit_intercept=False).fit(support, means).predict(query))


def test_the_loss_has_the_right_gradient_through_the_solver():
    torch.manual_seed(0)
    support, means, query, inputs = (torch.randn(*s, dtype=torch.double, requires_grad=True)
                                     for s in ((5, 6), (5, 3), (2, 6), (4, 3)))  # fmt: skip
    ridge, scale = (torch.tensor(v, dtype=torch.double, requires_grad=True) for v in (0.4, 3.0))
    y = torch.tensor([0, 1, 1, 0])
    given = (support, means, query, inputs, ridge, scale)
    assert torch.autograd.gradcheck(lambda *a: query_loss(*a[:4], y, *a[4:]), given)


def test_untrained_it_is_ridge_regression_of_whitened_means_on_random_units(problem):
    learner = fit(problem, power=1.0, input_rate=0.0, learning_rate=1e-30, epochs=1, ridge=0.5)
    vectors, rows = problem.space.vectors, problem.space.class_rows
    middle = vectors[[problem.space.graph.index[iri] for iri in problem.seen.ids]].mean(axis=0)
    layer = learner.fitted["0.0"]
    units = np.maximum(unit_rows(vectors[rows] - middle) @ layer[:-1] + layer[-1], 0)
    X, labels = learner.inputs(problem.features.X), np.array(problem.features.labels)
    means = unit_rows(np.stack([X[labels == iri].mean(axis=0) for iri in problem.seen.ids]))
    bank = learner.classifiers(problem.space)
    seen = bank.rows(problem.seen.ids)
    found = Ridge(0.5, fit_intercept=False).fit(units[seen], means).predict(units)
    assert np.allclose(bank.weights, unit_rows(found), atol=1e-4)


def test_tasks_teach_what_the_solver_alone_does_not_know():
    """Half of the attributes make the inputs, the other half are noise: the hidden layer learns to pass over it."""
    problem = synthetic_problem(seen=60, unseen=15, noise=0.3)
    vectors = problem.space.vectors
    more = np.random.default_rng(0).random(vectors.shape).astype(np.float32)
    problem = replace(problem, space=replace(problem.space, vectors=unit_rows(np.hstack([vectors, more]))))
    options = {"hidden": 256, "ways": 20, "tasks": 20, "power": 1.0, "noise": 0.0, "input_rate": 0.0}
    before = hits("episodic", problem, {**options, "learning_rate": 1e-30, "epochs": 1})
    after = hits("episodic", problem, {**options, "learning_rate": 2e-3, "epochs": 8})
    assert after >= before + 0.08


def test_what_nothing_describes_is_taken_for_the_mean_class(problem):
    """Not for the reverse of the mean, which is a direction of its own."""
    learner = fit(problem)
    nothing, mean = np.zeros((1, problem.space.vectors.shape[1])), learner.fitted["0.0"][-1]
    assert np.allclose(
        unit_rows(learner.rows_of(nothing)), unit_rows(np.maximum(mean, 0)[None] @ learner.fitted["0.1"][:-1])
    )


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


def test_a_checkpoint_of_other_tasks_is_refused(problem, tmp_path):
    fit(problem, path=tmp_path / "kept", epochs=5)
    with pytest.raises(LearnerError, match="other data, options or another seed"):
        fit(problem, path=tmp_path / "kept", resume=True, ways=3)


def test_training_that_diverges_stops_and_says_where(problem):
    with pytest.raises(DivergedError, match="diverged at epoch 1"):
        fit(problem, learning_rate=1e20)


def test_a_device_that_is_not_there(problem):
    with pytest.raises(LearnerError, match="no such device"):
        fit(problem, device="abacus")


@pytest.mark.parametrize("count", [1, 3])
def test_too_few_classes_for_tasks_are_solved_for_and_it_is_said(count):
    few = synthetic_problem(seen=count, unseen=3, per_class=2)
    with pytest.warns(UserWarning, match=f"{count} seen classes are too few to draw tasks from"):
        learner = fit(few)
    assert np.isfinite(scores(learner, few)).all()
