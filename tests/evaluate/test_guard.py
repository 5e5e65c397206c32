"""The leakage guard: what was trained on is refused as a test, and what comes near is said."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import EvaluationError
from kgzsl.evaluate import guard
from kgzsl.evaluate.catalogue import make_problem
from kgzsl.evaluate.protocols.described import Described
from kgzsl.features import FeatureSet
from kgzsl.learners.catalogue import make_learner
from kgzsl.search import search
from kgzsl.training import read_material
from tests.evaluate.places import place

AT = "http://example.org/"


@pytest.fixture
def here(tmp_path):
    return place(tmp_path)


def halves(here, unseen):
    """Return rows to train on, and rows to test on: all of unseen classes and every second of the others."""
    own = np.isin(here.y, unseen)
    test = own | (np.arange(len(own)) % 2 == 0)
    return np.flatnonzero(~test), np.flatnonzero(test)


def problem(here, train, test, **options):
    recipe = options.pop("recipe", None) or here.with_seen(train)
    [made] = make_problem("cross-domain", recipe, {"test": here.npz("test.npz", test), **options})
    return made


def test_a_fair_problem_has_no_finding(here):
    train, test = halves(here, ["c00", "c11"])
    made = problem(here, train, test)
    assert (made.findings, made.strata) == ((), {})
    assert made.unseen == (AT + "c00", AT + "c11")


def test_labels_of_unseen_classes_in_the_training_part_are_refused(here):
    split = np.where(np.arange(len(here.y)) % 2 == 0, "test", "train")
    table = here.npz("all.npz", split=split)
    classes = here.text("p.toml", 'seen = ["c00", "c01"]\nunseen = ["c10", "c11"]\n')
    words = r"all.npz: 2 unseen classes, such as 'c10', have labelled inputs"
    with pytest.raises(EvaluationError, match=words) as caught:
        make_problem("own", here.recipe, {"test": table, "classes": classes})
    assert caught.value.value == (AT + "c10", AT + "c11")


def test_labels_and_classifiers_of_unseen_classes_are_refused_in_any_material(here):
    train, _ = halves(here, ["c00", "c11"])
    material = read_material(here.with_seen(train))
    with pytest.raises(EvaluationError, match=r"seen.npz: 'c01', 'c10': unseen, and with labelled inputs"):
        guard.refuse_unseen_labels(material, [AT + "c10", AT + "c01"])
    with pytest.raises(EvaluationError, match=r"'c01': unseen, and with a classifier"):
        guard.refuse_unseen_labels(replace(material, labelled=None), [AT + "c01", AT + "c00"])


def test_inputs_of_unseen_classes_in_the_training_part_are_refused_under_any_label(here):
    train, test = halves(here, ["c00", "c11"])
    leaked = here.rows("c11")[3]
    here.X[train[5]] = here.X[leaked]
    row = list(test).index(leaked)
    words = rf"1 of \d+ test inputs .* of unseen classes, such as row {row}, .* row 5 of"
    with pytest.raises(EvaluationError, match=words) as caught:
        problem(here, train, test)
    assert caught.value.file.endswith("test.npz")
    assert caught.value.value == (row,)


def test_equal_inputs_are_left_out_when_told(here):
    train, test = halves(here, ["c00", "c11"])
    same = [here.rows("c11")[3], next(k for k in test if here.y[k] == "c01")]
    here.X[train[:2]] = here.X[same]
    here.X[train[2]] = 3.0000001 * here.X[here.rows("c00")[0]]
    made = problem(here, train, test, duplicates="drop")
    assert len(made.test) == len(test) - 3
    assert [finding.code for finding in made.findings] == ["duplicates"]
    held = {row.tobytes() for row in made.material.labelled.X}
    assert not any(row.tobytes() in held for row in made.test.X)


def test_nearly_equal_inputs_are_said(here):
    train, test = halves(here, ["c00", "c11"])
    here.X[train[4]] = 2 * here.X[test[7]] + 1e-4
    made = problem(here, train, test)
    [finding] = made.findings
    assert (finding.code, finding.severity, finding.rows) == ("duplicates", "warning", (7,))
    assert "row 7, which is row 4 of" in finding.text
    assert problem(here, train, test, near=1).findings == ()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), room=st.sampled_from([1, 40, 2**20]))
def test_near_pairs_are_those_of_all_cosines(seed, room):
    rng = np.random.default_rng(seed)
    train, X = rng.normal(size=(9, 4)), rng.normal(size=(13, 4))
    X[[2, 11]] = train[[8, 0]] * [[2.0], [0.5]]
    train, X = train.astype(np.float32), X.astype(np.float32)
    unit = [A / np.linalg.norm(A, axis=1, keepdims=True) for A in (X.astype(float), train.astype(float))]
    cosines = unit[0] @ unit[1].T
    before, guard.ROOM = guard.ROOM, room
    try:
        pairs = guard.near(FeatureSet(train), X, 0.9)
    finally:
        guard.ROOM = before
    assert list(pairs.test) == list(np.flatnonzero(cosines.max(axis=1) > 0.9))
    assert list(pairs.train) == list(cosines.argmax(axis=1)[pairs.test])
    assert {2, 11} <= set(pairs.test)


def test_minus_zero_is_zero():
    pairs = guard.exact(FeatureSet(np.array([[0.0, 1.0], [1.0, 1.0]])), np.array([[-0.0, 1.0]], np.float32))
    assert (list(pairs.test), list(pairs.train)) == ([0], [0])


def test_unseen_classes_above_seen_ones_are_a_stratum_or_refused(here):
    extra = [here.X[here.rows(f"c{g}0", f"c{g}1")].mean(axis=0) + 0.01 * k for g in (0, 1) for k in range(3)]
    here.X = np.vstack([here.X, extra])
    here.y = [*here.y, *["kind0"] * 3, *["kind1"] * 3]
    train, test = halves(here, ["kind0", "kind1", "c10", "c11", "c12"])
    made = problem(here, train, test)
    [finding] = made.findings
    assert (finding.code, finding.severity, finding.classes) == ("descendants", "warning", (AT + "kind0",))
    assert "'kind0'" in finding.text
    assert made.strata == {"above seen classes": (AT + "kind0",),
                           "not above seen classes": (AT + "c10", AT + "c11", AT + "c12", AT + "kind1")}  # fmt: skip
    with pytest.raises(EvaluationError, match=r"'kind0': unseen, and descendants .* 'c00' below 'kind0'") as caught:
        problem(here, train, test, strict="true")
    assert caught.value.value == (AT + "kind0",)


def test_classes_of_the_backbones_pre_training_are_a_stratum(here):
    train, test = halves(here, ["c00", "c11"])
    listed = here.text("pre.txt", "c00\nc01\nnothing here\n")
    made = problem(here, train, test, pretrained=listed)
    [finding] = made.findings
    assert (finding.code, finding.classes) == ("backbone", (AT + "c00",))
    assert made.strata == {"in the backbone's pre-training": (AT + "c00",)}
    with pytest.raises(EvaluationError, match="lists no class"):
        problem(here, train, test, pretrained=here.text("none.txt", "\n"))


def test_an_imagenet_backbone_whose_classes_the_graph_does_not_know_is_said(here):
    train, test = halves(here, ["c00", "c11"])
    recipe = here.with_seen(train, backbone="res101")
    [finding] = problem(here, train, test, recipe=recipe).findings
    assert finding.code == "backbone"
    assert "not checked" in finding.text
    assert "1,000 classes of ImageNet-1k" in finding.text


def test_the_layer_of_the_recipe_tells_what_the_backbone_knows(engine, photos):
    """Photos with folds of their own: 32 of the classes are among the thousand that the backbone was trained on."""
    world = Described(engine.recipe, engine.state.ontology, engine.graph, engine.state.space)
    labels = tuple(world.graph.find(name, "class") for name in photos.labels)
    rows = np.arange(0, len(labels), 7)
    material = world.trained_on(FeatureSet(photos.X[rows], tuple(labels[k] for k in rows)))
    found = [f for f in guard.backbone_finding(material, sorted(set(labels)), None) if f.classes]
    assert len(found[0].classes) == 32 == len(set(labels) & set(engine.learner.seen_ids))


def test_options_cannot_be_chosen_on_what_is_tested(here):
    """Searches and `auto` are given material, and no material that holds a test input or an unseen class passes."""
    train, test = halves(here, ["c00", "c11"])
    made = problem(here, train, test)
    assert not set(made.unseen) & {*made.material.labelled.labels, *made.material.seen.ids}
    held = {row.tobytes() for row in made.material.labelled.X}
    assert not any(row.tobytes() in held for row in made.test.X)
    guard.refuse_leak(made.material, made.test, made.unseen)
    X = np.vstack([made.material.labelled.X, made.test.X[:1]])
    leaky = replace(made.material, labelled=FeatureSet(X, (*made.material.labelled.labels, AT + "c02")))
    with pytest.raises(EvaluationError, match="in the training part too"):
        guard.refuse_leak(leaky, made.test, made.unseen)


@pytest.mark.filterwarnings("ignore:the seen classifiers get")
def test_search_and_auto_answer_the_same_whatever_the_test_inputs_are(here):
    """They read the material alone: other test inputs, and other labels of them, change nothing that they choose."""
    train, test = halves(here, ["c00", "c11", "c20"])
    one = problem(here, train, test)
    here.X[test] = np.random.default_rng(1).normal(size=here.X[test].shape)
    other = problem(here, train, test[::-1])
    chosen = []
    for made in (one, other):
        material = replace(made.material, recipe=made.material.recipe.model_copy(
            update={"learner": made.material.recipe.learner.model_copy(update={"name": "kernel"})}))  # fmt: skip
        auto = make_learner("auto", {"candidates": ["kernel", "conse"], "folds": 2})
        auto.fit(material.space, material.seen, material.labelled, 0)
        chosen.append((search(material, 3, folds=2), auto.choice))
    assert chosen[0] == chosen[1]
