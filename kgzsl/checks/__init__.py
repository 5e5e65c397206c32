"""What can be wrong with an ontology: one file a finding code, each finding with file and line."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable

from kgzsl.checks.catalogue import CHECKS
from kgzsl.checks.context import Context
from kgzsl.checks.finding import SEVERITIES, Finding, severity_of
from kgzsl.errors import UnknownNameError, suggest
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.graph.recipe import Recipe

__all__ = ["CHECKS", "SEVERITIES", "Context", "Finding", "check", "known_codes", "refuse_errors", "severity_of"]

def check(
    graph: ClassGraph,
    seen: Collection[str] = (),
    codes: str = "EW",
    recipe: Recipe | None = None,
    off: Collection[str] = (),
) -> list[Finding]:
    """Return the findings of all checks whose code starts with one of ``codes``, in the order of the files.

    Args:
        graph: what is examined.
        seen: IRIs of the classes whose classifiers are given.
        codes: first letters.
        recipe: which relations carry classifiers, what vectors are made of, and which codes are switched off.
        off: codes that are switched off besides.

    Raises:
        UnknownNameError: a code to switch off that does not exist.
    """
    skipped = known_codes([*off, *(recipe.check.off if recipe else ())])
    context = Context(graph, frozenset(seen), recipe)
    found: list[Finding] = []
    for code, module in CHECKS.items():
        if code[0] in codes and code[0] != "S" and code not in skipped:
            found += importlib.import_module(module).check(context)
    return ordered(audible(graph, found))


def refuse_errors(graph: ClassGraph, off: Collection[str] = ()) -> None:
    """Raise the first finding that makes a graph unfit to answer from.

    Raises:
        OntologyError: an E finding that is not switched off, with file and line.
    """
    found = check(graph, codes="E", off=off)
    if found:
        raise found[0].error()


def known_codes(codes: Collection[str]) -> frozenset[str]:
    """Return the codes as a set.

    Raises:
        UnknownNameError: one that does not exist.
    """
    for code in codes:
        if code not in CHECKS:
            near = suggest(code, CHECKS)
            fix = f"did you mean '{near}'?" if near else f"known are {', '.join(CHECKS)}"
            raise UnknownNameError(f"there is no check '{code}'", value=code, fix=fix)
    return frozenset(codes)


def audible(graph: ClassGraph, found: Iterable[Finding]) -> list[Finding]:
    """Return the findings that no comment in their file switches off."""
    silent = {document.path: document.silenced for document in graph.ontology.documents if document.silenced}
    return [f for f in found if not silent.get(f.file, frozenset()) & {(f.line, f.code), (0, f.code)}]


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings in the order of the files."""
    return sorted(found, key=lambda f: (f.file, f.line, f.code, f.value))
