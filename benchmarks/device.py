"""Training of every graph network on a GPU beside the CPU: time, losses, banks, checkpoints and memory, in one run.

Usage: python benchmarks/device.py [objects] [checkpoints] [large] [--device cuda] [--steps N] [--network NAME]

All three parts when none is named. ``objects`` trains on graphs/objects.toml, whose vectors are cached, so that no
encoder is needed; ``large`` on a simulated hierarchy of 32,295 classes, 300 → 2,048 → 2,049 wide. The same steps are
made on both devices in turn, from the same weights and without dropout; the ratio is that of median seconds a step, the
first left out. Then the same training runs twice on the GPU, with dropout and one seed. Exits 1 where losses or banks
are further apart than TOLERANCE; without such a device it says so and exits 0.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from pathlib import Path
from statistics import median

import numpy as np
import torch
from scale.timing import timed
from scale.wordnet import seen_rows, simulated, space_of

from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.networks.objectives import loss_function
from kgzsl.learners.networks.trainer import (
    arrays_of,
    make_network,
    make_optimiser,
    prepare,
    restricted,
    step,
    training_bytes,
)
from kgzsl.training import read_material

PARTS = ("objects", "checkpoints", "large")
NETWORKS = {
    "gcn": ("gcn", {}),
    "gcn, bfloat16": ("gcn", {"dtype": "bfloat16"}),
    "gcn, 6 layers": ("gcn", {"layers": 6}),
    "gcn, 6, bfloat16": ("gcn", {"layers": 6, "dtype": "bfloat16"}),
    "sgcn": ("sgcn", {}),
    "dgp": ("dgp", {}),
    "gat": ("gat", {}),
    "rgcn": ("rgcn", {}),
    "compgcn": ("compgcn", {}),
    "trgcn": ("trgcn", {}),
    "residual": ("residual", {}),
}
TOLERANCE = {"float64": (1e-8, 1e-6), "float32": (1e-3, 1e-2), "bfloat16": (2e-2, 1e-1)}  # of losses, of 1 - cosine
RESUMED = ("gcn", "gat", "trgcn", "residual")
NARROW = 256
failed: list[str] = []


class Course:
    """A training as ``fit`` makes it, step by step, with all seen classes."""

    def __init__(self, kind, options, space, seen, device):
        self.learner = make_learner(kind, {**options, "device": device})
        self.learner._remember(space, seen)
        self.learner.relations, self.learner.width = tuple(sorted(space.ways)), space.vectors.shape[1]
        targets = self.learner.targets(space)
        self.problem = restricted(self.learner, space, self.learner.seen_ids)
        self.network = make_network(self.learner, 0)
        prepare(self.network, self.problem)
        self.optimiser = make_optimiser(self.network, self.learner.options)
        self.loss_of = loss_function(self.learner, self.problem, targets, None, np.zeros(0, np.int64))
        self.half = self.learner.options.dtype == "bfloat16"
        self.losses, self.seconds = [], []

    def step(self):
        """Make a step, and keep its loss and seconds; reading the loss waits for the device."""
        seconds, loss = timed(lambda: step(self.network, self.problem, self.optimiser, self.loss_of, self.half))
        self.losses.append(loss)
        self.seconds.append(seconds)

    def bank(self, space):
        """Return the rows of unseen classes that what is trained gives."""
        self.learner.members = [arrays_of(self.network)]
        bank = self.learner.propagate(space).bank
        return bank.weights[~bank.seen]


def main(words: list[str]) -> None:
    """Run the parts that are named."""
    device, steps, only = (_taken(words, f"--{key}") for key in ("device", "steps", "network"))
    device, steps = device or "cuda", int(steps or 20)
    if unknown := set(words) - set(PARTS):
        sys.exit(f"unknown part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    if device.startswith("cuda") and not torch.cuda.is_available():
        print("no GPU here: torch.cuda.is_available() is false, so there is nothing to compare")
        return
    warnings.simplefilter("ignore")
    wanted, names = words or PARTS, [name for name in NETWORKS if only in (None, name)]
    print(f"{_named(device)} beside {os.cpu_count()} CPU cores ({torch.get_num_threads()} threads); torch "
          f"{torch.__version__}; {steps} steps", flush=True)  # fmt: skip
    if {"objects", "checkpoints"} & set(wanted):
        material = read_material("graphs/objects.toml")
        if "objects" in wanted:
            double(material.space, material.seen, device, steps, names)
            compare("graphs/objects.toml", material.space, material.seen, device, steps, names, {})
        if "checkpoints" in wanted:
            checkpoints(material, device)
    if "large" in wanted:
        space = space_of(tree := simulated(32295), tree)
        compare("simulated hierarchy", space, seen_rows(space), device, steps, names, {"hidden": 2048, "decay": 0.0})
    if failed:
        sys.exit("further apart than TOLERANCE: " + "; ".join(failed))


def double(space, seen, device, steps, names):
    """Compare where rounding makes no difference: Adam turns rounding of tiny gradients into steps."""
    print(f"\nDouble precision, {NARROW} hidden: largest relative difference of the losses, lowest cosine of the banks")
    for name in names:
        kind, options = NETWORKS[name]
        if options.get("dtype") == "bfloat16":
            continue
        more = {**options, "dtype": "float64", "hidden": NARROW, "dropout": 0.0}
        here, there = _both(kind, more, space, seen, device, steps)
        _judged(f"{name}, double", here, there, space, "float64")
        apart, angle = _apart(here.losses, there.losses), _angles(here, there, space).min()
        print(f"  {name:16} {apart:.1e}  {angle:.9f}", flush=True)


def compare(title, space, seen, device, steps, names, wide):
    """Print the table of one class space."""
    print(f"\n{title}: {len(space.graph)} concepts, {len(seen)} seen, {space.vectors.shape[1]} → "
          f"{wide.get('hidden', 'default')} → {seen.width}")  # fmt: skip
    print("  network          ms a step: cpu, device, ratio   losses apart  cosine lowest, 1 %  "
          "one seed twice      memory GB: estimate, peak")  # fmt: skip
    for name in names:
        kind, options = NETWORKS[name]
        more = {**options, **wide, "dropout": 0.0}
        _cleared(device)
        here, there = _both(kind, more, space, seen, device, steps)
        peak, guess = _peak(device), training_bytes(there.learner, there.problem) / 2**30
        apart, angles = _apart(here.losses, there.losses), _angles(here, there, space)
        _judged(f"{name}, {title}", here, there, space, options.get("dtype", "float32"))
        cpu, other = (1e3 * median(course.seconds[1:]) for course in (here, there))
        del here, there
        _cleared(device)
        twice = _twice(kind, {**options, **wide}, space, seen, device, steps)
        print(f"  {name:16} {cpu:9.1f} {other:8.2f} {cpu / other:7.1f}   {apart:.1e}       {angles.min():.5f} "
              f"{np.quantile(angles, 0.01):.5f}   {twice:28} {guess:6.2f} {peak:6.2f}", flush=True)  # fmt: skip


def checkpoints(material, device):
    """Go on from checkpoints of the other device, and time whole fits of 20 epochs."""
    print("\nCheckpoints after 10 of 20 epochs, and whole fits with their validation; cosines with a fit of one go")
    print("  network   fit s: cpu, device, ratio   device → cpu   cpu → device   device → device, with dropout")
    plain = {"epochs": 20, "check_every": 5, "patience": 20, "dropout": 0.0}
    for kind in RESUMED:
        with tempfile.TemporaryDirectory() as folder:
            cpu, whole = timed(lambda kind=kind: _fitted(kind, {**plain, "device": "cpu"}, material))
            other, _ = timed(lambda kind=kind: _fitted(kind, {**plain, "device": device}, material))
            found = []
            for number, (first, then) in enumerate(((device, "cpu"), ("cpu", device))):
                path = Path(folder) / str(number)
                resumed = _resumed(kind, plain, material, first, then, path)
                found.append(float(_cosines(resumed, whole).min()))
            noisy = {**plain, "dropout": 0.5}
            once = _fitted(kind, {**noisy, "device": device}, material)
            twice = _resumed(kind, noisy, material, device, device, Path(folder) / "2")
            same = "identical" if np.array_equal(once, twice) else f"cosine {_cosines(once, twice).min():.6f}"
            print(f"  {kind:9} {cpu:8.2f} {other:7.2f} {cpu / other:6.1f}          {found[0]:.6f}       {found[1]:.6f}"
                  f"       {same}", flush=True)  # fmt: skip
            if min(found) < 1 - TOLERANCE["float32"][1]:
                failed.append(f"{kind}, resumed on the other device")


def _both(kind, options, space, seen, device, steps):
    here, there = Course(kind, options, space, seen, "cpu"), Course(kind, options, space, seen, device)
    for _ in range(steps):
        here.step()
        there.step()
    return here, there


def _twice(kind, options, space, seen, device, steps):
    found = []
    for _ in range(2):
        course = Course(kind, options, space, seen, device)
        for _ in range(steps):
            course.step()
        found.append((course.losses, arrays_of(course.network)))
        del course
    (first, mine), (again, other) = found
    pairs = [(a[key], b[key]) for a, b in zip(mine, other, strict=True) for key in a]
    if all(np.array_equal(a, b) for a, b in pairs):
        return "identical"
    return f"loss {_apart(first, again):.0e}, weight {max(np.abs(a - b).max() for a, b in pairs):.0e}"


def _fitted(kind, options, material, path=None, resume=False):
    learner = make_learner(kind, options)
    learner.checkpoint, learner.resume = path, resume
    learner.fit(material.space, material.seen, material.labelled)
    bank = learner.propagate(material.space).bank
    return bank.weights[~bank.seen]


def _resumed(kind, options, material, first, then, path):
    _fitted(kind, {**options, "epochs": 10, "device": first}, material, path)
    return _fitted(kind, {**options, "device": then}, material, path, True)


def _judged(name, here, there, space, dtype):
    losses, angle = TOLERANCE[dtype]
    if not (_apart(here.losses, there.losses) <= losses and 1 - _angles(here, there, space).min() <= angle):
        failed.append(name)


def _apart(here, there):
    return max(abs(b / a - 1) for a, b in zip(here, there, strict=True))


def _angles(here, there, space):
    if not hasattr(here, "angles"):
        here.angles = _cosines(here.bank(space), there.bank(space))
    return here.angles


def _cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return (a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))


def _cleared(device):
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def _peak(device):
    return torch.cuda.max_memory_allocated(device) / 2**30 if device.startswith("cuda") else float("nan")


def _named(device):
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def _taken(words, key):
    """Return the word after ``key``, and take both out."""
    if key not in words:
        return None
    at = words.index(key)
    _, value = words.pop(at), words.pop(at)
    return value


if __name__ == "__main__":
    main(sys.argv[1:])
