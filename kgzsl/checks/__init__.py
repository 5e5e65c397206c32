"""What can be wrong with an ontology: one file a code, each finding with file and line."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from typing import NamedTuple

from kgzsl.errors import OntologyError
from kgzsl.graph.classgraph import ClassGraph

CHECKS = {
    "E01": "kgzsl.checks.unknown_parent",
    "E02": "kgzsl.checks.cycle",
    "E03": "kgzsl.checks.class_twice",
    "E04": "kgzsl.checks.attribute_range",
    "W01": "kgzsl.checks.no_path_to_seen",
    "W02": "kgzsl.checks.duplicate_label",
    "W03": "kgzsl.checks.disjoint_ancestors",
}
"""Catalogue: code → module with ``check(graph, seen)``. E is refused by ``update``, W is told."""


class Finding(NamedTuple):
    """One thing that is wrong."""

    code: str
    message: str
    file: str
    line: int
    value: str
    fix: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code} {self.message}" + (f"; {self.fix}" if self.fix else "")

    def error(self) -> OntologyError:
        """Return the finding as an error to raise."""
        message = f"{self.code} {self.message}"
        return OntologyError(message, file=self.file, line=self.line, value=self.value, fix=self.fix)


def check(graph: ClassGraph, seen: Collection[str] = (), codes: str = "EW") -> list[Finding]:
    """Return the findings of all checks whose code starts with one of ``codes``, in the order of the files."""
    found: list[Finding] = []
    for code, module in CHECKS.items():
        if code[0] in codes:
            found += importlib.import_module(module).check(graph, seen)
    return sorted(found, key=lambda f: (f.file, f.line, f.code))


def refuse_errors(graph: ClassGraph) -> None:
    """Raise the first finding that makes a graph unfit to answer from.

    Raises:
        OntologyError: an E finding, with file and line.
    """
    found = check(graph, codes="E")
    if found:
        raise found[0].error()
