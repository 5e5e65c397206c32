"""`kgzsl query`: SPARQL from the command line, a file or standard input."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kgzsl.cli.graph import Sources, load_graph
from kgzsl.cli.output import as_json, say, table, write
from kgzsl.errors import MissingFileError, QueryError
from kgzsl.graph.queries import ROWS, TIMEOUT
from kgzsl.graph.results import Rows, Triples

SUFFIXES = (".rq", ".sparql")


class Format(StrEnum):
    """How answers are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    NTRIPLES = "ntriples"


def query(
    sparql: Annotated[str, typer.Argument(help="SELECT, ASK, CONSTRUCT or DESCRIBE; a file (.rq) of it; - for standard "
                                               "input.")],
    ontology: Sources = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="json: SPARQL 1.1 results, with types; ntriples: "
                                           "for CONSTRUCT and DESCRIBE.")] = Format.TABLE,
    inferred: Annotated[bool, typer.Option("--inferred", help="Ask what follows from the facts too.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="The most rows to show; 0 for all.")] = ROWS,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for the query itself.")] = TIMEOUT,
    json: Annotated[bool, typer.Option("--json", help="Plain JSON: one object a row.")] = False,
) -> None:  # fmt: skip
    """Ask the facts in SPARQL (read-only, with limits on time, memory and rows)."""
    answer = load_graph(ontology).sparql(_text(sparql), timeout, inferred, limit or None)
    if isinstance(answer, bool):
        as_json({"head": {}, "boolean": answer} if format is Format.JSON else answer)
        return
    if json:
        as_json(list(answer))
    else:
        _print(answer, format)
    if answer.cut:
        shown = f"only the first {len(answer):,} are shown; --limit 0 shows all"
        say(shown if limit == len(answer) else "only a part is shown: the answer is too large", err=True)


def _text(sparql: str) -> str:
    if sparql == "-":
        return sys.stdin.read()
    if not sparql.endswith(SUFFIXES):
        return sparql
    if not Path(sparql).is_file():
        raise MissingFileError("no such query file", file=sparql)
    try:
        return Path(sparql).read_text(encoding="utf8")
    except UnicodeDecodeError:
        raise QueryError("a query file must be UTF-8", file=sparql) from None


def _print(answer: Rows | Triples, format: Format) -> None:
    if format is Format.NTRIPLES:
        if isinstance(answer, Rows):
            raise QueryError("rows are no triples", fix="ask with CONSTRUCT, or take another format")
        sys.stdout.write(answer.to_ntriples())
        return
    rows = answer if isinstance(answer, Rows) else answer.to_rows()
    if format is Format.JSON:
        write(rows.to_json())
    elif format is Format.CSV:
        sys.stdout.write(rows.to_csv())
    elif not rows:
        say("no rows")
    else:
        table(rows.columns, ([row.get(name, "") for name in rows.columns] for row in rows))
