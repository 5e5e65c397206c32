"""Seconds and peak memory of every learner over graphs of growing size, each in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from scale.timing import timed
from scale.wordnet import dgp_nodes, hypernyms, part, seen_rows, simulated, space_of

from kgzsl.learners.catalogue import LEARNERS, make_learner

SIZES = [1000, 3000, 10000, 32295, 82115, 1_000_000]
GROWING = ("sgc", "kernel", "gcn", "ppr")
LARGE = 200_000
NARROW = {"gcn": {"hidden": 128}}
LIMIT = 240


def growth(plot: str | None = None) -> None:
    """Print the growth of a closed form of each kind and of a network; write a plot where a path is given."""
    print("\nGrowth: seconds to fit and to propagate to every class, and peak resident memory")
    print("  up to 82,115 nodes of WordNet 300 → 2,049 wide, 2,048 hidden; the simulated million 64 → 128, 128 hidden")
    found = {kind: [run for size in SIZES if (run := _measured(kind, size))] for kind in GROWING}
    if plot:
        _drawn(found, Path(plot))


def memory() -> None:
    """Print every learner's seconds and peak memory at the size of DGP's graph and of all of WordNet."""
    print("\nMemory: every learner at 32,295 and 82,115 nodes; three epochs of the networks")
    for kind in LEARNERS:
        for size in (32295, 82115):
            _measured(kind, size)


def one(kind: str, size: int) -> None:
    """Measure one learner at one size and print it as JSON."""
    parents = hypernyms() if size < LARGE else simulated(size)
    names = dgp_nodes(parents) if size == 32295 else part(parents, size) if size < 82115 else list(parents)
    wide = size < LARGE
    space = space_of(parents, names, 300 if wide else 64)
    seen = seen_rows(space, min(1000, size // 5), 2049 if wide else 128)
    learner = make_learner(kind, _options(kind, wide))
    before = _peak()
    fit, _ = timed(lambda: learner.fit(space, seen))
    spread, _ = timed(lambda: learner.propagate(space))
    print(json.dumps({"nodes": len(space.graph), "edges": len(space.graph.relations), "fit": fit, "propagate": spread,
                      "peak": _peak(), "before": before, "wide": wide}))  # fmt: skip


def _options(kind: str, wide: bool) -> dict[str, object]:
    from kgzsl.learners.catalogue import learner_class
    from kgzsl.learners.networks.base import NetworkOptions

    if not issubclass(learner_class(kind).Options, NetworkOptions):
        return {}
    return {"epochs": 3, "ensemble": 1, "hidden": 2048 if wide else 128}


def _measured(kind: str, size: int) -> dict[str, float] | None:
    words = [sys.executable, str(Path(__file__).parents[1] / "propagation.py"), "one", kind, str(size)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        print(f"  {kind:9} {size:9} nodes: not done in {LIMIT} s", flush=True)
        return None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"ended with {done.returncode}"
        print(f"  {kind:9} {size:9} nodes: {last}", flush=True)
        return None
    run: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    times = f"fit {run['fit']:7.2f} s, propagate {run['propagate']:7.2f} s"
    memory = f"{run['peak']:.2f} GB ({run['before']:.2f} before)"
    print(f"  {kind:9} {run['nodes']:9} nodes {run['edges']:9} edges: {times}, {memory}", flush=True)
    return run


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _drawn(found: dict[str, list[dict[str, float]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, (time_, memory_) = pyplot.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for number, (kind, runs) in enumerate(found.items()):
        for wide, mark, label in ((True, "o-", kind), (False, "x", None)):
            some = [run for run in runs if run["wide"] == wide]
            edges, colour = [run["edges"] for run in some], f"C{number}"
            time_.loglog(edges, [run["fit"] + run["propagate"] for run in some], mark, color=colour, label=label)
            memory_.loglog(edges, [run["peak"] - run["before"] for run in some], mark, color=colour, label=label)
    for axes, label in ((time_, "fit and propagate, s"), (memory_, "memory above the graph's own, GB")):
        axes.set(xlabel="edges", ylabel=label)
        axes.legend()
    figure.savefig(path, metadata={"Date": None})
