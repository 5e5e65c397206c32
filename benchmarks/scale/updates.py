"""Updates after an added class, beside full propagation and beside plain recomputation of the neighbourhood."""

from __future__ import annotations

from statistics import median

import numpy as np
from scale.timing import timed

from kgzsl.learners.catalogue import make_learner
from kgzsl.propagation.pipeline import recomputed

WIDE = {"hidden": 2048, "decay": 0.0, "epochs": 1}
KINDS = {
    "gcn, symmetric": ("gcn", {**WIDE, "normalisation": "symmetric"}),
    "gcn, row": ("gcn", {**WIDE, "normalisation": "row"}),
    "gcn, row, inherited": ("gcn", {**WIDE, "normalisation": "row", "decay": 0.4}),
    "gcn, parents": ("gcn", {**WIDE, "normalisation": "parents"}),
    "dgp": ("dgp", WIDE),
    "sgc, row": ("sgc", {}),
    "sgc, parents": ("sgc", {"normalisation": "parents"}),
    "kernel": ("kernel", {}),
    "absorb": ("absorb", {}),
}
FEW = {"dgp": 10}


def update(space, seen, leaves=200, hubs=20):
    """Print what adding a class below a random class, and below a hub, costs each learner."""
    print(f"\nUpdates, {len(space.graph)} nodes: {leaves} classes below random ones, {hubs} below hubs, each alone")
    count = {iri: len(space.graph.into(iri)) for iri in space.graph.ids}
    order = sorted(count, key=count.get, reverse=True)[:hubs]
    plain = [str(iri) for iri in np.random.default_rng(7).choice(space.graph.ids, leaves + 1)]
    edits = {kind: [space.with_class(f"new {n}", parents=[parent])[0] for n, parent in enumerate(parents)]
             for kind, parents in (("leaf", plain), ("hub", order))}  # fmt: skip
    for spaces in edits.values():
        for other in spaces:
            assert len(other.graph.class_ids) == len(other.graph.index)  # made now, not while the clock runs
    print(f"  hubs have {count[order[-1]]} to {count[order[0]]} children")
    for name, (kind, options) in KINDS.items():
        learner = make_learner(kind, options).fit(space, seen)
        held = learner.propagate(space)
        full = median(timed(lambda learner=learner: learner.propagate(space))[0] for _ in range(3))
        for word, spaces in edits.items():
            _report(word, name, learner, held, spaces[: FEW.get(name)], full)
        del held


def _report(word, name, learner, held, spaces, full):
    found = [_measured(learner, held, other) for other in spaces]
    found = found[1:] if word == "leaf" else found  # the first touches memory that is not there yet
    seconds, hops = np.array([f[0] for f in found]), np.array([f[1] for f in found])
    rows = np.median([f[2] for f in found], axis=0).astype(int).tolist()
    half, late = np.median(seconds), np.quantile(seconds, 0.95)
    print(f"  {word:4} {name:20} median {1e3 * half:7.2f} ms, 95 % {1e3 * late:7.2f} ms; rows of each stage {rows}")
    plain = f"plain k-hop {np.median(hops) * 1e3:.1f} ms = {np.median(hops / seconds):.1f} times"
    print(f"       full {full:.2f} s = {full / half:.0f} and {full / late:.0f} times; {plain}", flush=True)
    if word == "hub":
        print(f"       the largest hub alone {1e3 * seconds[0]:.1f} ms = {full / seconds[0]:.0f} times", flush=True)


def _measured(learner, held, space):
    """Return seconds of the update, of plain recomputation of the same rows, and rows that each stage computed."""
    seconds, done = timed(lambda: learner.propagate(space, held))
    was, now = held.cache["held"], done.cache["held"]
    pairs = [(now.values[k], was.values[k]) for k in was.values] + [(now.total, was.total)]
    rows = [int((a.where[: len(b.where)] != b.where).sum() + len(a) - len(b)) for a, b in pairs]
    reached = np.flatnonzero(now.total.where[: len(was.total)] != was.total.where)
    reached = np.append(reached, np.arange(len(was.total), len(now.total)))
    chain = learner.chains()[0]
    hops, _ = timed(lambda: recomputed(chain, now.snapshot, reached, len(chain) - 1))
    return seconds, hops, rows
