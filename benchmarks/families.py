"""All families of zero-shot learning on CUB-200-2011, proposed split: T1 and U/S/H, five seeds.

Usage: python benchmarks/families.py [attributes] [sentences] [--seeds 5] [--jobs 2] [--out FILE] [LEARNER ...]

A learner may carry options: cadavae:head=softmax. With --out every row is written down as it comes, and rows that are
there already are not measured again.

Reads ../shared/data/cub/cub_resnet_logits1000_f16.npz, or the file in KGZSL_CUB. Features are the 1,000 *logits* of a
ResNet, not its 2,048 pooled activations: figures are not comparable with published tables. Sentence vectors come from
captions of images, those of unseen classes among them: they are instance-derived, and stand in a table of their own.

T1: class-mean hit@1 of the 50 unseen classes among themselves. U, S, H: all 200 classes are candidates, and gamma is
taken from the scores of seen ones; it is chosen on three folds of the 150 seen classes (pseudo-unseen: 50 of them, each
fold with a learner that was fitted without them, and a fifth of the inputs of the other 100 held out). Folds are drawn
by the seed and written down with --out. Raw figures, without gamma, are there too. Learners are at their defaults,
which were chosen on seen classes; nothing here is chosen on unseen ones.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.folds import class_folds, share
from kgzsl.graph.classgraph import ATTRIBUTE, ClassGraph, Concept, Relation
from kgzsl.layers import fit_layer
from kgzsl.learners.catalogue import LEARNERS, learner_class, make_learner
from kgzsl.metrics import by_class, harmonic, interval, ranks
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import build_space

FILE = Path(os.environ.get("KGZSL_CUB", Path(__file__).parents[2] / "shared/data/cub/cub_resnet_logits1000_f16.npz"))
TABLES = ("attributes", "sentences")
HIERARCHY = {"ppr", "absorb", "shared", "cosine"}  # read a hierarchy, or inputs of the encoder of the descriptions
GRAPH = ("kernel", "residual", "sgc", "gcn")  # of the graph learners; the others need edges to differ
GAMMAS = np.linspace(-1, 3, 161)
FOLDS, HELD = 3, 0.2
LAYERS = {}


@dataclass(frozen=True, eq=False)
class Given:
    """A vector source that was read from a file. Shapes: rows (C, e)."""

    ids: dict[str, int]
    rows: np.ndarray

    def vectors(self, graph):
        """See the protocol."""
        found = np.zeros((len(graph), self.rows.shape[1]), np.float32)
        for row, iri in enumerate(graph.ids):
            found[row] = self.rows[self.ids[iri]]
        return found, np.ones(len(graph), bool)


@dataclass(frozen=True, eq=False)
class Data:
    """CUB: features, labels as IRIs, and the proposed split."""

    X: np.ndarray
    y: np.ndarray
    names: tuple
    space: object
    split: dict


def load(table):
    """Return the data with the class space of one kind of description."""
    with np.load(FILE) as file:
        names = tuple(str(name) for name in file["classes"])
        split = {key: file[key] for key in ("trainval_loc", "test_seen_loc", "test_unseen_loc")}
        X, y = file["X"].astype(np.float32), file["y"].astype(np.int64)
        rows = file["att"] if table == "attributes" else file["sent1024"]
    return Data(X, y, names, _space(names, rows, table), split)


def _space(names, rows, table):
    concepts = {name: Concept(name, "class", name, ()) for name in names}
    if table == "sentences":
        graph = ClassGraph(concepts, (), (), "cub", Ontology(()))
        return build_space(graph, {"subClassOf": 1.0}, Given({n: k for k, n in enumerate(names)}, rows))
    attributes = [f"attribute{k:03d}" for k in range(rows.shape[1])]
    concepts |= {name: Concept(name, "attribute", name, ()) for name in attributes}
    facts = tuple(Relation(name, ATTRIBUTE, attributes[k], float(rows[c, k])) for c, name in enumerate(names)
                  for k in np.flatnonzero(rows[c]))  # fmt: skip
    graph = ClassGraph(concepts, facts, (), "cub", Ontology(()))
    return build_space(graph, {"subClassOf": 1.0}, AttributeSource())


def features(data, at):
    """Return labelled features of these rows."""
    return FeatureSet(data.X[at], tuple(data.names[k] for k in data.y[at]), "resnet logits", "CUB")


def fitted(name, data, given, seed):
    """Return the bank of a learner fitted on labelled features, and seconds of fitting."""
    name, options = parted(name)
    learner, kind = make_learner(name, options), learner_class(name)
    names = sorted(set(given.labels))
    if kind.learns_from == "inputs" and name != "iap":
        means = np.stack([given.X[np.array(given.labels) == n].mean(axis=0) for n in names])
        zero, seen = np.zeros(len(names), np.float32), np.ones(len(names), bool)
        layer = ClassifierBank(tuple(names), means, zero, seen, metric="dot")
    else:
        layer = _layer(given)
    start = time.perf_counter()
    learner.fit(data.space, layer, given, seed)
    seconds = time.perf_counter() - start
    return learner.classifiers(data.space), seconds


def _layer(given):
    """Return the logistic layer of these inputs; learners share it."""
    key = hash(given.X.tobytes())
    if key not in LAYERS:
        LAYERS[key] = fit_layer(given)
    return LAYERS[key]


def parted(name):
    """Return a learner's name and options of ``name:key=value,key=value``."""
    name, _, said = name.partition(":")
    return name, dict(pair.split("=", 1) for pair in said.split(",")) if said else {}


