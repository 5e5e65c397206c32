"""The questions one can ask of a graph, each a thin face of the module that answers it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from kgzsl.graph.relatives import Direction, Neighbour, closure, known_relations, neighbours

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph
    from kgzsl.graph.conditions import Conditions
    from kgzsl.graph.counts import Counts
    from kgzsl.graph.hierarchy import Hierarchy
    from kgzsl.graph.paths import Path
    from kgzsl.graph.results import Rows, Triples
    from kgzsl.graph.similarity import Similar, Vectors

SUBCLASS, ATTRIBUTE = "subClassOf", "hasAttribute"
TIMEOUT, ROWS = 10.0, 100_000


class Queries:
    """What ``ClassGraph`` answers. A name is an id, label, synonym, wnid, prefixed name or IRI.

    Wherever a name is unknown or ambiguous, ``UnknownNameError`` lists what it may be.
    """

    def parents(self, name: str) -> tuple[str, ...]:
        """Return the IRIs of the direct parents."""
        return tuple(edge.target for edge in self._graph.out(self._graph.find(name), SUBCLASS))

    def children(self, name: str) -> tuple[str, ...]:
        """Return the IRIs of the direct children."""
        return tuple(edge.source for edge in self._graph.into(self._graph.find(name), SUBCLASS))

    def ancestors(self, name: str, relation: str = SUBCLASS) -> frozenset[str]:
        """Return the IRIs of everything above, itself excluded; along another relation, of all that it leads to."""
        known_relations(self._graph, [] if relation == SUBCLASS else [relation])
        return closure(self._graph, self._graph.find(name), relation, up=True)

    def descendants(self, name: str, relation: str = SUBCLASS) -> frozenset[str]:
        """Return the IRIs of everything below, itself excluded; along another relation, of all that lead to it."""
        known_relations(self._graph, [] if relation == SUBCLASS else [relation])
        return closure(self._graph, self._graph.find(name), relation, up=False)

    def attributes(self, name: str) -> dict[str, float]:
        """Return attribute IRI → strength, as stated of this class itself."""
        return {edge.target: edge.weight for edge in self._graph.out(self._graph.find(name), ATTRIBUTE)}

    def neighbours(
        self, name: str, relations: Collection[str] | None = None, direction: Direction = "both"
    ) -> tuple[Neighbour, ...]:
        """Return what is one edge away, with the edge and its place, by relation, direction and label.

        Args:
            name: of the concept.
            relations: the only ones to follow; None for all.
            direction: ``out`` for edges that leave it, ``in`` for those that arrive, ``both``.

        Raises:
            UnknownNameError: a name or relation that is unknown.
            QueryError: another direction.
        """
        return neighbours(self._graph, self._graph.find(name), self._relations(relations), direction)

    def paths(
        self,
        source: str,
        target: str,
        k: int = 3,
        relations: Collection[str] | None = None,
        directed: bool = False,
        most: int | None = None,
    ) -> list[Path]:
        """Return up to ``k`` shortest paths between two concepts, shortest first.

        Args:
            source: name of the first concept.
            target: name of the last.
            k: how many.
            relations: the only ones to walk along; None for all but ``disjointWith``.
            directed: whether edges are taken only as they point; else in either direction.
            most: steps of the longest path to look for; None for any.

        Raises:
            UnknownNameError: a name or relation that is unknown, or a name that is ambiguous.
        """
        from kgzsl.graph.paths import shortest_paths

        ends = self._graph.find(source), self._graph.find(target)
        return shortest_paths(self._graph, *ends, k, self._relations(relations), directed, most)

    def lowest_common_ancestor(self, *names: str) -> tuple[str, ...]:
        """Return the IRIs of the lowest concepts that all of the named are or are below, deepest first.

        With several parents there can be several: all common ancestors below which no other common ancestor lies.
        Empty when the concepts have no ancestor in common. A concept is an ancestor of itself here, so that of
        *dog* and *canine* it is *canine*.
        """
        rows = self.hierarchy.lowest_common(self._graph.index[self._graph.find(name)] for name in names)
        return tuple(sorted((self._graph.ids[row] for row in rows), key=lambda iri: (-len(self.ancestors(iri)), iri)))

    def similar(
        self,
        name: str,
        k: int = 10,
        by: str = "wu-palmer",
        counts: Counts | None = None,
        vectors: Vectors | None = None,
        smoothing: float = 1.0,
    ) -> tuple[Similar, ...]:
        """Return the ``k`` concepts most like the named one, of its kind, most alike first.

        Args:
            name: of the concept.
            k: how many.
            by: ``wu-palmer`` (by depth and steps), ``lin`` (by counts) or ``cosine`` (of vectors).
            counts: for ``lin``: name → how often, or a file with a name and a number a line.
            vectors: for ``cosine``: name → vector, or an array in the order of ``graph.ids``, shape (N, d).
            smoothing: for ``lin``: added to the count of every class; 0 refuses classes never counted.

        Raises:
            UnknownNameError: a name or measure that is unknown.
            QueryError: counts or vectors that are missing or cannot be used; a cycle in the hierarchy.
        """
        from kgzsl.graph.similarity import Given, similar

        return similar(self._graph, self._graph.find(name), k, by, Given(counts, vectors, smoothing))

    def similarity(
        self,
        one: str,
        other: str,
        by: str = "wu-palmer",
        counts: Counts | None = None,
        vectors: Vectors | None = None,
        smoothing: float = 1.0,
    ) -> float:
        """Return how alike two concepts are, 1 at the most; arguments and errors as of ``similar``."""
        from kgzsl.graph.similarity import Given, similarity

        ends = self._graph.find(one), self._graph.find(other)
        return similarity(self._graph, *ends, by, Given(counts, vectors, smoothing))

    def subgraph(
        self,
        names: str | Iterable[str] = (),
        below: str | None = None,
        hops: int = 1,
        relations: Collection[str] | None = None,
    ) -> ClassGraph:
        """Return the graph of some concepts, of what is ``hops`` edges around them, and of all edges among these.

        It is a graph like any other: its facts are those about its concepts, and its hash says what it is part of.

        Args:
            names: of concepts.
            below: name of a class; it and all below it are taken too.
            hops: edges, in either direction; 0 for the concepts alone.
            relations: the only ones to follow and to keep; None for all.

        Raises:
            UnknownNameError: a name or relation that is unknown.
            QueryError: neither names nor ``below``, or fewer than 0 hops.
        """
        from kgzsl.errors import QueryError
        from kgzsl.graph.subgraph import subgraph

        start = {self._graph.find(name) for name in ([names] if isinstance(names, str) else names)}
        if below is not None:
            start |= {self._graph.find(below)} | self.descendants(below)
        if not start or hops < 0:
            raise QueryError("a part of the graph needs names, or a class to be below, and 0 hops or more", value=hops)
        return subgraph(self._graph, start, hops, self._relations(relations))

    def where(
        self, conditions: str | Conditions, below: str | None = None, inherited: bool = False
    ) -> tuple[str, ...]:
        """Return the IRIs of the classes whose attributes meet the conditions.

        What is not stated of a class is not known: it meets no comparison, nor the ``not`` of one.

        Args:
            conditions: ``{"stripes": (">=", 0.5), "size": [(">", 0.2), ("<", 0.8)]}``, all of which must hold, or text
                with ``and``, ``or``, ``not`` and parentheses: ``"stripes >= 0.5 and not domestic < 0.2"``.
            below: name of a class; only those below it.
            inherited: whether attributes that a class has by default, from its ancestors, count.

        Raises:
            UnknownNameError: a name that is unknown.
            QueryError: text that is no condition, with its column.
        """
        from kgzsl.graph.conditions import where

        return where(self._graph, conditions, below, inherited)

    def classes(self, expression: str) -> tuple[str, ...]:
        """Return the IRIs of the named classes that a class expression subsumes, such as ``bird and not penguin``.

        Raises:
            QueryError: text that is no class expression, with its column.
        """
        from kgzsl.graph.subsumed import named_classes

        return tuple(named_classes(self._graph, expression))

    def sparql(
        self, query: str, timeout: float = TIMEOUT, inferred: bool = False, limit: int | None = ROWS
    ) -> Rows | Triples | bool:
        """Run a read-only SPARQL 1.1 query over the facts.

        The first query of a graph starts a process that holds its facts; later ones find it there. A graph made by
        ``without`` or ``with_concept`` answers from the facts of the graph that it was made of.

        Args:
            query: SELECT, ASK, CONSTRUCT or DESCRIBE; well-known prefixes need not be declared.
            timeout: seconds that the query itself may take.
            inferred: whether facts that follow from those stated are there too.
            limit: the most rows or triples to return, ``cut`` says when there were more; None for all.

        Returns:
            Rows of SELECT, triples of CONSTRUCT and DESCRIBE, the truth of ASK.

        Raises:
            QueryError: a syntax error (with line and column), an update, SERVICE, LOAD or FROM, and what takes more
                time or memory than allowed.
        """
        from kgzsl.graph.query import run

        return run(self._graph, query, timeout, inferred, limit)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The subclass hierarchy as arrays over the rows of ``ids``."""
        from kgzsl.graph.hierarchy import Hierarchy

        return Hierarchy(self._graph)

    @cached_property
    def walkable(self) -> dict[Any, Any]:
        """What ``paths`` walked along last."""
        return {}

    @property
    def _graph(self) -> ClassGraph:
        return cast("ClassGraph", self)

    def _relations(self, names: Collection[str] | None) -> frozenset[str] | None:
        return None if names is None else known_relations(self._graph, names)
