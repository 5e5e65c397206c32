"""The verb that makes the public GBU features a folder to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kgzsl.cli.output import as_json, progress, say, table


def gbu(
    res101: Annotated[Path, typer.Argument(help="The features, labels and names of images.")],
    att_splits: Annotated[Path, typer.Argument(help="The attributes and splits of the same release.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")],
    attributes: Annotated[
        Literal["att", "original_att"], typer.Option(help="Scaled to unit length, or as measured.")
    ] = "att",
    attribute_names: Annotated[
        Path | None, typer.Option(help="Names of the attributes, one a line; a001 and so on without.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of the data set, instead of its folder's.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that this command wrote.")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Check the public GBU features and write a recipe, an ontology and features to train on."""
    from kgzsl.gbu import load_gbu, write_gbu
    from kgzsl.gbu.folder import read_names

    names = read_names(attribute_names) if attribute_names else None
    with progress() as report:
        found = load_gbu(res101, att_splits, name, report)
    write_gbu(found, out, attributes, names, force)
    images, width = found.features.shape
    facts = {"folder": str(out), "data set": found.name, "split": found.split, "classes": len(found.names),
             "attributes": found.att.shape[1], "images": images, "numbers an image": width,
             "to train on": len(found.trainval_loc), "test, seen classes": len(found.test_seen_loc),
             "test, unseen classes": len(found.test_unseen_loc), "order of classes": _order(found.checked)}  # fmt: skip
    if json:
        as_json(facts | {"checked": found.checked, "leaked": found.leaked})
        return
    table(("what", "value"), facts.items())
    say(f"next: kgzsl train {out / 'recipe.toml'} --out {out.name}.kgzsl")


def _order(checked: int) -> str:
    if checked:
        return f"as the folders of {checked:,} images say"
    return "not checked: no folders of images are named after classes"
