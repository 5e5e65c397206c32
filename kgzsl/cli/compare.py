"""The verb that sets learners of all families side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgzsl.cli.output import INTERRUPTED, as_json, progress, say, table
from kgzsl.errors import FeatureError, LearnerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kgzsl.compare import Row

HEAD = ("family", "learner", ">T1 [95 %]", ">U", ">S", ">H", ">gamma", ">fit s", ">add ms", "fitted anew")


def compare(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as graphs/animals.toml.")],
    test: Annotated[
        Path | None,
        typer.Option(help="Labelled inputs of unseen, and maybe seen, classes; others than were trained on."),
    ] = None,
    learner: Annotated[list[str] | None, typer.Option(help="Only this one; repeatable. All without.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="Only this family; repeatable.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="LEARNER.KEY=VALUE; repeatable.")] = None,
    features: Annotated[Path | None, typer.Option(help="Labelled features to fit seen classifiers on.")] = None,
    ontology: Annotated[list[str] | None, typer.Option(help="Instead of the recipe's; repeatable.")] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    out: Annotated[
        list[Path] | None, typer.Option("--out", "-o", help=".json, .csv, .md, .tex or .html; repeatable.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Train learners of all families on one recipe and set them side by side on test inputs.

    T1: unseen classes of the test inputs among themselves. U, S, H: inputs of unseen and of seen classes with all
    candidates, and their harmonic mean, at the gamma that was chosen on held-out seen classes. Means over classes.
    The differences of the best T1 to the others are paired over classes. Inputs that were trained or calibrated on are
    refused as test inputs. Ctrl-C shows what is done so far.
    """
    from kgzsl.compare import chosen_learners, trial
    from kgzsl.compare import compare as run
    from kgzsl.evaluate.report import check_place
    from kgzsl.evaluate.side_by_side import write_rows
    from kgzsl.features import load_features
    from kgzsl.training import read_material

    if test is None:
        raise FeatureError("nothing to compare on", fix="give labelled inputs of unseen classes: --test FILE")
    for path in out or []:
        check_place(path)
    names = chosen_learners(learner or (), family or ())
    options = _options(option, names)
    inputs = load_features(test)
    given = load_features(features) if features else None
    if given is not None and given.labels is None:
        raise FeatureError("has no labels", file=str(features), fix="add an array or column 'label'")
    X, y = (given.X, given.labels) if given else (None, None)
    with progress() as report:
        material = read_material(recipe, X, y, ontologies=ontology, seed=seed, progress=report)
        tested = trial(material, inputs)
        rows, whole = _gathered(run(material, tested, names, options, report))
    for path in out or []:
        write_rows(rows, path)
    as_json(rows) if json else _shown(rows)
    if not whole:
        say(f"interrupted: {len(rows)} of {len(names)} learners are compared", err=True)
        raise typer.Exit(INTERRUPTED)


def _gathered(rows: Iterator[Row]) -> tuple[list[Row], bool]:
    """Return the rows, and whether those are all."""
    found: list[Row] = []
    try:
        for row in rows:
            found.append(row)
    except KeyboardInterrupt:
        return found, False
    return found, True


def _shown(rows: Sequence[Row]) -> None:
    from kgzsl.evaluate.side_by_side import behind_best, behind_table

    usable = [row for row in rows if not row.reason]
    if usable:
        table(HEAD, map(_cells, usable))
    for row in rows:
        if row.reason:
            say(f"{row.learner} ({row.family}): {row.reason}")
    behind = behind_table(behind_best(rows))
    if behind.rows:
        table(behind.heads, behind.rows, behind.title)
        say(behind.note)


def _cells(row: Row) -> tuple[str, ...]:
    name = f"{row.learner} ({row.chosen})" if row.chosen else row.learner
    figures = (_percent(row.unseen), _percent(row.seen), _percent(row.harmonic), _number(row.gamma, 3),
               _number(row.seconds, 2), _number(row.adding, 1))  # fmt: skip
    return (row.family, name, str(row.t1), *figures, row.trained)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _options(pairs: list[str] | None, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for pair in pairs or []:
        place, equals, value = pair.partition("=")
        learner, dot, key = place.partition(".")
        if not (equals and dot and learner and key):
            raise LearnerError(f"option '{pair}' is not LEARNER.KEY=VALUE", value=pair,
                               fix="such as --option kernel.decay=0.4")  # fmt: skip
        if learner not in names:
            raise LearnerError(f"option '{pair}': '{learner}' is not compared", value=learner,
                               fix=f"compared are {', '.join(names)}")  # fmt: skip
        found.setdefault(learner, {})[key] = value
    return found
