"""The verb that decides: a class, something broader, a set, several labels, or none of these."""

from __future__ import annotations

from typing import Annotated

import typer

from kgzsl.cli.model import Bundle, Classes, Inputs, Json, names_of
from kgzsl.cli.options import key_values
from kgzsl.cli.output import as_json, table
from kgzsl.errors import AdjusterError


def resolve(
    bundle: Bundle,
    features: Inputs,
    how: Annotated[str, typer.Option(help="A decider; see `kgzsl adjusters`.")] = "back-off",
    option: Annotated[list[str] | None, typer.Option(help="KEY=VALUE of the decider; repeatable.")] = None,
    classes: Classes = None,
    json: Json = False,
) -> None:
    """Say of inputs what can be relied on: something broader where no class is sure, a set, or none of these."""
    from kgzsl.engine import load
    from kgzsl.features import load_features

    engine = load(bundle)
    options = key_values(option, AdjusterError, "accuracy=0.8")
    found = engine.resolve(load_features(features).X, how, names_of(classes), **options)
    if json:
        for decision in found:
            as_json(decision)
        return
    rows = ((n, d.kind, ", ".join(d.labels) or "–", f"{100 * d.probability:.0f} %", f"{d.information:.1f}", d.reason)
            for n, d in enumerate(found))  # fmt: skip
    table((">input", "kind", "said", ">sure", ">bits", "reason"), rows)
