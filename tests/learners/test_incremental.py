"""An update equals a propagation from nothing, for every learner, over random graphs and random edits."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from kgzsl.graph.classgraph import ATTRIBUTE
from kgzsl.graph.recipe import Nearest
from kgzsl.learners.catalogue import learner_class, make_learner
from kgzsl.propagation import pipeline, slots
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.testing import CLOSE, QUICK
from tests.learners import worlds
from tests.learners.worlds import ANY_VECTORS, PART, bank_of, space_of, tree

TINY = {"hidden": 8, "epochs": 2, "check_every": 1}
CASES = {name: (name, {}) for name in ANY_VECTORS}
CASES |= {f"{name} {kind}": (name, {"normalisation": kind})
          for name in ("gcn", "sgc") for kind in ("symmetric", "parents")}  # fmt: skip
CASES |= {"gcn of three layers": ("gcn", {"layers": 3}), "gcn ensemble": ("gcn", {"ensemble": 2}),
          "dgp of three layers": ("dgp", {"layers": 3, "groups": 2}), "sgc of three hops": ("sgc", {"hops": 3}),
          "sgc parents alone": ("sgc", {"normalisation": "parents", "decay": 0.0, "hops": 2}),
          "absorb of five steps": ("absorb", {"steps": 5}),
          "absorb of few": ("absorb", {"keep": 2, "neighbours": 4})}  # fmt: skip
NEAR = Nearest(neighbours=3)


def examples(n, phases=tuple(Phase)):
    checks = list(HealthCheck)
    return settings(max_examples=n, deadline=None, database=None, phases=phases, suppress_health_check=checks)


@cache
def fitted(case, nearest=None):
    """A learner fitted once, on a world whose seen names the random ones share."""
    return remade(case).fit(space_of(tree(), nearest=nearest), bank_of())


def remade(case):
    name, options = CASES[case]
    known = learner_class(name).Options.model_fields
    tiny = {k: v for k, v in (QUICK.get(name, {}) | TINY).items() if k in known}
    return make_learner(name, {**tiny, **options})


def check_steps(learner, world, edits, nearest=None):
    """Follow an edit sequence; each time compare with a propagation from nothing."""
    previous = learner.propagate(space_of(world, nearest=nearest))
    for step in edits:
        world = worlds.edited(world, step)
        space = space_of(world, nearest=nearest)
        kept = previous.bank.weights.copy()
        cheap, full = learner.propagate(space, previous), learner.propagate(space)
        assert_equal(cheap.bank, full.bank)
        assert np.array_equal(previous.bank.table.dense(), kept), "an update changed the bank before it"
        previous = cheap


def assert_equal(cheap, full):
    assert cheap.ids == full.ids
    assert np.array_equal(cheap.seen, full.seen)
    assert np.abs(cheap.weights - full.weights).max(initial=0) <= CLOSE


@pytest.mark.parametrize("case", CASES)
@examples(50)
@given(world=worlds.worlds(), edits=worlds.EDITS)
def test_an_update_equals_a_propagation_from_nothing(case, world, edits):
    check_steps(fitted(case), world, edits)


@pytest.mark.parametrize("case", ["gcn", "absorb"])
@examples(10, [Phase.generate])
@given(world=worlds.worlds(), edits=worlds.EDITS)
def test_an_update_moves_derived_edges_to_the_nearest_descriptions(case, world, edits):
    check_steps(fitted(case, NEAR), world, edits, NEAR)


@pytest.mark.parametrize("case", CASES)
def test_a_class_more_costs_nothing_in_exactness(case):
    learner, space = fitted(case), space_of(tree())
    more, iri = space.with_class("word1 new", ["n03", "n10"], [(PART, "n07")])
    cheap = learner.propagate(more, learner.propagate(space))
    assert iri in cheap.bank.ids
    assert_equal(cheap.bank, learner.propagate(more).bank)
    back = learner.propagate(space, cheap)
    assert_equal(back.bank, learner.propagate(space).bank)


@pytest.mark.parametrize("case", CASES)
def test_edges_less_cost_nothing_in_exactness(case):
    learner, space = fitted(case), space_of(tree())
    less = space.without(space.graph.relations[::5])
    cheap = learner.propagate(less, learner.propagate(space))
    assert_equal(cheap.bank, learner.propagate(less).bank)


@pytest.mark.parametrize("case", ["gcn", "sgc"])
def test_a_class_may_name_a_parent_twice(case):
    learner, space = fitted(case), space_of(tree())
    more, _ = space.with_class("word1 new", ["n03", "n03"])
    assert_equal(learner.propagate(more, learner.propagate(space)).bank, learner.propagate(more).bank)


@pytest.mark.parametrize("case", ["kernel", "gcn"])
def test_a_class_with_attributes_describes_the_parents_that_have_none(case):
    space = space_of(with_attributes({"n04": 0.9, "n07": 0.1, "n20": 0.5}), source=AttributeSource())
    learner = remade(case).fit(space, bank_of())
    more, _ = space.with_class("new", ["n03"], attributes={"spots": 1.0})
    assert_equal(learner.propagate(more, learner.propagate(space)).bank, learner.propagate(more).bank)


@pytest.mark.parametrize("case", ["gat", "trgcn", "rgcn", "compgcn"])
def test_a_weight_may_become_zero(case):
    world = tree()
    edge = next(edge for edge in world.edges if edge[1] == PART)
    check_spaces(fitted(case), space_of(world), space_of(replace(world, edges={**world.edges, edge: 0.0})))


@pytest.mark.parametrize("case", ["gcn", "sgc"])
def test_what_another_learner_propagated_changes_nothing(case):
    space, learner = space_of(tree()), fitted(case)
    other = remade(case).fit(space, bank_of(seed=1), seed=1)
    assert_equal(learner.propagate(space, other.propagate(space)).bank, learner.propagate(space).bank)


@pytest.mark.parametrize("case", ["gcn", "absorb", "dgp", "residual"])
@examples(15)
@given(world=worlds.worlds(), edits=worlds.EDITS)
def test_a_long_history_is_forgotten(case, world, edits):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "CHUNK", 3)
        patch.setattr(slots, "FEW_CHANGES", 2)
        check_steps(fitted(case), world, edits * 3)


def with_attributes(strengths):
    """The tree with an attribute, of which only some classes have any; no word describes a class."""
    world = tree()
    edges = {(name, ATTRIBUTE, "spots"): value for name, value in strengths.items()}
    edges |= {(name, ATTRIBUTE, "wings"): 1 - value for name, value in strengths.items()}
    return replace(world, glosses={**world.glosses, "spots": "", "wings": ""}, edges=world.edges | edges)


def check_spaces(learner, space, other):
    previous = learner.propagate(space)
    assert_equal(learner.propagate(other, previous).bank, learner.propagate(other).bank)
