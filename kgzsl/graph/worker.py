"""The SPARQL worker process: a store filled once, then one answer a query (the other end is workers.py).

It reads messages of one JSON line, each followed by the bytes that it announces, and ends when its input closes,
even amid a query: nobody is left to read the answer. It runs as a script, so that its start loads nothing of kgzsl.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import sys
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO

import pyoxigraph as ox

MOST_BYTES = 1 << 28
MOST_OVERSHOOT = 40
LINES = ox.RdfFormat.N_TRIPLES


def main() -> None:
    """Fill the store from the first message, then answer the others until standard input closes."""
    messages: queue.Queue[tuple[dict[str, Any], bytes]] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, messages), daemon=True).start()
    store = ox.Store()
    _start(store, *messages.get())
    while True:
        ask, _ = messages.get()
        _answer(partial(_query, store, **ask))


def _start(store: ox.Store, head: dict[str, Any], facts: bytes) -> None:
    _limit_memory(head["memory"])
    _answer(partial(_fill, store, facts, head["plain"]))
    _close_the_outside()


def _listen(source: BinaryIO, messages: queue.Queue[tuple[dict[str, Any], bytes]]) -> None:
    for line in source:
        head = json.loads(line)
        messages.put((head, source.read(head.pop("bytes", 0))))
    os._exit(0)


def _answer(work: Callable[[], dict[str, Any]]) -> None:
    try:
        reply = work()
    except MemoryError:
        reply = {"error": "memory"}
    except (SyntaxError, ValueError, OSError, RuntimeError) as error:
        reply = {"error": "failed", "text": str(error)}
    print(json.dumps(reply), flush=True)


def _fill(store: ox.Store, facts: bytes, plain: int) -> dict[str, Any]:
    store.load(facts[:plain], format=LINES, lenient=True)
    # Loading renames blank nodes; parsing keeps the labels that facts elsewhere go by.
    store.extend(ox.Quad(*triple) for triple in ox.parse(facts[plain:], format=LINES, lenient=True))
    return {"size": len(store)}


def _query(
    store: ox.Store, query: str, prefixes: dict[str, str], limit: int | None, ends: list[int]
) -> dict[str, Any]:
    try:
        result = store.query(query, prefixes=prefixes)
    except SyntaxError as error:
        return {"error": "syntax", "text": str(error), "wrong": first_wrong(query, prefixes, ends)}
    if isinstance(result, ox.QueryBoolean):
        return {"truth": bool(result)}
    if isinstance(result, ox.QueryTriples):
        rows, cut = _rows(_once(result), limit)
        return {"triples": rows, "cut": cut}
    columns = [variable.value for variable in result.variables]
    rows, cut = _rows(result, limit)
    return {"columns": columns, "rows": rows, "cut": cut}


def first_wrong(query: str, prefixes: dict[str, str], ends: list[int]) -> int:
    """Return which piece is the first that no query could go on with; ``ends`` are where its pieces end.

    The parser overshoots by the length of the keywords that it tried; but a beginning that is right fails where the
    text ends, and one that is wrong does not, however many empty lines follow.
    """
    return bisect_left(ends, True, key=lambda end: not _may_go_on(query[:end], prefixes))


def _may_go_on(start: str, prefixes: dict[str, str]) -> bool:
    try:
        ox.Store().query(start + "\n" * MOST_OVERSHOOT, prefixes=prefixes)
    except SyntaxError as error:
        found = re.match(r"error at (\d+):", str(error))
        return found is not None and int(found[1]) > start.count("\n") + MOST_OVERSHOOT
    return True


def _once(result: ox.QueryTriples) -> Iterator[Any]:
    seen = set()
    for triple in result:
        if triple not in seen:
            seen.add(triple)
            yield triple.subject, triple.predicate, triple.object


def _rows(found: Iterable[Any], limit: int | None) -> tuple[list[list[Any]], bool]:
    """Return the first rows and whether there are more, by number or by size."""
    rows: list[list[Any]] = []
    size = 0
    for row in found:
        if len(rows) == limit or size > MOST_BYTES:
            return rows, True
        rows.append([_plain(term) for term in row])
        size += sum(len(term) if isinstance(term, str) else len(term[0]) for term in rows[-1] if term)
    return rows, False


def _plain(term: Any) -> Any:
    """IRIs and blank nodes as text, literals as [text, datatype, language], like the values of facts."""
    if term is None:
        return None
    if isinstance(term, ox.Literal):
        return [term.value, term.datatype.value, term.language]
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _limit_memory(most: int | None) -> None:
    if most is None:
        return
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _close_the_outside() -> None:
    """Leave no room for one more file or socket: even a query that was not refused reaches nothing."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        spare = os.dup(0)
        os.close(spare)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, spare))


if __name__ == "__main__":
    main()
