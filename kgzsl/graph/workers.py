"""The worker processes that answer SPARQL: started when asked for, kept while of use, killed at the time limit."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kgzsl.errors import QueryError
from kgzsl.graph.ntriples import Triple, ntriples

SCRIPT = Path(__file__).with_name("worker.py")
KEPT = 2
MEMORY = 4 << 30
START_TIME = 30.0
CHUNK = 1 << 20
OUT_OF_MEMORY = (-signal.SIGABRT, -9)  # the store cannot allocate; the system has no more
FACTS_A_SECOND = 20_000
Key = tuple[str, bool]


class Worker:
    """A child process that holds one set of facts and answers one query at a time."""

    def __init__(self, facts: list[Triple]) -> None:
        plain, blank = ntriples(facts)
        self.lock = threading.Lock()
        self._lines: queue.Queue[bytes] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(SCRIPT)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()
        head = {"memory": MEMORY, "plain": len(plain), "bytes": len(plain) + len(blank)}
        reply = self.ask(head, max(START_TIME, len(facts) / FACTS_A_SECOND), plain + blank)
        if "error" in reply:
            self.stop()
            why = reply.get("text") or reply["error"]
            raise QueryError(f"the {len(facts):,} facts could not be loaded for queries: {why}")

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.poll() is None

    def ask(self, head: dict[str, Any], timeout: float, data: bytes = b"") -> dict[str, Any]:
        """Send one message and return the reply; ``error`` is ``time``, ``memory`` or ``died`` when there was none."""
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(head).encode() + b"\n" + data)
            self.process.stdin.flush()
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            return {"error": "time"}
        except BrokenPipeError:
            line = b""
        reply: dict[str, Any] = json.loads(line) if line else self._died()
        return reply

    def _died(self) -> dict[str, Any]:
        code = self.process.wait()
        return {"error": "memory" if code in OUT_OF_MEMORY else "died", "text": f"its process ended with code {code}"}

    def stop(self) -> None:
        """Kill the process and wait for its end."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdin
        with contextlib.suppress(OSError):  # what was still to be written has no reader any more
            self.process.stdin.close()

    def let_go(self) -> None:
        """Give up both pipes, for good, without closing them: after a fork another thread may have their locks."""
        assert self.process.stdin
        assert self.process.stdout
        nothing = os.open(os.devnull, os.O_RDWR)
        for pipe in (self.process.stdin, self.process.stdout):
            os.dup2(nothing, pipe.fileno())
        os.close(nothing)

    def _listen(self) -> None:
        """Pass on lines until the process ends. Reads past Python's buffer, whose lock a fork would leave locked."""
        assert self.process.stdout
        read: list[bytes] = []
        while chunk := os.read(self.process.stdout.fileno(), CHUNK):
            *ended, rest = chunk.split(b"\n")
            for line in ended:
                self._lines.put(b"".join([*read, line]))
                read = []
            read.append(rest)
        self.process.stdout.close()
        self._lines.put(b"")


_workers: dict[Key, Worker] = {}
_inherited: list[Worker] = []
_lock = threading.Lock()


def ask(key: Key, facts: Callable[[], list[Triple]], message: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Ask the worker of these facts, which is started when there is none, and stopped when it does not answer.

    Threads that ask of the same facts wait for one another; the time limit counts from when a query is sent.

    Args:
        key: hash of the facts, and whether the inferred ones are with them.
        facts: gives the facts for a new worker.
        message: the query and what goes with it.
        timeout: seconds.
    """
    while True:
        worker = _worker(key, facts)
        with worker.lock:
            if not worker.alive:  # stopped by another thread while this one waited
                _drop(key, worker)
                continue
            reply = worker.ask(message, timeout)
            if reply.get("error") in ("time", "died", "memory"):
                _drop(key, worker)
            return reply


def _worker(key: Key, facts: Callable[[], list[Triple]]) -> Worker:
    with _lock:
        worker = _workers.pop(key, None)
        if worker is None or not worker.alive:
            worker = Worker(facts())
        _workers[key] = worker  # the one used last stands last
        for old in [k for k in _workers if k != key][: max(0, len(_workers) - KEPT)]:
            if _workers[old].lock.acquire(blocking=False):
                gone = _workers.pop(old)
                gone.stop()
                gone.lock.release()  # a thread that waits for it finds it dead, and asks for another
        return worker


def _drop(key: Key, worker: Worker) -> None:
    worker.stop()
    with _lock:
        if _workers.get(key) is worker:
            del _workers[key]


@atexit.register
def stop_all() -> None:
    """Stop every worker; the next query starts one."""
    with _lock:
        while _workers:
            _workers.popitem()[1].stop()


def _after_fork() -> None:
    """A forked child has workers of its own: two processes on one pipe would read each other's answers."""
    global _lock
    _lock = threading.Lock()
    for worker in _workers.values():
        worker.let_go()
        _inherited.append(worker)
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
