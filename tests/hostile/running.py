"""Runs of the guarded command line, and what each must keep to."""

import json
import os
import re
import subprocess
import sys
from typing import NamedTuple

from tests.conftest import ROOT

FIXED, EACH_FACT, EACH_BYTE = 300 << 20, 4096, 30
"""Bytes of memory that a file may take: a fixed part, and so many a fact and a byte of it."""
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "120"}


def bound(size, facts=0):
    """Return the most bytes of memory that a file of this size with so many facts may take."""
    return FIXED + EACH_BYTE * size + EACH_FACT * facts


class Run(NamedTuple):
    """A run that ended."""

    code: int
    out: str
    err: str
    peak: int
    network: list[str]


def guarded(tmp_path, mode, *arguments):
    """Run the guard; it must end by itself, without a traceback and without the network."""
    record = tmp_path / "record"
    record.unlink(missing_ok=True)
    command = [sys.executable, str(ROOT / "tests/hostile/guard.py"), str(record), mode, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=120, check=False,
                          env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    out, err = done.stdout.decode("utf8", "surrogateescape"), done.stderr.decode("utf8", "surrogateescape")
    assert done.returncode >= 0, f"ended by signal {-done.returncode} after {out[-300:]!r}"
    assert "Traceback" not in err
    assert "panicked" not in err
    lines = record.read_text().splitlines() if record.exists() else []
    peak = next((int(line.split()[1]) for line in lines if line.startswith("peak ")), 0)
    return Run(done.returncode, out, err, peak, [line for line in lines if line.startswith("network")])


def kgzsl(tmp_path, *arguments):
    """Run the command line; nothing that it prints may steer a terminal, and nothing is fetched."""
    run = guarded(tmp_path, "kgzsl", *arguments)
    assert run.network == []
    assert not UNSEEN.search(run.out + run.err)
    assert "unexpected" not in run.err
    return run


def one_line(run, *words):
    """The run must have ended in one line of error with these words."""
    assert run.code == 2, run.err or run.out
    assert run.err.count("\n") == 1, run.err
    assert run.err.startswith("error: ")
    for word in words:
        assert str(word) in run.err
    assert len(run.err) < 10_000


def readings(tmp_path, paths):
    """Read many files in one guarded run; return what was told of each, and the attempts to reach the network."""
    run = guarded(tmp_path, "read", *paths)
    told = {line["path"]: line for line in map(json.loads, run.out.splitlines())}
    return told, run.network
