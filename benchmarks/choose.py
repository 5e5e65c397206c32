"""Hyper-parameters chosen on seen classes only: the rows of labelled seen synsets are hidden and their photos ranked.

Usage: python benchmarks/choose.py [--gcn]

Kernel and walks hide all 32 labelled seen synsets. The GCN needs some of them for early stopping, so it stops on 16
and is compared on the other 16; the kernel is shown there too. The 59 unseen synsets are never looked at.
"""

from __future__ import annotations

import itertools
import sys
import time

import numpy as np

import kgzsl
from kgzsl.features import FeatureSet, load_features
from kgzsl.folds import class_folds
from kgzsl.graph.recipe import read_recipe
from kgzsl.learners.base import without_seen
from kgzsl.learners.catalogue import make_learner
from kgzsl.metrics import hit_at
from kgzsl.ontology import vocabulary as v
from kgzsl.training import _layer

engine = kgzsl.train("graphs/objects.toml")
space, seen = engine.state.space, _layer(read_recipe("graphs/objects.toml"), engine.graph)
photos = load_features("graphs/objects/caltech101_lite0_int8_demo.npz")
labels = np.array([v.WN + name for name in photos.labels])
labelled = sorted(set(labels) & set(seen.ids))


def measured(learner, hidden, stop_on=None):
    start = time.perf_counter()
    learner.fit(space, without_seen(seen, hidden), stop_on, seed=0)
    bank = learner.classifiers(space)
    at = np.isin(labels, hidden)
    y = np.array([list(hidden).index(label) for label in labels[at]])
    return hit_at(bank.scores(photos.X[at], bank.rows(hidden)), y), time.perf_counter() - start


def report(name, hidden, options, stop_on=None):
    hit, seconds = measured(make_learner(name, options), hidden, stop_on)
    print(f"{name:8} {len(hidden):3} hidden  {hit!s:20} {seconds:5.1f} s  {options}", flush=True)


for decay, width, ridge in itertools.product((0.3, 0.5, 0.7), (0.2, 0.3, 0.5, 1.0), (0.1, 0.3, 1.0)):
    report("kernel", labelled, {"decay": decay, "width": width, "ridge": ridge})
for chance, width in itertools.product((0.2, 0.5, 0.8), (0.05, 0.1)):
    report("absorb", labelled, {"hierarchy": chance, "width": width})
report("conse", labelled, {})
report("nearest", labelled, {})
stop, judged = class_folds(labelled, 2, 1)
report("kernel", judged, {})
if "--gcn" in sys.argv:
    rows = [k for k, label in enumerate(labels) if label in stop]
    stop_on = FeatureSet(photos.X[rows], tuple(labels[rows]))
    for options in ({}, {"decay": 0.0}, {"dropout": 0.2}, {"hidden": 2048}, {"weight_decay": 0.0}):
        report("gcn", judged, options, stop_on)
