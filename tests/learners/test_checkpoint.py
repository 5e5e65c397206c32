"""Ctrl-C keeps what was trained, and a checkpoint goes on as if nothing had happened."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.leftovers import forget
from tests.learners.worlds import PART, SEEN, bank_of, space_of, tree

OPTIONS = {"hidden": 16, "epochs": 24, "check_every": 3, "patience": 9, "dropout": 0.5}
LEARNERS = {"gcn": {}, "gat": {}, "trgcn": {"projection": 4}, "residual": {"ensemble": 2}}


@pytest.fixture(scope="module")
def space():
    return space_of(tree())


def learner_of(name="gcn", path=None, resume=False, **more):
    learner = make_learner(name, {**OPTIONS, **LEARNERS.get(name, {}), **more})
    learner.checkpoint, learner.resume = path, resume
    return learner


def stop_at(last, calls=1):
    """A progress callback that is Ctrl-C at an epoch, the first time or a later one."""
    left = [calls]

    def progress(stage, epoch, epochs):
        left[0] -= epoch == last
        if epoch == last and not left[0]:
            raise KeyboardInterrupt

    return progress


def fit(learner, space, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return learner.fit(space, bank_of(), **named).classifiers(space).weights


def interrupted(learner, space, last=10, calls=1, **named):
    with pytest.warns(UserWarning, match=f"interrupted at epoch {last}: the best network so far is kept"):
        return learner.fit(space, bank_of(), progress=stop_at(last, calls), **named).classifiers(space).weights


def test_an_interrupt_keeps_the_best_network_so_far(space):
    kept = interrupted(learner_of(), space)
    assert np.isfinite(kept).all()
    assert np.array_equal(kept, fit(learner_of(epochs=9), space)), "epoch 9 was the last that was judged"


def test_an_interrupt_before_anything_was_judged_is_one(space):
    with pytest.raises(KeyboardInterrupt):
        learner_of().fit(space, bank_of(), progress=stop_at(2))


def test_an_interrupt_ends_a_whole_ensemble(space):
    learner = learner_of(ensemble=3)
    assert np.isfinite(interrupted(learner, space, calls=2)).all()
    assert len(learner.members) == len(learner.held_out) == 2


@pytest.mark.parametrize("last", [3, 10, 22])
@pytest.mark.parametrize("name", LEARNERS)
def test_a_resumed_training_ends_where_it_would_have_ended(name, last, space, tmp_path):
    path = tmp_path / "run"
    interrupted(learner_of(name, path), space, last)
    assert np.array_equal(fit(learner_of(name, path, resume=True), space), fit(learner_of(name), space))


def test_a_resumed_ensemble_ends_where_it_would_have_ended(space, tmp_path):
    path = tmp_path / "run"
    interrupted(learner_of(path=path, ensemble=2), space, calls=2)
    resumed = fit(learner_of(path=path, resume=True, ensemble=2), space)
    assert np.array_equal(resumed, fit(learner_of(ensemble=2), space))


@pytest.mark.parametrize("patience", [1, 2])
def test_a_training_that_had_lost_patience_stays_as_it_was(patience, space, tmp_path):
    options = {"check_every": 1, "patience": patience, "epochs": 60}
    whole = learner_of(**options)
    epochs = []
    whole.fit(space, bank_of(), progress=lambda stage, epoch, of: epochs.append(epoch))
    path = tmp_path / "run"
    interrupted(learner_of(path=path, **options), space, epochs[-1])
    resumed = fit(learner_of(path=path, resume=True, **options), space)
    assert np.array_equal(resumed, whole.classifiers(space).weights)


def test_a_longer_training_may_go_on_from_a_shorter_one(space, tmp_path):
    path = tmp_path / "run"
    interrupted(learner_of(path=path, epochs=12), space, 12)
    assert np.array_equal(fit(learner_of(path=path, resume=True), space), fit(learner_of(), space))


def test_a_checkpoint_stays_until_what_was_trained_is_safe(space, tmp_path):
    """That is for the caller to say: `train` forgets it when it returns, the command when the bundle is written."""
    path = tmp_path / "run[1].kgzsl"
    (tmp_path / "run[1].kgzsl.3").write_bytes(b"of an earlier training")
    assert np.array_equal(fit(learner_of(path=path), space), fit(learner_of(), space))
    assert [file.name for file in tmp_path.iterdir()] == ["run[1].kgzsl.0"]
    (tmp_path / "run[1].kgzsl.0.unfinished").touch()
    forget(path)
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_is_not_taken_up_unless_asked(space, tmp_path):
    interrupted(learner_of(path=tmp_path / "run"), space)
    assert np.array_equal(fit(learner_of(path=tmp_path / "run"), space), fit(learner_of(), space))


def assert_refused(learner, space, path, bank=None, **named):
    learner.checkpoint, learner.resume = path, True
    with pytest.raises(LearnerError, match="not a checkpoint of this training") as refused:
        learner.fit(space, bank or bank_of(), **named)
    assert refused.value.file == str(path) + ".0"
    assert "resume" in refused.value.fix


DAMAGES = {"junk": lambda b: b"junk", "half": lambda b: b[: len(b) // 2], "empty": lambda b: b"",
           "zeros": lambda b: b[:1000] + bytes(500) + b[1500:]}  # fmt: skip


@pytest.mark.parametrize("damage", ["junk", "half", "zeros", "empty"])
def test_a_damaged_checkpoint_is_refused(damage, space, tmp_path):
    path, file = tmp_path / "run", tmp_path / "run.0"
    interrupted(learner_of(path=path), space)
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    assert_refused(learner_of(), space, path)


@pytest.mark.parametrize("missing", ["about", "network", "optimiser", "best", "random", "epoch", "score"])
def test_a_checkpoint_that_lacks_a_part_is_refused(missing, space, tmp_path):
    path, file = tmp_path / "run", tmp_path / "run.0"
    interrupted(learner_of(path=path), space)
    state = torch.load(file, weights_only=True)
    del state[missing]
    torch.save(state, file)
    assert_refused(learner_of(), space, path)


class TestForeign:
    """A checkpoint of anything else, even where its shapes fit."""

    @pytest.fixture
    def path(self, space, tmp_path):
        interrupted(learner_of(path=tmp_path / "run"), space)
        return tmp_path / "run"

    @pytest.mark.parametrize("options", [{"hidden": 8}, {"learning_rate": 0.1}, {"loss": "cosine"}, {"decay": 0.1}])
    def test_options(self, options, space, path):
        assert_refused(learner_of(**options), space, path)

    def test_learner(self, space, path):
        assert_refused(learner_of("sgcn", decay=learner_of().options.decay), space, path)

    def test_seed(self, space, path):
        assert_refused(learner_of(), space, path, seed=1)

    def test_seen_rows(self, space, path):
        assert_refused(learner_of(), space, path, bank_of(seed=1))

    def test_descriptions(self, path):
        world = tree()
        assert_refused(learner_of(), space_of(replace(world, glosses={**world.glosses, SEEN[1]: "else"})), path)

    def test_edges(self, path):
        world = tree()
        less = {edge: 3 * weight if edge[1] == PART else weight for edge, weight in world.edges.items()}
        assert_refused(learner_of(), space_of(replace(world, edges=less)), path)

    def test_features(self, space, path):
        X = np.random.default_rng(0).normal(size=(len(SEEN), bank_of().width))
        assert_refused(learner_of(), space, path, features=FeatureSet(X, SEEN))
