"""The facts behind one step of a walk: what an operator read when it went from one concept to another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from kgzsl.graph.classgraph import SUBCLASS, ClassGraph, Relation
from kgzsl.propagation.operators import AtDistance, Inheriting, Neighbours, Operator, Parents, Related
from kgzsl.semantics.space import ClassSpace

INHERITS = "inherits from"


class Step(NamedTuple):
    """How one step is called, and the facts that it goes over, each with its share of the step.

    The shares of alternatives (two relations between the same concepts) sum to at most one, the rest is derived; all
    facts of a chain have the whole of it.
    """

    relation: str
    facts: tuple[tuple[Relation, float], ...]


class Steps:
    """Looks up steps of one space, and remembers the hierarchy above concepts that it was asked about."""

    def __init__(self, space: ClassSpace) -> None:
        self.space, self.graph = space, space.graph
        self._above: dict[str, dict[str, Relation]] = {}
        self._around: dict[str, dict[str, tuple[str, str]]] = {}

    def between(self, operator: Operator, here: str, there: str) -> Step:
        """Return the step that an operator makes from one concept (IRI) to another."""
        if isinstance(operator, AtDistance | Inheriting):
            down = isinstance(operator, AtDistance) and operator.descendants
            chain = self.chain(there, here)[::-1] if down else self.chain(here, there)
            far = f"{len(chain)} step{'s' if len(chain) > 1 else ''} {'down' if down else 'up'}"
            return Step(INHERITS if isinstance(operator, Inheriting) else far, tuple((fact, 1.0) for fact in chain))
        named: dict[str, float] = {}
        found: list[tuple[Relation, float]] = []
        for name, fact, weight in self._read(operator, here, there):
            named[name] = named.get(name, 0.0) + weight
            found += [(fact, weight)] if fact is not None else []
        total = sum(named.values()) or 1.0
        return Step(", ".join(named), tuple((fact, weight / total) for fact, weight in found))

    def chain(self, low: str, high: str) -> list[Relation]:
        """Return the facts of a shortest way up the hierarchy, in its order; none where there is no way."""
        tree, chain, here = self._climbed(low), list[Relation](), high
        while here != low and here in tree:
            chain.insert(0, tree[here])
            here = tree[here].source
        return chain if here == low else []

    def nearest(self, here: str, there: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the concepts and relations of a shortest way over relations of the recipe, both ways."""
        if here not in self._around:
            self._around[here] = self._walked(here)
        before, nodes, said = self._around[here], [there], list[str]()
        while nodes[0] != here and nodes[0] in before:
            source, relation = before[nodes[0]]
            nodes.insert(0, source)
            said.insert(0, relation)
        return (tuple(nodes), tuple(said)) if nodes[0] == here else ((here, there), ("derived",))

    def _walked(self, here: str) -> dict[str, tuple[str, str]]:
        """Return, for each concept, the one before it on a shortest way, and the relation between them."""
        before: dict[str, tuple[str, str]] = {}
        todo = deque([here])
        stated = [relation for relation in self.space.ways if relation not in self.space.derived]
        while todo:
            node = todo.popleft()
            for relation in stated:
                ends = [(fact.target, relation) for fact in self.graph.out(node, relation)]
                ends += [(fact.source, _inverse(relation)) for fact in self.graph.into(node, relation)]
                for target, said in ends:
                    if target != here and target not in before:
                        before[target] = node, said
                        todo.append(target)
        return before

    def _climbed(self, low: str) -> dict[str, Relation]:
        """Return, for each ancestor, the last fact of a shortest way to it."""
        if low not in self._above:
            tree: dict[str, Relation] = {}
            todo = [low]
            while todo:
                here = todo.pop(0)
                for fact in self.graph.out(here, SUBCLASS):
                    if fact.target != low and fact.target not in tree:
                        tree[fact.target] = fact
                        todo.append(fact.target)
            self._above[low] = tree
        return self._above[low]

    def _read(self, operator: Operator, here: str, there: str) -> Iterator[tuple[str, Relation | None, float]]:
        """Yield the relation as said, the fact unless it is derived, and the weight."""
        for relation, (along, against) in sorted(_ways(operator, self.space).items()):
            for factor, ends, said in ((along, (here, there), relation), (against, (there, here), _inverse(relation))):
                if not factor:
                    continue
                if relation in self.space.derived:
                    weight = self._derived(relation, *ends)
                    if weight:
                        yield said, None, factor * weight
                    continue
                for fact in self.graph.out(ends[0], relation):
                    if fact.target == ends[1]:
                        yield said, fact, factor * fact.weight

    def _derived(self, relation: str, source: str, target: str) -> float:
        sources, targets, weights = self.space.edges(relation)
        index = self.graph.index
        return float(weights[(sources == index[source]) & (targets == index[target])].sum())


def _ways(operator: Operator, space: ClassSpace) -> dict[str, tuple[float, float]]:
    if isinstance(operator, Neighbours):
        return dict(space.ways)
    if isinstance(operator, Parents):
        return {SUBCLASS: (1.0, 0.0)}
    if isinstance(operator, Related):
        return {operator.relation: (0.0, 1.0) if operator.backward else (1.0, 0.0)}
    return {}


def _inverse(relation: str) -> str:
    return f"inverse of {relation}"


def stated(graph: ClassGraph, source: str, target: str, relation: str) -> tuple[Relation, ...]:
    """Return the facts that state one relation between two concepts."""
    return tuple(fact for fact in graph.out(source, relation) if fact.target == target)


def told(space: ClassSpace, said: str, here: str, there: str) -> tuple[Relation, ...]:
    """Return the facts behind a step of a walk that a learner lists itself, by what it calls the relation."""
    found: list[Relation] = []
    for relation in said.split(", "):
        name = relation.removeprefix("inverse of ")
        ends = (here, there) if name == relation else (there, here)
        found += stated(space.graph, *ends, name)
    return tuple(found)
