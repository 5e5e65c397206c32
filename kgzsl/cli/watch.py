"""The verb that follows ontology files while they are edited."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from kgzsl.cli.output import as_json, progress, say
from kgzsl.data import bundled
from kgzsl.errors import FeatureError, MissingFileError, RecipeError

if TYPE_CHECKING:
    from kgzsl.engine import Engine
    from kgzsl.watch import Event, Watcher

ZIP = b"PK"


def watch(
    source: Annotated[Path, typer.Argument(metavar="RECIPE_OR_BUNDLE", help="A bundle needs no training.")],
    features: Annotated[Path | None, typer.Option(help="Labelled features to fit seen classifiers on.")] = None,
    learner: Annotated[str | None, typer.Option(help="Instead of the recipe's; see `kgzsl learners`.")] = None,
    save: Annotated[Path | None, typer.Option("--save", help="A bundle, written anew after each update.")] = None,
    settle: Annotated[float, typer.Option(min=0, help="Milliseconds for which files must be quiet.")] = 50.0,
    hold: Annotated[float, typer.Option(min=0, help="Seconds for which the loss of many classes must stand.")] = 2.0,
    force: Annotated[bool, typer.Option("--force", help="Take over even the loss of most classes.")] = False,
    findings: Annotated[bool, typer.Option(help="Tell what `check` newly warns of.")] = True,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Keep an engine up to date with its ontology files: one line for each save, until Ctrl-C."""
    if save is not None and not save.absolute().parent.is_dir():
        raise FeatureError("no such folder to write to", file=str(save))
    source = bundled(source)
    engine = _engine(source, features, learner)
    from kgzsl.watch import Watcher

    watcher = Watcher(engine, settle / 1000, hold, force, save, source, findings)
    with _until_signalled(watcher) as signals:
        for event in watcher:
            _tell(event, json)
    if signal.SIGINT in signals:
        raise KeyboardInterrupt


def _engine(source: Path, features: Path | None, learner: str | None) -> Engine:
    if not source.is_file():
        raise MissingFileError("no such recipe or bundle", file=str(source), fix="`kgzsl train` makes bundles")
    with source.open("rb") as file:
        bundle = file.read(len(ZIP)) == ZIP
    if bundle:
        if features or learner:
            raise RecipeError("a bundle is trained already", file=str(source),
                              fix="--features and --learner are for recipes")  # fmt: skip
        from kgzsl.engine import load

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load(source)
    from kgzsl.features import load_features

    given = load_features(features) if features else None
    if given is not None and given.labels is None:
        raise FeatureError("has no labels", file=str(features), fix="add an array or column 'label'")
    X, y = (given.X, given.labels) if given else (None, None)
    from kgzsl.training import train

    with progress() as report:
        engine = train(source, X, y, learner, progress=report)
    if engine.learner.interrupted:
        raise KeyboardInterrupt
    return engine


def _tell(event: Event, json: bool) -> None:
    if not json:
        say(str(event))
        return
    error = event.error and {name: getattr(event.error, name) for name in ("message", "file", "line", "fix")}
    as_json(vars(event) | {"error": error})
    sys.stdout.flush()


@contextmanager
def _until_signalled(watcher: Watcher) -> Iterator[list[int]]:
    """Stop the watcher at Ctrl-C or when asked to terminate, after what is under way; a second one does not wait."""
    noted: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)
        watcher.stop()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
