"""Small graphs of classes a, b, c …, and the legal sets of them by trying all."""

import itertools

import numpy as np
from hypothesis import strategies as st

from kgzsl.graph.classgraph import ClassGraph, Concept, Relation
from kgzsl.ontology.model import Ontology

NAMES = "abcdefghij"


def graph_of(parents, disjoint, names=NAMES):
    """Return a graph; ``parents`` and ``disjoint`` are pairs of letters."""
    concepts = {name: Concept(name, "class", name.upper()) for name in names}
    relations = [Relation(child, "subClassOf", parent) for child, parent in parents]
    relations += [Relation(one, "disjointWith", other) for one, other in disjoint]
    return ClassGraph(concepts, tuple(relations), (), "hash", Ontology(()))


@st.composite
def graphs(draw, most=7):
    """Draw (graph, pairs child–parent, disjoint pairs, candidates); parents come before their children."""
    size = draw(st.integers(2, most))
    names = NAMES[:size]
    pairs = list(itertools.combinations(names, 2))
    parents = [(child, parent) for parent, child in draw(st.lists(st.sampled_from(pairs), max_size=8, unique=True))]
    disjoint = draw(st.lists(st.sampled_from(pairs), max_size=6, unique=True))
    candidates = draw(st.permutations(draw(st.lists(st.sampled_from(names), min_size=1, unique=True))))
    return graph_of(parents, disjoint, names), parents, disjoint, candidates


def up(name, parents):
    """Return what lies above, itself included, from the pairs alone."""
    found = {name}
    while True:
        more = found | {parent for child, parent in parents if child in found}
        if more == found:
            return found
        found = more


def legal_states(parents, disjoint, candidates):
    """Return every set of candidates that may hold, as (set of candidates, set of all that holds then)."""
    found = []
    for size in range(len(candidates) + 1):
        for state in itertools.combinations(candidates, size):
            whole = set().union(*(up(name, parents) for name in state))
            closed = whole & set(candidates) <= set(state)
            if closed and not any(one in whole and other in whole for one, other in disjoint):
                found.append((set(state), whole))
    return found


def weight(state, candidates, values):
    """Return the sum of the values of the candidates in a state."""
    return float(np.sum([value for name, value in zip(candidates, values, strict=True) if name in state]))
