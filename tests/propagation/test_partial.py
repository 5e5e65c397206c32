"""Rows of a few classes after an edit are those of the whole propagation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.learners.catalogue import make_learner
from kgzsl.propagation.partial import rows_of
from kgzsl.testing import QUICK
from tests.learners.worlds import SEEN, bank_of, space_of, worlds

LEARNERS = ["kernel", "sgc", "absorb", "gcn", "dgp", "rgcn", "compgcn", "gat", "residual", "shared",
            "exem", "reverse"]


@pytest.mark.parametrize("name", LEARNERS)
@settings(max_examples=4, deadline=None)
@given(world=worlds(least=14), seed=st.integers(0, 99))
def test_as_the_whole_propagation(name, world, seed):
    space, rng = space_of(world), np.random.default_rng(seed)
    learner = make_learner(name, {**QUICK.get(name, {}), **({"epochs": 1} if name in QUICK else {})})
    learner.fit(space, bank_of([iri for iri in SEEN if iri in space.graph.index]))
    held = learner.propagate(space).cache["held"]
    facts = space.graph.relations
    for size in {1, max(1, len(facts) // 3), len(facts)} if facts else {0}:
        chosen = [facts[k] for k in rng.permutation(len(facts))[:size]]
        weaker = [fact._replace(weight=fact.weight / 3) for fact in chosen[: size // 2]]
        edited = space.edited(chosen, weaker)
        ids = tuple(rng.permutation(space.graph.class_ids)[:3])
        bank = learner.propagate(edited).bank
        found = rows_of(learner.chains(), learner.seen_rows(), edited, held, ids)
        assert found == pytest.approx(bank.weights[bank.rows(ids)], abs=2e-6)


def test_concepts_that_come_are_propagated_whole():
    from tests.learners.worlds import tree

    space = space_of(tree(20))
    learner = make_learner("sgc").fit(space, bank_of(SEEN[:4]))
    held = learner.propagate(space).cache["held"]
    other, iri = space.with_class("word1 new", ["n05"])
    bank = learner.propagate(other).bank
    found = rows_of(learner.chains(), learner.seen_rows(), other, held, [iri, "n07"])
    assert found == pytest.approx(bank.weights[bank.rows([iri, "n07"])], abs=2e-6)
