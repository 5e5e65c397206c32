"""How alike two concepts are: by where they meet in the hierarchy, by what is known of counts, or by vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kgzsl.errors import QueryError, UnknownNameError, suggest
from kgzsl.graph.counts import Counts, counted
from kgzsl.graph.hierarchy import UNREACHED

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

Scores = np.ndarray[Any, np.dtype[np.float64]]
Vectors = Mapping[str, Any] | np.ndarray[Any, Any]


class Similar(NamedTuple):
    """A concept and how alike it is, 1 at the most."""

    iri: str
    label: str
    score: float


@dataclass(frozen=True, eq=False)
class Given:
    """What measures read beside the graph.

    Args:
        counts: how often each class was met, by name, or a file with a name and a number a line.
        vectors: one a concept, by name, or an array in the order of ``graph.ids``. Shape: (N, d).
        smoothing: added to the count of every class, so that none is infinitely rare; 0 refuses those never met.
    """

    counts: Counts | None = None
    vectors: Vectors | None = None
    smoothing: float = 1.0


Measure = Callable[["ClassGraph", int, Given], Scores]


def wu_palmer(graph: ClassGraph, row: int, given: Given) -> Scores:
    """Score all concepts by 2·d / (n₁ + n₂ + 2·d), the best over the common ancestors (Wu and Palmer 1994).

    d is the depth of the ancestor (``Hierarchy.depths``), n₁ and n₂ the fewest steps up to it; 0 without one.
    Shape: (N,).
    """
    hierarchy = graph.hierarchy
    scores = np.zeros(hierarchy.size)
    for meeting, up in hierarchy.above(row).items():
        down = hierarchy.below(meeting)
        twice = 2 * hierarchy.depths[meeting]
        np.maximum(scores, np.where(down == UNREACHED, 0, twice / (up + down + twice)), out=scores)
    return scores


def lin(graph: ClassGraph, row: int, given: Given) -> Scores:
    """Score all concepts by 2·I(meeting) / (I(a) + I(b)), the most informative common ancestor (Lin 1998).

    I is −log of the share of all counts that fall on a concept or below it. Shape: (N,).
    """
    hierarchy = graph.hierarchy
    information = information_content(graph, given)
    meeting = np.full(hierarchy.size, -1.0)
    for ancestor in hierarchy.above(row):
        reached = hierarchy.below(ancestor) != UNREACHED
        meeting[reached] = np.maximum(meeting[reached], information[ancestor])
    total = information[row] + information
    scores = np.divide(2 * meeting, total, out=np.ones_like(total), where=total > 0)
    return np.where(meeting < 0, 0.0, scores)


def cosine(graph: ClassGraph, row: int, given: Given) -> Scores:
    """Score all concepts by the cosine of their vectors; NaN for those without one. Shape: (N,)."""
    rows, table = _table(graph, given.vectors)
    place = {int(r): k for k, r in enumerate(rows)}
    norms = np.linalg.norm(table, axis=1)
    if row not in place or not norms[place[row]] > 0:
        raise QueryError(f"there is no vector of '{graph.label(graph.ids[row])}'")
    scores = np.full(len(graph.ids), np.nan)
    own = table[place[row]] / norms[place[row]]
    with np.errstate(invalid="ignore", divide="ignore"):
        scores[rows] = np.clip(table @ own / norms, -1, 1)
    return scores


MEASURES: dict[str, Measure] = {"wu-palmer": wu_palmer, "lin": lin, "cosine": cosine}


def similarity(graph: ClassGraph, one: str, other: str, by: str, given: Given) -> float:
    """Return how alike two concepts (IRIs) are."""
    score = float(_measure(by)(graph, graph.index[one], given)[graph.index[other]])
    if np.isnan(score):
        raise QueryError(f"there is no vector of '{graph.label(other)}'")
    return score


def similar(graph: ClassGraph, iri: str, k: int, by: str, given: Given) -> tuple[Similar, ...]:
    """Return the ``k`` concepts of the same kind most alike, itself left out; ties by IRI."""
    if k < 0:
        raise QueryError(f"{k} concepts cannot be looked for", value=k, fix="ask for 1 or more")
    scores = _measure(by)(graph, graph.index[iri], given)
    kind = graph.concepts[iri].kind
    same = np.fromiter((c.kind == kind for c in graph.concepts.values()), bool, len(graph.ids))
    same[graph.index[iri]] = False
    rows = np.flatnonzero(same & ~np.isnan(scores))
    best = rows[np.lexsort((rows, -scores[rows]))][:k]
    return tuple(Similar(graph.ids[r], graph.label(graph.ids[r]), float(scores[r])) for r in best)


def information_content(graph: ClassGraph, given: Given) -> Scores:
    """Return −log of the share of counts on each concept or below it, each counted once whatever the ways up.

    Shape: (N,). What is no class and was never counted has 0: it says nothing.

    Raises:
        QueryError: no counts, a count below 0, or a class never met while nothing smooths.
    """
    if given.counts is None:
        raise QueryError("Lin's measure needs counts", fix="give counts: names with numbers, or a file of them")
    own = np.zeros(len(graph.ids))
    for row, count in counted(graph, given.counts).items():
        own[row] += count
    own[[graph.index[iri] for iri in graph.class_ids]] += given.smoothing
    sums = np.zeros_like(own)
    for row in np.flatnonzero(own).tolist():
        sums[list(graph.hierarchy.above(row))] += own[row]
    if not own.sum() > 0:
        raise QueryError("all counts are 0")
    with np.errstate(divide="ignore"):
        information = -np.log(sums / own.sum())
    never = [iri for iri in graph.class_ids if np.isinf(information[graph.index[iri]])]
    if never:
        raise QueryError(f"'{graph.label(never[0])}' and {len(never) - 1} more classes are never counted, nor anything "
                         "below them", fix="count them, or smooth")  # fmt: skip
    return np.where(np.isinf(information), 0.0, information) + 0.0


def _measure(name: str) -> Measure:
    if name not in MEASURES:
        near = suggest(name, MEASURES)
        fix = f"did you mean '{near}'?" if near else f"there are {', '.join(MEASURES)}"
        raise UnknownNameError(f"unknown measure '{name}'", value=name, fix=fix)
    return MEASURES[name]


def _table(graph: ClassGraph, vectors: Vectors | None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the rows that have vectors, and the vectors."""
    if vectors is None:
        raise QueryError("the cosine needs vectors", fix="an array in the order of graph.ids, or a mapping of names")
    if isinstance(vectors, Mapping):
        rows = np.array([graph.index[graph.find(name)] for name in vectors], np.int64)
        widths = {np.shape(vector) for vector in vectors.values()}
        if len(widths) != 1 or len(next(iter(widths))) != 1:
            raise QueryError(f"vectors must be of one width, not of shapes {sorted(widths)}")
        table = _numbers(list(vectors.values()))
    else:
        rows, table = np.arange(len(graph.ids)), _numbers(vectors)
        if table.ndim != 2 or len(table) != len(rows):
            raise QueryError(f"vectors of shape {table.shape} for {len(rows)} concepts", value=table.shape)
    if not np.isfinite(table).all():
        raise QueryError("a vector holds what is not a finite number")
    return rows, table


def _numbers(values: Any) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise QueryError("a vector holds what is not a number") from None
