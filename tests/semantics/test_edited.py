"""An edited space is the one that is built from the edited graph, to the last bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kgzsl.errors import FeatureError, UnknownNameError
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Concept, Relation, derived_hash
from kgzsl.graph.recipe import Nearest
from kgzsl.ontology.model import Ontology
from kgzsl.propagation.difference import difference
from kgzsl.propagation.slots import Snapshot
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.edited import relations_read
from kgzsl.semantics.space import build_space
from kgzsl.testing import HashSource
from tests.learners.worlds import PART, RELATIONS

SOME = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
NEAR = Nearest(neighbours=3)
NAMES = [f"n{k:02}" for k in range(12)]
ATTRIBUTES = ["spots", "wings", "legs"]


class Bags:
    """A source of another kind: it reads all relations, and not by ``edges``."""

    def vectors(self, graph):
        kinds = SUBCLASS, PART, ATTRIBUTE
        count = [[sum(edge.relation == kind for edge in graph.out(iri)) for kind in kinds] for iri in graph.ids]
        return np.array(count, np.float32), np.array([any(row) for row in count])


SOURCES = {"texts": HashSource(6), "attributes": AttributeSource(), "bags": Bags()}
ENDS = st.integers(0, len(NAMES) - 1)
WEIGHTS = st.sampled_from([0.0, 0.3, 1.0, 2.0])


@st.composite
def facts(draw, most=4):
    """Facts between any two names; the hierarchy has cycles now and then, and concepts lie below themselves."""
    found = []
    for _ in range(draw(st.integers(0, most))):
        kind, i, j, weight = draw(st.tuples(st.sampled_from([SUBCLASS, SUBCLASS, PART, ATTRIBUTE, "eats"]), ENDS, ENDS,
                                            WEIGHTS))  # fmt: skip
        target = ATTRIBUTES[j % 3] if kind == ATTRIBUTE else NAMES[j]
        found.append(Relation(NAMES[i], kind, target, weight, "a.ttl", i + 1))
    return found


@st.composite
def spaces(draw, nearest=None):
    """Spaces in which some concepts have no text, some facts are stated twice, and some have no weight."""
    silent = draw(st.sets(st.sampled_from(NAMES)))
    texts = {n: "" if n in silent else f"word{k % 4} own{k}" for k, n in enumerate(NAMES)}
    concepts = {n: Concept(n, "class", "", (), text) for n, text in texts.items()}
    concepts |= {n: Concept(n, "attribute", n) for n in ATTRIBUTES}
    tree = (Relation(NAMES[k], SUBCLASS, NAMES[k // 2], 1.0, "b.ttl", k) for k in range(1, 12, 2))
    stated = [*draw(facts(30)), *tree]
    graph = ClassGraph(dict(sorted(concepts.items())), tuple(stated), (), "hash", Ontology(()))
    source = SOURCES[draw(st.sampled_from(sorted(SOURCES)))]
    return build_space(graph, {**RELATIONS, ATTRIBUTE: 0.5}, source, nearest=nearest)


@st.composite
def edits(draw, space):
    """Facts of the space and others to remove, and facts to add; some of them are there."""
    stated = st.sampled_from(space.graph.relations)
    gone = draw(st.lists(stated, max_size=4)) + draw(facts(2))
    return gone, draw(facts()) + draw(st.lists(stated, max_size=2))


def rebuilt(space, removed, added):
    """The space of the edited facts, made from nothing."""
    graph, gone = space.graph, {e[:3] for e in removed} & {e[:3] for e in space.graph.relations}
    kept = [edge for edge in graph.relations if edge[:3] not in gone]
    count = len(kept)
    for edge in added:
        kept += [] if edge[:3] in {other[:3] for other in kept} else [edge]
    name = derived_hash(graph.hash, "without", sorted(gone)) if gone else graph.hash
    name = derived_hash(name, "with", sorted(edge[:4] for edge in kept[count:])) if kept[count:] else name
    made = ClassGraph(graph.concepts, tuple(kept), (), name, graph.ontology)
    return build_space(made, space.relations, space.source, nearest=space.nearest)


def assert_same(found, wanted):
    one, other = found.graph, wanted.graph
    assert one.relations == other.relations
    assert (one.hash, one.ids, one.class_ids, one.index) == (other.hash, other.ids, other.class_ids, other.index)
    for iri in one.ids:
        assert (one.out(iri), one.into(iri)) == (other.out(iri), other.into(iri))
    assert one._edges.keys() == other._edges.keys()
    assert found.ways == wanted.ways
    for relation in {*one._edges, *wanted.ways}:
        assert all(map(np.array_equal, found.edges(relation), wanted.edges(relation))), relation
    assert np.array_equal(found.vectors, wanted.vectors)
    assert np.array_equal(found.described, wanted.described)
    assert np.array_equal(found.class_rows, wanted.class_rows)
    assert found.read == relations_read(wanted.source, other)


def assert_leads_to(space, found, wanted):
    """What the space says that it changed turns the old snapshot into the new one."""
    change = difference(space, found)
    after, _ = Snapshot.of(space).advanced(change, {})
    fresh = Snapshot.of(wanted)
    assert np.array_equal(after.vectors.dense(), fresh.vectors.dense())
    assert np.allclose(after.links.degree, fresh.links.degree, atol=1e-12)
    for one, other in ((after.links.out, fresh.links.out), (after.links.into, fresh.links.into)):
        for relation in other:
            assert np.array_equal(one[relation].matrix().toarray(), other[relation].matrix().toarray())


@pytest.mark.parametrize("nearest", [None, NEAR])
@SOME
@given(data=st.data())
def test_an_edited_space_is_the_one_of_the_edited_graph(nearest, data):
    space = data.draw(spaces(nearest))
    for _ in range(2):  # and an edit of the edited one
        removed, added = data.draw(edits(space))
        found, wanted = space.edited(removed, added), rebuilt(space, removed, added)
        assert_same(found, wanted)
        assert_leads_to(space, found, wanted)
        space = found


@SOME
@given(data=st.data())
def test_what_is_removed_and_added_again_is_back(data):
    space = data.draw(spaces())
    removed = data.draw(st.lists(st.sampled_from(space.graph.relations), max_size=4))
    assume(all(len(space.graph.places[edge[:3]]) == 1 for edge in removed))
    back = space.without(removed).edited((), removed)
    assert sorted(back.graph.relations) == sorted(space.graph.relations)
    assert np.array_equal(back.vectors, space.vectors)


@pytest.fixture
def space():
    concepts = {n: Concept(n, "class", "", (), f"word own{k}") for k, n in enumerate(NAMES)}
    edges = tuple(Relation(NAMES[k], SUBCLASS, NAMES[k // 2], 1.0, "a.ttl", k) for k in range(1, 12))
    return build_space(ClassGraph(concepts, edges, (), "hash", Ontology(())), RELATIONS, SOURCES["texts"])


def test_an_edit_that_changes_nothing_gives_the_space_itself(space):
    there, elsewhere = space.graph.relations[0], Relation(NAMES[0], PART, NAMES[5])
    assert space.edited() is space
    assert space.edited([elsewhere], [there._replace(weight=7.0, file="b.ttl")]) is space
    assert space.graph.edited([elsewhere], [there]) is space.graph
    heavier = space.edited([there], [there._replace(weight=7.0)])
    assert heavier.graph.out(there.source) == (there._replace(weight=7.0),)


def test_an_edit_of_facts_that_no_vector_depends_on_shares_what_it_leaves(space):
    other = space.edited(space.graph.relations[:1], [Relation(NAMES[4], PART, NAMES[2])])
    assert other.vectors is space.vectors
    assert other.since[0] is space
    assert other.graph.names is space.graph.names
    assert other.graph.index is space.graph.index
    assert other.graph.edges(SUBCLASS)[0] is not space.graph.edges(SUBCLASS)[0]
    third = space.edited((), [Relation(NAMES[4], PART, NAMES[2])])
    assert third.graph.edges(SUBCLASS)[0] is space.graph.edges(SUBCLASS)[0]


def test_order_and_place_of_what_is_added_do_not_count_for_the_hash(space):
    more = [Relation(NAMES[4], PART, NAMES[2], 1.0, "a.ttl", 3), Relation(NAMES[4], PART, NAMES[1], 1.0, "a.ttl", 4)]
    moved = [edge._replace(file="b.ttl", line=9) for edge in reversed(more)]
    assert space.edited((), more).graph.hash == space.edited((), moved).graph.hash
    assert space.edited((), more).graph.hash != space.edited((), more[:1]).graph.hash


@pytest.mark.parametrize("ends", [("nobody", NAMES[1]), (NAMES[1], "nobody")])
def test_a_fact_about_what_nobody_knows_is_refused(space, ends):
    edge = Relation(ends[0], SUBCLASS, ends[1], 1.0, "a.ttl", 12)
    with pytest.raises(UnknownNameError, match=r"a.ttl:12: unknown concept 'nobody'"):
        space.edited((), [edge])
    assert space.edited([edge], ()) is space


def test_a_vector_that_an_edit_makes_infinite_is_refused():
    concepts = {"a": Concept("a", "class", "a"), "spots": Concept("spots", "attribute", "spots")}
    graph = ClassGraph(concepts, (Relation("a", ATTRIBUTE, "spots", 0.5),), (), "hash", Ontology(()))
    space = build_space(graph, RELATIONS, AttributeSource())
    with pytest.raises(FeatureError, match="NaN or Inf"):
        space.edited(graph.relations, [Relation("a", ATTRIBUTE, "spots", np.inf)])


def test_what_a_source_reads_is_found_by_watching_it(space):
    assert relations_read(HashSource(), space.graph) == frozenset()
    assert relations_read(AttributeSource(), space.graph) == {ATTRIBUTE, SUBCLASS}
    assert relations_read(Bags(), space.graph) is None


def test_derived_edges_are_shared_where_vectors_are(space):
    near = build_space(space.graph, RELATIONS, space.source, nearest=NEAR)
    other = near.without(space.graph.relations[:1])
    assert other.derived is near.derived
    assert other.since[0] is near
    silent = {**space.graph.concepts, NAMES[3]: Concept(NAMES[3], "class", "")}
    lacking = build_space(replace(space.graph, concepts=silent), RELATIONS, space.source, nearest=NEAR)
    moved = lacking.without([edge for edge in lacking.graph.relations if edge.source == NAMES[3]])
    assert moved.since is None, "derived edges moved with the vector"
    assert moved.derived is not lacking.derived
