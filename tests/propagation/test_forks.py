"""What is propagated from a fork is what is propagated without one, and the propagation that was forked stays small."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.learners.base import Propagation
from kgzsl.learners.catalogue import make_learner
from kgzsl.testing import CLOSE, QUICK
from tests.learners import worlds
from tests.learners.worlds import bank_of, space_of, tree

SOME = settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
TINY = {"hidden": 8, "epochs": 2, "check_every": 1}
SHARING = ["kernel", "gcn", "absorb"]
FITTED = {}


def fitted(name):
    if name not in FITTED:
        options = {**QUICK[name], **TINY} if name in QUICK else {}
        FITTED[name] = make_learner(name, options).fit(space_of(tree()), bank_of())
    return FITTED[name]


def buffers(propagation):
    held = propagation.cache["held"]
    return [rows._store for rows in (*held.values.values(), held.total, held.snapshot.vectors)]


def assert_same(one, other):
    assert one.ids == other.ids
    assert np.array_equal(one.seen, other.seen)
    assert np.abs(one.weights - other.weights).max(initial=0) <= CLOSE


@pytest.mark.parametrize("name", SHARING)
@SOME
@given(world=worlds.worlds(), one=worlds.EDITS, other=worlds.EDITS, live=worlds.EDITS)
def test_propagating_from_a_fork_is_propagating(name, world, one, other, live):
    learner, start = fitted(name), fitted(name).propagate(space_of(world))
    kept = start.bank.weights.copy()
    previous = start
    for step in live:  # the live propagation goes on, before and after what is tried
        moved = worlds.edited(world, step)
        tried = start.fork()
        for again in (*one, *other):
            moved = worlds.edited(moved, again)
            tried = learner.propagate(space_of(moved), tried)
            assert_same(tried.bank, learner.classifiers(space_of(moved)))
            tried = tried.fork()
        world = worlds.edited(world, step)
        previous = learner.propagate(space_of(world), previous)
        assert_same(previous.bank, learner.classifiers(space_of(world)))
        assert np.array_equal(start.bank.table.dense(), kept)
        start, kept = previous, previous.bank.table.dense().copy()


@pytest.mark.parametrize("name", ["kernel", "gcn"])
def test_a_thousand_counterfactuals_leave_the_live_rows_as_they_are(name):
    learner, space = fitted(name), space_of(tree())
    live = learner.propagate(space)
    before = [(store.used, len(store.buffer)) for store in buffers(live)]
    facts = space.graph.relations
    for k in range(1000):
        tried = learner.propagate(space.without([facts[k % len(facts)]]), live.fork())
    assert [(store.used, len(store.buffer)) for store in buffers(live)] == before
    assert_same(tried.bank, learner.classifiers(space.without([facts[999 % len(facts)]])))


def test_what_a_dropped_counterfactual_held_is_freed():
    learner, space = fitted("gcn"), space_of(tree())
    live = learner.propagate(space)
    other = space.without(space.graph.relations[:1])
    tried = learner.propagate(other, live.fork())
    mine = [weakref.ref(part) for part in (other, *(store.new for store in buffers(tried)))]
    del tried, other
    gc.collect()
    assert not [ref() for ref in mine if ref() is not None]


def test_a_few_rows_of_a_counterfactual_may_differ_from_the_live_ones():
    learner, space = fitted("kernel"), space_of(tree())
    live = learner.propagate(space)
    facts = space.graph.out("n38", SUBCLASS)
    tried = learner.propagate(space.without(facts), live.fork())
    rows = tried.bank.table.differing(live.bank.table)
    same = np.setdiff1d(np.arange(len(live.bank)), rows)
    assert 0 < len(rows) < 5
    assert np.array_equal(tried.bank.weights[same], live.bank.weights[same])


@pytest.mark.parametrize("name", ["sgc", "shared", "ppr", "laplacian", "conse", "nearest"])
def test_every_propagation_can_be_forked(name):
    learner, space = fitted(name), space_of(tree())
    tried = learner.propagate(space.without(space.graph.relations[:2]), learner.propagate(space).fork())
    assert isinstance(tried, Propagation)
    assert_same(tried.bank, learner.classifiers(space.without(space.graph.relations[:2])))


def test_propagating_to_the_same_space_changes_no_row():
    learner, space = fitted("gcn"), space_of(tree())
    live = learner.propagate(space)
    again = learner.propagate(space, live)
    assert not len(again.bank.table.differing(live.bank.table))
