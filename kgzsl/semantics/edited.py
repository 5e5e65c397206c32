"""A class space less some facts and with others: vectors that the edit cannot change are shared, not made again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import numpy as np

from kgzsl.arrays import Array
from kgzsl.graph.classgraph import SUBCLASS, ClassGraph, Relation
from kgzsl.graph.edited import Edit, edited_graph
from kgzsl.graph.operators import Edges, adjacency, row_normalised
from kgzsl.semantics.space import Change, ClassSpace, VectorSource, build_space, from_ancestors

UNTOUCHED = frozenset({"concepts", "ids", "index", "class_ids", "names", "find", "short", "label", "dangling",
                       "constraints", "ontology"})  # fmt: skip
"""What an edit of facts leaves as it is."""


def edited_space(space: ClassSpace, removed: Iterable[Relation] = (), added: Iterable[Relation] = ()) -> ClassSpace:
    """Return what ``build_space`` gives for the edited graph; the space itself where the edit changes nothing.

    Where the source reads none of the relations that are edited, only concepts that are described by their ancestors
    can have other vectors, and of these only those below the edit are looked at. Else the source is asked again. The
    new space knows what it was made from, so that propagation need not compare them; unless vectors changed and
    derived edges with them.

    Raises:
        UnknownNameError: a fact is added that relates what the graph does not know.
        FeatureError: the source gives a vector that is not finite.
    """
    edit = edited_graph(space.graph, removed, added)
    if edit.graph is space.graph:
        return space
    vectors, described, rows = _vectors(space, edit)
    shared = {"ways": space.ways, "class_rows": space.class_rows}
    if vectors is space.vectors:
        shared |= {"read": space.read} | ({"derived": space.derived} if space.nearest else {})
    since = None
    if rows is not None and not (space.nearest and len(rows)):
        ids = tuple(edit.graph.ids[row] for row in rows)
        since = space, Change((), (), ids, vectors[rows], _links(space, edit), (), ())
    made = replace(space, graph=edit.graph, vectors=vectors, described=described, since=since)
    vars(made).update(shared)
    return made


def _vectors(space: ClassSpace, edit: Edit) -> tuple[Array, Array, Array | None]:
    """Return vectors, which are real, and the rows that the edit changed; None where they cannot be compared."""
    touched = {edge.relation for edge in (*edit.gone, *edit.came)}
    if space.read is not None and not touched & space.read:
        inherit = SUBCLASS in touched and not space.described.all()
        rows = _below(space, edit) if inherit else np.zeros(0, np.int64)
        vectors, rows = _with_inherited(space, edit.graph, rows)
        return vectors, space.described, rows
    made = build_space(edit.graph, space.relations, space.source, nearest=space.nearest)
    if made.vectors.shape != space.vectors.shape:
        return made.vectors, made.described, None
    return made.vectors, made.described, np.flatnonzero((made.vectors != space.vectors).any(axis=1))


def relations_read(source: VectorSource, graph: ClassGraph) -> frozenset[str] | None:
    """Return the relations whose edges a source reads; None where it reads more of a graph than concepts and edges.

    A source is a function of what it reads: of two graphs that differ in nothing that it reads of one of them, it
    gives the same vectors.
    """
    watched = _Watched(graph)
    source.vectors(cast(ClassGraph, watched))
    return None if watched.more else frozenset(watched.relations)


class _Watched:
    """A graph that notes what is read of it."""

    def __init__(self, graph: ClassGraph) -> None:
        self.graph, self.relations, self.more = graph, set[str](), False

    def __len__(self) -> int:
        return len(self.graph)

    def __contains__(self, iri: object) -> bool:
        return iri in self.graph

    def edges(self, relation: str) -> Edges:
        self.relations.add(relation)
        return self.graph.edges(relation)

    def __getattr__(self, name: str) -> Any:
        self.more = self.more or name not in UNTOUCHED
        return getattr(self.graph, name)


def _links(space: ClassSpace, edit: Edit) -> tuple[tuple[str, str, str, float], ...]:
    """New weights of links, for propagation; no fact that is added stood there, so its own weight is the whole."""
    weights = dict.fromkeys((edge[:3] for edge in edit.gone), 0.0) | {edge[:3]: edge.weight for edge in edit.came}
    followed = {SUBCLASS, *space.relations}
    return tuple((r, s, t, weight) for (s, r, t), weight in weights.items() if r in followed)


def _below(space: ClassSpace, edit: Edit) -> Array:
    """Rows of concepts that are described by ancestors among whom the edit may count: down to what is described."""
    index, described = space.graph.index, space.described
    todo = [edge.source for edge in (*edit.gone, *edit.came) if edge.relation == SUBCLASS]
    found: set[str] = set()
    while todo:
        iri = todo.pop()
        if iri not in found and not described[index[iri]]:
            found.add(iri)
            todo += [edge.source for edge in edit.graph.into(iri, SUBCLASS)]
    return np.array(sorted(index[iri] for iri in found), np.int64)


def _with_inherited(space: ClassSpace, graph: ClassGraph, rows: Array) -> tuple[Array, Array]:
    """Return vectors in which these rows are taken from the ancestors anew, and those that this changed."""
    if not len(rows):
        return space.vectors, rows
    source, target, weight = graph.edges(SUBCLASS)
    members = _ancestry(space, graph, rows)
    lacking = members[~space.described[members]]
    mine = np.isin(source, lacking)
    ends = np.searchsorted(members, source[mine]), np.searchsorted(members, target[mine])
    parents = row_normalised(adjacency(len(members), (*ends, weight[mine])))
    known = space.described[members]
    filled = from_ancestors(parents, space.vectors[members] * known[:, None], known)[np.searchsorted(members, rows)]
    other = (filled != space.vectors[rows]).any(axis=1)
    if not other.any():
        return space.vectors, rows[:0]
    vectors = space.vectors.copy()
    vectors[rows] = filled
    return vectors, rows[other]


def _ancestry(space: ClassSpace, graph: ClassGraph, rows: Array) -> Array:
    """Rows and their ancestors, up to those that are described: all that counts for what the rows inherit."""
    index, ids, todo = graph.index, graph.ids, rows.tolist()
    found: set[int] = set()
    while todo:
        row = todo.pop()
        if row not in found:
            found.add(row)
            if not space.described[row]:
                todo += [index[edge.target] for edge in graph.out(ids[row], SUBCLASS)]
    return np.array(sorted(found), np.int64)
