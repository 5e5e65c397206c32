"""Learners side by side: figures that answers bear out, reasons instead of tracebacks, and what is refused."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.compare import added, chosen_learners, compare, trial
from kgzsl.errors import FeatureError, UnknownNameError
from kgzsl.features import FeatureSet
from kgzsl.graph import build_graph
from kgzsl.learners.attribute.eszsl import ESZSL
from kgzsl.learners.catalogue import LEARNERS, learner_class
from kgzsl.training import read_material


@pytest.fixture(scope="module")
def world(root):
    """What is trained on, and test inputs of seen and of unseen animals."""
    sources = [root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv"]
    features = testing.synthetic_features(build_graph(kgzsl.read_ontology(sources)), per_class=8, noise=1.2)
    labels = np.array(features.labels)
    own = np.isin(labels, sorted(set(labels))[::5]) | (np.arange(len(labels)) % 2 == 0)
    recipe = testing.recipe_of(sources[0], ontologies=[str(path) for path in sources])
    X, y = features.X[~own], list(labels[~own])
    return recipe, X, y, features.take(np.flatnonzero(own))


@pytest.fixture(scope="module")
def material(world):
    recipe, X, y, _ = world
    return read_material(recipe, X, y)


@pytest.fixture(scope="module")
def tested(world, material):
    return trial(material, world[3])


@pytest.fixture(scope="module")
def rows(material, tested):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return {row.learner: row for row in compare(material, tested, ["sae", "kernel", "cosine"])}


@pytest.mark.parametrize("name", ["sae", "kernel"])
def test_figures_are_those_of_answers(world, tested, rows, name):
    """Hits counted over the answers of an engine that is trained apart."""
    recipe, X, y, test = world
    engine = kgzsl.train(recipe, X, y, name)
    labels = np.array(test.labels)
    unseen = sorted(set(labels) - set(y))

    def hits(which, **how):
        at = np.isin(labels, which)
        right = [a.candidates[0].iri == label for a, label in zip(engine.predict(test.X[at], 1, **how), labels[at],
                                                                  strict=True)]  # fmt: skip
        return np.mean([np.mean(np.array(right)[labels[at] == c]) for c in np.unique(labels[at])])

    row = rows[name]
    assert tested.classes[: tested.unseen] == tuple(unseen)
    assert row.t1.value == pytest.approx(hits(unseen, classes=unseen))
    assert row.t1.low <= row.t1.value <= row.t1.high
    assert row.unseen == pytest.approx(hits(unseen))
    assert row.seen == pytest.approx(hits(sorted(set(labels) - set(unseen))))
    assert row.harmonic == pytest.approx(2 * row.unseen * row.seen / (row.unseen + row.seen))
    assert row.gamma == engine.gamma
    assert row.seconds > 0
    assert row.adding > 0
    assert (row.trained, row.reason) == ("nothing", "")


def test_what_cannot_be_used_gives_a_reason(rows, material, tested, monkeypatch):
    row = rows["cosine"]
    assert "85 wide" in row.reason
    assert (row.t1, row.unseen, row.harmonic, row.seconds, row.adding) == (None,) * 5
    assert row.family == "embedding-based"

    def breaks(*_, **__):
        raise ZeroDivisionError("by what")

    monkeypatch.setattr(ESZSL, "fit", breaks)
    broken, other = compare(material, tested, ["eszsl", "nearest"])
    assert broken.reason == "unexpected ZeroDivisionError: by what"
    assert other.reason == ""
    assert other.t1 is not None


def test_options_and_what_auto_chose(material, tested):
    options = {"auto": {"candidates": ["ppr", "sae"], "folds": 2}, "kernel": {"decya": 1}}
    auto, wrong = compare(material, tested, ["auto", "kernel"], options)
    assert auto.chosen == "sae"
    assert "no option 'decya'" in wrong.reason


def test_the_recipes_options_are_its_learners_own(material, tested, rows):
    learning = material.recipe.learner.model_copy(update={"name": "kernel", "options": {"ridge": 3000.0}})
    other = replace(material, recipe=material.recipe.model_copy(update={"learner": learning}))
    kernel, sae = compare(other, tested, ["kernel", "sae"])
    assert kernel.gamma != rows["kernel"].gamma
    assert sae.t1 == rows["sae"].t1


def test_progress_tells_learners_apart(material, tested):
    told = []
    options = {"gcn": dict(testing.QUICK["gcn"])}
    list(compare(material, tested, ["nearest", "gcn"], options, lambda *about: told.append(about)))
    assert ("compare learners", 0, 2) in told
    assert ("compare learners", 2, 2) in told
    assert any(stage.startswith("gcn: ") for stage, *_ in told)


def test_an_interrupt_ends_it_and_keeps_what_was_yielded(material, tested):
    options = {"gcn": {"hidden": 8, "epochs": 20, "check_every": 2}}

    def stop(stage, done, total):
        if stage.startswith("gcn") and done == 4:
            raise KeyboardInterrupt

    rows = compare(material, tested, ["nearest", "gcn"], options, stop)
    assert next(rows).learner == "nearest"
    with pytest.raises(KeyboardInterrupt):
        next(rows)


def test_adding_a_class_changes_nothing_that_answers(world, tested):
    recipe, X, y, _ = world
    engine = kgzsl.train(recipe, X, y, "kernel")
    before, bank = engine.state, engine.bank.weights.copy()
    milliseconds, trained = added(engine, tested.classes[0])
    assert milliseconds > 0
    assert trained == "nothing"
    assert engine.state is before
    assert np.array_equal(engine.bank.weights, bank)


def test_a_learner_that_learns_when_a_class_is_added_is_told(world, tested, monkeypatch):
    recipe, X, y, _ = world
    engine = kgzsl.train(recipe, X, y, "nearest")
    propagate = type(engine.learner).propagate

    def learns(self, space, previous=None):
        self.anchors = self.anchors + 1
        return propagate(self, space, previous)

    monkeypatch.setattr(type(engine.learner), "propagate", learns)
    assert added(engine, tested.classes[0])[1] == "the learner"
    monkeypatch.undo()
    monkeypatch.setattr(type(engine.learner), "refits", "its head", raising=False)
    assert added(engine, tested.classes[0])[1] == "its head"


def test_learners_are_chosen_by_name_and_family():
    everything = chosen_learners()
    assert sorted(everything) == sorted(LEARNERS)
    families = [learner_class(name).family for name in everything]
    assert families.index("attribute-based") < families.index("embedding-based") < families.index("graph propagation")
    assert families == sorted(families, key=families.index), "a family stands together"
    assert chosen_learners(["ppr", "conse"]) == ["conse", "ppr"]
    some = chosen_learners(["ppr"], ["attribute-based"])
    assert some[-1] == "ppr"
    assert {learner_class(name).family for name in some[:-1]} == {"attribute-based"}
    with pytest.raises(UnknownNameError, match="did you mean 'generative'"):
        chosen_learners(families=["generativ"])
    with pytest.raises(UnknownNameError, match="did you mean 'kernel'"):
        chosen_learners(["kernl"])


def test_test_inputs_that_cannot_be_used(world, material):
    _, X, y, test = world
    labels = np.array(test.labels)
    unseen = sorted(set(labels) - set(y))
    cases = [
        (FeatureSet(X[:3], tuple(y[:3])), "3 of 3 inputs, such as row 0, are among those that were trained"),
        (FeatureSet(np.vstack([test.X[:4], X[7:8]]), (*labels[:4], y[7])), "1 of 5 inputs, such as row 4"),
        (FeatureSet(test.X), "has no labels"),
        (FeatureSet(test.X[:, :-1], test.labels), "63 wide, the classifiers read 64"),
        (test.take(np.flatnonzero(~np.isin(labels, unseen))), "inputs of 0 unseen classes, and of 40 in all"),
        (test.take(np.flatnonzero(labels == unseen[0])), "inputs of 1 unseen classes"),
    ]
    for features, message in cases:
        with pytest.raises(FeatureError, match=message):
            trial(material, features)
    with pytest.raises(UnknownNameError, match="did you mean 'zebra'"):
        trial(material, FeatureSet(test.X[:1], ("zebr",)))


def test_without_seen_inputs_there_is_no_harmonic_mean(world, material):
    test = world[3]
    unseen = np.flatnonzero(~np.isin(np.array(test.labels), world[2]))
    (row,) = compare(material, trial(material, test.take(unseen)), ["nearest"])
    assert row.unseen is not None
    assert (row.seen, row.harmonic) == (None, None)
