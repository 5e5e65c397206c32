"""Attributes spread into gaps, over the relations of the recipe, and classes are found by what they took over."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgzsl
from kgzsl.arrays import unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.errors import LearnerError
from kgzsl.explain.by_path import paths
from kgzsl.explain.setting import Setting
from kgzsl.folds import class_folds
from kgzsl.graph import build_graph
from kgzsl.graph.classgraph import ATTRIBUTE, ClassGraph, Relation
from kgzsl.learners.base import without_seen
from kgzsl.learners.catalogue import make_learner
from kgzsl.metrics import by_class, ranks
from kgzsl.propagation.pipeline import stage_values
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import build_space
from kgzsl.testing import attribute_facts, attribute_space_of, labelled_features, seen_bank, synthetic_features, world
from kgzsl.testing.recovery import synthetic_problem

TWIN = "resembles"


def thinned(graph, gone):
    """The graph less the attributes that ``gone`` says yes to."""
    kept = tuple(fact for fact in graph.relations if fact.relation != ATTRIBUTE or not gone(fact))
    return ClassGraph(graph.concepts, kept, (), "thinned", graph.ontology)


def space_of(graph, **relations):
    return build_space(graph, relations or {"subClassOf": 1.0}, AttributeSource())


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small world in which classes state some of their attributes."""
    path = tmp_path_factory.mktemp("small") / "w.ttl"
    path.write_text(world() + attribute_facts())
    graph, rng = attribute_space_of(path).graph, np.random.default_rng(0)
    return thinned(graph, lambda fact: fact.source.endswith("c02") or rng.random() < 0.5)


def fitted(space, hidden=(), features=None, name="propagated-dap", **options):
    bank = without_seen(seen_bank(space), hidden)
    return make_learner(name, options).fit(space, bank, features or labelled_features(bank))


@given(st.integers(1, 4), st.floats(0.25, 2), st.sampled_from([(1.0, 1.0), (0.5, 0.25), (1.0, 0.0)]))
@settings(max_examples=8, deadline=None)
def test_gaps_take_what_neighbours_say_and_nothing_else_changes(small, hops, weight, ways):
    space = space_of(small, subClassOf=ways)
    learner = fitted(space, hops=hops, weight=weight)
    found = stage_values(learner.chains()[0], space, small.ids, hops - 1)
    up = space.parents.toarray() > 0
    affinity = ways[0] * up + ways[1] * up.T
    degree = affinity.sum(axis=1, keepdims=True)
    wanted = space.vectors.astype(np.float64)
    for _ in range(hops):
        near = unit_rows(affinity @ wanted / np.where(degree > 0, degree, 1))
        wanted = np.where(wanted != 0, wanted, weight * near)
    assert np.allclose(found, wanted, atol=1e-5)
    assert np.array_equal(found[space.vectors != 0], space.vectors[space.vectors != 0])


@pytest.mark.parametrize("hops", [1, 4])
def test_paths_add_up_to_the_score_where_gaps_were_filled(small, hops):
    space = space_of(small)
    learner = fitted(space, hops=hops)
    propagation = learner.propagate(space)
    setting = Setting(learner, space, propagation, propagation.bank.ids)
    x = np.random.default_rng(1).normal(size=propagation.bank.width).astype(np.float32)
    lengths = set()
    for iri in propagation.bank.ids:
        found, total = paths(setting, x, iri)
        assert total.residual < 1e-5
        lengths |= {len(path.nodes) for path in found}
    assert max(lengths) > 1, "no path leads to a neighbour"


def test_an_update_is_what_a_fresh_propagation_gives(small):
    space = space_of(small)
    learner = fitted(space)
    fact = next(fact for fact in small.relations if fact.relation == ATTRIBUTE)
    for other in (space.without([fact]), space.without([f for f in small.relations if f.source == fact.source])):
        cheap = learner.propagate(other, learner.propagate(space)).bank
        assert np.abs(cheap.weights - learner.classifiers(other).weights).max() < 1e-6


@pytest.fixture(scope="module")
def animals(root):
    graph = build_graph(kgzsl.read_ontology([root / "ontologies/animals.ttl",
                                             root / "ontologies/animals-attributes.csv"]))  # fmt: skip
    return graph, synthetic_features(graph, per_class=5)


def animal_hits(animals, name, gone, hidden):
    """Class-mean hit@1 among hidden animals, with less attributes than those that made the inputs."""
    graph, features = animals
    space, given = space_of(thinned(graph, gone)), features.without(hidden)
    names, labels = tuple(sorted(set(given.labels))), np.array(given.labels)
    means = np.stack([given.X[labels == name].mean(axis=0) for name in names])
    bank = ClassifierBank(names, means, np.zeros(len(names), np.float32), np.ones(len(names), bool), metric="dot")
    learner = make_learner(name).fit(space, bank, given)
    test = np.flatnonzero(np.isin(features.labels, hidden))
    found = learner.classifiers(space)
    y = np.array([hidden.index(features.labels[k]) for k in test])
    return by_class(ranks(found.scores(features.X[test], found.rows(hidden)), y) == 0, y).mean()


