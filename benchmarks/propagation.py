"""Exact training steps, closed forms and updates at WordNet's size, beside plain references, in one run.

Usage: python benchmarks/propagation.py [training] [update] [growth]        (all three when none is named)

The reference of a step is a plain rewriting of the published loop (Kampffmeyer et al. 2019): the whole graph, sparse
COO matrices, ``A (H W)``, Adam. Both start from the same weights, dropout is off, and both losses are compared.
32,295 nodes, 300-d inputs, 2,048 hidden, 2,049 out. Ratios are medians of paired rounds.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from itertools import pairwise
from statistics import median

import numpy as np
import torch
from torch.nn.functional import leaky_relu, normalize

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from wordnet import dgp_nodes, hypernyms, part, seen_rows, simulated, space_of  # noqa: E402

from kgzsl.learners.catalogue import make_learner  # noqa: E402
from kgzsl.learners.modules import Convolution, Network  # noqa: E402
from kgzsl.learners.operators import AtDistance  # noqa: E402
from kgzsl.learners.pipeline import recomputed  # noqa: E402
from kgzsl.learners.slots import Snapshot  # noqa: E402
from kgzsl.learners.trainer import prepare, restricted, step  # noqa: E402

NETWORKS = {
    "gcn, 2 layers": ("gcn", {"layers": 2, "normalisation": "symmetric"}, [300, 2048, 2049]),
    "gcn, 6 layers": ("gcn", {"layers": 6, "normalisation": "symmetric"}, [300, 2048, 2048, 1024, 1024, 512, 2049]),
    "sgcn": ("sgcn", {}, [300, 2048, 2049]),
    "dgp, 5 groups": ("dgp", {"groups": 5}, [300, 2048, 2049]),
}
TRAJECTORY = {"gcn, 2 layers": 50}


def coo(matrix):
    matrix = matrix.tocoo()
    at = torch.from_numpy(np.stack(matrix.coords).astype(np.int64))
    return torch.sparse_coo_tensor(at, torch.from_numpy(matrix.data.astype(np.float32)), matrix.shape).coalesce()


class Reference:
    """The published loop: every layer over the whole graph."""

    def __init__(self, learner, space, seen, network):
        links = Snapshot.of(space).links
        self.matrices = [[coo(op.rows(links, np.arange(links.n))) for op in ops] for ops in learner.operators()]
        self.inputs = torch.from_numpy(space.vectors)
        self.weights = [layer.weight[0].detach().clone().requires_grad_() for layer in network.layers]
        self.biases = [layer.bias.detach().clone().requires_grad_() for layer in network.layers]
        self.shares = [torch.zeros(len(m), requires_grad=True) for m in self.matrices]
        self.rows = torch.tensor([space.graph.index[iri] for iri in seen.ids])
        self.target = torch.from_numpy(learner.rows)
        mixed = self.shares if isinstance(learner.operators()[0][0], AtDistance) else []
        self.optimiser = torch.optim.Adam([*self.weights, *self.biases, *mixed], 1e-3, weight_decay=5e-4, fused=False)

    def step(self):
        self.optimiser.zero_grad()
        hidden = self.inputs
        for number, (matrices, weight) in enumerate(zip(self.matrices, self.weights, strict=True)):
            support = hidden @ weight
            share = torch.softmax(self.shares[number], 0)
            hidden = sum(share[k] * torch.sparse.mm(m, support) for k, m in enumerate(matrices)) + self.biases[number]
            if number < len(self.weights) - 1:
                hidden = leaky_relu(hidden, 0.2)
        loss = (normalize(hidden, dim=1)[self.rows] - self.target).square().sum(dim=1).mean()
        loss.backward()
        self.optimiser.step()
        return float(loss.detach())


def timed(function):
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def networks(learner, widths):
    groups = len(learner.operators()[0])
    torch.manual_seed(0)
    layers = [Convolution(a, b, np.ones((groups, 1)), "softmax" if groups > 1 else "fixed") for a, b in pairwise(widths)]
    return Network(layers, 0.0, False, True)


def training(space, seen):
    print(f"\nTraining steps, {len(space.graph)} nodes, {len(seen)} seen")
    for name, (kind, options, widths) in NETWORKS.items():
        learner = make_learner(kind, {**options, "decay": 0.0})
        learner._remember(space, seen)
        learner.width = space.vectors.shape[1]
        network = networks(learner, widths)
        reference = Reference(learner, space, seen, network)
        problem = restricted(learner, space, learner.seen_ids)
        target = torch.from_numpy(learner.rows)

        def loss_of(rows, target=target):
            return (rows - target).square().sum(dim=1).mean()

        variants = {"rows that the loss reaches only": False, "and the input propagated once": True}
        plain = {}
        for label, once in variants.items():
            other = networks(learner, widths)
            if once:
                prepare(other, problem)
            adam = torch.optim.Adam(other.parameters(), 1e-3, weight_decay=5e-4)
            step(other, problem, adam, loss_of)
            plain[label] = median(timed(lambda o=other, a=adam: step(o, problem, a, loss_of))[0] for _ in range(3))
        prepare(network, problem)
        adam = torch.optim.Adam(network.parameters(), 1e-3, weight_decay=5e-4, fused=True)
        theirs, ours, apart = [], [], 0.0
        for _ in range(TRAJECTORY.get(name, 3)):
            a, expected = timed(reference.step)
            b, loss = timed(lambda: step(network, problem, adam, loss_of))
            theirs.append(a)
            ours.append(b)
            apart = max(apart, abs(loss - expected) / abs(expected))
        half = networks(learner, widths)
        prepare(half, problem)
        other = torch.optim.Adam(half.parameters(), 1e-3, weight_decay=5e-4, fused=True)
        step(half, problem, other, loss_of, half=True)
        bf16 = median(timed(lambda h=half, o=other: step(h, problem, o, loss_of, half=True))[0] for _ in range(3))
        base = median(theirs)
        reached = " → ".join(str(b.operators[0].shape[1]) for b in problem.blocks)
        print(f"  {name}: reference {base:.2f} s; rows {reached} → {len(seen)}")
        for label, seconds in {**plain, "and fused Adam (all exact)": median(ours), "and bfloat16 (not exact)": bf16}.items():
            print(f"    {label:36} {seconds:.3f} s  {base / seconds:6.1f} times")
        ratio = median(a / b for a, b in zip(theirs[1:], ours[1:], strict=True))
        print(f"    paired median {ratio:.1f} times; losses of {len(ours)} steps differ by at most {apart:.1e} of themselves", flush=True)
        del reference
    closed = {"sgc": {"hops": 2, "decay": 0.0}, "sgc, inherited": {"hops": 1}, "kernel": {}}
    for name, options in closed.items():
        learner = make_learner(name.split(",")[0], options)
        fit, _ = timed(lambda learner=learner: learner.fit(space, seen))
        spread, _ = timed(lambda learner=learner: learner.propagate(space))
        print(f"  closed form {name}: fit {fit:.2f} s, all {len(space.graph)} rows {spread:.2f} s", flush=True)


def update(space, seen, leaves=200, hubs=20):
    print(f"\nUpdates, {len(space.graph)} nodes: a class is added below a random class, or below a hub")
    kinds = {
        "gcn, symmetric": ("gcn", {"hidden": 2048, "normalisation": "symmetric", "decay": 0.0}),
        "gcn, row": ("gcn", {"hidden": 2048, "normalisation": "row", "decay": 0.0}),
        "gcn, row, inherited": ("gcn", {"hidden": 2048, "normalisation": "row", "decay": 0.4}),
        "gcn, parents": ("gcn", {"hidden": 2048, "normalisation": "parents", "decay": 0.0}),
        "sgc, row": ("sgc", {}),
        "sgc, parents": ("sgc", {"normalisation": "parents"}),
        "kernel": ("kernel", {}),
    }
    fitted, full = {}, {}
    for name, (kind, options) in kinds.items():
        few = {"epochs": 1, "ensemble": 1} if kind == "gcn" else {}
        learner = make_learner(kind, {**options, **few}).fit(space, seen)
        held = learner.propagate(space)
        full[name] = median(timed(lambda learner=learner: learner.propagate(space))[0] for _ in range(3))
        fitted[name] = learner, held
    count = {iri: len(space.graph.into(iri)) for iri in space.graph.ids}
    rng = np.random.default_rng(7)
    plain = [str(iri) for iri in rng.choice(space.graph.ids, leaves + 1)]
    order = sorted(count, key=count.get, reverse=True)[:hubs]
    times = {(kind, name): [] for kind in ("leaf", "hub") for name in fitted}
    for kind, parents in (("leaf", plain), ("hub", order)):
        for number, parent in enumerate(parents):
            other, _ = space.with_class(f"new {number}", parents=[parent])
            assert len(other.graph.classes) == len(other.graph.index)
            for name, (learner, held) in fitted.items():
                seconds, done = timed(lambda l=learner, h=held, o=other: l.propagate(o, h))
                if kind == "leaf" and number == 0:
                    continue  # the first touches memory that is not there yet
                was, now = held.cache["held"], done.cache["held"]
                rows = [int((a.where[: len(b.where)] != b.where).sum() + len(a) - len(b))
                        for a, b in [(now.values[k], was.values[k]) for k in was.values] + [(now.total, was.total)]]  # fmt: skip
                chain, reached = learner.chains()[0], np.flatnonzero(now.total.where[: len(was.total)] != was.total.where)
                reached = np.append(reached, len(was.total))
                hops, _ = timed(lambda c=chain, s=now.snapshot, r=reached: recomputed(c, s, r, len(c) - 1))
                times[kind, name].append((seconds, hops, rows))
    for (kind, name), found in times.items():
        seconds, hops = np.array([f[0] for f in found]), np.array([f[1] for f in found])
        rows = np.median([f[2] for f in found], axis=0).astype(int)
        half, late = np.median(seconds), np.quantile(seconds, 0.95)
        print(f"  {kind:4} {name:20} median {1e3 * half:7.2f} ms, 95 % {1e3 * late:7.2f} ms; rows of each stage {rows.tolist()}; "
              f"full {full[name]:.2f} s = {full[name] / half:6.0f} and {full[name] / late:5.0f} times; "
              f"plain k-hop {np.median(hops) * 1e3:.1f} ms = {np.median(hops / seconds):.1f} times", flush=True)  # fmt: skip
    print(f"  hubs have {count[order[-1]]} to {count[order[0]]} children")


def growth():
    print("\nGrowth: seconds and peak resident memory, each in a process of its own")
    sizes = ["1000", "3000", "10000", "32295", "82115", "1000000"]
    for kind in ("sgc", "kernel", "gcn"):
        for size in sizes:
            done = subprocess.run([sys.executable, __file__, "one", kind, size], capture_output=True, text=True)
            print(f"  {kind:7} {done.stdout.strip() or done.stderr.strip().splitlines()[-1]}", flush=True)


def one(kind, size):
    parents = hypernyms() if size < 10**6 else simulated(size)
    names = dgp_nodes(parents) if size == 32295 else part(parents, size) if size < 82115 else list(parents)
    wide = size < 10**6
    space = space_of(parents, names, 300 if wide else 64)
    seen = seen_rows(space, min(1000, size // 5), 2049 if wide else 128)
    options = {"gcn": {"epochs": 3, "hidden": 2048 if wide else 128}}.get(kind, {})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    learner = make_learner(kind, options)
    fit, _ = timed(lambda: learner.fit(space, seen))
    spread, _ = timed(lambda: learner.propagate(space))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"nodes": len(space.graph), "edges": len(space.graph.relations), "fit": round(fit, 2), "propagate": round(spread, 2),
                      "peak_gb": round(peak / 2**20, 2), "before_gb": round(before / 2**20, 2), "wide": wide}))  # fmt: skip


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["training", "update", "growth"]
    if wanted[0] == "one":
        one(wanted[1], int(wanted[2]))
        sys.exit()
    if {"training", "update"} & set(wanted):
        every = hypernyms()
        graph = space_of(every, dgp_nodes(every))
        rows = seen_rows(graph)
        if "training" in wanted:
            training(graph, rows)
        if "update" in wanted:
            update(graph, rows)
    if "growth" in wanted:
        growth()
