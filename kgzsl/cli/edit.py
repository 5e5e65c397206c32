"""Verbs that edit ontology files: add, rename, move, remove; each shows what it changes before it writes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from kgzsl.cli.output import as_json, say, table, write
from kgzsl.data import bundled
from kgzsl.errors import OntologyError

if TYPE_CHECKING:
    from kgzsl.checks import Finding
    from kgzsl.diff import Diff
    from kgzsl.effect import Effect
    from kgzsl.engine import Engine
    from kgzsl.graph.recipe import Recipe
    from kgzsl.ontology import Ontology
    from kgzsl.ontology.edit import Plan

Name = Annotated[str, typer.Argument(help="Id, label or synonym of a class.")]
Files = Annotated[list[Path], typer.Option("--file", help="The file to edit; repeatable.")]
Beside = Annotated[
    list[str] | None,
    typer.Option("--ontology", "-o", help="Files, folders or addresses that are read beside it; repeatable."),
]
RecipeFile = Annotated[Path | None, typer.Option("--recipe", "-r", help="Read its ontologies beside the file.")]
Bundle = Annotated[Path | None, typer.Option("--bundle", "-b", help="Say what the edit does to it.")]
Features = Annotated[Path | None, typer.Option("--features", "-f", help="Say which answers change.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show all of it and write nothing.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a diff and tables.")]


def add(
    name: Annotated[str, typer.Argument(help="What the new class is called.")],
    file: Files,
    parent: Annotated[list[str] | None, typer.Option(help="A class above it; repeatable.")] = None,
    gloss: Annotated[str, typer.Option(help="What it is: the more of how it looks, the better.")] = "",
    has: Annotated[list[str] | None, typer.Option(help="ATTRIBUTE=STRENGTH, from 0 to 1; repeatable.")] = None,
    relation: Annotated[list[str] | None, typer.Option(help="RELATION=CLASS; repeatable.")] = None,
    synonym: Annotated[list[str] | None, typer.Option(help="A further name; repeatable.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="Instead of one made from the name.")] = None,
    new_attribute: Annotated[bool, typer.Option("--new-attribute", help="Declare attributes that are new.")] = False,
    homonym: Annotated[bool, typer.Option("--homonym", help="Allow a second class of this name.")] = False,
    ontology: Beside = None,
    recipe: RecipeFile = None,
    bundle: Bundle = None,
    features: Features = None,
    dry_run: Dry = False,
    json: Json = False,
) -> None:
    """Add a class to an ontology file, in the file's own style."""
    from kgzsl.ontology.edit import add_class

    beside = _beside(file, ontology, recipe, bundle, features)
    plan = add_class(
        file, name, id=id, parents=parent or (), gloss=gloss, synonyms=synonym or (), has=_strengths(has or []),
        relations=[_pair(text, "--relation", "hasPart=tail") for text in relation or []],
        new_attributes=new_attribute, homonym=homonym, context=beside.ontology,
    )  # fmt: skip
    _finish(plan, beside, features, dry_run, json)


def rename(
    old: Name,
    new: Annotated[str, typer.Argument(help="Its label to be; with --id, its id.")],
    file: Files,
    id: Annotated[bool, typer.Option("--id", help="Change the id, and all that refers to it.")] = False,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Do not keep the old label as a synonym.")] = False,
    ontology: Beside = None,
    recipe: RecipeFile = None,
    bundle: Bundle = None,
    features: Features = None,
    dry_run: Dry = False,
    json: Json = False,
) -> None:
    """Give a class another label, or another id wherever the files name it."""
    from kgzsl.ontology import edit

    if id and drop_old:
        raise OntologyError("--drop-old is about labels, --id about ids", fix="give one of them")
    beside = _beside(file, ontology, recipe, bundle, features)
    if id:
        plan = edit.rename_id(file, old, new, context=beside.ontology)
    else:
        plan = edit.rename(file, old, new, keep_old=not drop_old, context=beside.ontology)
    _finish(plan, beside, features, dry_run, json)


def move(
    name: Name,
    file: Files,
    to: Annotated[str, typer.Option("--to", "--parent", help="The new parent.")],
    source: Annotated[str | None, typer.Option("--from", help="The parent to leave, where there are several.")] = None,
    ontology: Beside = None,
    recipe: RecipeFile = None,
    bundle: Bundle = None,
    features: Features = None,
    dry_run: Dry = False,
    json: Json = False,
) -> None:
    """Put a class under another parent."""
    from kgzsl.ontology import edit

    beside = _beside(file, ontology, recipe, bundle, features)
    plan = edit.move(file, name, to, source=source, context=beside.ontology)
    _finish(plan, beside, features, dry_run, json)


