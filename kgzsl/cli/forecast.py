"""The verb that says which descriptions are too poor before any input is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgzsl.cli.output import as_json, progress, say, table

SHOWN = 20


def forecast(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as graphs/objects.toml.")],
    learner: Annotated[str | None, typer.Option(help="Instead of the recipe's.")] = None,
    features: Annotated[Path | None, typer.Option(help="Labelled features to fit seen classifiers on.")] = None,
    classes: Annotated[
        str | None, typer.Option("--classes", "-c", help="Names with commas between, 'below NAME', or a file.")
    ] = None,
    ontology: Annotated[list[str] | None, typer.Option(help="Instead of the recipe's; repeatable.")] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="How many classes to show, the worst first.")] = SHOWN,
    json: Annotated[bool, typer.Option("--json", help="JSON of all classes instead of a table.")] = False,
) -> None:
    """Forecast how well unseen classes will be recognised, from their descriptions alone, and what they lack."""
    from kgzsl.cli.model import names_of
    from kgzsl.features import load_features
    from kgzsl.forecast import forecast as run
    from kgzsl.learners.catalogue import make_learner
    from kgzsl.training import read_material, train_on

    given = load_features(features) if features else None
    with progress() as report:
        X, y = (given.X, given.labels) if given else (None, None)
        material = read_material(recipe, X, y, learner, ontologies=ontology, progress=report)
        about = material.recipe.learner
        engine = train_on(material, make_learner(about.name, about.options), report)
        found = run(engine, material, names_of(classes), report)
    if json:
        as_json(found)
        return
    rows = ((e.label, f"{100 * e.accuracy:.0f} %", e.rival, "; ".join(e.missing)) for e in found.classes[:n])
    table(("class", ">hit@1", "nearest rival", "what would help"), rows)
    say(f"{len(found.classes)} unseen classes; learnt on {found.classes_seen} hidden seen classes ({found.learnt_on}); "
        f"rank correlation there {found.spearman:.2f}")  # fmt: skip
