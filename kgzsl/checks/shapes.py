"""S01, S02, S03: a fact that breaks a SHACL shape, stated as a violation, a warning or an information.

Shapes say what the facts of a project must look like: `ontologies/shapes.ttl` what kgzsl reads, and files of your own
(`--shapes FILE`, or `shapes` in the recipe's `[check]`) what you require beyond: every species has a status, say.
They run through pySHACL, which takes seconds for some thousand classes, and so only where they are asked for.
Nothing is fetched, no rules or scripts in shapes are run, and shapes that do not end are stopped.

Change the fact, or the shape: the message is the shape's own (`sh:message`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.graph import ClassGraph
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal, Ontology
from kgzsl.ontology.read import read_ontology

SH = "http://www.w3.org/ns/shacl#"
SCRIPT = Path(__file__).with_name("shacl.py")
SECONDS, MEMORY = 300.0, 4 << 30
"""What one file of shapes may take; all of WordNet and five shapes take ten seconds."""
CODES = {SH + "Violation": "S01", SH + "Warning": "S02", SH + "Info": "S03"}
_QUERIES = frozenset(SH + name for name in ("select", "ask", "construct", "update"))
_REACHES_OUT = re.compile(r"\b(SERVICE|FROM|LOAD)\b", re.IGNORECASE)


def check(context: Context) -> Iterator[Finding]:
    """Yield nothing: shapes are run where they are asked for, see :func:`findings`."""
    yield from ()


def findings(graph: ClassGraph, files: Iterable[str | Path]) -> list[Finding]:
    """Return what breaks the shapes of these files.

    Raises:
        MissingFileError: no such file.
        OntologyError: a file that cannot be read, holds no shapes, or a shape that cannot be run.
    """
    shapes = [_shapes(Path(file)) for file in dict.fromkeys(map(str, files))]
    if not shapes:
        return []
    places = _Places(graph)
    found = (_finding(result, places) for ontology in shapes for result in _results(graph.ontology, ontology))
    return list(dict.fromkeys(found))


def _shapes(path: Path) -> Ontology:
    if not path.is_file():
        raise MissingFileError("no such file of shapes", file=str(path))
    ontology = read_ontology(path)
    if not any(fact.predicate.startswith(SH) for fact in ontology):
        raise OntologyError("holds no SHACL shapes", file=str(path), line=1)
    for fact in ontology:
        if fact.predicate in _QUERIES and isinstance(fact.object, Literal) and _REACHES_OUT.search(fact.object.value):
            raise OntologyError("refuses a query that reads from elsewhere (SERVICE, FROM, LOAD)", file=fact.file,
                                line=fact.line)  # fmt: skip
    return ontology


def _results(facts: Ontology, shapes: Ontology) -> list[dict[str, str]]:
    """Return what each validation result says, by the local name of its predicates."""
    asked = {"facts": _triples(facts), "shapes": _triples(shapes), "memory": MEMORY}
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run([sys.executable, "-P", str(SCRIPT)], input=json.dumps(asked).encode(), timeout=SECONDS,
                              capture_output=True, env=environment, check=False)  # fmt: skip
        reply = json.loads(done.stdout or "{}")
    except subprocess.TimeoutExpired:
        reply = {"error": f"they do not end within {SECONDS:g} seconds"}
    except ValueError:
        reply = {}
    if "results" not in reply:
        said = reply.get("error", "their process ended, most likely for want of memory")
        raise OntologyError(f"the shapes cannot be run: {said}", file=shapes.paths[0])
    found: list[dict[str, str]] = reply["results"]
    return found


def _triples(ontology: Ontology) -> list[tuple[Any, ...]]:
    return [(fact.subject, fact.predicate, fact.object) for fact in ontology]


def _finding(result: dict[str, str], places: _Places) -> Finding:
    subject, path, value = (result.get(name) for name in ("focusNode", "resultPath", "value"))
    file, line = places.of(subject or "", path or "", value)
    name = places.name(subject or "")
    about = f"'{name}'" + (f", {v.local_name(path)}" if path and not path.startswith("_:") else "")
    message = " ".join(result.get("resultMessage", "breaks a shape").split())
    code = CODES.get(result.get("resultSeverity", ""), "S01")
    return Finding(code, f"{about}: {message}", file, line, name if value is None else value)


class _Places:
    """Where the facts about a subject stand."""

    def __init__(self, graph: ClassGraph) -> None:
        self._graph = graph
        self._facts: dict[str, list[Fact]] = {}
        for fact in graph.ontology:
            self._facts.setdefault(fact.subject, []).append(fact)

    def name(self, subject: str) -> str:
        """Return what a message calls a subject."""
        return self._graph.label(subject) if subject in self._graph else v.local_name(subject)

    def of(self, subject: str, predicate: str, value: str | None) -> tuple[str, int]:
        """Return file and line of the fact that is meant, else of the subject's declaration, else of the file.

        A shape of an attribute names the class as the value: then the fact about the class is meant.
        """
        facts = self._facts.get(subject, [])
        about = [f for f in self._facts.get(value or "", []) if f.predicate == subject]
        near = [f for f in facts if f.predicate == predicate]
        exact = [f for f in near if value == (f.object.value if isinstance(f.object, Literal) else f.object)]
        for fact in (*about, *exact, *near, *(f for f in facts if f.predicate == v.TYPE), *facts):
            return fact.file, fact.line
        paths = self._graph.ontology.paths
        return (paths[0] if paths else "", 1)
