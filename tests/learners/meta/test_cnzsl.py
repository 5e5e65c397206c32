"""CNZSL: standardisation over classes, which folds into matrices; known answers, seeds, resuming, divergence."""

import warnings

import numpy as np
import pytest
import torch

from kgzsl.arrays import unit_rows
from kgzsl.errors import DivergedError
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.mapped import applied, dense_stages
from kgzsl.learners.networks.class_norm import OverClasses, class_normalised, cosine_loss, folded
from kgzsl.testing.recovery import check_recovers, synthetic_problem

SMALL = {"hidden": 32, "epochs": 8, "batch": 16, "ensemble": 2}


@pytest.fixture(scope="module")
def problem():
    return synthetic_problem(seen=12, unseen=4, per_class=6)


def fit(problem, seed=0, path=None, resume=False, progress=None, **options):
    learner = make_learner("cnzsl", {**SMALL, **options})
    learner.checkpoint, learner.resume = path, resume
    return learner.fit(problem.space, problem.seen, problem.features, seed, progress)


def scores(learner, problem):
    return learner.classifiers(problem.space).scores(problem.X)


def trained(widths=(5, 7, 7, 3), steps=20):
    torch.manual_seed(0)
    network = class_normalised(widths, 0.3).train()
    optimiser = torch.optim.SGD(network.parameters(), 0.1)
    for _ in range(steps):
        network(torch.randn(9, widths[0])).square().mean().backward()
        optimiser.step()
    return network.eval()


def test_unseen_classes_are_found_and_not_without_descriptions():
    check_recovers("cnzsl", {"epochs": 12, "hidden": 64, "batch": 64, "learning_rate": 1e-3, "ensemble": 1})


def test_the_folded_matrices_do_what_the_network_does_in_inference():
    network = trained()
    S = np.random.default_rng(0).normal(size=(11, 5))
    rows = S
    for stage in dense_stages(folded(network)):
        rows = applied(stage, rows)
    with torch.no_grad():
        assert np.allclose(rows, network(torch.from_numpy(S).float()).numpy(), atol=1e-5)


def test_a_fitted_learner_scores_as_its_networks_do(problem):
    """The published pipeline by hand: standardise, run the module, add unit rows, take cosines."""
    learner = fit(problem, power=1.0, ensemble=1)
    vectors, rows = problem.space.vectors, problem.space.class_rows
    middle = vectors[[problem.space.graph.index[iri] for iri in problem.seen.ids]].mean(axis=0)
    values = unit_rows(vectors[rows] - middle).astype(np.float64)
    for k in range(3):
        matrix = learner.fitted[f"0.{k}"]
        values = (np.maximum(values, 0) if k else values) @ matrix[:-1] + matrix[-1]
    inputs = learner.inputs(problem.X)
    assert np.allclose(np.linalg.norm(inputs, axis=1), 1, atol=1e-5)
    assert np.allclose(scores(learner, problem), inputs @ unit_rows(values).T, atol=1e-5)


def test_whitened_inputs_have_round_classes(problem):
    """With little shrinkage the within-class covariance of whitened inputs is the identity, up to their lengths."""
    learner = fit(problem, shrink=0.01)
    center, map_ = learner.inputs.center, learner.inputs.maps[0]
    Z = (problem.features.X - center) @ map_[:-1]
    y = np.array(problem.features.labels)
    left = np.vstack([Z[y == name] - Z[y == name].mean(axis=0) for name in np.unique(y)])
    spread = np.linalg.eigvalsh(left.T @ left / len(left))
    assert spread[0] > 0.8
    assert spread[-1] < 1.05


def test_training_standardises_over_the_classes_at_hand():
    rows = 3 + 2 * torch.randn(50, 4)
    out = OverClasses(4).train()(rows)
    assert torch.allclose(out.mean(dim=0), torch.zeros(4), atol=1e-5)
    assert torch.allclose(out.var(dim=0, unbiased=False), torch.ones(4), atol=1e-3)


