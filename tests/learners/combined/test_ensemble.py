"""The ensemble: what it averages, on which scales, and what it keeps."""

import json

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.errors import LearnerError, UnknownNameError
from kgzsl.features import FeatureSet
from kgzsl.folds import class_folds, halves
from kgzsl.graph import build_graph
from kgzsl.learners.base import without_seen
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.combined.scales import Scored, scale_of, scored, shares_of, trial_of
from kgzsl.metrics import by_class, ranks
from tests.learners.worlds import PART, bank_of, space_of, tree

MEMBERS = ("kernel", "eszsl", "conse")


@pytest.fixture(scope="module")
def problem():
    return testing.synthetic_problem(seen=20, unseen=6, per_class=8)


def fitted(problem, **options):
    learner = make_learner("ensemble", options)
    return learner.fit(problem.space, problem.seen, problem.features, 0)


def test_scores_are_the_weighted_mean_of_standardised_ones(problem):
    ensemble = fitted(problem, members=MEMBERS, weights=(1, 2, 1), balance=True)
    bank = ensemble.classifiers(problem.space)
    expected = 0
    for name, share, (mean, spread, gamma) in zip(MEMBERS, (0.25, 0.5, 0.25), ensemble.scales, strict=True):
        own = make_learner(name).fit(problem.space, problem.seen, problem.features, 0).classifiers(problem.space)
        expected += share * ((own.scores(problem.X) - mean) / spread - gamma * own.seen)
    assert bank.ids == own.ids
    assert np.allclose(bank.scores(problem.X), expected, atol=1e-4)


def test_scales_are_those_of_classes_that_were_hidden(problem):
    """Means and within-input variances, computed by hand from a learner that does without half of the classes."""
    ensemble = fitted(problem, members=("eszsl",))
    labels = problem.features.labels
    first, second = halves(labels, 0)
    hidden = class_folds(sorted(set(labels)), 2, 0)[0]
    rest = np.array([k for k in first if labels[k] not in hidden])
    other = make_learner("eszsl").fit(problem.space, without_seen(problem.seen, hidden), problem.features.take(rest))
    bank = other.classifiers(problem.space)
    of_hidden = np.array([k for k in second if labels[k] in hidden])
    scores = bank.scores(problem.features.X[of_hidden], bank.rows(hidden))
    mean, spread, gamma = ensemble.scales[0]
    assert mean == pytest.approx(scores.mean(), abs=1e-5)
    assert spread == pytest.approx(np.sqrt(scores.var(axis=1).mean()), rel=1e-4)
    assert gamma == 0


def test_a_layer_that_was_fitted_on_the_inputs_is_fitted_anew_for_the_scale(problem):
    ids = problem.seen.ids
    trials = [trial_of([make_learner(name)], ids, problem.seen, problem.features, 0) for name in ("kernel", "eszsl")]
    assert trials[0].seen is not problem.seen
    assert trials[1].seen is problem.seen, "a learner of inputs reads no layer"
    few = problem.features.take(np.flatnonzero(np.array(problem.features.labels) < ids[10]))
    given = trial_of([make_learner("kernel")], ids, problem.seen, few, 0)
    assert given.seen is problem.seen, "a layer of more classes than are labelled was not fitted on these inputs"
    assert not {row.tobytes() for row in given.inputs.X} & {row.tobytes() for row in given.fitting.X}


def test_without_labels_the_seen_rows_stand_in(problem):
    ensemble = make_learner("ensemble", {"balance": True}).fit(problem.space, problem.seen)
    assert all(scale.spread > 0 and scale.gamma == 0 for scale in ensemble.scales)
    tiny = problem.seen.subset(problem.seen.ids[:3])
    few = make_learner("ensemble").fit(problem.space, tiny)
    assert np.isfinite(few.classifiers(problem.space).scores(problem.X)).all()


def test_one_weighted_member_decides_alone(problem):
    bank = fitted(problem, members=("kernel", "eszsl"), weights=(0, 3)).classifiers(problem.space)
    own = make_learner("eszsl").fit(problem.space, problem.seen, problem.features).classifiers(problem.space)
    assert (bank.scores(problem.X).argmax(axis=1) == own.scores(problem.X).argmax(axis=1)).all()


