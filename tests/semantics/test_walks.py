"""Walks follow the distribution they state; what is trained stays, and what is added is its neighbours' mean."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.arrays import unit_rows
from kgzsl.errors import RecipeError
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Concept, Relation
from kgzsl.graph.recipe import Walks
from kgzsl.ontology.model import Ontology
from kgzsl.semantics import walker
from kgzsl.semantics.sentences import documents
from kgzsl.semantics.space import build_space
from kgzsl.semantics.walker import links_of, neighbours, random_walks
from kgzsl.semantics.walks import WalkSource

BOTH = {SUBCLASS: (1.0, 1.0)}
FEW = Walks(dims=16, walks=10, length=10, epochs=5)
PART = "hasPart"


def graph_of(n, edges, glosses=None):
    """Concepts c00, c01, …; edges are (source, relation, target, weight)."""
    names = [f"c{k:02}" for k in range(n)]
    told = glosses or {}
    concepts = {name: Concept(name, "class", f"word{k}", (), told.get(k, "")) for k, name in enumerate(names)}
    relations = tuple(Relation(names[a], kind, names[b], weight) for a, kind, b, weight in edges)
    return ClassGraph(concepts, relations, (), "hash", Ontology(()))


def cliques(n=6, extra=()):
    """Two complete groups of n concepts, joined by one link."""
    edges = [(g * n + i, SUBCLASS, g * n + j, 1.0) for g in (0, 1) for i in range(n) for j in range(i)]
    return graph_of(2 * n + len(extra), [*edges, (0, SUBCLASS, n, 1.0), *extra])


ENDS, WEIGHTS = st.integers(0, 7), st.sampled_from([0.0, 0.5, 2.0])
EDGES = st.lists(st.tuples(ENDS, st.sampled_from([SUBCLASS, PART]), ENDS, WEIGHTS), max_size=30)
FACTORS = st.sampled_from([0.0, 1.0, 0.3])
WAYS = st.fixed_dictionaries({SUBCLASS: st.tuples(FACTORS, FACTORS), PART: st.tuples(FACTORS, FACTORS)})


def dense(graph, ways):
    """Link weights of a graph by relation token, as a loop over facts would add them."""
    found = Counter()
    for edge in graph.relations:
        i, j, (along, against) = graph.index[edge.source], graph.index[edge.target], ways.get(edge.relation, (0, 0))
        if i != j:
            found[i, j, edge.relation] += along * edge.weight
            found[j, i, walker.INVERSE + edge.relation] += against * edge.weight
    return {key: weight for key, weight in found.items() if weight > 0}


@settings(max_examples=60, deadline=None, database=None)
@given(edges=EDGES, ways=WAYS, p=st.sampled_from([0.01, 1.0, 50.0]), q=st.sampled_from([0.01, 1.0, 50.0]))
def test_walks_go_where_links_lead_and_end_where_none_does(edges, ways, p, q):
    graph = graph_of(8, edges)
    links, wanted = links_of(graph, ways), dense(graph, ways)
    nodes, steps = random_walks(links, np.arange(8), 6, p, q, np.random.default_rng(0))
    assert nodes[:, 0].tolist() == list(range(8))
    leaves = {i for i, _, _ in wanted}
    for walk, taken in zip(nodes, steps, strict=True):
        for k, step in enumerate(taken):
            here, there = int(walk[k]), int(walk[k + 1])
            if step >= 0:
                assert (here, there, links.names[step]) in wanted
            else:
                assert there == -1
                assert here == -1 or here not in leaves
    beside = neighbours(graph, ways).toarray()
    both = np.zeros((8, 8))
    for (i, j, _), weight in wanted.items():
        both[[i, j], [j, i]] += weight
    assert np.allclose(beside, both)


@pytest.mark.parametrize("tries", [0, walker.TRIES])
@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (0.25, 4.0), (8.0, 0.5)])
def test_the_second_step_is_drawn_as_node2vec_says(monkeypatch, tries, p, q):
    monkeypatch.setattr(walker, "TRIES", tries)
    # from 0 to 1 always; 1 leads back to 0, to 2, which 0 links to, and to 3, which 0 does not
    edges = [(0, PART, 1, 1e9), (0, PART, 2, 1e-9), (1, PART, 0, 1.0), (1, PART, 2, 2.0), (1, PART, 3, 3.0)]
    links = links_of(graph_of(4, edges), {PART: (1.0, 0.0)})
    nodes, _ = random_walks(links, np.zeros(40_000, int), 3, p, q, np.random.default_rng(0))
    assert set(nodes[:, 1]) == {1}
    share = np.bincount(nodes[:, 2], minlength=4) / len(nodes)
    wanted = np.array([1 / p, 0, 2, 3 / q])
    assert np.allclose(share, wanted / wanted.sum(), atol=0.01)


@pytest.mark.parametrize("model", ["deepwalk", "node2vec", "owl2vec"])
def test_what_is_near_in_the_graph_has_near_vectors(model):
    options = FEW.model_copy(update={"p": 0.5, "q": 2.0}) if model == "node2vec" else FEW
    graph = cliques()
    vectors, known = WalkSource(model, options, BOTH).vectors(graph)
    assert vectors.shape == (12, 32 if model == "owl2vec" else 16)
    assert known.all()
    cosine = unit_rows(vectors) @ unit_rows(vectors).T
    own = np.kron(np.eye(2, dtype=bool), np.ones((6, 6), bool))
    assert cosine[own].mean() > cosine[~own].mean() + 0.1


PROGRAM = """
from kgzsl.semantics.walks import WalkSource
from tests.semantics.test_walks import BOTH, FEW, cliques
for model in ("deepwalk", "owl2vec"):
    print(WalkSource(model, FEW, BOTH).vectors(cliques())[0].tobytes().hex())
