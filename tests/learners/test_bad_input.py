"""Odd graphs, vectors and layers end in a finite bank without a warning, or in one error that says what is wrong."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from kgzsl.bank import ClassifierBank
from kgzsl.errors import KgzslError, LearnerError
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS
from kgzsl.learners.catalogue import learner_class, make_learner
from kgzsl.testing import QUICK, HashSource
from tests.learners.worlds import ANY_VECTORS, NAMES, PART, SEEN, World, bank_of, space_of, tree

TINY = {"hidden": 8, "epochs": 4, "check_every": 1}
every_learner = pytest.mark.parametrize("name", ANY_VECTORS)


class Broken(HashSource):
    """Vectors of which some numbers are not finite."""

    def __init__(self, value, rows=slice(3, 9)):
        super().__init__(10)
        self.value, self.rows = value, rows

    def vectors(self, graph):
        found, described = super().vectors(graph)
        found[self.rows, 2] = self.value
        return found, described


class Nothing(HashSource):
    def vectors(self, graph):
        return np.zeros((len(graph), 10), np.float32), np.ones(len(graph), bool)


def outcome(name, space, bank=None, again=None):
    """The bank of a learner fitted and propagated with every numeric warning an error, or the error that is told."""
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error", RuntimeWarning)
        warnings.filterwarnings("ignore", message=".*seen classes: none is held out")
        try:
            known = learner_class(name).Options.model_fields
            learner = make_learner(name, {k: v for k, v in (QUICK.get(name, {}) | TINY).items() if k in known})
            return learner.fit(space, bank or bank_of()).classifiers(again or space)
        except KgzslError as error:
            return error


def assert_sound(found, words=None):
    """A finite bank, or an error that names what is wrong."""
    if isinstance(found, KgzslError):
        assert words, f"refused: {found}"
        assert any(word in str(found) for word in words), str(found)
        return
    assert np.isfinite(found.weights).all()
    if found.metric != "cosine":
        return
    length = np.linalg.norm(found.weights, axis=1)
    assert ((np.abs(length - 1) < 1e-4) | (length == 0)).all(), "a row is neither a direction nor none"


def islands():
    """Two trees without an edge between them, of which one has no seen class, and some nodes alone."""
    world = tree(20)
    far = {f"far{k}": f"word{k} own{k}" for k in range(6)}
    alone = {f"alone{k}": f"kind{k}" for k in range(3)}
    edges = {(f"far{k}", SUBCLASS, f"far{k // 2}"): 1.0 for k in range(1, 6)}
    return World({**world.glosses, **far, **alone, "silent": ""}, {**world.edges, **edges})


@every_learner
def test_classes_without_a_path_to_a_seen_one_and_nodes_alone(name):
    found = outcome(name, space_of(islands()))
    assert_sound(found)
    assert {"far5", "alone2", "silent"} <= set(found.ids)


@every_learner
def test_nothing_but_nodes_alone(name):
    assert_sound(outcome(name, space_of(World(tree().glosses, {}))))


@every_learner
def test_vectors_of_zeros(name):
    assert_sound(outcome(name, space_of(tree(), source=Nothing(10))), ["described by nothing"])


@every_learner
def test_one_seen_class(name):
    assert_sound(outcome(name, space_of(tree()), bank_of(SEEN[:1])), ["too few to hold any out"])


@every_learner
def test_one_concept(name):
    assert_sound(outcome(name, space_of(World({"n00": "word"}, {})), bank_of(["n00"])), ["too few to hold any out"])


@every_learner
def test_rows_that_are_all_the_same(name):
    assert_sound(outcome(name, space_of(tree()), layer(np.ones((len(SEEN), 10)))))


def test_rows_that_are_all_the_same_say_nothing():
    weights = np.tile(bank_of().weights[0], (len(SEEN), 1))
    found = outcome("kernel", space_of(tree()), layer(weights))
    assert isinstance(found, KgzslError) or not found.weights.any()


@every_learner
def test_rows_and_descriptions_that_some_share(name):
    weights = bank_of().weights[[0, 0, 1, 1, *range(4, len(SEEN))]]
    world = tree()
    twins = replace(world, glosses={**world.glosses, **dict.fromkeys(SEEN[:4], "twin")})
    assert_sound(outcome(name, space_of(twins), layer(weights)))


@every_learner
def test_a_class_that_the_layer_names_twice(name):
    ids = (*SEEN[:5], SEEN[2])
    assert_sound(outcome(name, space_of(tree()), bank_of(ids)), ["twice", "several"])


@every_learner
def test_no_seen_class_in_the_graph(name):
    found = outcome(name, space_of(tree()), bank_of(["elsewhere", "nowhere"]))
    assert isinstance(found, LearnerError)
    assert "no seen class is in the graph" in str(found)


@every_learner
def test_descriptions_of_another_width(name):
    wide = space_of(tree(), source=HashSource(11))
    found = outcome(name, space_of(tree()), again=wide)
    if name == "ppr":
        assert_sound(found)
    else:
        assert isinstance(found, LearnerError)
        assert "11 wide" in str(found)


@every_learner
def test_every_seen_class_is_gone(name):
    world = tree()
    rest = {n: text for n, text in world.glosses.items() if n not in SEEN}
    edges = {e: w for e, w in world.edges.items() if not {e[0], e[2]} & set(SEEN)}
    found = outcome(name, space_of(world), again=space_of(World(rest, edges)))
    assert_sound(found)
    assert not found.seen.any()


@every_learner
def test_attributes_of_strength_zero(name):
    world = tree()
    strengths = {(n, ATTRIBUTE, "stripes"): 0.0 for n in NAMES[3:9]}
    both = replace(world, glosses={**world.glosses, "stripes": "stripes"}, edges={**world.edges, **strengths})
    found = outcome(name, space_of(both, {SUBCLASS: 1.0, PART: 0.5, ATTRIBUTE: 1.0}))
    assert_sound(found)
    assert name == "ppr" or np.linalg.norm(found.weights, axis=1).all(), "a described class has no classifier"


@every_learner
def test_a_hub_that_is_followed_one_way(name):
    star = World(tree().glosses, {(n, SUBCLASS, "n00"): 1.0 for n in NAMES[1:]})
    assert_sound(outcome(name, space_of(star, {SUBCLASS: (1.0, 0.0)})))


@every_learner
def test_something_that_is_part_of_itself(name):
    world = tree()
    assert_sound(outcome(name, space_of(replace(world, edges={**world.edges, ("n04", PART, "n04"): 4.0}))))


@every_learner
def test_a_cycle(name):
    world = tree()
    assert_sound(outcome(name, space_of(replace(world, edges={**world.edges, ("n01", SUBCLASS, "n22"): 1.0}))))


@every_learner
def test_no_relation_to_follow(name):
    space = space_of(tree(), {SUBCLASS: 0.0})
    assert_sound(outcome(name, replace(space, relations={})))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_that_are_not_finite_are_refused(value):
    with pytest.raises(KgzslError), np.errstate(all="ignore"):
        space_of(tree(), source=Broken(value))


@pytest.mark.parametrize("name", ["kernel", "gcn", "conse"])
def test_rows_that_are_not_finite_are_refused(name):
    weights = bank_of().weights.copy()
    weights[2, 3] = np.nan
    assert isinstance(outcome(name, space_of(tree()), layer(weights)), KgzslError)


def layer(weights):
    seen = np.ones(len(SEEN), bool)
    return ClassifierBank(SEEN, np.asarray(weights, np.float32), np.zeros(len(SEEN), np.float32), seen, metric="dot")


@pytest.mark.parametrize("seen", [2, 3, 4, 5])
@pytest.mark.parametrize("name", QUICK)
def test_networks_train_on_few_seen_classes(name, seen):
    assert_sound(outcome(name, space_of(tree()), bank_of(SEEN[:seen])))
