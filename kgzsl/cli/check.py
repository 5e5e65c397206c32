"""The verb that says what is wrong with ontologies; it never loads the numerical libraries of learners."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from kgzsl.cli.output import as_json, say, table
from kgzsl.data import bundled
from kgzsl.errors import UnknownNameError

if TYPE_CHECKING:
    from kgzsl.checks import Finding
    from kgzsl.graph import ClassGraph
    from kgzsl.graph.recipe import Recipe

FINDINGS = 1
DEFAULT = "ontologies/objects.ttl"
Severity = Literal["error", "warning", "info"]
Form = Literal["lines", "table", "json", "sarif", "github"]


def check(
    sources: Annotated[list[str] | None, typer.Argument(help="Ontology files, folders or addresses; none: the "
                                                             f"recipe's, or {DEFAULT}.")] = None,
    recipe: Annotated[Path | None, typer.Option("--recipe", "-r", help="Says what is seen, which relations count, and "
                                                                       "what is switched off.")] = None,
    off: Annotated[list[str] | None, typer.Option(help="Codes to leave out, such as W02,W16.")] = None,
    shapes: Annotated[list[Path] | None, typer.Option(help="SHACL shapes to run too: ontologies/shapes.ttl, or your "
                                                           "own.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How findings are printed.")] = "lines",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    show: Annotated[Severity, typer.Option(help="Leave out what is less grave.")] = "info",
    fail_on: Annotated[Severity, typer.Option(help="Exit code 1 when anything is so grave.")] = "warning",
) -> None:  # fmt: skip
    """Say what is wrong with ontologies, with code, file and line; exit code 1 when anything is."""
    from kgzsl.timing import uncollected

    with uncollected():
        examined = _examine(sources or [], recipe, shapes or [], _codes(off or []))
    shown = [finding for finding in examined.found if _grave(finding, show)]
    FORMS["json" if json else form](shown)
    if form in ("lines", "table") and not json:
        say(_summary(examined.found, len(examined.graph.class_ids)))
    if any(_grave(finding, fail_on) for finding in examined.found):
        raise typer.Exit(FINDINGS)


class Examined(NamedTuple):
    """What was found, and in what."""

    graph: ClassGraph
    found: list[Finding]


def _examine(sources: list[str], recipe: Path | None, shapes: list[Path], off: list[str]) -> Examined:
    from kgzsl.checks import audible, known_codes, ordered
    from kgzsl.checks import check as run
    from kgzsl.checks.shapes import findings
    from kgzsl.checks.unreadable import build, read
    from kgzsl.graph.recipe import read_recipe
    from kgzsl.ontology.read import is_address

    made = read_recipe(bundled(recipe)) if recipe else None
    paths = sources or (made.sources if made else [DEFAULT])
    skipped = known_codes([*off, *(made.check.off if made else ())])
    ontology, unread = read([path if is_address(path) else bundled(path) for path in paths])
    graph, meaningless = build(ontology, made.reading if made else None)
    files = [*map(bundled, shapes), *(map(made.resolve, made.check.shapes) if made else ())]
    found = [f for f in (*unread, *meaningless, *findings(graph, files)) if f.code not in skipped]
    found = audible(graph, found) + run(graph, _seen(made, graph, bool(unread)), "EWI", made, off)
    return Examined(graph, ordered(found))


def _seen(recipe: Recipe | None, graph: ClassGraph, partial: bool) -> tuple[str, ...]:
    """Return the seen classes of a recipe; none where files are missing in which they may be described."""
    if recipe is None or partial or not (recipe.seen.layer or recipe.seen.features):
        return ()
    from kgzsl.training import seen_classes

    try:
        return seen_classes(recipe, graph)
    except UnknownNameError as error:
        warnings.warn(f"W01 is left out, as a seen class of the recipe is not described: {error}", stacklevel=2)
        return ()


def _codes(given: list[str]) -> list[str]:
    return [code.strip() for text in given for code in text.split(",") if code.strip()]


def _grave(finding: Finding, least: Severity) -> bool:
    order = ("error", "warning", "info")
    return order.index(finding.severity) <= order.index(least)


def _summary(found: list[Finding], classes: int) -> str:
    counts = Counter(finding.severity for finding in found)
    words = {"error": "errors", "warning": "warnings", "info": "hints"}
    each = [f"{counts[severity]} {word if counts[severity] != 1 else word[:-1]}" for severity, word in words.items()
            if counts[severity]]  # fmt: skip
    return f"{', '.join(each) or 'nothing found'} in {classes} classes"


def _lines(found: list[Finding]) -> None:
    for finding in found:
        say(str(finding))


def _table(found: list[Finding]) -> None:
    rows = ((f.code, f.severity, f"{f.file}:{f.line}" if f.line else f.file, f.message, f.fix or "") for f in found)
    table(("code", "severity", "place", "finding", "fix"), rows)


def _as_json(found: list[Finding]) -> None:
    as_json([finding.as_dict() for finding in found])


def _as_sarif(found: list[Finding]) -> None:
    from kgzsl import __version__
    from kgzsl.checks.sarif import sarif

    as_json(sarif(found, __version__), indent=1)


def _as_annotations(found: list[Finding]) -> None:
    from kgzsl.checks.annotations import annotation

    for finding in found:
        say(annotation(finding))


FORMS: dict[str, Callable[[list[Finding]], None]] = {
    "lines": _lines, "table": _table, "json": _as_json, "sarif": _as_sarif, "github": _as_annotations,
}  # fmt: skip
