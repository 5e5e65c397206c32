"""How quick the workbench feels: checking, re-checking after an edit, querying and reasoning.

Run: python benchmarks/workbench.py [--rounds N]

Figures are medians in one run; they gate nothing. The 3,000-class file is generated; the rest is WordNet's noun
hierarchy (82,115 synsets, Debian's wordnet-base).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kgzsl.checks import check
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology.reason import Entailment
from kgzsl.timing import uncollected

WORDNET = Path("/usr/share/wordnet")
HEAD = ("@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix : <http://x/> .\n")  # fmt: skip
ANIMAL = "n00015388"


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    _edit(rounds)
    graph = build_graph(read_ontology(WORDNET))
    print(f"WordNet: {len(graph.class_ids):,} classes, {len(graph.ontology):,} facts")
    _tell("read and build", rounds, lambda: build_graph(read_ontology(WORDNET)))
    _tell("all checks but shapes", rounds, lambda: check(graph, codes="EWI"))
    query = f"SELECT ?c {{ ?c rdfs:subClassOf+ wn:{ANIMAL} }}"
    _tell("first query, with the worker's start", 1, lambda: graph.sparql("ASK {}", timeout=60))
    _tell("SPARQL, all below animal", rounds, lambda: graph.sparql(query))
    _tell("descendants of animal", rounds, lambda: graph.descendants(ANIMAL))
    expression = f"{ANIMAL} and not (hasPart some wing)"
    _tell("expression, first time", 1, lambda: graph.classes(expression))
    _tell("expression, again", rounds, lambda: graph.classes(expression))
    found = Entailment(graph.ontology)
    _tell("all that follows (OWL RL)", 1, lambda: found.facts)
    facts = found.facts[:: len(found) // 20]
    _tell("reasons of 20 entailed facts", 1, lambda: [found.because(*fact) for fact in facts])


def _edit(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ttl"
        blocks = [f":c{k} a owl:Class ; rdfs:label \"thing {k}\" ; rdfs:subClassOf :c{(k - 1) // 3} .\n"
                  for k in range(1, 3000)]  # fmt: skip
        path.write_text(HEAD + ':c0 a owl:Class ; rdfs:label "thing" .\n' + "".join(blocks))
        before = read_ontology(path)
        path.write_text(path.read_text() + ":c3000 a owl:Class ; rdfs:subClassOf :c7 .\n")
        _tell("re-check of 3,000 classes after an edit of one line", rounds,
              lambda: check(build_graph(read_ontology(path, before)), codes="EWI"))  # fmt: skip


def _tell(what: str, rounds: int, work: Callable[[], Any]) -> None:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        with uncollected():
            work()
        times.append(time.perf_counter() - start)
    print(f"{what:52} {statistics.median(times):8.3f} s")


if __name__ == "__main__":
    main()
