"""How fast ontologies load: an Ontology with the line of every fact, beside the time rdflib needs to parse alone.

Run: python benchmarks/reading.py [--rounds N]

The file is WordNet's noun hierarchy (classes, names, glosses, parents, parts) as N-Triples, cut to 164,000 of them;
the goal is a third of rdflib's time. Each round runs both, one after the other; the ratio is of the medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import rdflib

from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology.model import Literal, Ontology

WORDNET = Path("/usr/share/wordnet")
TRIPLES = 164_000
GOAL = 1 / 3


def main() -> None:
    """Print seconds of both and their ratio, for N-Triples, Turtle and RDF/XML of the same facts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    ontology = read_ontology(WORDNET)
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "wordnet.nt"
        lines.write_text("".join(_line(fact) for fact in list(ontology)[:TRIPLES]), encoding="utf8")
        files = [lines, *_other_forms(lines)]
        for path in files:
            ours, theirs, built = [], [], []
            for _ in range(rounds):
                ours.append(_seconds(lambda path=path: read_ontology(path)))
                theirs.append(_seconds(lambda path=path: rdflib.Graph().parse(path)))
            made: Ontology = read_ontology(path)
            built.append(_seconds(lambda made=made: build_graph(made)))
            ratio = statistics.median(ours) / statistics.median(theirs)
            print(f"{path.suffix:5} {len(made):,} facts: Ontology {statistics.median(ours):.2f} s, rdflib "
                  f"{statistics.median(theirs):.2f} s, ratio {ratio:.3f} (goal {GOAL:.3f}: "
                  f"{'met' if ratio <= GOAL else 'NOT met'}); ClassGraph {built[0]:.2f} s more")  # fmt: skip


def _seconds(run: object) -> float:
    start = time.perf_counter()
    run()  # type: ignore[operator]
    return time.perf_counter() - start


def _line(fact: object) -> str:
    s, p, o, *_ = fact  # type: ignore[misc]
    if isinstance(o, Literal):
        text = o.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'<{s}> <{p}> "{text}"@{o.language} .\n' if o.language else f'<{s}> <{p}> "{text}"^^<{o.datatype}> .\n'
    return f"<{s}> <{p}> <{o}> .\n"


def _other_forms(lines: Path) -> list[Path]:
    import pyoxigraph as ox

    forms = {".ttl": ox.RdfFormat.TURTLE, ".rdf": ox.RdfFormat.RDF_XML}
    for suffix, form in forms.items():
        quads = ox.parse(path=str(lines), format=ox.RdfFormat.N_TRIPLES)
        ox.serialize((quad.triple for quad in quads), str(lines.with_suffix(suffix)), format=form)
    return [lines.with_suffix(suffix) for suffix in forms]


if __name__ == "__main__":
    main()
