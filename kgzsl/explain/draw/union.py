"""The union of the paths of an explanation as one graph: what a picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kgzsl.explain.draw.text import decimals, nothing, signed
from kgzsl.explain.explanation import EXACT, Explanation, Path, Total
from kgzsl.graph.classgraph import Relation

ANSWER, INNER, END, REST, BASE = "answer", "inner", "end", "rest", "base"
OUTSIDE = (REST, BASE)
"""What is no path of its own: all that is not drawn, and what belongs to no path, such as a bias."""
FEET = (END, *OUTSIDE)
MOST, WIDEST = 28, 9
"""Nodes of a picture, and of one of its layers."""

Key = tuple[str, str]
"""IRI and role: a concept may be on the way of one path and the end of another."""


@dataclass
class Node:
    """A concept in a picture; ``value`` is what the paths that end here add, ``whole`` what all of it adds."""

    key: Key
    label: str
    value: float = 0.0
    whole: float | None = None
    tip: str = ""


@dataclass
class Edge:
    """A step of one path or several.

    Args:
        source, target: nodes, from the answer down.
        plus, minus: sums over the paths that raise the score, and over those that lower it.
        relations: names of the steps, as they were taken.
        facts: that state them.
    """

    source: Key
    target: Key
    plus: float = 0.0
    minus: float = 0.0
    relations: dict[str, None] = field(default_factory=dict)
    facts: dict[Relation, None] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """What goes over it in all."""
        return self.plus + self.minus

    def add(self, value: float, relation: str = "", facts: Sequence[Relation] = ()) -> None:
        """Let one more path go over it."""
        self.plus, self.minus = self.plus + max(value, 0.0), self.minus + min(value, 0.0)
        self.relations.update({relation: None} if relation else {})
        self.facts.update(dict.fromkeys(facts))


@dataclass
class Union:
    """Nodes and edges; ``layers`` counts steps from the answer, the ends are all on the last.

    ``over`` and ``method`` are those of the split that is drawn, ``ends`` says what is at the foot.
    """

    nodes: dict[Key, Node]
    edges: dict[tuple[Key, Key], Edge]
    layers: dict[Key, int]
    over: str
    method: str
    ends: str


def union(explanation: Explanation, most: int = MOST, widest: int = WIDEST) -> Union | None:
    """Return the graph of an explanation's paths, or of its seen classes or attributes where it has no paths.

    Strongest first; a path that would need more nodes than ``most`` in all, or more than ``widest`` in a layer, goes
    into one node ``… others``, and so does what the explanation itself does not list. What belongs to no path has a
    node beside them, so that the foot adds up. None where there is no part.
    """
    paths, total = _parts(explanation)
    if not paths:
        return None
    kept = 2 if total and total.baseline else 1
    made = _Maker(explanation, most - kept, widest - kept)
    left = [path for path in sorted(paths, key=lambda p: -abs(p.value)) if not made.take(path)]
    made.close([*(path.value for path in left), *([total.rest] if total else [])], len(left), total)
    over, method = (total.over, total.method) if total else ("attributes", "")
    layers = _layers(made.top, list(made.edges))
    return Union(made.nodes, made.edges, layers, over, method, _ends(explanation, over))


def _ends(e: Explanation, over: str) -> str:
    """Return what the feet of a picture are."""
    if over != "paths":
        return over
    to_seen = any(c.paths for c in e.contributions or ())
    return "seen classes" if to_seen else "concepts whose descriptions are read"


def _parts(explanation: Explanation) -> tuple[Sequence[Path], Total | None]:
    """Return the paths of a picture and how they add up: of several splits the exact one, of two such the paths."""
    e = explanation
    if e.paths and (not e.contributions or (e.by_path is not None and e.by_path.method == EXACT)):
        return e.paths, e.by_path
    if e.contributions:
        return [Path((e.iri, c.iri), (e.label, c.label), ("",), ((),), c.value) for c in e.contributions], e.by_seen
    return [Path((e.iri, a.iri), (e.label, a.label), ("hasAttribute",), ((a.fact,) if a.fact else (),), a.value)
            for a in e.attributes], None  # fmt: skip


class _Maker:
    """Takes paths one by one, as long as there is room."""

    def __init__(self, explanation: Explanation, most: int, widest: int) -> None:
        self.most, self.widest = most, widest
        self.top: Key = (explanation.iri, ANSWER)
        self.nodes = {self.top: Node(self.top, explanation.label, explanation.score)}
        self.edges: dict[tuple[Key, Key], Edge] = {}
        self.wholes = {c.iri: c.value for c in explanation.contributions or ()}

    def take(self, path: Path) -> bool:
        """Add a path if there is room for it."""
        keys = self._keys(path)
        fresh = [key for key in keys if key not in self.nodes]
        ways = list(pairwise(keys))
        layers = _layers(self.top, [*self.edges, *ways])
        wide = max(list(layers.values()).count(k) for k in range(max(layers.values()) + 1))
        if len(self.nodes) + len(fresh) > self.most or wide > self.widest:
            return False
        labels = dict(zip(keys, path.labels if len(path.labels) > 1 else path.labels * 2, strict=True))
        for key in fresh:
            own = key == (self.top[0], END)
            label = f"{labels[key]} itself" if own else labels[key]
            self.nodes[key] = Node(key, label, 0.0, self.wholes.get(key[0]) if key[1] == END else None)
        self.nodes[keys[-1]].value += path.value
        steps = zip(path.relations, path.facts, strict=True) if path.relations else [("", ())]
        for way, (relation, facts) in zip(ways, steps, strict=True):
            self.edges.setdefault(way, Edge(*way)).add(path.value, relation, facts)
        return True

    def _keys(self, path: Path) -> list[Key]:
        """Return the nodes of a path; one that would close a circle has nodes of its own for its inner steps."""
        inner, end = path.nodes[1:-1], (path.nodes[-1], END)
        keys = [self.top, *((iri, INNER) for iri in inner), end]
        ways = [*self.edges, *pairwise(keys)]
        if len(set(keys)) == len(keys) and not _circular(ways):
            return keys
        return [self.top, *((iri, f"{INNER} {at}") for at, iri in enumerate(inner)), end]

    def close(self, others: Sequence[float], left: int, total: Total | None) -> None:
        """Add feet for what is not drawn, ``left`` paths of it by itself, and for what belongs to no path.

        What shows as zero has none.
        """
        baseline = total.baseline if total else ()
        fine = decimals([*(node.value for node in self.nodes.values()), *(value for _, value in baseline)])
        if not nothing(sum(map(abs, others)), fine):
            alone = left and not (total and total.rest)
            self._foot(("", REST), f"… {left} others" if alone else "… others", others)
        shown = [(name, value) for name, value in baseline if not nothing(value, fine)]
        if shown:
            several = "biases" if all(name.startswith("bias") for name, _ in shown) else f"{len(shown)} fixed parts"
            tip = "; ".join(f"{name}: {signed(value, fine)}" for name, value in shown)
            name = shown[0][0] if len(shown) == 1 else several
            self._foot(("", BASE), name, [value for _, value in baseline], tip)

    def _foot(self, key: Key, label: str, values: Sequence[float], tip: str = "") -> None:
        self.nodes[key] = Node(key, label, sum(values), None, tip)
        self.edges[self.top, key] = Edge(self.top, key)
        for value in values:
            self.edges[self.top, key].add(value)


def _layers(top: Key, ways: Sequence[tuple[Key, Key]]) -> dict[Key, int]:
    """Return the longest way from the top to every node; ends are all one below the deepest other."""
    below: dict[Key, list[Key]] = {}
    for source, target in ways:
        below.setdefault(source, []).append(target)
    layers, front, depth = {top: 0}, [top], 0
    while front:
        depth += 1
        front = list(dict.fromkeys(target for source in front for target in below.get(source, ())))
        layers.update(dict.fromkeys(front, depth))
    foot = 1 + max((layer for (_, role), layer in layers.items() if role not in FEET), default=0)
    return {key: foot if key[1] in FEET else layer for key, layer in layers.items()}


def _circular(ways: Sequence[tuple[Key, Key]]) -> bool:
    """Say whether some node leads back to itself."""
    import graphlib

    sorter: graphlib.TopologicalSorter[Key] = graphlib.TopologicalSorter()
    for source, target in ways:
        sorter.add(target, source)
    try:
        sorter.prepare()
    except graphlib.CycleError:
        return True
    return False