def scores_of(bank, X, given, data):
    """Return scores of all 200 classes in units of their spread over the training inputs."""
    rows = bank.rows(data.names)
    return bank.scores(X, rows) / float(bank.scores(given.X[::7], rows).std())


def gamma_of(name, data, seed):
    """Return the gamma with the best harmonic mean over folds of the seen classes, and the folds."""
    train = data.split["trainval_loc"]
    seen = sorted({data.names[k] for k in data.y[train]})
    folds = class_folds(seen, FOLDS, seed)
    found = np.zeros(len(GAMMAS))
    for hidden in folds:
        gone = np.isin([data.names[k] for k in data.y[train]], hidden)
        held, kept = share([data.names[k] for k in data.y[train][~gone]], HELD, seed)
        given = features(data, train[~gone][kept])
        bank, _ = fitted(name, data, given, seed)
        test = np.concatenate([train[gone], train[~gone][held]])
        candidates = np.array([data.names.index(n) for n in seen])
        scores = scores_of(bank, data.X[test], given, data)[:, candidates]
        y, unseen = np.searchsorted(candidates, data.y[test]), np.isin(seen, hidden)
        found += [balance(scores, y, unseen, gamma)[2] for gamma in GAMMAS]
    return float(GAMMAS[found.argmax()]), folds


def balance(scores, y, unseen, gamma):
    """Return U, S and H with gamma taken from the scores of seen classes."""
    right = ranks(scores - gamma * ~unseen, y) == 0
    own = unseen[y]
    u, s = by_class(right[own], y[own]).mean(), by_class(right[~own], y[~own]).mean()
    return u, s, harmonic(u, s)


def measured(job):
    """Return the figures of one learner, one kind of description and one seed."""
    table, name, seed = job
    warnings.simplefilter("ignore")
    try:
        return _measured(table, name, seed)
    except Exception as error:  # one learner's refusal is a line of the table
        return {"table": table, "learner": name, "seed": seed, "error": str(error)}


