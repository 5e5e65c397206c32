"""The commands in one table, and errors as one line."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import typer

from kgzsl.cli import choose, edit, entailed, graph, model, relatives
from kgzsl.cli.ask import ask
from kgzsl.cli.check import check
from kgzsl.cli.compare import compare
from kgzsl.cli.demo import demo
from kgzsl.cli.diff import diff
from kgzsl.cli.evaluate import adjusters, evaluate
from kgzsl.cli.explain import explain
from kgzsl.cli.forecast import forecast
from kgzsl.cli.gbu import gbu
from kgzsl.cli.output import INTERRUPTED, lenient, say
from kgzsl.cli.predicting import predict
from kgzsl.cli.query import query
from kgzsl.cli.resolve import resolve
from kgzsl.cli.watch import watch
from kgzsl.errors import KgzslError, shown

BAD_INPUT = 2

app = typer.Typer(
    name="kgzsl", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
    help="Knowledge-graph semantic reasoning for zero-shot learning.",
    epilog="Exit codes: 0 done, 1 findings, 2 bad input. Start with: kgzsl demo",
)  # fmt: skip
graphs = typer.Typer(no_args_is_help=True, help="Look at the class graph.")
app.add_typer(graphs, name="graph")

VERBS: tuple[Callable[..., None], ...] = (
    demo, check, diff, edit.add, edit.rename, edit.move, edit.remove, model.train, predict, resolve, explain,
    ask, model.update, watch, compare, evaluate, forecast, query, model.learners, adjusters, gbu,
)  # fmt: skip
GRAPH_VERBS: tuple[Callable[..., None], ...] = (
    graph.stats, graph.show, graph.paths, relatives.ancestors, relatives.descendants, relatives.common,
    relatives.neighbours, relatives.similar, choose.where, choose.classes, choose.subgraph,
    entailed.inferred, graph.ablate,
)  # fmt: skip
for verb in VERBS:
    app.command()(verb)
for verb in GRAPH_VERBS:
    graphs.command()(verb)


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    if version:
        from kgzsl import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; every error ends in one clear line."""
    warnings.showwarning = _warn
    lenient()
    try:
        app()
    except KgzslError as error:
        _end(f"error: {error}", BAD_INPUT)
    except KeyboardInterrupt:
        _end("interrupted", INTERRUPTED)
    except BrokenPipeError:
        os._exit(0)
    except Exception as error:
        if os.environ.get("KGZSL_DEBUG"):
            raise
        _end(f"error: unexpected {type(error).__name__}: {shown(str(error))} (KGZSL_DEBUG=1 shows where)", BAD_INPUT)


def _end(message: str, code: int) -> None:
    say(message, err=True)
    sys.exit(code)


def _warn(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if category is UserWarning:
        say(f"warning: {shown(str(message))}", err=True)
