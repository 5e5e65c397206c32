"""Exact training steps and closed forms beside the published loop, what each step of the way brings, in one run."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

import numpy as np
import torch
from scale.reference import Reference
from scale.timing import timed

from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.networks.modules import Convolution, Network
from kgzsl.learners.networks.trainer import prepare, restricted, step

NETWORKS = {
    "gcn, 2 layers": ("gcn", {"layers": 2, "normalisation": "symmetric"}, [300, 2048, 2049]),
    "gcn, 6 layers": ("gcn", {"layers": 6, "normalisation": "symmetric"}, [300, 2048, 2048, 1024, 1024, 512, 2049]),
    "sgcn": ("sgcn", {}, [300, 2048, 2049]),
    "dgp, 5 groups": ("dgp", {"groups": 5}, [300, 2048, 2049]),
}
TRAJECTORY = {"gcn, 2 layers": 50, "dgp, 5 groups": 5}
EXACT = 50
CLOSED = {
    "sgc, 2 hops": ("sgc", {"hops": 2, "decay": 0.0}),
    "sgc": ("sgc", {}),
    "kernel": ("kernel", {}),
}


def training(space, seen, only=None):
    """Print seconds of a step of every network, and of fitting and propagating every closed form."""
    print(f"\nTraining steps, {len(space.graph)} nodes, {len(seen)} seen; dropout off, Adam, the same weights at first")
    _double(space, seen)
    bases = {name: _network(name, space, seen) for name in NETWORKS if only is None or name.startswith(only)}
    if only is not None:
        return
    print(f"\nClosed forms: fit, and propagate to all {len(space.graph)} classes")
    base = bases["gcn, 2 layers"]
    for name, (kind, options) in CLOSED.items():
        learner = make_learner(kind, options)
        fit, _ = timed(lambda learner=learner: learner.fit(space, seen))
        spread, _ = timed(lambda learner=learner: learner.propagate(space))
        share = (fit + spread) / base
        print(f"  {name:12} fit {fit:.2f} s, propagate {spread:.2f} s: {share:.2f} of one reference step", flush=True)


def _double(space, seen):
    """Compare losses where rounding makes no difference: Adam turns rounding of tiny gradients into steps."""
    learner = make_learner("gcn", {"normalisation": "symmetric", "decay": 0.0, "dtype": "float64"})
    learner._remember(space, seen)
    learner.width = space.vectors.shape[1]
    problem = restricted(learner, space, learner.seen_ids)
    widths, target = [learner.width, 256, learner.rows.shape[1]], torch.from_numpy(learner.rows).double()
    ours = _Ours(learner, problem, target, widths, dtype=torch.float64)
    _, _, apart = _paired(Reference(learner, space, seen, ours.network), ours, EXACT)
    print(f"  gcn, 256 hidden, double precision: losses of {EXACT} steps differ by at most {apart:.1e}", flush=True)


def _network(name, space, seen):
    kind, options, widths = NETWORKS[name]
    learner = make_learner(kind, {**options, "decay": 0.0})
    learner._remember(space, seen)
    learner.width = space.vectors.shape[1]
    problem = restricted(learner, space, learner.seen_ids)
    target = torch.from_numpy(learner.rows)
    ours = _Ours(learner, problem, target, widths)
    reference = Reference(learner, space, seen, ours.network)
    base, found, apart = _paired(reference, ours, TRAJECTORY.get(name, 3))
    reached = " → ".join(str(block.operators[0].shape[1]) for block in problem.blocks)
    print(f"  {name}: reference {base:.2f} s; rows {reached} → {len(seen)}")
    for label, how in {
        "only rows that the loss reaches": {"once": False, "fused": False},
        "and the input propagated once": {"fused": False},
    }.items():
        seconds = _median_step(_Ours(learner, problem, target, widths, **how))
        print(f"    {label:36} {seconds:.3f} s  {base / seconds:6.1f} times")
    print(f"    {'and fused Adam (all exact)':36} {median(found):.3f} s  {base / median(found):6.1f} times")
    seconds = _median_step(_Ours(learner, problem, target, widths), half=True)
    print(f"    {'and bfloat16 (not exact)':36} {seconds:.3f} s  {base / seconds:6.1f} times")
    print(f"    losses of {len(found) + 1} steps differ by at most {apart:.1e} of themselves", flush=True)
    return base


class _Ours:
    """A network as kgzsl trains it."""

    def __init__(self, learner, problem, target, widths, once=True, fused=True, dtype=torch.float32):
        groups = len(learner.operators()[0])
        torch.manual_seed(0)
        mixing = "softmax" if groups > 1 else "fixed"
        layers = [Convolution(a, b, np.ones((groups, 1)), mixing) for a, b in pairwise(widths)]
        self.network, self.problem, self.target = Network(layers, 0.0, False, True).to(dtype), problem, target
        problem.blocks[0].gathered = None
        if once:
            prepare(self.network, problem)
        self.optimiser = torch.optim.Adam(self.network.parameters(), 1e-3, weight_decay=5e-4, fused=fused)

    def step(self, half=False):
        return step(self.network, self.problem, self.optimiser, self._loss, half)

    def _loss(self, rows):
        return (rows - self.target).square().sum(dim=1).mean()


def _paired(reference, ours, rounds):
    """Return the reference's seconds, ours of each round, and the largest relative difference of the losses."""
    theirs, mine = [], []
    apart = abs(reference.step() / ours.step() - 1)
    for _ in range(rounds - 1):
        a, expected = timed(reference.step)
        b, loss = timed(ours.step)
        theirs.append(a)
        mine.append(b)
        apart = max(apart, abs(loss / expected - 1))
    return median(theirs), mine, apart


def _median_step(ours, half=False):
    ours.step(half)
    return median(timed(lambda: ours.step(half))[0] for _ in range(3))
