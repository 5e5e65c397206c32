"""The verb that ranks inputs by a class expression."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgzsl.cli.output import as_json, progress, say, table

if TYPE_CHECKING:
    from kgzsl.asking import Match
    from kgzsl.engine import Engine

RECIPE = Path("graphs/objects.toml")
SHOWN = 6


def ask(
    expression: Annotated[str, typer.Argument(help="Such as: vehicle and (hasPart some wing)")],
    features: Annotated[Path, typer.Option("--features", "-f", help="Inputs: .npz, .npy, .csv or .parquet.")],
    bundle: Annotated[Path | None, typer.Option("--bundle", "-b", help="Made by `kgzsl train`.")] = None,
    recipe: Annotated[Path, typer.Option("--recipe", "-r", help="Trained on the spot without --bundle.")] = RECIPE,
    k: Annotated[int, typer.Option("-k", min=1, help="How many inputs to show, best first.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Rank inputs by how well they fit a class expression."""
    import numpy as np

    from kgzsl.features import load_features

    given = load_features(features)
    engine = _engine(bundle, recipe)
    match = engine.ask(expression, given.X)
    best = [int(n) for n in np.argsort(-match.scores, kind="stable")[:k]]
    labels = given.labels
    if json:
        as_json({"expression": expression, "graph_hash": match.graph_hash, "bundle": match.bundle,
                 "classes": match.classes, "described": match.described, "inputs": [
                     {"input": n, "score": float(match.scores[n]), "label": labels[n] if labels else None}
                     for n in best]})  # fmt: skip
        return
    say(_told(engine, match))
    table((">input", ">log-odds", "label given"),
          ((n, f"{match.scores[n]:.2f}", labels[n] if labels else "") for n in best))  # fmt: skip


def _engine(bundle: Path | None, recipe: Path) -> Engine:
    from kgzsl.engine import load
    from kgzsl.training import train

    if bundle is not None:
        return load(bundle)
    with progress() as report:
        return train(recipe, progress=report)


def _told(engine: Engine, match: Match) -> str:
    """Say what the scores rest on."""
    names = [engine.graph.label(iri) for iri in match.classes]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    said = [f"{len(names)} candidates are known to fit: {', '.join(names[:SHOWN])}{more}"] if names else []
    said += [f"no candidate is known to fit; described as a class of its own: {text}" for text in match.described]
    return "\n".join(said or ["no candidate is known to fit"])