def test_inference_standardises_by_the_average_of_training():
    layer = OverClasses(2).train()
    seen = [torch.randn(6, 2) for _ in range(5)]
    for rows in seen:
        layer(rows)
    assert torch.allclose(layer.mean, torch.stack([rows.mean(dim=0) for rows in seen]).mean(dim=0), atol=1e-6)
    assert torch.allclose(layer.eval()(seen[0])[:1], layer(seen[0][:1])), "a class depends on others in inference"


def test_the_output_layer_starts_with_the_derived_variance():
    torch.manual_seed(0)
    last = class_normalised((4, 200, 300, 400))[-1]
    assert last.weight.var().item() == pytest.approx(1 / (300 * 400), rel=0.02)


def test_the_loss_has_the_right_gradient_and_counts_directions_only():
    torch.manual_seed(0)
    X, rows = torch.randn(6, 4, dtype=torch.double), torch.randn(3, 4, dtype=torch.double, requires_grad=True)
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    assert torch.autograd.gradcheck(lambda r: cosine_loss(X, r, y, 2.0), (rows,))
    assert torch.allclose(cosine_loss(X, rows, y, 2.0), cosine_loss(5 * X, 3 * rows, y, 2.0))


def test_a_seed_decides(problem):
    first, again, other = (scores(fit(problem, seed), problem) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_ensemble_adds_rows_of_unit_length(problem):
    both, first = fit(problem), fit(problem, ensemble=1)
    rows = problem.space.vectors[problem.space.class_rows]
    assert np.allclose(np.linalg.norm(first.rows_of(rows), axis=1), 1)
    assert np.array_equal(first.fitted["0.0"], both.fitted["0.0"])
    assert not np.allclose(both.fitted["1.0"], both.fitted["0.0"])
    second = make_learner("cnzsl", {**SMALL, "ensemble": 1})
    second.inputs = both.inputs
    second.fitted = {"middle": both.fitted["middle"], **{f"0.{k}": both.fitted[f"1.{k}"] for k in range(3)}}
    assert np.allclose(both.rows_of(rows), first.rows_of(rows) + second.rows_of(rows))


@pytest.mark.parametrize("last", [(0, 5), (1, 5)])
def test_resumed_is_as_if_it_had_not_stopped(last, problem, tmp_path):
    whole = scores(fit(problem), problem)
    started = []

    def stop(stage, epoch, epochs):
        started.append(epoch)
        if started.count(1) == last[0] + 1 and epoch == last[1]:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted at epoch 5"):
        halted = fit(problem, path=tmp_path / "kept", progress=stop)
    assert halted.interrupted
    assert np.isfinite(scores(halted, problem)).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        after = fit(problem, path=tmp_path / "kept", resume=True)
    assert np.array_equal(scores(after, problem), whole)


def test_training_that_diverges_stops_and_says_where(problem):
    with pytest.raises(DivergedError, match="diverged at epoch 1"):
        fit(problem, learning_rate=3e37)


def test_inputs_that_are_no_numbers_stop_it_and_the_last_good_is_kept(problem, monkeypatch):
    calls = []

    def bad(inputs, rows, y, gamma):
        calls.append(0)
        return cosine_loss(inputs, rows, y, gamma) * (float("nan") if len(calls) > 12 else 1.0)

    monkeypatch.setattr("kgzsl.learners.networks.class_norm.cosine_loss", bad)
    with pytest.warns(UserWarning, match="diverged at epoch 3 .*epoch 2 is kept"):
        learner = fit(problem, ensemble=1)
    monkeypatch.undo()
    assert np.array_equal(scores(learner, problem), scores(fit(problem, ensemble=1, epochs=2), problem))


@pytest.mark.parametrize("count", [1, 2])
def test_few_seen_classes(count):
    few = synthetic_problem(seen=count, unseen=3, per_class=2)
    assert np.isfinite(scores(fit(few), few)).all()