def test_weights_are_chosen_by_what_helps_hidden_classes(problem):
    """A member that guesses gets next to nothing, and the mixture is as good there as the best member."""
    good = fitted(problem, members=("eszsl", "kernel"))
    assert sum(good.shares) == pytest.approx(1)
    found = [scored(member, problem.space, trial, 0) for member in good.members
             for trial in [trial_of(good.members, problem.seen.ids, problem.seen, problem.features, 0)]]  # fmt: skip
    noise = found[0]._replace(scores=np.random.default_rng(0).normal(size=found[0].scores.shape))
    scales = [scale_of(one) for one in (noise, found[0])]
    assert shares_of([noise, found[0]], scales)[1] > 0.9
    y = found[0].hidden[1]
    alone = [by_class(1 / (1 + ranks(one.hidden[0], y)), y).mean() for one in found]
    mixed = sum(s * one.hidden[0] / scale.spread for s, one, scale in zip(good.shares, found, good.scales, strict=True))
    assert by_class(1 / (1 + ranks(mixed, y)), y).mean() >= max(alone) - 1e-9


def test_balance_is_the_bias_that_hidden_classes_show():
    """What is added to the scores of classes that were not hidden is what is taken off them again."""
    rng, y = np.random.default_rng(0), np.tile(np.arange(8), 400)
    known = np.arange(8) < 4
    scores = rng.normal(size=(len(y), 8)) + np.eye(8)[y]
    more, less = (scale_of(Scored(scores + bias * known, y, known), True) for bias in (3.0, 1.0))
    assert more.mean == pytest.approx(less.mean)
    assert less.gamma * less.spread == pytest.approx(1, abs=0.2)
    assert more.gamma * more.spread == pytest.approx(3, abs=0.2)
    assert scale_of(Scored(scores, y, known)).gamma == 0


def test_balance_takes_from_seen_classes_alone(problem):
    ensemble = fitted(problem)
    plain = ensemble.classifiers(problem.space)
    ensemble.scales = [scale._replace(gamma=gamma) for scale, gamma in zip(ensemble.scales, (1, 3), strict=True)]
    less = plain.scores(problem.X) - ensemble.classifiers(problem.space).scores(problem.X)
    assert np.allclose(less, plain.seen * np.dot(ensemble.shares, (1, 3)), atol=1e-5)


def test_recovers():
    testing.check_recovers("ensemble", {"members": ["eszsl", {"name": "kernel", "options": {"width": 0.5}}]})


def test_an_update_computes_what_it_changes_and_leaves_what_answers():
    world = tree()
    space = space_of(world)
    ensemble = make_learner("ensemble", {"members": ("kernel", "sgc")}).fit(space, bank_of())
    first = ensemble.propagate(space)
    kept = first.bank.weights.copy()
    edge = next(e for e in space.graph.relations if e.relation == PART)
    edited = space.without([edge])
    cheap, full = ensemble.propagate(edited, first), ensemble.propagate(edited)
    assert np.abs(cheap.bank.weights - full.bank.weights).max() < 1e-6
    changed = cheap.bank.table.differing(first.bank.table)
    assert 0 < len(changed) < len(first.bank) / 2
    assert np.array_equal(first.bank.weights, kept)
    own = first.cache["table"]._store.own
    for _ in range(5):
        tried = ensemble.propagate(edited, first.fork())
        assert np.abs(tried.bank.weights - full.bank.weights).max() < 1e-6
    assert first.cache["table"]._store.own == own, "what is only tried leaves rows behind"


def test_a_member_whose_every_row_changes_is_taken_whole():
    space = space_of(tree())
    ensemble = make_learner("ensemble", {"members": ("ppr", "kernel")}).fit(space, bank_of())
    first = ensemble.propagate(space)
    other, _ = space.with_class("word1 kind3", ["n03"])
    cheap, full = ensemble.propagate(other, first).bank, ensemble.propagate(other).bank
    assert cheap.ids == full.ids
    assert np.abs(cheap.weights - full.weights).max() < 1e-6


