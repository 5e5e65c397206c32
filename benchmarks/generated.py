"""How near what generative learners generate is to real inputs: CUB-200-2011, validation classes.

Usage: python benchmarks/generated.py [--seed 0] [--device cpu] [--svg docs/generated.svg]

Reads ../shared/data/cub/cub_resnet_logits1000_f16.npz, or the file in KGZSL_CUB. A third of the seen classes, drawn by
class_folds(seen, 3, seed), is held out of training; what is generated for these 50 from their attributes is compared
with their real inputs, where the head of the bank reads both (principal components for clswgan, codes for cadavae).
The plot shows the first six of them by name, on the two principal components of their real inputs.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
from families import FILE, features, load

from kgzsl.bank import ClassifierBank
from kgzsl.folds import class_folds
from kgzsl.learners.catalogue import make_learner
from kgzsl.samples import generated_inputs, real_inputs, sample_quality
from kgzsl.whole import written_whole

LEARNERS = ("clswgan", "cadavae")
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
SHOWN, POINTS, SIZE, PAD, HEAD, FOOT = 6, 40, 330, 14, 34, 66


def main():
    """Fit both learners, print the table and draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    if not FILE.is_file():
        sys.exit(f"needs {FILE}; set KGZSL_CUB to it")
    data = load("attributes")
    train = data.split["trainval_loc"]
    labels = np.array([data.names[k] for k in data.y[train]])
    hidden = class_folds(sorted(set(labels)), 3, options.seed)[0]
    gone = np.isin(labels, hidden)
    given, held = features(data, train[~gone]), features(data, train[gone])
    panels = []
    for name in LEARNERS:
        learner = fitted(name, data, given, options)
        report(name, sample_quality(learner, data.space, held))
        panels.append((name, points(learner, data.space, held, hidden[:SHOWN])))
    if options.svg:
        with written_whole(options.svg) as file:
            file.write(drawn(panels, hidden[:SHOWN]).encode())
        print(f"drawn to {options.svg}, {options.svg.stat().st_size / 1000:.0f} kB")


def fitted(name, data, given, options):
    """Return a learner that was fitted without the validation classes."""
    names = tuple(sorted(set(given.labels)))
    means = np.stack([given.X[np.array(given.labels) == n].mean(axis=0) for n in names])
    layer = ClassifierBank(names, means, np.zeros(len(names), np.float32), np.ones(len(names), bool), metric="dot")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_learner(name, {"device": options.device}).fit(data.space, layer, given, options.seed)


def report(name, found):
    """Print quartiles over classes, and the best and worst class."""
    distance = np.array([q.distance for q in found.values()])
    variance = np.array([q.variance for q in found.values()])
    nearest = np.mean([q.nearest for q in found.values()])
    print(f"\n{name}, {len(found)} validation classes")
    for what, values in (("distance of means", distance), ("ratio of variances", variance)):
        low, middle, high = np.percentile(values, [25, 50, 75])
        print(f"  {what:20} median {middle:.2f}, quartiles {low:.2f} and {high:.2f}")
    print(f"  {'own mean nearest':20} {100 * nearest:.0f} % of classes")
    ordered = sorted(found, key=lambda iri: found[iri].distance)
    for iri in (*ordered[:3], *ordered[-3:]):
        print(f"    {iri:34} distance {found[iri].distance:.2f}, variance {found[iri].variance:.2f}")


def points(learner, space, held, classes):
    """Return real and generated points of each class on the principal plane of the real ones, within [0, 1]²."""
    real = real_inputs(learner, space, held)
    pairs = [(real[iri], generated_inputs(learner, space, iri)) for iri in classes]
    inputs = np.vstack([own for own, _ in pairs])
    middle = inputs.mean(axis=0)
    plane = np.linalg.svd(inputs - middle, full_matrices=False)[2][:2].T
    flat = [tuple((part[:POINTS] - middle) @ plane for part in pair) for pair in pairs]
    every = np.vstack([part for pair in flat for part in pair])
    low, size = every.min(axis=0), np.ptp(every, axis=0).max()
    shift = (1 - np.ptp(every, axis=0) / size) / 2
    return [tuple((part - low) / size + shift for part in pair) for pair in flat]


def drawn(panels, classes):
    """Return the plot as SVG: dots are real inputs, rings generated ones, large ones their means."""
    width, height = len(panels) * (SIZE + 2 * PAD), HEAD + SIZE + FOOT
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
             f'height="{height}" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="#1f2933">',
             "<title>Real and generated inputs of validation classes</title>",
             f'<rect width="{width}" height="{height}" fill="#fff"/>']  # fmt: skip
    for k, (name, flat) in enumerate(panels):
        left = k * (SIZE + 2 * PAD) + PAD
        lines.append(f'<text x="{left}" y="20" font-size="14" font-weight="bold">{name}</text>')
        lines.append(f'<rect x="{left}" y="{HEAD}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#9aa5b1"/>')
        for colour, (real, made) in zip(COLOURS, flat, strict=True):
            lines += [marks(real, left, colour, 4), *marks_open(made, left, colour)]
    for k, (colour, iri) in enumerate(zip(COLOURS, classes, strict=True)):
        x, y = PAD + (k % 3) * 232, HEAD + SIZE + 20 + 16 * (k // 3)
        lines.append(f'<circle cx="{x + 4}" cy="{y - 4}" r="4" fill="{colour}"/>'
                     f'<text x="{x + 14}" y="{y}">{iri.partition(".")[2].replace("_", " ") or iri}</text>')  # fmt: skip
    lines.append(f'<text x="{PAD}" y="{height - 10}">dots: real inputs; rings: generated from attributes; '
                 "large: means. None of these classes was trained on.</text></svg>")  # fmt: skip
    return "\n".join(lines) + "\n"


def marks(at, left, colour, size):
    """Return dots as one path, and the mean as a large one."""
    path = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in placed(at, left))
    x, y = placed(at.mean(axis=0)[None], left)[0]
    return (f'<path d="{path}" stroke="{colour}" stroke-width="{size}" stroke-linecap="round" stroke-opacity=".55"/>'
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="7" fill="{colour}" stroke="#fff"/>')  # fmt: skip


def marks_open(at, left, colour):
    """Return rings, and the mean as a large one."""
    path = "".join(f"M{x - 2.5:.1f} {y:.1f}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0" for x, y in placed(at, left))
    x, y = placed(at.mean(axis=0)[None], left)[0]
    return [f'<path d="{path}" fill="none" stroke="{colour}" stroke-width=".8" stroke-opacity=".7"/>',
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="8" fill="#fff" fill-opacity=".8" stroke="{colour}" '
            'stroke-width="3"/>']  # fmt: skip


def placed(at, left):
    """Return points in pixels of the picture."""
    return np.stack([left + 8 + (SIZE - 16) * at[:, 0], HEAD + 8 + (SIZE - 16) * (1 - at[:, 1])], axis=1)


if __name__ == "__main__":
    main()