def withheld(seed):
    """Says yes to half of all facts."""
    rng = np.random.default_rng(seed)
    return lambda fact: rng.random() < 0.5


def test_with_half_of_the_attributes_withheld_more_animals_are_found(animals):
    found = {"dap": [], "propagated-dap": []}
    folds = class_folds(sorted(set(animals[1].labels)), 5, 0)[:3]
    for name in found:
        for seed, hidden in enumerate(folds):
            found[name].append(animal_hits(animals, name, withheld(seed), hidden))
    gain = np.array(found["propagated-dap"]) - found["dap"]
    assert gain.min() > 0, found
    assert gain.mean() > 0.1, found


def related(bare):
    """A problem with some classes that state nothing but what they resemble, which is described."""
    problem = synthetic_problem(noise=0.2)
    graph = problem.space.graph
    bare = problem.unseen if bare == "unseen" else (*problem.unseen, *problem.seen.ids[::2])
    concepts, facts = dict(graph.concepts), [f for f in graph.relations if f.source not in bare]
    for iri in bare:
        concepts[iri + "-twin"] = concepts[iri]._replace(iri=iri + "-twin", kind="concept", file="twins.ttl", line=7)
        concepts[iri] = concepts[iri]._replace(file="classes.ttl", line=12)
        facts += [f._replace(source=iri + "-twin") for f in graph.relations if f.source == iri]
        facts.append(Relation(iri, TWIN, iri + "-twin", 1.0))
    made = ClassGraph(concepts, tuple(facts), (), "twins", graph.ontology)
    return replace(problem, space=space_of(made, **{TWIN: 1.0}))


def related_hits(name, problem):
    bank = make_learner(name).fit(problem.space, problem.seen, problem.features).classifiers(problem.space)
    return (ranks(bank.scores(problem.X, bank.rows(problem.unseen)), problem.y) == 0).mean()


def test_classes_that_state_no_attribute_are_found_by_what_they_are_related_to():
    problem = related("unseen")
    assert related_hits("dap", problem) < 0.2, "chance is 0.1"
    assert related_hits("propagated-dap", problem) > 0.6


def test_seen_classes_without_attributes_are_no_obstacle():
    problem = related("all")
    with pytest.raises(LearnerError, match=r"20 of 40 seen classes state no attributes.*propagated-dap") as caught:
        related_hits("dap", problem)
    assert (caught.value.file, caught.value.line) == ("classes.ttl", 12)
    assert related_hits("propagated-dap", problem) > 0.6


def test_seen_classes_out_of_reach_of_any_attribute_are_left_out():
    problem = related("all")
    alone = replace(problem, space=replace(problem.space, relations={}))
    learner = make_learner("propagated-dap").fit(alone.space, alone.seen, alone.features)
    kept = alone.seen.subset(alone.seen.ids[1::2])
    others = make_learner("propagated-dap").fit(alone.space, kept, alone.features.without(alone.seen.ids[::2]))
    one, other = learner.classifiers(alone.space), others.classifiers(alone.space)
    assert np.isfinite(one.weights).all()
    center = abs(learner.inputs.center - others.inputs.center).max()
    assert center > 0, "inputs are centred by all that is labelled"
    assert np.corrcoef(one.weights.ravel(), other.weights.ravel())[0, 1] > 0.98


def test_no_attribute_anywhere_is_refused(tmp_path):
    path = tmp_path / "bare.ttl"
    attribute = ":a a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .\n:thing :a 0.0 .\n"
    path.write_text(world() + "@prefix kg: <https://w3id.org/kgzsl/ns#> .\n" + attribute)
    space = attribute_space_of(path)
    with pytest.raises(LearnerError, match=r"no seen class has an attribute.*kernel") as caught:
        fitted(space)
    assert caught.value.file == str(path)
    assert caught.value.line


def test_fewer_hops_than_a_neighbour_is_away(small):
    """What only a cousin states arrives with the hops that lead there, and not before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        near, far = fitted(space_of(small), hops=1), fitted(space_of(small), hops=4)
    gaps = [(stage_values(learner.chains()[0], space_of(small), small.class_ids, hops - 1) == 0).sum()
            for learner, hops in ((near, 1), (far, 4))]  # fmt: skip
    assert gaps[1] <= gaps[0]
