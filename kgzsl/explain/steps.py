"""The facts behind one step of a walk: what an operator read when it went from one concept to another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from kgzsl.graph.classgraph import SUBCLASS, ClassGraph, Relation
from kgzsl.learners.base import INVERSE
from kgzsl.propagation.operators import AtDistance, Inheriting, Neighbours, Operator, Parents, Related
from kgzsl.semantics.space import ClassSpace

INHERITS = "inherits from"


class Step(NamedTuple):
    """How one step is called, and the facts that it goes over, each with its share of the step.

    The shares of alternatives (relations between the same concepts, ways of the same length) sum to at most one, the
    rest is derived; the facts of a chain have the whole of it, one after the other.
    """

    relation: str
    facts: tuple[tuple[Relation, float], ...]


class Steps:
    """Looks up steps of one space, and remembers the hierarchy above concepts that it was asked about."""

    def __init__(self, space: ClassSpace) -> None:
        self.space, self.graph = space, space.graph
        self._above: dict[str, dict[str, tuple[int, int, tuple[Relation, ...]]]] = {}
        self._around: _Around | None = None

    def between(self, operator: Operator, here: str, there: str) -> Step:
        """Return the step that an operator makes from one concept (IRI) to another."""
        if isinstance(operator, AtDistance | Inheriting):
            down = isinstance(operator, AtDistance) and operator.descendants
            far, shares = self.chains(there, here) if down else self.chains(here, there)
            said = f"{far} step{'s' if far > 1 else ''} {'down' if down else 'up'}"
            return Step(INHERITS if isinstance(operator, Inheriting) else said, shares)
        named: dict[str, float] = {}
        found: list[tuple[Relation, float]] = []
        for name, fact, weight in self._read(operator, here, there):
            named[name] = named.get(name, 0.0) + weight
            found += [(fact, weight)] if fact is not None else []
        total = sum(named.values()) or 1.0
        return Step(", ".join(named), tuple((fact, weight / total) for fact, weight in found))

    def chains(self, low: str, high: str) -> tuple[int, tuple[tuple[Relation, float], ...]]:
        """Return the length of the shortest ways up the hierarchy, and their facts with the share that goes over each.

        Ways of one length share alike. None where there is no way.
        """
        levels = self._climbed(low)
        if high not in levels:
            return 0, ()
        onward, shares = {high: 1.0}, list[tuple[Relation, float]]()
        for _ in range(levels[high][0]):
            before: dict[str, float] = {}
            for there, share in onward.items():
                ways, facts = levels[there][1:]
                for fact in facts:
                    part = share * levels[fact.source][1] / ways
                    shares.append((fact, part))
                    before[fact.source] = before.get(fact.source, 0.0) + part
            onward = before
        return levels[high][0], tuple(shares[::-1])

    def nearest(self, here: str, there: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the concepts and relations of a shortest way over relations of the recipe, both ways."""
        if self._around is None or self._around.here != here:
            self._around = _Around(here)
        before = self._around.until(there, self._beside)
        nodes, said = [there], list[str]()
        while nodes[0] != here and nodes[0] in before:
            source, relation = before[nodes[0]]
            nodes.insert(0, source)
            said.insert(0, relation)
        return (tuple(nodes), tuple(said)) if nodes[0] == here else ((here, there), ("derived",))

    def _beside(self, node: str) -> Iterator[tuple[str, str]]:
        for relation in self.space.ways:
            if relation not in self.space.derived:
                yield from ((fact.target, relation) for fact in self.graph.out(node, relation))
                yield from ((fact.source, _inverse(relation)) for fact in self.graph.into(node, relation))

    def _climbed(self, low: str) -> dict[str, tuple[int, int, tuple[Relation, ...]]]:
        """Return, for each ancestor, how far it is, how many shortest ways lead there, and their last facts."""
        if low not in self._above:
            levels: dict[str, tuple[int, int, tuple[Relation, ...]]] = {low: (0, 1, ())}
            frontier, far = [low], 0
            while frontier:
                far += 1
                reached: dict[str, tuple[int, tuple[Relation, ...]]] = {}
                for here in frontier:
                    for fact in self.graph.out(here, SUBCLASS):
                        if fact.target not in levels and fact.weight:
                            ways, facts = reached.get(fact.target, (0, ()))
                            reached[fact.target] = ways + levels[here][1], (*facts, fact)
                levels |= {there: (far, ways, facts) for there, (ways, facts) in reached.items()}
                frontier = list(reached)
            self._above[low] = levels
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
                    if fact.target == ends[1] and fact.weight:
                        yield said, fact, factor * fact.weight

    def _derived(self, relation: str, source: str, target: str) -> float:
        sources, targets, weights = self.space.edges(relation)
        index = self.graph.index
        return float(weights[(sources == index[source]) & (targets == index[target])].sum())


class _Around:
    """A search in breadth from a concept that goes on from where it stopped."""

    def __init__(self, here: str) -> None:
        self.here, self.todo = here, deque([here])
        self.before: dict[str, tuple[str, str]] = {}

    def until(self, there: str, beside: Callable[[str], Iterator[tuple[str, str]]]) -> dict[str, tuple[str, str]]:
        """Return, for each concept met, the one before it and the relation between; far enough to know ``there``."""
        while self.todo and there not in self.before and there != self.here:
            node = self.todo.popleft()
            for target, said in beside(node):
                if target != self.here and target not in self.before:
                    self.before[target] = node, said
                    self.todo.append(target)
        return self.before


def _ways(operator: Operator, space: ClassSpace) -> dict[str, tuple[float, float]]:
    if isinstance(operator, Neighbours):
        return dict(space.ways)
    if isinstance(operator, Parents):
        return {SUBCLASS: (1.0, 0.0)}
    if isinstance(operator, Related):
        return {operator.relation: (0.0, 1.0) if operator.backward else (1.0, 0.0)}
    return {}


def _inverse(relation: str) -> str:
    return f"{INVERSE}{relation}"


def stated(graph: ClassGraph, source: str, target: str, relation: str) -> tuple[Relation, ...]:
    """Return the facts that state one relation between two concepts."""
    return tuple(fact for fact in graph.out(source, relation) if fact.target == target and fact.weight)


def told(space: ClassSpace, said: str, here: str, there: str) -> tuple[Relation, ...]:
    """Return the facts behind a step of a walk that a learner lists itself, by what it calls the relation."""
    found: list[Relation] = []
    for relation in said.split(", "):
        name = relation.removeprefix(INVERSE)
        ends = (here, there) if name == relation else (there, here)
        found += stated(space.graph, *ends, name)
    return tuple(found)
