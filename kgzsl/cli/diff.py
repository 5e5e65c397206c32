"""The verb `diff`: what an edit changes, in meaning and in predictions."""

from __future__ import annotations

import warnings
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgzsl.cli.check import FINDINGS
from kgzsl.cli.output import as_json, say, table, write
from kgzsl.errors import QueryError

if TYPE_CHECKING:
    from kgzsl.diff import Diff
    from kgzsl.effect import Effect
    from kgzsl.engine import Engine
    from kgzsl.ontology import Ontology

SIDE = "File, folder, dictionary, bundle, or REVISION:PATH in this git repository."


class Format(StrEnum):
    """How a difference is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    KGCL = "kgcl"


def diff(
    old: Annotated[str, typer.Argument(help=f"Before. {SIDE}")],
    new: Annotated[str, typer.Argument(help=f"After. {SIDE}")],
    bundle: Annotated[Path | None, typer.Option("--bundle", "-b", help="Say what the edit does to it.")] = None,
    features: Annotated[Path | None, typer.Option("--features", "-f", help="Say which answers change.")] = None,
    classes: Annotated[str | None, typer.Option("--classes", "-c", help="Candidates for these answers.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Nearest classes, and candidates of an input, that count.")] = 5,
    inferred: Annotated[bool, typer.Option(help="Also compare what follows from the facts.")] = True,
    limit: Annotated[int, typer.Option(min=0, help="Rows of each table; 0 for all.")] = 50,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TABLE,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Say what differs between two ontologies, and what it does to a bundle; exit code 1 when anything differs."""
    from kgzsl.diff import diff as compare
    from kgzsl.diff.revisions import read_side

    if (features or classes) and bundle is None:
        raise QueryError("--features and --classes need a --bundle that answers", fix="name one with --bundle")
    form = Format.JSON if json else form
    before, after = read_side(old), read_side(new)
    if form == Format.KGCL:
        found = compare(before, after, renames=False, inferred=False)
        _print_kgcl(found)
    else:
        engine = _engine(bundle) if bundle else None
        found = compare(before, after, inferred=inferred, reading=engine.recipe.reading if engine else None)
        effect = _effect(engine, before, after, features, _names(classes), k) if engine else None
        _print(found, effect, form, limit or None)
    if found:
        raise typer.Exit(FINDINGS)


def _engine(bundle: Path) -> Engine:
    from kgzsl.engine import load

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* is stale")
        return load(bundle)


def _effect(
    engine: Engine, before: Ontology, after: Ontology, features: Path | None, classes: list[str] | None, k: int
) -> Effect:
    from kgzsl.diff.patch import patched
    from kgzsl.features import load_features
    from kgzsl.whatif import preview

    X = load_features(features).X if features else None
    return preview(engine, patched(engine.state.ontology, before, after), X, classes, k)


def _print(found: Diff, effect: Effect | None, form: Format, limit: int | None) -> None:
    from kgzsl.diff.render import markdown, sections, summary

    if form == Format.JSON:
        as_json({"before": found.before, "after": found.after, "classes": found.classes, "asserted": found.asserted,
                 "inferred": found.inferred, "effect": effect})  # fmt: skip
    elif form == Format.MARKDOWN:
        write(markdown(found, effect, limit))
    else:
        for section in sections(found, effect, limit):
            table(section.columns, section.rows, f"{section.title} ({section.total})")
            if section.total > len(section.rows):
                say(f"… and {section.total - len(section.rows)} more (--limit 0 shows all)")
            say()
        say(summary(found, effect))


def _print_kgcl(found: Diff) -> None:
    from kgzsl.diff.kgcl import kgcl

    lines, unsaid = kgcl(found)
    for line in lines:
        say(line)
    if unsaid:
        warnings.warn(f"KGCL has no words for {unsaid} changed facts; they are left out", stacklevel=2)


def _names(classes: str | None) -> list[str] | None:
    return [name.strip() for name in classes.split(",") if name.strip()] if classes else None