def remove(
    name: Name,
    file: Files,
    replace_by: Annotated[str | None, typer.Option(help="Lead all references to this class.")] = None,
    children_to_parent: Annotated[
        bool, typer.Option("--children-to-parent", help="Its children become children of its parents.")
    ] = False,
    drop_references: Annotated[bool, typer.Option("--drop-references", help="Take out what refers to it.")] = False,
    ontology: Beside = None,
    recipe: RecipeFile = None,
    bundle: Bundle = None,
    features: Features = None,
    dry_run: Dry = False,
    json: Json = False,
) -> None:
    """Take a class out, and leave no reference to it."""
    from kgzsl.ontology import edit

    if replace_by is not None and (children_to_parent or drop_references):
        raise OntologyError("--replace-by already says what becomes of every reference", fix="give it alone")
    beside = _beside(file, ontology, recipe, bundle, features)
    plan = edit.remove(file, name, replace_by=replace_by, children_to_parent=children_to_parent,
                       drop_references=drop_references, context=beside.ontology)  # fmt: skip
    _finish(plan, beside, features, dry_run, json)


class _Beside(NamedTuple):
    """What is known beside the edited files."""

    ontology: Ontology | None
    recipe: Recipe | None
    engine: Engine | None


def _beside(
    files: list[Path], sources: list[str] | None, recipe: Path | None, bundle: Path | None, features: Path | None
) -> _Beside:
    """Read what is named beside the files: sources and those of the recipe, else the facts of the bundle.

    Where nothing is named, the attribute tables in the folders of the files are read.
    """
    from kgzsl.ontology import read_ontology
    from kgzsl.ontology.edit.workspace import tables_beside
    from kgzsl.ontology.read import is_address

    if features is not None and bundle is None:
        raise OntologyError("--features need a --bundle that answers", fix="name one with --bundle")
    engine, made = None, None
    if bundle is not None:
        from kgzsl.engine import load

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".* is stale")
            engine = load(bundle)
    if recipe is not None:
        from kgzsl.graph.recipe import read_recipe

        made = read_recipe(bundled(recipe))
    paths = [*(sources or ()), *(made.sources if made else ())]
    if paths:
        return _Beside(read_ontology([p if is_address(p) else bundled(p) for p in paths]), made, engine)
    if engine is not None:
        return _Beside(engine.state.ontology, made or engine.recipe, engine)
    return _Beside(tables_beside(files), made, None)


def _finish(plan: Plan, beside: _Beside, features: Path | None, dry_run: bool, json: bool) -> None:
    """Check the edit, say what it does, and write it unless it is a rehearsal."""
    from kgzsl.diff import diff
    from kgzsl.editing import reviewed

    findings = reviewed(plan, beside.recipe)
    found = diff(plan.before, plan.after, inferred=False, reading=beside.recipe.reading if beside.recipe else None)
    effect = _effect(plan, beside.engine, features) if beside.engine else None
    if not dry_run and json:
        plan.apply()
    if json:
        as_json({"class": plan.subject, "written": not dry_run, "files": [str(c.path) for c in plan.changes],
                 "text": plan.diff, "classes": found.classes, "facts": found.asserted,
                 "findings": [finding.as_dict() for finding in findings], "effect": effect})  # fmt: skip
        return
    _show(plan, found, findings, effect)
    if not dry_run:
        plan.apply()
    files = ", ".join(str(change.path) for change in plan.changes)
    say(f"nothing written to {files} (--dry-run)" if dry_run else f"written: {files}")


def _effect(plan: Plan, engine: Engine, features: Path | None) -> Effect:
    from kgzsl.editing import edited
    from kgzsl.features import load_features
    from kgzsl.whatif import preview

    X = load_features(features).X if features else None
    return preview(engine, edited(engine.state.ontology, plan), X)


def _show(plan: Plan, found: Diff, findings: list[Finding], effect: Effect | None) -> None:
    from kgzsl.diff.render import sections

    write(plan.diff)
    for section in sections(found, effect):
        table(section.columns, section.rows, f"{section.title} ({section.total})")
        say()
    for finding in findings:
        say(str(finding))


def _strengths(pairs: list[str]) -> dict[str, float]:
    strengths: dict[str, float] = {}
    for text in pairs:
        name, value = _pair(text, "--has", "stripes=0.6")
        if name in strengths:
            raise OntologyError(f"the attribute '{name}' is given twice", value=text)
        try:
            strengths[name] = float(value)
        except ValueError:
            raise OntologyError(f"'{value}' is not a number", value=text, fix="such as --has stripes=0.6") from None
    return strengths


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not equals or not name.strip() or not value.strip():
        raise OntologyError(f"{option} '{text}' is not NAME=VALUE", value=text, fix=f"such as {option} {example}")
    return name.strip(), value.strip()