"""


def test_the_same_seed_gives_the_same_vectors_in_every_process(root):
    made = subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=True,
                          env=os.environ | {"PYTHONHASHSEED": "1"}).stdout.split()  # fmt: skip
    for model, wanted in zip(("deepwalk", "owl2vec"), made, strict=True):
        assert WalkSource(model, FEW, BOTH).vectors(cliques())[0].tobytes().hex() == wanted
        other = WalkSource(model, FEW.model_copy(update={"seed": 1}), BOTH)
        assert other.vectors(cliques())[0].tobytes().hex() != wanted


def test_an_added_class_is_the_mean_of_its_neighbours_and_the_others_stay():
    source, old = WalkSource("deepwalk", FEW, {SUBCLASS: (1.0, 1.0), PART: (0.5, 0.0)}), cliques()
    before, _ = source.vectors(old)
    extra = [(12, SUBCLASS, 3, 1.0), (12, PART, 7, 1.0), (13, SUBCLASS, 12, 1.0), (1, SUBCLASS, 9, 1.0)]
    new = cliques(extra=extra)
    state = {name: array.copy() for name, array in source.state().items()}
    after, known = source.vectors(new)
    assert np.array_equal(after[:12], before), "what was trained stays, whatever is stated of it"
    assert np.allclose(after[12], (2 * before[3] + 0.5 * before[7]) / 2.5, atol=1e-6)
    assert np.allclose(after[13], after[12], atol=1e-6), "a class whose neighbours are new comes after them"
    assert known.tolist() == [True] * 14 + [False] * 2
    restored = WalkSource("deepwalk", FEW, source.ways)
    restored.restore(state)
    assert np.array_equal(restored.vectors(new)[0], after), "no training, whichever graph comes first"
    assert np.array_equal(restored.vectors(old)[0], before)
    assert all(np.array_equal(restored.state()[name], array) for name, array in state.items())


def test_words_describe_an_added_class_too():
    graph = graph_of(6, [(k, SUBCLASS, 0, 1.0) for k in range(1, 6)], {k: f"spotted animal kind{k}" for k in range(6)})
    source = WalkSource("owl2vec", FEW, BOTH)
    source.vectors(graph)
    row, table = source._words
    told = Concept("z", "class", "zorse", (), "spotted unheard")
    concepts = {**graph.concepts, "z": told, "zz": Concept("zz", "class", "unheard")}
    vectors, known = source.vectors(ClassGraph(concepts, graph.relations, (), "h", Ontology(())))
    assert not vectors[6, :16].any(), "nothing links to it"
    assert np.allclose(vectors[6, 16:], table[row["spotted"]], atol=1e-6)
    assert known.tolist() == [True] * 7 + [False]
    assert np.allclose(np.linalg.norm(vectors[:6].reshape(6, 2, 16), axis=2), 1, atol=1e-5), "halves of unit length"


def test_the_documents_of_owl2vec():
    graph = graph_of(3, [(0, SUBCLASS, 1, 1.0), (1, PART, 2, 1.0)], {2: "A wheel"})
    links = links_of(graph, {SUBCLASS: (1.0, 0.0), PART: (1.0, 0.0)})
    nodes, steps = random_walks(links, np.array([0]), 3, 1, 1, np.random.default_rng(0))
    made = documents(graph, nodes, steps, links.names, np.random.default_rng(0))
    part, sub = (f"@{links.names.index(name)}" for name in (PART, SUBCLASS))
    assert made[0] == ["#0", sub, "#1", part, "#2"]
    assert made[1] == ["word0", "sub", "class", "of", "word1", "has", "part", "word2"]
    assert sum(token.startswith("#") for token in made[2]) == 1
    assert len(made[2]) == len(made[1])
    assert made[3:5] == [["word0"], ["#0", "word0"]]
    assert made[-1] == ["#2", "word2", "a", "wheel"]


def test_edited_spaces_read_links_only_where_something_is_untrained():
    source, old = WalkSource("deepwalk", FEW, BOTH), cliques()
    space = build_space(old, {SUBCLASS: 1.0}, source)
    assert space.read == frozenset()
    assert space.without(old.relations[:3]).vectors is space.vectors
    new = build_space(cliques(extra=[(12, SUBCLASS, 3, 1.0), (12, SUBCLASS, 7, 1.0)]), {SUBCLASS: 1.0}, source)
    assert new.read == {SUBCLASS}
    other = new.without([new.graph.out("c12")[0]])
    wanted = build_space(other.graph, {SUBCLASS: 1.0}, source)
    assert np.array_equal(other.vectors, wanted.vectors)
    assert np.flatnonzero((other.vectors != new.vectors).any(axis=1)).tolist() == [12]
    temporary, iri = new.with_class("t", ["c03"])
    assert np.allclose(temporary.vectors[temporary.graph.index[iri]], new.vectors[3], atol=1e-6)


def test_nothing_to_walk_along_is_refused():
    with pytest.raises(RecipeError, match="links any two concepts"):
        WalkSource("deepwalk", FEW, {ATTRIBUTE: (1.0, 1.0)}).vectors(cliques())
    with pytest.raises(RecipeError, match="links any two concepts"):
        WalkSource("deepwalk", FEW, {}).vectors(cliques())
