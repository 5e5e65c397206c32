"""The facts that are ranked."""

from itertools import pairwise

import networkx
import pytest

from kgzsl.errors import LearnerError
from kgzsl.explain.faithfulness.region import region, relations_with_a_part
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS
from kgzsl.learners.catalogue import make_learner
from kgzsl.propagation.operators import LEVELS
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.testing import seen_bank
from tests.explain.faithfulness.toys import toy, trained
from tests.learners.worlds import NAMES, PART, World, bank_of, gloss, space_of, tree


def keys(facts):
    return [fact[:3] for fact in facts]


def chain_of(length, siblings=0):
    """n00 ← n01 ← …, and classes beside the last; only ``other`` is seen."""
    names = NAMES[:length]
    edges = {(low, SUBCLASS, high): 1.0 for high, low in pairwise(names)}
    edges |= {(f"side{k}", SUBCLASS, names[-2]): 1.0 for k in range(siblings)}
    others = (*(f"side{k}" for k in range(siblings)), "other")
    glosses = {name: gloss(k) or "word" for k, name in enumerate((*names, *others))}
    space = space_of(World(glosses, edges | {("other", SUBCLASS, names[0]): 1.0}), {SUBCLASS: 1.0})
    learner = make_learner("kernel").fit(space, bank_of(("other", names[0])))
    return Setting(learner, space, learner.propagate(space), space.graph.class_ids), names


def test_all_levels_of_ancestors_that_learners_mix_are_there():
    setting, names = chain_of(LEVELS + 4)
    facts = region(setting, [names[-1]])
    assert keys(facts) == [(low, SUBCLASS, high) for low, high in pairwise(names[::-1])][:LEVELS]


def test_nearest_first_and_chains_before_what_lies_beside_them():
    setting, names = chain_of(6, siblings=9)
    facts = region(setting, [names[-1]], most=8)
    assert len(facts) == 8
    up = [(low, SUBCLASS, high) for low, high in pairwise(names[::-1])]
    assert set(up) < set(keys(facts))
    assert keys(facts)[0] == up[0]
    assert keys(facts)[1] == up[1], "of two facts as near the one of the chain comes first"
    assert len(region(setting, [names[-1]])) == 5 + 9


@pytest.mark.parametrize("hops", [0, 1, 2, 3])
def test_all_within_reach_and_nothing_else(hops):
    graph = trained("sgc").graph
    plain = networkx.Graph((fact.source, fact.target) for fact in graph.relations)
    steps = networkx.single_source_shortest_path_length(plain, "n22")
    above = graph.ancestors("n22") | {"n22"}
    expected = {fact[:3] for fact in graph.relations if min(steps[fact.source], steps[fact.target]) < hops
                or (fact.relation == SUBCLASS and fact.source in above)}  # fmt: skip
    assert set(keys(region(trained("sgc"), ["n22"], hops, most=1000))) == expected


def test_no_fact_of_a_given_classifier():
    setting = trained("sgc")
    assert region(setting, ["n03"]) == ()
    assert region(setting, ["n22", "n03"]) == region(setting, ["n22"])


def test_only_relations_that_change_a_classifier():
    assert relations_with_a_part(trained("kernel")) == (SUBCLASS,)
    assert relations_with_a_part(trained("sgc")) == (PART, SUBCLASS)
    assert relations_with_a_part(toy()) == (PART,)
    assert {fact.relation for fact in region(toy(), ["a", "b"])} == {PART}


@pytest.mark.parametrize("learner", ["nearest", "conse"])
def test_refused_where_no_fact_has_a_part(learner):
    world = tree(24)
    setting = trained(learner, World({name: gloss(1) + name for name in world.glosses}, world.edges))
    with pytest.raises(LearnerError, match=f"no fact has a part in the classifiers of '{learner}'"):
        relations_with_a_part(setting)


def test_attribute_facts_where_vectors_are_attributes():
    names = NAMES[:8]
    edges = {(name, ATTRIBUTE, f"att{k % 3}"): 0.2 + 0.1 * k for k, name in enumerate(names)}
    edges |= {(name, ATTRIBUTE, f"att{(k + 1) % 3}"): 0.9 for k, name in enumerate(names)}
    world = World({**dict.fromkeys(names, "gloss"), **{f"att{k}": "" for k in range(3)}}, edges, frozenset())
    space = space_of(world, {SUBCLASS: 1.0}, source=AttributeSource())
    learner = make_learner("nearest").fit(space, seen_bank(space))
    setting = Setting(learner, space, learner.propagate(space), space.graph.class_ids)
    unseen = next(iri for iri in space.graph.class_ids if iri not in learner.seen_row)
    assert relations_with_a_part(setting) == (ATTRIBUTE,)
    assert {key for key in keys(region(setting, [unseen])) if key[0] == unseen} == {
        key for key in edges if key[0] == unseen}  # fmt: skip
