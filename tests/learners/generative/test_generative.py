"""Generative learners: what they recover, that they are repeatable, and what a new class costs."""

import warnings

import numpy as np
import pytest

from kgzsl.errors import DivergedError, LearnerError
from kgzsl.learners.catalogue import make_learner
from kgzsl.testing import attribute_facts, attribute_space_of, block, labelled_features, seen_bank, world
from kgzsl.testing.recovery import check_recovers, hits, synthetic_problem

WIDTHS = {"clswgan": {"hidden": 64, "latent": 8}}
WIDTHS["cadavae"] = {"hidden": 64, "latent": 16, "decoder": 64, "class_hidden": 64, "class_decoder": 64}
TRAINING = {"clswgan": {"epochs": 30, "batch": 30, "learning_rate": 2e-3, "critic_steps": 2},
            "cadavae": {"epochs": 20, "batch": 30, "learning_rate": 3e-3, "warm_up": 0.2}}  # fmt: skip
NAMES = list(WIDTHS)
SHORT = {"epochs": 6, "per_class": 8, "hidden": 16, "batch": 20}


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    return space_at(tmp_path_factory.mktemp("world"))


def space_at(folder, more=""):
    path = folder / "world.ttl"
    path.write_text(world() + attribute_facts() + more)
    return attribute_space_of(path)


def fit(name, space, resume_from=None, resume=False, seed=0, progress=None, **options):
    learner = make_learner(name, {**WIDTHS[name], **SHORT, **options})
    learner.checkpoint, learner.resume = resume_from, resume
    bank = seen_bank(space)
    return learner.fit(space, bank, labelled_features(bank), seed, progress)


def weights(learner, space):
    return learner.classifiers(space).weights


@pytest.mark.parametrize("name", NAMES)
def test_unseen_classes_are_recovered(name):
    check_recovers(name, {**WIDTHS[name], **TRAINING[name]})


def test_unseen_classes_are_recovered_by_a_softmax():
    options = {**WIDTHS["cadavae"], **TRAINING["cadavae"], "head": "softmax", "per_class": 20}
    assert hits("cadavae", synthetic_problem(), options) >= 0.6


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bank(name, space):
    first = weights(fit(name, space), space)
    assert np.array_equal(first, weights(fit(name, space), space))
    assert not np.allclose(first, weights(fit(name, space, seed=1), space))


@pytest.mark.parametrize("name", NAMES)
def test_a_resumed_training_ends_where_it_would_have_ended(name, space, tmp_path):
    def stop(stage, epoch, epochs):
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted at epoch 3"):
        stopped = fit(name, space, tmp_path / "run", progress=stop)
    resumed = fit(name, space, tmp_path / "run", resume=True)
    assert stopped.interrupted
    assert np.array_equal(weights(resumed, space), weights(fit(name, space), space))
    assert not np.allclose(weights(stopped, space), weights(resumed, space))


@pytest.mark.parametrize("name", NAMES)
def test_what_diverges_stops_and_the_last_good_is_kept(name, space):
    with pytest.warns(UserWarning, match="diverged at epoch"):
        kept = fit(name, space, learning_rate=1e12, batch=100)
    assert np.isfinite(kept.fitted["own"]).all()
    with pytest.raises(DivergedError, match="lower learning_rate"):
        fit(name, space, learning_rate=1e30)


@pytest.mark.parametrize("name", NAMES)
def test_the_row_is_that_of_the_mean_of_what_is_generated(name, space):
    learner = fit(name, space)
    vectors = space.vectors[space.class_rows]
    made = learner.generated(vectors)
    assert made.shape == (len(vectors), 8, learner.row_width() - 1)
    assert np.allclose(made.mean(axis=1), learner.means(vectors), atol=1e-4)
    assert (made.var(axis=1) > 0).any(), "noise has no effect"


@pytest.mark.parametrize("name", NAMES)
def test_a_new_class_costs_one_row(name, space, tmp_path):
    learner = fit(name, space)
    other = space_at(tmp_path, block("new", ["kind1"], "") + ":new :a0 0.9 ; :a3 0.4 .\n")
    before, after = learner.classifiers(space), learner.classifiers(other)
    same = [iri for iri in before.ids if np.array_equal(space.vectors[space.graph.index[iri]],
                                                        other.vectors[other.graph.index[iri]])]  # fmt: skip
    assert len(same) >= 12
    assert len(after.ids) == len(before.ids) + 1
    assert np.abs(after.subset(same).weights - before.subset(same).weights).max() <= 1e-6


@pytest.mark.parametrize("seen", ["real", "generated"])
@pytest.mark.parametrize("name", NAMES)
def test_a_softmax_is_refitted_and_nothing_else(name, seen, space, tmp_path):
    learner = fit(name, space, head="softmax", seen=seen)
    other = space_at(tmp_path, block("new", ["kind1"], "") + ":new :a0 0.9 ; :a3 0.4 .\n")
    kept = {key: value.copy() for key, value in learner.fitted.items()}
    before = learner.propagate(space)
    fresh, updated = learner.propagate(other).bank, learner.propagate(other, before).bank
    assert np.array_equal(fresh.weights, updated.weights)
    assert fresh.ids == other.graph.class_ids
    assert all(np.array_equal(learner.fitted[key], value) for key, value in kept.items())
    assert np.abs(fresh.subset(before.bank.ids).weights - before.bank.weights).max() > 1e-4
    restored = make_learner(name, dict(learner.options)).restore(learner.seen_ids, None, learner.state())
    assert np.array_equal(weights(restored, other), fresh.weights)


def test_a_softmax_answers_where_a_seen_class_is_gone(space, tmp_path):
    learner = fit("cadavae", space, head="softmax")
    path = tmp_path / "fewer.ttl"
    gone = learner.seen_ids[0]
    name = gone.rpartition("/")[2]
    text = "".join(line + "\n" for line in attribute_facts().splitlines() if not line.startswith(f":{name} "))
    path.write_text(world().replace(block(name, ["kind0"], "member0 number0 with word0"), "") + text)
    other = attribute_space_of(path)
    bank = learner.classifiers(other)
    assert gone not in bank.ids
    assert np.isfinite(bank.weights).all()


@pytest.mark.parametrize("head", ["row", "softmax"])
@pytest.mark.parametrize("name", NAMES)
def test_one_example_a_class_is_enough_to_train_on(name, head, space):
    learner = make_learner(name, {**WIDTHS[name], **SHORT, "head": head})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner.fit(space, seen_bank(space), None)
    assert np.isfinite(weights(learner, space)).all()


def test_what_it_does_not_know_is_refused():
    with pytest.raises(LearnerError, match="head"):
        make_learner("clswgan", {"head": "svm"})
