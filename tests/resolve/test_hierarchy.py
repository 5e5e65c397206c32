"""Sums over descendants, bits, heights and meeting points, against small cases and brute force."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgzsl.errors import UnknownNameError
from kgzsl.resolve.decide.cost import expected_height
from kgzsl.resolve.decide.hierarchy import TOP, Hierarchy, heights_of, hierarchy_of, steps_between
from kgzsl.resolve.decide.subtree import among, restricted
from tests.resolve.families import EX, asked, bank_of, graph_of, inputs, turtle

ANIMALS = {"animal": [], "mammal": ["animal"], "pet": ["animal"], "dog": ["mammal", "pet"], "poodle": ["dog"],
           "beagle": ["dog"], "cat": ["mammal", "pet"], "whale": ["mammal"], "goldfish": ["pet"]}  # fmt: skip


@pytest.fixture
def animals(tmp_path):
    return graph_of(tmp_path, turtle(ANIMALS))


def named(names):
    return [EX + name for name in names]


def at(hierarchy, name):
    return hierarchy.nodes.index(EX + name)


def test_sums_bits_and_depths_by_hand(animals):
    found = Hierarchy(animals, named(["dog", "poodle", "whale", "goldfish"]))
    sums = dict(zip(found.nodes, found.probabilities(np.array([[0.1, 0.2, 0.3, 0.4]]))[0], strict=True))
    expected = {"animal": 1.0, "mammal": 0.6, "pet": 0.7, "dog": 0.3, "poodle": 0.2, "whale": 0.3, "goldfish": 0.4}
    assert sums == {EX + name: pytest.approx(p) for name, p in expected.items()}
    assert found.information[[at(found, n) for n in ("animal", "mammal", "dog", "poodle")]] == pytest.approx(
        [0, 2 - np.log2(3), 1, 2])  # fmt: skip
    assert found.depths[[at(found, n) for n in ("animal", "pet", "poodle")]].tolist() == [1, 2, 4]
    assert found.candidates == {at(found, n) for n in ("dog", "poodle", "whale", "goldfish")}


def test_a_node_with_the_same_candidates_as_a_deeper_one_is_never_said(animals):
    found = Hierarchy(animals, named(["poodle", "whale"]))
    assert {found.nodes[node] for node in found.distinct} == set(named(["mammal", "poodle", "whale"]))
    assert found.bits == pytest.approx([1, 0])


def test_heights_and_meeting_points_with_several_parents(animals):
    heights = heights_of(animals)
    assert [heights[animals.index[EX + n]] for n in ("animal", "mammal", "pet", "dog", "whale")] == [3, 2, 2, 1, 0]
    costs = Hierarchy(animals, named(["poodle", "beagle", "cat", "whale", "goldfish", "dog"])).costs()
    assert costs.tolist() == [[0, 1, 2, 2, 2, 1], [1, 0, 2, 2, 2, 1], [2, 2, 0, 2, 2, 2], [2, 2, 2, 0, 3, 2],
                              [2, 2, 2, 3, 0, 2], [1, 1, 2, 2, 2, 0]]  # fmt: skip


def test_something_stands_above_classes_that_have_nothing_in_common(tmp_path):
    graph = graph_of(tmp_path, turtle({"a": [], "b": [], "b1": ["b"]}))
    found = Hierarchy(graph, named(["a", "b1"]))
    assert found.nodes[0] == TOP
    assert found.probabilities(np.array([[0.25, 0.75]])).tolist() == [[1.0, 0.25, 0.75, 0.75]]
    assert found.costs().tolist() == [[0, 2], [2, 0]]
    assert TOP not in Hierarchy(graph, named(["b", "b1"])).nodes


def test_steps_between_count_in_both_directions(animals):
    steps = steps_between(animals, named(["poodle", "whale"]), named(["poodle", "cat", "goldfish"]))
    assert steps.tolist() == [[0, 3, 3], [3, 2, 4]]


@st.composite
def worlds(draw):
    size = draw(st.integers(2, 12))
    parents = {f"n{k}": [f"n{p}" for p in draw(st.sets(st.integers(0, k - 1), max_size=3))] if k else []
               for k in range(size)}  # fmt: skip
    chosen = draw(st.sets(st.integers(0, size - 1), min_size=1))
    return parents, [f"n{k}" for k in sorted(chosen)], draw(st.integers(0, 99))


@given(worlds())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arrays_agree_with_the_definitions(tmp_path, drawn):
    parents, names, seed = drawn
    graph, ids = graph_of(tmp_path, turtle(parents)), named(names)
    found = Hierarchy(graph, ids)
    p = np.random.default_rng(seed).dirichlet(np.ones(len(ids)), size=3)
    own = {iri: graph.ancestors(iri) | {iri} for iri in ids}
    sums = found.probabilities(p)
    for node, iri in enumerate(found.nodes):
        inside = np.array([iri == TOP or iri in own[c] for c in ids])
        assert sums[:, node] == pytest.approx(p[:, inside].sum(axis=1))
        assert found.holds(np.arange(len(ids)), node).tolist() == inside.tolist()
        assert found.information[node] == pytest.approx(np.log2(len(ids) / inside.sum()))
    heights = dict(zip(found.nodes, found.heights, strict=True))
    costs = [[0 if a == b else min((heights[u] for u in own[a] & own[b]), default=heights.get(TOP, -1)) for b in ids]
             for a in ids]  # fmt: skip
    assert found.costs().tolist() == costs
    every = np.indices((len(ids), len(ids))).reshape(2, -1)
    assert found.meeting(*every).tolist() == np.ravel(costs).tolist()
    assert expected_height(graph, ids)(p) == pytest.approx(p @ np.array(costs, float))
    best, values = found.best(p)
    assert (np.diff(found.bits) < 0).all()
    assert found.bits[-1] == 0
    assert values[:, -1] == pytest.approx(np.ones(3))
    assert np.take_along_axis(sums, best, axis=1) == pytest.approx(values)


def test_heights_follow_the_longest_way_down(tmp_path):
    graph = graph_of(tmp_path, turtle({"a": [], "b": ["a"], "c": ["b", "a"], "d": ["c"], "e": ["a"]}))
    assert [heights_of(graph)[graph.index[EX + n]] for n in "abcde"] == [3, 2, 1, 0, 0]


def test_the_last_hierarchies_are_remembered_as_long_as_the_graph(animals, tmp_path):
    ids = named(["poodle", "whale"])
    first = hierarchy_of(animals, ids)
    assert hierarchy_of(animals, tuple(ids)) is first
    assert hierarchy_of(animals, ids[::-1]) is not first
    (tmp_path / "other").mkdir()
    graph = graph_of(tmp_path / "other", turtle(ANIMALS))
    gone = weakref.ref(hierarchy_of(graph, ids))
    expected_height(graph, ids)
    del graph
    gc.collect()
    assert gone() is None


def test_restricted_to_a_part_probabilities_sum_to_one_again(animals):
    ids = named(["poodle", "beagle", "whale", "goldfish"])
    bank = bank_of(ids, 2, 2)
    query = asked(bank, np.arange(4), inputs(bank, np.arange(4)))
    part = restricted(query, animals, "dog")
    assert part.ids == tuple(ids[:2])
    p = np.exp(query.scores[:, :2])
    assert np.exp(part.scores) == pytest.approx(p / p.sum(axis=1, keepdims=True))
    assert np.exp(restricted(query, animals, "whale").scores) == pytest.approx(np.ones((4, 1)))
    assert among(query, np.array([3, 0])).ids == (ids[3], ids[0])
    with pytest.raises(UnknownNameError, match="no candidate"):
        restricted(query, animals, "cat")
    with pytest.raises(UnknownNameError):
        restricted(query, animals, "unicorn")


def test_improbable_candidates_may_be_restricted_to(animals):
    bank = bank_of(named(["poodle", "beagle", "whale", "goldfish"]), 2, 2)
    query = asked(bank, np.arange(4), inputs(bank, np.arange(4)))
    far = query.scored(query.scores + np.array([-2000.0, -2001.0, 0.0, 0.0]))
    assert np.isfinite(restricted(far, animals, "dog").scores).all()
