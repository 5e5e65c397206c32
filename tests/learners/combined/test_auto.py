"""Auto: what it tries, what it chooses and says, and that everything else is the chosen learner's."""

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.errors import LearnerError, UnknownNameError
from kgzsl.explain.setting import Setting
from kgzsl.learners.catalogue import LEARNERS, learner_class, make_learner
from kgzsl.learners.combined.choosing import try_learners
from kgzsl.learners.combined.named import quick
from kgzsl.learners.validation import judge, kinds_mean, make_folds
from tests.learners.combined.test_ensemble import animals
from tests.learners.worlds import bank_of, space_of, tree

CANDIDATES = ("nearest", "eszsl", "kernel", "cosine")


@pytest.fixture(scope="module")
def problem():
    return testing.synthetic_problem(seen=20, unseen=6, per_class=8)


@pytest.fixture(scope="module")
def auto(problem):
    return make_learner("auto", {"candidates": CANDIDATES}).fit(problem.space, problem.seen, problem.features, 0)


def test_the_best_on_validation_classes_is_chosen(problem, auto):
    """Scores are those of the validation that a search chooses by."""
    folds = make_folds(problem.space, problem.seen, problem.features, 3, 0)
    scores = {}
    for name in CANDIDATES[:3]:
        found = judge(lambda name=name: make_learner(name), problem.space, problem.seen, problem.features, folds, 0)
        scores[name] = kinds_mean(folds, found)
    assert [one.name for one in auto.choice] == [*sorted(scores, key=scores.get, reverse=True), "cosine"]
    assert all(one.score == pytest.approx(scores[one.name]) for one in auto.choice[:3])
    assert all(one.low <= one.score <= one.high for one in auto.choice[:3])
    assert auto.chosen.name == max(scores, key=scores.get)


def test_it_says_why(auto):
    best, second, *_, cosine = auto.choice
    assert cosine.score is None
    assert "12 wide" in cosine.reason
    said = auto.why()
    assert f"'auto' chose '{best.name}': {best.score:.3f}" in said
    assert f"next '{second.name}', {second.score:.3f}" in said
    assert f"not to be fitted here: cosine ({cosine.reason})" in said
    assert said in auto.caveat


def test_learners_that_the_classes_do_not_tell_apart():
    """One learner twice is as good as itself; one that knows next to nothing is not."""
    problem = testing.synthetic_problem(seen=20, unseen=6, per_class=8)
    entries = ["ridge", {"name": "ridge", "options": {}}, "ppr"]
    first, again, last = try_learners(entries, problem.space, problem.seen, problem.features)
    assert again.behind == (0.0, 0.0)
    assert not again.told_apart
    assert last.name == "ppr"
    assert last.told_apart
    assert first.score - last.score == pytest.approx(np.mean(last.behind), abs=0.1)


def test_without_candidates_all_that_train_in_no_epochs_are_tried():
    names = quick(without=("auto",))
    assert {"kernel", "eszsl", "ppr", "ensemble"} <= set(names)
    assert not {"gcn", "dgp", "auto"} & set(names)
    assert all("epochs" in learner_class(n).Options.model_fields for n in set(LEARNERS) - {*names, "auto"})


@pytest.mark.parametrize("name", ["kernel", "absorb", "sgc", "eszsl", "conse"])
def test_everything_else_is_the_chosen_learners(problem, name):
    space, seen = (problem.space, problem.seen) if name == "eszsl" else (space_of(tree()), bank_of())
    both = ("auto", {"candidates": [name]}), (name, {})
    auto, own = (make_learner(n, options).fit(space, seen, None, 0) for n, options in both)
    one, other = auto.propagate(space), own.propagate(space)
    assert np.array_equal(one.bank.weights, other.bank.weights)
    assert auto.explains == own.explains
    assert learner_class("auto").explains == (), "a choice changes no other"
    ids = space.graph.class_ids
    unseen = next(iri for iri in ids if iri not in own.seen_ids)
    assert [auto.given(iri) for iri in ids] == [own.given(iri) for iri in ids]
    x = np.random.default_rng(0).normal(size=one.bank.width).astype(np.float32)
    told = [kgzsl.explain.explain(Setting(learner, space, found, ids), x, unseen, counterfactuals=False)
            for learner, found in ((auto, one), (own, other))]  # fmt: skip
    assert told[0].contributions == told[1].contributions
    assert told[0].paths == told[1].paths
    assert [f is None for f in (auto.flows(space, unseen, np.ones(len(seen))), auto.ends(space, unseen))] == [
        f is None for f in (own.flows(space, unseen, np.ones(len(seen))), own.ends(space, unseen))]  # fmt: skip
    features = testing.labelled_features(seen)
    held = [learner.held_out_learner(space, seen, features, 0, features) for learner in (auto, own)]
    assert np.array_equal(*(learner.classifiers(space).weights for learner in held))


def test_a_bundle_keeps_the_choice(root, tmp_path):
    recipe, path, X, labels, others = animals(root, tmp_path)
    made = kgzsl.train(recipe, X, labels, "auto", {"candidates": "ppr,ridge,shared", "folds": 2})
    made.save(tmp_path / "a.kgzsl")
    loaded = kgzsl.load(tmp_path / "a.kgzsl")
    assert loaded.learner.choice == made.learner.choice
    assert loaded.learner.why() == made.learner.why()
    assert loaded.id == made.id
    assert [a.id for a in loaded.predict(others)] == [a.id for a in made.predict(others)]
    unseen = next(iri for iri in made.candidates() if iri not in labels)
    told = loaded.explain(others[0], unseen, counterfactuals=False)
    assert any(f"'auto' chose '{made.learner.chosen.name}'" in note for note in told.notes)
    path.write_text(path.read_text() + "\nwn:new a owl:Class ; rdfs:subClassOf wn:n02121808 .\n")
    assert len(loaded.update().added) == 1


def test_nothing_to_choose_from(problem):
    with pytest.raises(LearnerError, match=r"no candidate can be fitted: cosine: .*; shared: "):
        make_learner("auto", {"candidates": ["cosine", "shared"]}).fit(problem.space, problem.seen)
    with pytest.raises(LearnerError, match="3 seen classes are too few"):
        make_learner("auto").fit(problem.space, problem.seen.subset(problem.seen.ids[:3]))
    with pytest.raises(LearnerError, match="cannot choose itself"):
        make_learner("auto", {"candidates": ["kernel", "auto"]})
    with pytest.raises(UnknownNameError, match="did you mean 'kernel'"):
        make_learner("auto", {"candidates": ["kernl"]})


def test_training_that_was_interrupted_goes_on(tmp_path):
    space, seen = space_of(tree()), bank_of()
    options = {"candidates": [{"name": "gcn", "options": {"hidden": 8, "epochs": 12, "check_every": 3}}], "folds": 2}
    judged = []

    def stop(stage, done, total):
        judged.append(stage)
        if "choose a learner" in judged and done == 6 and total == 12:
            raise KeyboardInterrupt

    whole = make_learner("auto", options).fit(space, seen).classifiers(space)
    auto = make_learner("auto", options)
    auto.checkpoint = tmp_path / "a.training"
    with pytest.warns(UserWarning, match="interrupted"):
        auto.fit(space, seen, progress=stop)
    assert auto.interrupted
    again = make_learner("auto", options)
    again.checkpoint, again.resume = tmp_path / "a.training", True
    assert np.array_equal(again.fit(space, seen).classifiers(space).weights, whole.weights)
