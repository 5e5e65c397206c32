"""What goes over a fact is the sum of the paths that use it, found without listing them."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from kgzsl.explain.by_path import paths
from kgzsl.explain.explain import explain
from kgzsl.explain.facts import fact_values
from kgzsl.explain.opened import opened
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS
from kgzsl.learners.catalogue import make_learner
from kgzsl.propagation.operators import AtDistance
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.testing import QUICK, seen_bank
from tests.explain.worlds import all_walks, an_input, random_world, setting_of, unseen
from tests.learners.worlds import ANY_VECTORS, NAMES, space_of


def listed(found):
    """Sum paths over their facts, a fact that is used twice twice."""
    total = defaultdict(float)
    for path in found:
        for facts in path.facts:
            for fact in facts:
                total[fact[:3]] += path.value / len(facts)
    return total


def same(values, wanted, slack=1e-6):
    got = {fact[:3]: value for fact, value in values.items()}
    for key in {*got, *wanted}:
        assert got.get(key, 0.0) == pytest.approx(wanted.get(key, 0.0), abs=slack), key


@pytest.mark.parametrize("name", ["kernel", "laplacian"])
def test_inheritance_flows_are_those_of_all_chains(name):
    setting = setting_of(name, 3, told=True)
    for iri in unseen(setting)[:4]:
        x = an_input(setting, 2)
        found, total = paths(setting, x, iri, 10**6)
        assert total.rest == pytest.approx(0, abs=1e-6)
        same(fact_values(setting, x, iri), listed(found))


@pytest.mark.parametrize(("name", "options"), [
    ("absorb", (("steps", 3),)), ("ppr", (("restart", 0.3), ("steps", 3))),
])  # fmt: skip
def test_flows_of_walks_to_seen_classes(name, options):
    setting = setting_of(name, 3, options)
    for iri in unseen(setting)[:3]:
        x = an_input(setting, 2)
        found, total = paths(setting, x, iri, 10**6)
        assert total.rest == pytest.approx(0, abs=1e-6)
        same(fact_values(setting, x, iri), _alternatives(setting, found), 2e-4)  # the weakest steps are not named


def _alternatives(setting, found):
    """Relations between the same concepts share a step by their weights."""
    total = defaultdict(float)
    for path in found:
        for here, there, facts in zip(path.nodes, path.nodes[1:], path.facts, strict=False):
            for fact in facts:
                ways = setting.space.ways[fact.relation][0 if fact.source == here else 1]
                both = sum(setting.space.ways[f.relation][0 if f.source == here else 1] * f.weight for f in facts)
                total[fact[:3]] += path.value * ways * fact.weight / both if both else 0.0
            del there
    return total


@pytest.mark.parametrize("name", ["gcn", "rgcn", "gat", "dgp", "sgc"])
def test_network_flows_are_those_of_all_walks(name):
    setting = setting_of(name, 3, (("decay", 0.0),), told=True)
    for iri in unseen(setting)[:3]:
        x = an_input(setting, 4)
        part = opened(setting, x, iri).parts[0]
        wanted = defaultdict(float)
        for (nodes, steps), value in all_walks(setting, x, iri, biases=True).items():
            for (here, there), group in zip(pairwise(nodes), steps, strict=True):
                for fact, share in _step(setting, part, group, here, there):
                    wanted[fact[:3]] += share * value
        same(fact_values(setting, x, iri), wanted, 2e-4)  # the last ten thousandth of magnitudes is not named


def _step(setting, part, group, here, there):
    names = setting.snapshot.ids
    found = ()
    for layer in part.layers:
        operators = list({id(t.operator): t.operator for t in layer.stage.terms}.values())
        if group < len(operators):
            entry = operators[group].rows(setting.snapshot.links, np.array([here])).toarray()[0, there]
            if entry and (not isinstance(operators[group], AtDistance) or not found):
                found = setting.steps.between(operators[group], names[here], names[there]).facts
    return found


def test_attributes_that_make_up_vectors_add_up():
    world = random_world(5)
    rng = np.random.default_rng(0)
    attributes = {(NAMES[k], ATTRIBUTE, f"a{j}"): float(rng.uniform(0.1, 1)) for k in range(7, 16) for j in range(6)}
    silent = {f"a{j}": "" for j in range(6)}
    world = replace(world, edges={**world.edges, **attributes}, glosses={**world.glosses, **silent})
    space = space_of(world, {SUBCLASS: 1.0}, AttributeSource())
    for name in ("sgc", "gcn", "kernel", "conse"):
        learner = make_learner(name, QUICK.get(name)).fit(space, seen_bank(space), seed=0)
        propagation = learner.propagate(space)
        setting = replace(setting_of("sgc"), learner=learner, space=space, propagation=propagation,
                          candidates=propagation.bank.ids)  # fmt: skip
        iri, x = unseen(setting)[1], an_input(setting, 1)
        found = explain(setting, x, iri, counterfactuals=False)
        assert found.attributes
        through = opened(setting, x, iri).through_descriptions
        values = fact_values(setting, x, iri)
        assert sum(v for fact, v in values.items() if fact.relation == ATTRIBUTE) == pytest.approx(through, abs=1e-5)


@pytest.mark.parametrize("name", ANY_VECTORS)
def test_a_given_classifier_has_no_facts(name):
    setting = setting_of(name, 1)
    seen = setting.learner.seen_ids[0]
    if not setting.given(seen):
        pytest.skip("rows of seen classes are computed like all others")
    assert fact_values(setting, an_input(setting), seen) == {}
    assert paths(setting, an_input(setting), seen) is None


def test_a_concept_without_a_description_has_its_parents_over_facts():
    setting = setting_of("conse", 3)
    found = 0
    for iri in unseen(setting):
        if setting.space.described[setting.graph.index[iri]]:
            continue
        x = an_input(setting, 1)
        values, found = fact_values(setting, x, iri), found + 1
        own = sum(value for fact, value in values.items() if fact.source == iri)
        assert own == pytest.approx(opened(setting, x, iri).through_descriptions, abs=1e-6)
    assert found


def test_ways_of_the_same_length_share_alike():
    world = random_world(1)
    a, b, c, top = "n20", "n21", "n22", NAMES[0]
    edges = {(c, SUBCLASS, a): 1.0, (c, SUBCLASS, b): 1.0, (a, SUBCLASS, top): 1.0, (b, SUBCLASS, top): 1.0}
    diamond = replace(world, edges={**world.edges, **edges}, glosses={**world.glosses, a: "one", b: "one", c: "two"})
    space = space_of(diamond)
    steps = replace(setting_of("sgc"), space=space).steps
    far, shares = steps.chains(c, top)
    assert far == 2
    assert {fact[:3]: share for fact, share in shares} == dict.fromkeys(edges, 0.5)
