"""Read-only SPARQL in a worker process that can be stopped."""

from __future__ import annotations

import atexit
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kgzsl.errors import QueryError
from kgzsl.ontology import vocabulary as v

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

_REFUSED = {"ServiceGraphPattern": "SERVICE", "Load": "LOAD", "DatasetClause": "FROM"}
START_TIME = 30.0


def run(graph: ClassGraph, query: str, timeout: float) -> list[dict[str, str]] | bool:
    """Check a query, run it in the worker of this graph, and return rows (SELECT) or the truth (ASK).

    Raises:
        QueryError: what is refused, what cannot be parsed, and what takes longer than ``timeout`` seconds.
    """
    text = _with_prefixes(query)
    check(text)
    with _lock:
        worker = _worker_of(graph)
        reply = worker.ask(text, timeout)
        if reply is None:
            worker.stop()
            raise QueryError(f"the query was stopped after {timeout:g} s", value=query, fix="narrow it, or add LIMIT")
    if "error" in reply:
        raise QueryError(f"the query failed: {reply['error']}", value=query)
    answer: list[dict[str, str]] | bool = reply["answer"]
    return answer


def check(query: str) -> None:
    """Parse with rdflib and refuse all that writes or reaches outside.

    Raises:
        QueryError: a syntax error, an update, CONSTRUCT or DESCRIBE, SERVICE, LOAD or FROM.
    """
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        parsed = parseQuery(query)
    except Exception as error:
        raise QueryError(f"not a SPARQL query: {str(error).splitlines()[0]}", value=query,
                         fix="only SELECT and ASK are answered") from None  # fmt: skip
    names = set(_names(parsed))
    for name, word in _REFUSED.items():
        if name in names:
            raise QueryError(f"{word} is refused: a query reads this graph and nothing else", value=query)
    if not names & {"SelectQuery", "AskQuery"}:
        raise QueryError("only SELECT and ASK are answered", value=query)


def _names(node: Any) -> Iterator[str]:
    if hasattr(node, "name"):
        yield str(node.name)
    if isinstance(node, dict):
        for value in node.values():
            yield from _names(value)
    elif isinstance(node, (list, tuple)) or type(node).__name__ in ("ParseResults", "plist"):
        for value in node:
            yield from _names(value)


def _with_prefixes(query: str) -> str:
    missing = (p for p in v.PREFIXES if f"{p}:" in query and f"PREFIX {p}:" not in query.replace("prefix", "PREFIX"))
    return "".join(f"PREFIX {p}: <{v.PREFIXES[p]}> " for p in missing) + query


class _Worker:
    """A child process that holds one graph; lines of JSON go to and fro."""

    def __init__(self, graph: ClassGraph) -> None:
        self.hash = graph.hash
        self._lines: queue.Queue[str] = queue.Queue()
        command = [sys.executable, "-m", "kgzsl.graph.worker"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf8"
        )
        threading.Thread(target=self._listen, daemon=True).start()
        if self.ask([tuple(fact[:3]) for fact in graph.ontology], START_TIME) is None:
            self.stop()
            raise QueryError("the query worker did not start")

    def ask(self, what: object, timeout: float) -> Any:
        """Send one message and return the answer, or None when none came in time."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        try:
            return json.loads(self._lines.get(timeout=timeout))
        except queue.Empty:
            return None

    def stop(self) -> None:
        """Kill the process; the next query starts another."""
        global _current
        self.process.kill()
        self.process.wait()
        if _current is self:
            _current = None

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)


_current: _Worker | None = None
_lock = threading.Lock()


def _worker_of(graph: ClassGraph) -> _Worker:
    global _current
    if _current is not None and (_current.hash != graph.hash or _current.process.poll() is not None):
        _current.stop()
    if _current is None:
        _current = _Worker(graph)
    return _current


@atexit.register
def _stop_current() -> None:
    if _current is not None:
        _current.stop()
