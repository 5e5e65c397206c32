"""Operators against dense matrices and networkx; and the two promises that make updates exact."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.graph.recipe import Nearest
from kgzsl.propagation.difference import difference
from kgzsl.propagation.operators import AtDistance, Inheriting, Itself, Mixed, Neighbours, Parents, Related
from kgzsl.propagation.slots import Snapshot
from tests.learners import worlds
from tests.learners.worlds import PART, RELATIONS, SEEN, space_of, tree

OPERATORS = {
    "itself": Itself(), "row": Neighbours(), "symmetric": Neighbours(symmetric=True), "walk": Neighbours(loops=False),
    "parents": Parents(), "parts": Related(PART), "wholes": Related(PART, backward=True),
    "children": Related(SUBCLASS, backward=True), "inheriting": Inheriting(0.4), "inheriting nothing": Inheriting(0.0),
    "ancestors": AtDistance(1, 2), "all ancestors": AtDistance(2), "descendants": AtDistance(0, 1, descendants=True),
    "all descendants": AtDistance(1, descendants=True),
    "mixed": Mixed([Neighbours(), Parents(), AtDistance(2)], [0.5, 0, 2]),
}  # fmt: skip
FEW = settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def links_of(space):
    return Snapshot.of(space, SEEN).links


def dense(operator, links):
    return operator.rows(links, np.arange(links.n)).toarray()


def adjacency(space, relation):
    found = np.zeros((len(space.graph), len(space.graph)))
    for edge in space.graph.relations:
        if edge.relation == relation:
            found[space.graph.index[edge.source], space.graph.index[edge.target]] += edge.weight
    return found


def scaled(matrix):
    """Rows of sum one; empty ones stay empty."""
    total = matrix.sum(axis=1, keepdims=True)
    return np.divide(matrix, total, out=np.zeros_like(matrix), where=total > 0)


def affinity(space):
    total = np.zeros((len(space.graph), len(space.graph)))
    for relation, (along, against) in space.ways.items():
        total += along * adjacency(space, relation) + against * adjacency(space, relation).T
    return total


def symmetric(space):
    with_loops = affinity(space) + np.eye(len(space.graph))
    scale = np.diag(with_loops.sum(axis=1) ** -0.5)
    return scale @ with_loops @ scale


def inheriting(space, decay):
    up = scaled(adjacency(space, SUBCLASS))
    return sum(decay**k * np.linalg.matrix_power(up, k) for k in range(9))


def at_distance(space, first, last, descendants=False):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(space.graph)))
    graph.add_edges_from(zip(*np.nonzero(adjacency(space, SUBCLASS)), strict=True))
    found = np.zeros((len(space.graph), len(space.graph)))
    for i, reached in nx.all_pairs_shortest_path_length(graph.reverse() if descendants else graph):
        for j, steps in reached.items():
            found[i, j] = first <= steps <= last
    return scaled(found)


def expected(name, space):
    eye = np.eye(len(space.graph))
    return {
        "itself": lambda: eye,
        "row": lambda: scaled(affinity(space) + eye),
        "symmetric": lambda: symmetric(space),
        "walk": lambda: scaled(affinity(space)),
        "parents": lambda: scaled(adjacency(space, SUBCLASS) + eye),
        "parts": lambda: scaled(adjacency(space, PART)),
        "wholes": lambda: scaled(adjacency(space, PART).T),
        "children": lambda: scaled(adjacency(space, SUBCLASS).T),
        "inheriting": lambda: inheriting(space, 0.4),
        "inheriting nothing": lambda: eye,
        "ancestors": lambda: at_distance(space, 1, 2),
        "all ancestors": lambda: at_distance(space, 2, np.inf),
        "descendants": lambda: at_distance(space, 0, 1, True),
        "all descendants": lambda: at_distance(space, 1, np.inf, True),
        "mixed": lambda: 0.5 * scaled(affinity(space) + eye) + 2 * at_distance(space, 2, np.inf),
    }[name]()


@pytest.mark.parametrize("name", OPERATORS)
@FEW
@given(world=worlds.worlds(most=25))
def test_rows_are_those_of_the_dense_matrix(name, world):
    space = space_of(world)
    assert np.allclose(dense(OPERATORS[name], links_of(space)), expected(name, space), atol=1e-12)


@pytest.mark.parametrize("name", OPERATORS)
@FEW
@given(world=worlds.worlds(most=25), at=st.lists(st.integers(0, 7), max_size=6))
def test_rows_may_be_asked_for_in_any_order(name, world, at):
    links = links_of(space_of(world))
    some = OPERATORS[name].rows(links, np.array(at, np.int64))
    assert some.shape == (len(at), links.n)
    assert np.allclose(some.toarray(), dense(OPERATORS[name], links)[at], atol=1e-12)


@pytest.mark.parametrize("name", OPERATORS)
@FEW
@given(world=worlds.worlds(most=25), step=worlds.EDITS)
def test_no_row_changes_that_an_edit_is_not_said_to_change(name, world, step):
    before, (after, touch), _ = edited(world, step[0])
    old, new, operator = before.links, after.links, OPERATORS[name]
    was = np.pad(dense(operator, old), ((0, 0), (0, new.n - old.n)))
    differs = (dense(operator, new)[: old.n] != was).any(axis=1)
    assert set(np.flatnonzero(differs)) <= set(operator.changed(old, new, touch))


@pytest.mark.parametrize("name", OPERATORS)
@FEW
@given(world=worlds.worlds(most=25))
def test_no_row_reads_a_slot_that_does_not_know_its_readers(name, world):
    links = links_of(space_of(world))
    matrix = dense(OPERATORS[name], links)
    for j in range(links.n):
        assert set(np.flatnonzero(matrix[:, j])) <= set(OPERATORS[name].readers(links, np.array([j])))


@pytest.mark.parametrize("name", OPERATORS)
@FEW
@given(world=worlds.worlds(most=25), step=worlds.EDITS)
def test_rows_after_an_edit_are_those_of_the_edited_world(name, world, step):
    """In slots, which keep the place of what is gone: rows of what is left are compared by name."""
    _, (after, _), space = edited(world, step[0])
    slots = [after.slot[iri] for iri in space.graph.ids]
    found = dense(OPERATORS[name], after.links)
    assert np.allclose(found[np.ix_(slots, slots)], expected(name, space), atol=1e-12)
    assert not np.delete(found[slots], slots, axis=1).any(), "a row reads what was removed"


def edited(world, step):
    """The snapshot of a world, the next one with what the step touched, and the space of the edited world."""
    space, other = space_of(world), space_of(worlds.edited(world, step))
    before = Snapshot.of(space, SEEN)
    return before, before.advanced(difference(space, other), {iri: k for k, iri in enumerate(SEEN)}), other


@FEW
@given(world=worlds.worlds(most=25))
def test_the_row_normalised_operator_is_the_smoothing_of_the_space(world):
    space = space_of(world)
    assert np.allclose(dense(Neighbours(), links_of(space)), space.smoothing.toarray(), atol=1e-12)


def test_derived_edges_are_neighbours_too():
    space = space_of(tree(), nearest=Nearest(neighbours=3))
    assert np.allclose(dense(Neighbours(), links_of(space)), space.smoothing.toarray(), atol=1e-12)


def test_a_relation_that_no_edge_has_is_read_as_nothing():
    links = links_of(space_of(tree(), {**RELATIONS, "eats": 1.0}))
    assert not dense(Related("eats"), links).any()
    assert not dense(Related("unheard of"), links).any()


def test_a_weight_one_way_only_is_followed_one_way():
    space = space_of(tree(), {SUBCLASS: (1.0, 0.0)})
    assert np.allclose(dense(Neighbours(), links_of(space)), dense(Parents(), links_of(space)))
