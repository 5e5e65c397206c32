"""Whole explanations of every learner: parts add up, differences are margins, and nothing is invented."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.explain.by_path import paths
from kgzsl.explain.by_seen import contributions
from kgzsl.explain.explain import explain
from kgzsl.explain.setting import Setting
from kgzsl.learners.catalogue import make_learner
from kgzsl.testing import QUICK, seen_bank
from tests.explain.worlds import an_input, random_world, setting_of, unseen
from tests.learners.worlds import ANY_VECTORS, NAMES, space_of

EXACT = 1e-5


@pytest.mark.parametrize("name", ANY_VECTORS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 4), draw=st.integers(0, 1000))
def test_contributions_and_baseline_sum_to_the_score(name, seed, draw):
    setting = setting_of(name, seed)
    x, iri = an_input(setting, draw), unseen(setting)[draw % len(unseen(setting))]
    declared = setting.learner.explains
    seen, path = contributions(setting, x, iri), paths(setting, x, iri, 7)
    assert (seen is not None) == bool({"coefficients", "inputs"} & set(declared))
    if seen is not None:
        assert seen[1].residual <= EXACT
        assert seen[1].sum == pytest.approx(setting.score(x, iri), abs=1e-5)
    if path is not None and "estimated paths" not in declared:
        assert path[1].residual <= EXACT
        assert path[1].sum == pytest.approx(setting.score(x, iri), abs=1e-5)
    if path is not None and "estimated paths" in declared:
        assert path[1].method != "exact"
        assert path[1].residual <= 0.02
    assert (path is not None) == bool(set(declared) - {"coefficients"})


@pytest.mark.parametrize("name", ANY_VECTORS)
def test_the_rival_s_differences_are_the_margin(name):
    setting = setting_of(name, 2)
    x, (iri, other) = an_input(setting, 5), unseen(setting)[:2]
    found = explain(setting, x, iri, other, counterfactuals=False)
    assert found.rival.iri == other
    assert found.rival.margin == pytest.approx(setting.score(x, iri) - setting.score(x, other), abs=1e-6)
    if found.rival.contributions is not None and found.by_seen.baseline == ():
        assert sum(c.value for c in found.rival.contributions) == pytest.approx(found.rival.margin, abs=1e-5)


@pytest.mark.parametrize("name", ANY_VECTORS)
def test_an_explanation_is_a_value_and_does_not_depend_on_what_was_explained_before(name):
    setting = setting_of(name, 3)
    x, iris = an_input(setting, 1), unseen(setting)
    fresh = Setting(setting.learner, setting.space, setting.propagation, setting.candidates)
    alone = explain(fresh, x, iris[0], counterfactuals=False)
    for iri in iris[1:]:
        explain(setting, x, iri, counterfactuals=False)
    again = explain(setting, x, iris[0], counterfactuals=False)
    assert [p.nodes for p in again.paths or ()] == [p.nodes for p in alone.paths or ()]
    assert np.allclose([p.value for p in again.paths or ()], [p.value for p in alone.paths or ()], atol=1e-6)
    hash(alone)


@pytest.mark.parametrize("name", ANY_VECTORS)
def test_a_propagation_without_its_cache_explains_the_same(name):
    """A loaded bundle has a bank and no cache."""
    setting = setting_of(name, 3)
    bare = replace(setting, propagation=replace(setting.propagation, cache={}))
    x, iri = an_input(setting, 1), unseen(setting)[0]
    a, b = (explain(s, x, iri, counterfactuals=False) for s in (setting, bare))
    assert [p.nodes for p in a.paths or ()] == [p.nodes for p in b.paths or ()]
    assert np.allclose([p.value for p in a.paths or ()], [p.value for p in b.paths or ()], atol=1e-6)
    assert {f.fact for f in a.facts} == {f.fact for f in b.facts}


@pytest.mark.parametrize("name", ["gcn", "kernel", "absorb", "sgc"])
def test_after_an_edit_slots_and_rows_differ_and_explanations_do_not(name):
    """An update appends slots; names must still be those of the concepts."""
    world = random_world(6)
    kept = {edge: w for edge, w in world.edges.items() if NAMES[3] not in edge}
    part = replace(world, edges=kept, glosses={k: g for k, g in world.glosses.items() if k != NAMES[3]})
    before, after = space_of(part), space_of(world)
    bank = seen_bank(before)
    learner = make_learner(name, QUICK.get(name)).fit(before, bank, seed=0)
    updated = learner.propagate(after, learner.propagate(before))
    fresh = learner.propagate(after)
    iri = next(i for i in updated.bank.ids if i not in learner.seen_row and i != NAMES[3])
    x = np.random.default_rng(0).normal(size=updated.bank.width).astype(np.float32)
    a, b = (explain(Setting(learner, after, p, p.bank.ids), x, iri, counterfactuals=False) for p in (updated, fresh))
    assert [(p.nodes, p.relations) for p in a.paths] == [(p.nodes, p.relations) for p in b.paths]
    assert np.allclose([p.value for p in a.paths], [p.value for p in b.paths], atol=1e-6)


def test_what_is_given_is_said_and_no_path_is_invented():
    setting = setting_of("gcn", 1)
    found = explain(setting, an_input(setting), setting.learner.seen_ids[0], counterfactuals=False)
    assert found.paths is None
    assert found.facts == ()
    assert any("given, not propagated" in note for note in found.notes)


def test_a_class_without_a_description_is_said_to_be_without():
    world = random_world(7)
    silent = replace(world, glosses={k: "" if k == NAMES[9] else g for k, g in world.glosses.items()})
    space = space_of(silent)
    bank = seen_bank(space)
    bank = bank.subset([iri for iri in bank.ids if iri != NAMES[9]])
    learner = make_learner("kernel").fit(space, bank)
    setting = Setting(learner, space, learner.propagate(space), space.graph.class_ids)
    found = explain(setting, an_input(setting), NAMES[9], counterfactuals=False)
    assert any("no description of its own" in note for note in found.notes)


def test_a_class_that_nothing_reaches_has_an_empty_explanation():
    world = random_world(7)
    alone = replace(world, glosses={**world.glosses, "n99": ""})
    space = space_of(alone)
    learner = make_learner("kernel").fit(space, seen_bank(space))
    space = space_of(alone)
    setting = Setting(learner, space, learner.propagate(space), space.graph.class_ids)
    if "n99" in learner.seen_row:
        pytest.skip("seen")
    found = explain(setting, an_input(setting), "n99", counterfactuals=False)
    assert not np.any(setting.propagation.bank.weights[setting.propagation.bank.row["n99"]]) or found.paths


def test_paths_split_contributions_where_walks_carry_them():
    setting = setting_of("absorb", 2)
    x, iri = an_input(setting, 3), unseen(setting)[0]
    found = explain(setting, x, iri, paths=10**6, counterfactuals=False)
    for part in found.contributions:
        assert sum(p.value for p in part.paths) == pytest.approx(part.value, abs=1e-5)
        assert all(p.nodes[-1] == part.iri for p in part.paths)


@pytest.mark.parametrize("name", ANY_VECTORS)
def test_scores_after_an_edit_are_those_of_a_fresh_propagation(name):
    setting = setting_of(name, 4)
    x = an_input(setting, 2)
    fact = setting.graph.relations[5]
    edited = setting.edited([fact])
    fresh = setting.learner.propagate(setting.space.without([fact]))
    assert np.allclose(setting.scores(x[None], None, edited), fresh.bank.scores(x[None]), atol=1e-5)
    assert np.allclose(setting.scores(x[None]), setting.propagation.bank.scores(x[None]), atol=1e-6)