def animals(root, folder):
    """Copies of the bundled animals: (recipe, path of the taxonomy, training inputs, their labels, other inputs)."""
    path, table = folder / "animals.ttl", folder / "animals.csv"
    path.write_text((root / "ontologies/animals.ttl").read_text())
    table.write_text((root / "ontologies/animals-attributes.csv").read_text())
    sources = [str(path), str(table)]
    features = testing.synthetic_features(build_graph(kgzsl.read_ontology(sources)), per_class=4, width=32)
    labels = np.array(features.labels)
    held = np.isin(labels, sorted(set(labels))[::5])
    rest = [str(label) for label in labels[~held]]
    return testing.recipe_of(path, ontologies=sources), path, features.X[~held], rest, features.X[held]


def test_a_bundle_keeps_members_by_number_and_options(root, tmp_path):
    recipe, path, X, labels, others = animals(root, tmp_path)
    members = [{"name": "kernel", "options": {"decay": 0.1}}, "kernel", "eszsl"]
    made = kgzsl.train(recipe, X, labels, "ensemble", {"members": members})
    made.save(tmp_path / "e.kgzsl")
    loaded = kgzsl.load(tmp_path / "e.kgzsl")
    assert [member.options.decay for member in loaded.learner.members[:2]] == [0.1, 0.5]
    assert loaded.id == made.id
    assert json.loads(json.dumps(dict(made.learner.options)))["members"][0] == members[0]
    assert [a.id for a in loaded.predict(others)] == [a.id for a in made.predict(others)]
    path.write_text(path.read_text() + "\nwn:new a owl:Class ; rdfs:subClassOf wn:n02121808 .\n")
    assert len(loaded.update().added) == len(made.update().added) == 1
    assert np.allclose(loaded.scores(others), made.scores(others), atol=1e-5)
    unseen = next(iri for iri in made.candidates() if iri not in labels)
    said = made.explain(others[0], unseen, counterfactuals=False).notes
    assert any("no path carries a score of 'ensemble'" in note for note in said)


def test_options_as_a_command_line_gives_them():
    learner = make_learner("ensemble", {"members": "kernel, sgc", "weights": "1,3"})
    assert [member.name for member in learner.members] == ["kernel", "sgc"]
    assert learner.options.weights == (1, 3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"members": ["kernle"]}, UnknownNameError, "did you mean 'kernel'"),
        ({"members": []}, LearnerError, "at least 1 item"),
        ({"members": [{"name": "kernel", "options": {"decya": 1}}]}, LearnerError, "did you mean 'decay'"),
        ({"members": [{"nam": "kernel"}]}, LearnerError, "option 'members'"),
        ({"members": 7}, LearnerError, "option 'members'"),
        ({"weights": [1]}, LearnerError, "1 weights for 2 members"),
        ({"weights": [0, 0]}, LearnerError, "not all 0"),
        ({"weights": [-1, 2]}, LearnerError, "none below 0"),
        ({"weights": "a,b"}, LearnerError, "option 'weights'"),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        make_learner("ensemble", options)


def test_what_a_member_refuses_is_refused(problem):
    same = FeatureSet(np.ones_like(problem.features.X), problem.features.labels)
    with pytest.raises(LearnerError, match="the same for every input"):
        make_learner("ensemble").fit(problem.space, problem.seen, same)


def test_an_interrupted_member_ends_it_and_resume_goes_on(tmp_path):
    space, options = space_of(tree()), {"hidden": 8, "epochs": 12, "check_every": 3}
    members = {"members": ["kernel", {"name": "gcn", "options": options}]}

    def stop(stage, epoch, epochs):
        if epoch == 6 and epochs == 12:
            raise KeyboardInterrupt

    def learner(resume=False):
        made = make_learner("ensemble", members)
        made.checkpoint, made.resume = tmp_path / "e.training", resume
        return made

    whole = make_learner("ensemble", members).fit(space, bank_of()).classifiers(space)
    with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt):
        learner().fit(space, bank_of(), progress=stop)
    assert list(tmp_path.iterdir())
    resumed = learner(resume=True).fit(space, bank_of()).classifiers(space)
    assert np.array_equal(resumed.weights, whole.weights)
    assert not list(tmp_path.iterdir())
