"""The SPARQL worker process: a store filled from the first line, then one answer a line (see query.py)."""

from __future__ import annotations

import json
import sys
from typing import Any

import pyoxigraph as ox


def main() -> None:
    """Read facts, then queries, from standard input until it closes."""
    store = ox.Store()
    store.extend([ox.Quad(_term(s), ox.NamedNode(p), _term(o)) for s, p, o in json.loads(sys.stdin.readline())])
    _reply({"answer": True})
    for line in sys.stdin:
        try:
            _reply({"answer": _plain(store.query(json.loads(line)))})
        except (SyntaxError, ValueError, OSError) as error:
            _reply({"error": str(error)})


def _reply(what: object) -> None:
    print(json.dumps(what), flush=True)


def _term(value: Any) -> Any:
    if isinstance(value, str):
        return ox.BlankNode(value[2:]) if value.startswith("_:") else ox.NamedNode(value)
    text, datatype, language = value
    return ox.Literal(text, language=language) if language else ox.Literal(text, datatype=ox.NamedNode(datatype))


def _plain(result: Any) -> list[dict[str, str]] | bool:
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    names = [variable.value for variable in result.variables]
    return [{name: row[name].value for name in names if row[name] is not None} for row in result]


if __name__ == "__main__":
    main()