def _measured(table, name, seed):
    data = load(table)
    given = features(data, data.split["trainval_loc"])
    bank, seconds = fitted(name, data, given, seed)
    gamma, folds = gamma_of(name, data, seed)
    test = np.concatenate([data.split["test_unseen_loc"], data.split["test_seen_loc"]])
    scores, y = scores_of(bank, data.X[test], given, data), data.y[test]
    unseen = np.isin(np.arange(len(data.names)), np.unique(data.y[data.split["test_unseen_loc"]]))
    columns, own = np.flatnonzero(unseen), unseen[y]
    right = by_class(ranks(scores[own][:, columns], np.searchsorted(columns, y[own])) == 0, y[own])
    curve = max(balance(scores, y, unseen, g)[2] for g in GAMMAS)
    raw, calibrated = balance(scores, y, unseen, 0.0), balance(scores, y, unseen, gamma)
    return {"table": table, "learner": name, "seed": seed, "seconds": seconds, "gamma": gamma, "t1": right.tolist(),
            "raw": raw, "calibrated": calibrated, "hindsight": curve, "folds": folds}  # fmt: skip


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="tables and learners; all when none is named")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if not FILE.is_file():
        sys.exit(f"needs {FILE}; set KGZSL_CUB to it")
    tables = [t for t in TABLES if t in options.names] or TABLES
    names = [n for n in options.names if n not in TABLES] or [n for n in LEARNERS if _asked(n)]
    jobs = [(t, n, s) for s in range(options.seeds) for t in tables for n in names]
    jobs = [job for job in jobs if job[0] == "attributes" or "attributes" not in learner_class(parted(job[1])[0]).reads]
    found = json.loads(options.out.read_text()) if options.out and options.out.is_file() else []
    known = {(row["table"], row["learner"], row["seed"]) for row in found}
    jobs = [job for job in jobs if job not in known]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for row in pool.imap_unordered(measured, jobs):
            found.append(row)
            said = row.get("error") or f"{row['seconds']:.1f} s"
            print(f"  {row['table']} {row['learner']} seed {row['seed']}: {said}", file=sys.stderr, flush=True)
            if options.out:
                options.out.write_text(json.dumps(found, indent=1))
    for table in tables:
        report(table, [row for row in found if row["table"] == table])


def _asked(name):
    return name not in HIERARCHY and (learner_class(name).family != "graph propagation" or name in GRAPH)


def report(table, found):
    """Print one table, best H first."""
    print(f"\nCUB, {table}" + (" (instance-derived)" if table == "sentences" else ""))
    print(f"  {'learner':16} {'family':18} {'T1 [95 % over classes]':24} {'sd':>4} {'U':>5} {'S':>5} {'H':>5} "
          f"{'sd':>4} {'raw U':>6} {'S':>5} {'H':>5} {'share':>6} {'s':>6}")  # fmt: skip
    by_learner = {}
    for row in found:
        by_learner.setdefault(row["learner"], []).append(row)
    for name, rows in sorted(by_learner.items(), key=lambda item: -_mean_h(item[1])):
        good = [row for row in rows if "error" not in row]
        if not good:
            print(f"  {name:16} {rows[0]['error']}")
            continue
        t1 = np.array([row["t1"] for row in good])
        cal, raw = np.array([row["calibrated"] for row in good]), np.array([row["raw"] for row in good])
        u, s, h = 100 * cal.mean(axis=0)
        ru, rs, rh = 100 * raw.mean(axis=0)
        part = np.mean([row["calibrated"][2] / row["hindsight"] for row in good])
        print(f"  {name:16} {learner_class(parted(name)[0]).family:18} {interval(t1.mean(axis=0))!s:24} "
              f"{100 * t1.mean(axis=1).std():4.1f} {u:5.1f} {s:5.1f} {h:5.1f} {100 * cal[:, 2].std():4.1f} "
              f"{ru:6.1f} {rs:5.1f} {rh:5.1f} {part:6.3f} {np.median([r['seconds'] for r in good]):6.1f}")  # fmt: skip


def _mean_h(rows):
    return np.mean([row["calibrated"][2] for row in rows if "error" not in row] or [0])


if __name__ == "__main__":
    main()
