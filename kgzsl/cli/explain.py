"""The verb that says why: of one answer, of a set of mistakes, or how far explanations are to be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgzsl.cli.idle import refuse_idle
from kgzsl.cli.output import INTERRUPTED, as_json, progress, say, show, table
from kgzsl.errors import DrawingError, FeatureError, KgzslError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgzsl.engine import Engine
    from kgzsl.explain import Explanation
    from kgzsl.explain.counterfactual import Suggestion
    from kgzsl.features import FeatureSet

SHOWN, COLUMNS = 3, 3
PART = {
    "": {"row", "name", "against", "paths", "counterfactuals"}, "--expected": {"row", "number"},
    "--errors": {"number"}, "--measure": {"answers"},
}  # fmt: skip
"""What is asked → parameters that have a part in it alone."""


def _print_schema(asked: bool) -> None:
    if asked:
        from kgzsl.explain.schema import SCHEMA

        as_json(SCHEMA, indent=2)
        raise typer.Exit


def explain(
    ctx: typer.Context,
    bundle: Annotated[Path, typer.Argument(help="Made by `kgzsl train`.")],
    features: Annotated[Path, typer.Argument(help="Inputs: .npz, .npy, .csv or .parquet.")],
    row: Annotated[int, typer.Option(min=0, help="Which input, from 0.")] = 0,
    name: Annotated[str | None, typer.Option("--class", help="Explain this class instead of the answer.")] = None,
    against: Annotated[
        str | None, typer.Option(help="Say why rather than this class, instead of the runner-up.")
    ] = None,
    expected: Annotated[
        str | None, typer.Option(help="The right class: suggest edits of the ontology that would make it the answer.")
    ] = None,
    paths: Annotated[int, typer.Option(min=0, help="How many of the strongest paths to list.")] = 10,
    counterfactuals: Annotated[
        bool, typer.Option("--counterfactuals/--no-counterfactuals", help="Search edits that change the answer.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write it: .svg, .png, .html, .dot, .md or .json.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of a tree; --schema documents it.")] = False,
    errors: Annotated[
        bool, typer.Option("--errors", help="Rank the edits that would mend most mistakes; needs labelled inputs.")
    ] = False,
    number: Annotated[
        int | None, typer.Option("--apply", min=1, metavar="N", help="Write the N-th suggested edit to the files.")
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure how faithful explanations of these inputs are.")
    ] = False,
    answers: Annotated[int, typer.Option(min=1, help="With --measure: how many answers at most.")] = 500,
    schema: Annotated[
        bool, typer.Option("--schema", is_eager=True, callback=_print_schema, help="Print the schema of --json.")
    ] = False,
) -> None:
    """Say why an input got its answer: what it looks like, by which paths, and which edits would change it."""
    asked = [word for word, given in (("--expected", expected), ("--errors", errors), ("--measure", measure)) if given]
    if len(asked) > 1:
        raise KgzslError(f"{' and '.join(asked)} ask different things", fix="give one of them")
    if number is None or asked:  # --apply alone says itself what it needs
        refuse_idle(ctx, PART, "".join(asked))
    _check_out(out, asked)
    try:
        engine, given = _opened(bundle, features, row)
        if number is not None:
            from kgzsl.cli.applying import Asked, applied

            applied(engine, given, Asked(bundle, features, row, expected, errors, out), number, json)
        elif errors:
            _errors(engine, given, out, json)
        elif measure:
            _measure(engine, given, answers, out, json)
        elif expected is not None:
            _expected(engine, given, row, expected, out, json)
        else:
            _one(engine.explain(given.X[row], name, against, paths, counterfactuals), out, json)
    except KeyboardInterrupt:
        say("interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None


def print_explanation(found: Explanation) -> None:
    """Print an explanation as a tree; in a pipe as indented text."""
    from kgzsl.explain.draw.tree import tree

    show(lambda plain: tree(found, plain))


def print_paths(found: Explanation) -> None:
    """Print the paths of an explanation alone, in a few lines."""
    from kgzsl.explain.draw.tree import branch

    show(lambda plain: branch(found, plain))


def _opened(bundle: Path, features: Path, row: int) -> tuple[Engine, FeatureSet]:
    """Load both, and refuse inputs that do not fit, or have no such row, by the name of their file."""
    from kgzsl.engine import load
    from kgzsl.features import checked, load_features

    engine, given = load(bundle), load_features(features)
    if row >= len(given):
        last = f"the last is --row {len(given) - 1}"
        raise FeatureError(f"has {len(given)} rows, there is no row {row}", file=str(features), value=row, fix=last)
    checked(given.X, given.source, engine.setting.propagation.bank.width)
    return engine, given


def _check_out(out: Path | None, asked: Sequence[str]) -> None:
    """Refuse a place that cannot be written before anything is computed."""
    from kgzsl.explain.draw.files import check

    if out is not None:
        check(out)
        if asked and out.suffix.lower() != ".json":
            raise DrawingError(f"{asked[0]} cannot be written as '{out.suffix}'", file=str(out), value=out.suffix,
                               fix="use .json")  # fmt: skip


def _one(found: Explanation, out: Path | None, json: bool) -> None:
    from kgzsl.explain.draw import sentence, write
    from kgzsl.explain.schema import document

    if out is not None:
        write(found, out)
    if json:
        as_json(document(found))
    elif out is not None:
        say(f"{found.label}: {sentence(found)} Written to {out}")
    else:
        print_explanation(found)


def _expected(engine: Engine, given: FeatureSet, row: int, name: str, out: Path | None, json: bool) -> None:
    from kgzsl.explain.counterfactual import expected, missed
    from kgzsl.features import checked

    setting, x = engine.setting, checked(given.X)[row]
    iri, graph = setting.graph.find(name, "class"), setting.graph
    answer = setting.answers(x[None])[0]
    found = expected(setting, x, iri)
    note = "" if answer == iri else missed(graph, iri, found)
    if out is not None or json:
        _data({"row": row, "answer": graph.short(answer), "expected": graph.short(iri), "graph_hash": graph.hash,
               "bundle": setting.bundle, "note": note, "suggestions": found}, out, json)  # fmt: skip
    elif answer == iri:
        say(f"row {row} is answered {graph.label(iri)} already: nothing to mend")
    else:
        say(f"row {row} is answered {graph.label(answer)}, expected {graph.label(iri)}")
        if found and note:
            say(note)
        _suggestions(found)


def _errors(engine: Engine, given: FeatureSet, out: Path | None, json: bool) -> None:
    from kgzsl.explain.counterfactual import as_data, mend, write

    labels = labels_of(given)
    try:
        with progress() as report:
            found = mend(engine.setting, given.X, labels, report)
    except UnknownNameError as error:
        raise _placed(error, given) from None
    if out is not None:
        write(found, out)
        say(f"written to {out}, with the hashes of {len(found.used.pairs)} labels", err=json)
    if json:
        as_json(as_data(found))
    elif out is None:
        say(f"{found.errors} of {found.inputs} answers are wrong; {found.tried} edits were tried")
        _suggestions(found.suggestions)
        for note in found.notes:
            say(note)
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)


def labels_of(given: FeatureSet) -> tuple[str, ...]:
    """Return the labels of inputs.

    Raises:
        FeatureError: they have none.
    """
    if given.labels is None:
        raise FeatureError("holds no labels, which --errors compares answers with", file=given.source,
                           fix="add a column 'label' (.csv, .parquet) or an array 'labels' (.npz)")  # fmt: skip
    return given.labels


def _placed(error: UnknownNameError, given: FeatureSet) -> UnknownNameError:
    """Return the error with the file and the first row whose label it is about."""
    unknown = error.value if isinstance(error.value, list) else [error.value]
    rows = [] if given.labels is None else [n for n, label in enumerate(given.labels) if str(label) in unknown]
    said = f"row {rows[0]}: {error.message}" if rows else error.message
    return UnknownNameError(said, file=given.source, value=error.value, fix=error.fix)


def _measure(engine: Engine, given: FeatureSet, answers: int, out: Path | None, json: bool) -> None:
    from kgzsl.explain.faithfulness import faithfulness

    with progress() as report:
        found = faithfulness(engine.setting, given.X, answers=answers, progress=report)
    if out is not None or json:
        _data(found.as_json(), out, json)
        return
    say(f"{len(found)} answers of the learner '{found.learner}', {len(set(found.classes))} classes; means over classes "
        "with their 95 % intervals")  # fmt: skip
    heads, rows = found.table()
    for at in range(1, len(heads), COLUMNS):
        shown = [0, *range(at, min(at + COLUMNS, len(heads)))]
        table([f">{heads[k]}" if k else heads[k] for k in shown], ([row[k] for k in shown] for row in rows))
        say()
    for method, why in found.unavailable.items():
        say(f"without {method}: {why}")


def _suggestions(found: Sequence[Suggestion]) -> None:
    from kgzsl.explain.draw.text import from_here, shortened

    if not found:
        say("no edit that was tried helps")
        return
    table((">", "edit", ">mends", ">breaks", ">margin"),
          ((k, shortened(s.text, (edit.fact for edit in s.edits)), s.mended, s.broken, f"{s.gain:+.4f}")
           for k, s in enumerate(found, 1)))  # fmt: skip
    for k, suggestion in enumerate(found[:SHOWN], 1):
        for step in suggestion.how:
            say(f"{k}: {from_here(step)}")


def _data(value: Any, out: Path | None, json: bool) -> None:
    """Write plain data to a file, print it, or both."""
    from kgzsl.cli.output import json_text
    from kgzsl.whole import written_whole

    if out is not None:
        try:
            with written_whole(out) as file:
                file.write(json_text(value, indent=2).encode("utf8") + b"\n")
        except OSError as error:
            raise DrawingError(f"cannot be written: {error.strerror}", file=str(out)) from None
        say(f"written to {out}", err=json)
    if json:
        as_json(value)
