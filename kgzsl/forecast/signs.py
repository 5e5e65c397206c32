"""Signs in a class's description of how well it will be recognised; no input and no classifier is looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from kgzsl.arrays import Array, unit_rows
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS
from kgzsl.semantics.space import ClassSpace

FARTHEST, NEAREST, CHUNK = 8.0, 5, 1024


class Sign(NamedTuple):
    """What one column counts, and what is missing where it counts little or too much.

    Args:
        name: of the column.
        better: 1 where more is better, -1 where less is, 0 where either may be.
        missing: what a curator could add, for a class whose forecast this sign lowers.
    """

    name: str
    better: int
    missing: str


SIGNS = (
    Sign("hops to the nearest seen class", -1, "a parent nearer to a seen class"),
    Sign("seen classes below its parents", 1, "a more specific parent that seen classes share"),
    Sign("seen classes below it", 1, "known kinds of it"),
    Sign("likeness to the nearest seen classes", 1, "what it has in common with classes that are seen"),
    Sign("likeness to the nearest rival", -1, "what sets it apart from its nearest rival"),
    Sign("rivals below its parents", -1, "what sets it apart from its siblings"),
    Sign("words of its description", 1, "a gloss"),
    Sign("attributes", 1, "attributes"),
    Sign("relations", 1, "relations to other concepts"),
    Sign("depth", 0, "a place further down in the hierarchy"),
)


def signs(space: ClassSpace, ids: Sequence[str], seen: Collection[str], rivals: Sequence[str]) -> Array:
    """Return one row a class, one column a sign.

    Args:
        space: what describes the classes.
        ids: IRIs of classes.
        seen: IRIs of the classes that classifiers are known of; none of ``ids``.
        rivals: IRIs of what competes with the classes.

    Shape: (C, 10).
    """
    graph, index = space.graph, space.graph.index
    known = [iri for iri in seen if iri in index]
    beside = [[sibling for parent in _parents(space, iri) for sibling in graph.descendants(parent) - {iri}]
              for iri in ids]  # fmt: skip
    at_seen, at_rivals = set(known), set(rivals)
    seen_like, rival_like, _ = likenesses(space, ids, known, rivals)
    columns = [
        _hops(space, ids, known),
        [np.log1p(len(at_seen.intersection(others))) for others in beside],
        [np.log1p(len(at_seen & graph.descendants(iri))) for iri in ids],
        seen_like, rival_like,
        [np.log1p(len(at_rivals.intersection(others))) for others in beside],
        [np.log1p(len(graph.concepts[iri].text.split())) for iri in ids],
        [np.log1p(len(graph.attributes(iri))) for iri in ids],
        [np.log1p(sum(e.relation not in (SUBCLASS, ATTRIBUTE) for e in graph.out(iri))) for iri in ids],
        [np.log1p(len(graph.ancestors(iri))) for iri in ids],
    ]  # fmt: skip
    return np.array(columns, np.float64).T


def likenesses(
    space: ClassSpace, ids: Sequence[str], seen: Sequence[str], rivals: Sequence[str]
) -> tuple[Array, Array, list[str]]:
    """Return cosines to the nearest seen classes (a mean) and to the nearest rival, and that rival's IRI.

    Shapes: (C,), (C,), length C.
    """
    index, V = space.graph.index, unit_rows(space.vectors)
    of_seen, of_rivals = (V[[index[iri] for iri in group]] for group in (seen, rivals))
    near, close, names = np.zeros(len(ids)), np.zeros(len(ids)), list[str]()
    place = {iri: k for k, iri in enumerate(rivals)}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        own, at = V[[index[iri] for iri in part]], slice(start, start + len(part))
        if len(seen):
            near[at] = np.sort(own @ of_seen.T, axis=1)[:, -NEAREST:].mean(axis=1)
        against = own @ of_rivals.T
        for k, iri in enumerate(part):
            if iri in place:
                against[k, place[iri]] = -np.inf
        best = against.argmax(axis=1)
        close[at] = np.maximum(against[np.arange(len(part)), best], -1)
        names += [rivals[k] for k in best]
    return near, close, names


def _parents(space: ClassSpace, iri: str) -> list[str]:
    return [edge.target for edge in space.graph.out(iri, SUBCLASS)]


def _hops(space: ClassSpace, ids: Sequence[str], seen: Sequence[str]) -> Array:
    """Return steps over the hierarchy to the nearest seen class, ``FARTHEST`` at most. Shape: (C,)."""
    index, n = space.graph.index, len(space.graph)
    if not seen:
        return np.full(len(ids), FARTHEST)
    source, target, _ = space.graph.edges(SUBCLASS)
    links = sparse.csr_array((np.ones(len(source)), (source, target)), shape=(n, n))
    found = dijkstra(links, directed=False, indices=[index[iri] for iri in seen], unweighted=True, min_only=True)
    return np.asarray(np.minimum(found[[index[iri] for iri in ids]], FARTHEST))
