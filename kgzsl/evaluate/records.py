"""What a report says of itself: hashes of what was read, versions and machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.evaluate.problem import Problem
from kgzsl.evaluate.results import About

PACKAGES = ("numpy", "scipy", "scikit-learn", "torch")


def about(problem: Problem) -> About:
    """Return what a report says of a problem."""
    return About(
        problem.name, problem.protocol, problem_key(problem), problem.material.graph.hash, len(problem.seen),
        len(problem.unseen), len(problem.test), tuple(task.name for task in problem.tasks),
        {name: len(iris) for name, iris in problem.strata.items()}, tuple(problem.findings), dict(problem.data),
    )  # fmt: skip


def problem_key(problem: Problem) -> str:
    """Return a hash of all that a figure on this problem can depend on, less the learner."""
    material, test = problem.material, problem.test
    seen, labelled = material.seen, material.labelled
    recipe = material.recipe.model_dump(mode="json", exclude={"learner", "folder", "resolver"})
    tasks = [[t.name, t.classes, t.candidates, t.generalised, t.ks, t.multilabel] for t in problem.tasks]
    said = [recipe, material.graph.hash, material.fitted, problem.protocol, problem.name, problem.unseen, problem.seen,
            tasks, problem.strata, seen.ids, labelled.labels if labelled else None, test.labels]  # fmt: skip
    arrays = (material.space.vectors, seen.weights, seen.bias, labelled.X if labelled else None, test.X)
    return digest(said, *(a for a in arrays if a is not None))


def digest(said: object, *arrays: Array) -> str:
    """Return a hash of plain data and arrays, 32 hexadecimal digits."""
    found = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode())
    for array in arrays:
        found.update(f"{array.shape} {array.dtype}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()[:32]


@cache
def code_hash() -> str:
    """Return a hash of this package's own code: what is kept by another code is not taken for its figures."""
    found, root = hashlib.sha256(), Path(__file__).resolve().parents[1]
    for path in sorted(root.rglob("*.py")):
        found.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def environment() -> dict[str, Any]:
    """Return versions and machine."""
    machine = {"cores": os.cpu_count() or 1, "processor": _processor(), "system": platform.system(),
               "architecture": platform.machine()}  # fmt: skip
    return {"kgzsl": _version("kgzsl"), "code": code_hash(), "python": platform.python_version(),
            "packages": versions(), "machine": machine}  # fmt: skip


def versions() -> Mapping[str, str]:
    """Return the versions of the libraries that figures depend on; none of them is loaded for it."""
    return {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf8").splitlines()
    except (OSError, UnicodeError):
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or "unknown"
