"""Class spaces of WordNet's size for the benchmarks: real hypernyms, random vectors.

The 32,295 synsets of Kampffmeyer et al. 2019 where their list is at hand, all 82,115 nouns, a random part of either
that holds every ancestor, or a simulated graph of any size with the same degrees.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kgzsl.bank import ClassifierBank
from kgzsl.graph.classgraph import SUBCLASS, ClassGraph, Concept, Relation
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.space import ClassSpace, build_space

NOUNS = Path("/usr/share/wordnet/data.noun")
MATERIALS = Path(__file__).parents[3] / "shared/data/imagenet/materials"


class Fixed:
    """Vectors drawn once a name; the texts are never read."""

    def __init__(self, width: int) -> None:
        self.width, self.known = width, {}

    def vectors(self, graph: ClassGraph) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors (N, width), and that all are real."""
        new = [iri for iri in graph.ids if iri not in self.known]
        drawn = np.random.default_rng(len(self.known)).normal(size=(len(new), self.width)).astype(np.float32)
        self.known.update(zip(new, drawn, strict=True))
        return np.array([self.known[iri] for iri in graph.ids]), np.ones(len(graph), bool)


def hypernyms() -> dict[str, list[str]]:
    """Return wnid → wnids of its hypernyms, for every noun of WordNet 3.0."""
    found = {}
    for line in NOUNS.read_text(encoding="utf8").splitlines():
        if line[0] == " ":
            continue
        fields = line.split(" | ")[0].split()
        at = 4 + 2 * int(fields[3], 16)
        pointers = fields[at + 1 : at + 1 + 4 * int(fields[at])]
        found["n" + fields[0]] = ["n" + pointers[k + 1] for k in range(0, len(pointers), 4) if pointers[k] in "@ @i"]
    return found


def dgp_nodes(parents: dict[str, list[str]]) -> list[str]:
    """Return the published 32,295 synsets, or as many of WordNet's where the list is absent."""
    path = MATERIALS / "imagenet-xml-wnids.json"
    return json.loads(path.read_text()) if path.is_file() else part(parents, 32295)


def part(parents: dict[str, list[str]], size: int) -> list[str]:
    """Return about ``size`` synsets, every ancestor of a chosen one among them."""
    chosen: set[str] = set()
    for name in np.random.default_rng(0).permutation(sorted(parents)):
        todo = [str(name)]
        while todo:
            node = todo.pop()
            if node not in chosen:
                chosen.add(node)
                todo += parents[node]
        if len(chosen) >= size:
            break
    return sorted(chosen)


def simulated(size: int) -> dict[str, list[str]]:
    """Return a tree in which children arrive by preferential attachment, as WordNet's hubs do."""
    rng, ends = np.random.default_rng(0), [0]
    found: dict[str, list[str]] = {f"s{0:08}": []}
    for k in range(1, size):
        parent = ends[rng.integers(len(ends))] if rng.random() < 0.5 else int(rng.integers(k))
        ends.append(parent)
        found[f"s{k:08}"] = [f"s{parent:08}"]
    return found


def space_of(parents: dict[str, list[str]], names: Iterable[str], width: int = 300) -> ClassSpace:
    """Return the class space of these names."""
    known = sorted(set(names) & set(parents))
    concepts = {name: Concept(name, "class", name, (), name) for name in known}
    pairs = ((name, parent) for name in known for parent in parents[name] if parent in concepts)
    edges = tuple(Relation(name, SUBCLASS, parent, 1.0) for name, parent in pairs)
    graph = ClassGraph(concepts, edges, (), "benchmark", Ontology(()))
    return build_space(graph, {SUBCLASS: 1.0}, Fixed(width))


def seen_rows(space: ClassSpace, count: int = 1000, width: int = 2049) -> ClassifierBank:
    """Return random rows of leaves: the published 1,000 seen classes where known, else drawn."""
    path = MATERIALS / "imagenet-split.json"
    names = json.loads(path.read_text())["train"] if path.is_file() else []
    ids = [name for name in names if name in space.graph.index][:count]
    leaves = sorted(set(space.graph.ids) - {e.target for e in space.graph.relations} - set(ids))
    rng = np.random.default_rng(1)
    lacking = max(min(count, len(leaves)) - len(ids), 0)
    ids += [str(name) for name in rng.choice(leaves, lacking, replace=False)]
    weights = rng.normal(size=(len(ids), width)).astype(np.float32)
    return ClassifierBank(tuple(ids), weights, np.zeros(len(ids), np.float32), np.ones(len(ids), bool), metric="dot")
