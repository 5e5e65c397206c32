"""A graph less some facts and with others, at the cost of what the edit touches: the rest is shared, not rebuilt."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import UnknownNameError
from kgzsl.graph.classgraph import ClassGraph, Relation, derived_hash
from kgzsl.graph.edges import Edges, Key, edge_arrays, grouped

OF_CONCEPTS = ("ids", "index", "class_ids", "names")
"""What a graph works out from its concepts alone, which an edit of facts leaves as they are."""


class Edit(NamedTuple):
    """An edited graph, and the facts that went and came; the graph that was given where none did."""

    graph: ClassGraph
    gone: tuple[Relation, ...]
    came: tuple[Relation, ...]


def edited_graph(graph: ClassGraph, removed: Iterable[Relation], added: Iterable[Relation]) -> Edit:
    """Return the graph less some facts and with others between its concepts.

    A fact is its source, relation and target. One that is removed goes wherever it is stated; one that is not there
    is ignored. One that is added and there already changes nothing, whatever its weight: to weigh it differently,
    remove it in the same edit. The hash names what went and came, and no order of them.

    Raises:
        UnknownNameError: a fact is added that relates what the graph does not know.
    """
    places = graph.places
    keys = {edge[:3] for edge in removed} & places.keys()
    gone = sorted(place for key in keys for place in places[key])
    came = _new(graph, added, keys)
    if not gone and not came:
        return Edit(graph, (), ())
    went = tuple(graph.relations[place] for place in gone)
    made = replace(graph, relations=_less(graph.relations, gone) + came, hash=_hash(graph.hash, keys, came))
    kept = {name: getattr(graph, name) for name in OF_CONCEPTS}
    vars(made).update(
        kept,
        _edges=_arrays(graph, went, came),
        _out=_groups(graph._out, "source", went, came),
        _into=_groups(graph._into, "target", went, came),
    )
    return Edit(made, went, came)


def _new(graph: ClassGraph, added: Iterable[Relation], gone: set[Key]) -> tuple[Relation, ...]:
    found: dict[Key, Relation] = {}
    for edge in added:
        for iri in (edge.source, edge.target):
            if iri not in graph.concepts:
                raise UnknownNameError(f"unknown concept '{iri}'", file=edge.file or None, line=edge.line or None,
                                       value=iri, fix="a fact can be added between concepts of the graph")  # fmt: skip
        if edge[:3] in gone or edge[:3] not in graph.places:
            found.setdefault(edge[:3], edge)
    return tuple(found.values())


def _less(relations: tuple[Relation, ...], gone: Sequence[int]) -> tuple[Relation, ...]:
    if not gone:
        return relations
    kept = bytearray(b"\x01") * len(relations)
    for place in gone:
        kept[place] = 0
    return tuple(compress(relations, kept))


def _hash(base: str, gone: set[Key], came: Sequence[Relation]) -> str:
    less = derived_hash(base, "without", sorted(gone)) if gone else base
    return derived_hash(less, "with", sorted(edge[:4] for edge in came)) if came else less


def _groups(
    groups: Mapping[str, list[Relation]], end: str, gone: Sequence[Relation], came: Sequence[Relation]
) -> Mapping[str, list[Relation]]:
    """Edges by source or target: groups that the edit touches are made anew and lie over the others."""
    key: Any = attrgetter(end)
    went, more = {edge[:3] for edge in gone}, grouped(came, key)
    changed = {iri: [edge for edge in groups.get(iri, ()) if edge[:3] not in went] + more.get(iri, [])
               for iri in {key(edge) for edge in (*gone, *came)}}  # fmt: skip
    if isinstance(groups, ChainMap):  # an edit of an edit: two layers are enough
        return ChainMap({**groups.maps[0], **changed}, groups.maps[1])
    return ChainMap(changed, groups)  # type: ignore[arg-type]


def _arrays(graph: ClassGraph, gone: Sequence[Relation], came: Sequence[Relation]) -> dict[str, Edges]:
    arrays, relation = dict(graph._edges), attrgetter("relation")
    less, more = grouped(gone, relation), grouped(came, relation)
    for name in {*less, *more}:
        edges = _patched(graph, arrays.pop(name, None), less.get(name, []), more.get(name, []))
        if len(edges[0]):
            arrays[name] = edges
    return arrays


def _patched(
    graph: ClassGraph, old: Edges | None, gone: Sequence[Relation], came: Sequence[Relation]
) -> Edges:
    more = edge_arrays(came, graph.index)
    if old is None:
        return more
    codes = _codes(graph, old)
    kept = ~np.isin(codes, _codes(graph, edge_arrays(gone, graph.index)))
    old, codes = (old[0][kept], old[1][kept], old[2][kept]), codes[kept]
    if not came:
        return old
    order = np.argsort(np.concatenate([codes, _codes(graph, more)]), kind="stable")
    source, target, weight = (np.concatenate(pair)[order] for pair in zip(old, more, strict=True))
    return source, target, weight


def _codes(graph: ClassGraph, edges: Edges) -> Array:
    return edges[0] * len(graph) + edges[1]
