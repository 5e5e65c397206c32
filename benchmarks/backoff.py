"""What back-off, cost-sensitive answers and open-set recognition are worth on the bundled photos.

Usage: python benchmarks/backoff.py [curves] [open] [--seeds 10] [--out FILE]        (both parts when none is named)

An engine is trained as the bundled recipe says; its adjusters, temperature and deciders are calibrated on photos of the
32 seen synsets, of which a third at a time plays unseen. Nothing is chosen on the 59 unseen synsets, nor on the seen
photos that figures are reported on. Candidates are the 1,000 seen classes and the 59.

Tables: accuracy of what is said against information, for answers that are flat (the best candidate, or nothing below a
threshold), backed off by a threshold, by the reward rule, and cost-sensitive; accuracy wanted against accuracy reached;
and AUROC of open-set scores on photos of classes that were taken out of the ontology by the edit API, a third of the
59 a seed (only those with nothing below them, so that no candidate is one of them).

All accuracies are means over classes; intervals are bootstraps over classes. What is said is right where the true class
is the said one or below it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

import kgzsl
from kgzsl.folds import share
from kgzsl.metrics import accuracy_information, auroc, by_class, interval, meeting_height
from kgzsl.ontology.edit import remove
from kgzsl.resolve.catalogue import make_adjuster, make_decider
from kgzsl.resolve.decide.backoff import GRIDS, RULES, said_at
from kgzsl.resolve.decide.hierarchy import TOP, hierarchy_of
from kgzsl.resolve.decide.novelty import SCORES
from kgzsl.resolve.decide.open_set import OVER
from kgzsl.resolve.query import Query
from kgzsl.training import train

RECIPE, ONTOLOGY = "graphs/objects.toml", Path("ontologies/objects.ttl")
PHOTOS = "graphs/objects/caltech101_lite0_int8_demo.npz"
WANTED, AT = (0.8, 0.9, 0.95), (0.6, 0.7, 0.8, 0.9, 0.95)


class Setting:
    """An engine over an ontology, its deciders, and the photos that figures are reported on.

    Args:
        ontology: file.
        gone: IRIs of classes that were taken out of it.
    """

    def __init__(self, ontology=ONTOLOGY, gone=()):
        self.engine = train(RECIPE, ontologies=[ontology])
        state, photos = self.engine._state, kgzsl.load_features(PHOTOS)
        self.graph, self.bank, self.gone = state.graph, state.bank, set(gone)
        known = {iri.rpartition("/")[2]: iri for iri in (*self.graph.class_ids, *gone)}
        self.X, self.labels = photos.X, np.array([known[name] for name in photos.labels], dtype=object)
        seen = {iri for iri, own in zip(self.bank.ids, self.bank.seen, strict=True) if own}
        self.unseen = sorted(set(self.labels) - seen - self.gone)
        self.ids = tuple(c for c in self.bank.ids if c in seen or c in set(self.unseen))
        of_seen, about = np.flatnonzero([c in seen for c in self.labels]), self.engine.recipe.validation
        rehearsed, _ = share([self.labels[k] for k in of_seen], about.share, about.seed)
        self.of_seen = np.setdiff1d(of_seen, of_seen[rehearsed])
        self.of_unseen = np.flatnonzero([c in set(self.unseen) for c in self.labels])
        self.of_gone = np.flatnonzero([c in self.gone for c in self.labels])
        self._calibrate()

    def _calibrate(self):
        rehearsals, final = self.engine.rehearsed(list(self.ids))
        chain = self.engine.chain
        rehearsals = [chain.rehearsed(r) for r in rehearsals]
        self.temperature = make_adjuster("temperature").fit(rehearsals, chain(final))
        self.rehearsals = [replace(r, query=self.temperature(r.query)) for r in rehearsals]

    def fitted(self, name):
        """Return a calibrated decider."""
        return make_decider(name).fit(self.rehearsals, self.graph)

    def query(self, at, ids=None):
        """Return photos with log-probabilities of candidates, and the column of each one's class, -1 without."""
        ids = tuple(ids or self.ids)
        query = self.engine.chain(Query.of(self.bank, self.bank.rows(ids), self.X[at], self.engine.chain.references))
        column = {iri: k for k, iri in enumerate(ids)}
        return self.temperature(query), np.array([column.get(label, -1) for label in self.labels[at]])


def with_options(decider, **options):
    """Return the same calibration with other options."""
    return make_decider(decider.name, options).restore(decider.state())


def curves(query, y, graph, cost):
    """Return accuracy and bits of each way to answer, along its parameter."""
    found = hierarchy_of(graph, query.ids)
    p = np.exp(query.scores.astype(np.float64))
    best = p.argmax(axis=1)
    nothing = int(found.levels[-1][0])
    thresholds = GRIDS["threshold"]
    ways = {"flat": np.where(p.max(axis=1)[:, None] >= thresholds, found.columns[best][:, None], nothing)}
    for rule in RULES:
        ways[rule] = said_at(found, p, rule, GRIDS[rule])[0]
    column = {iri: k for k, iri in enumerate(query.ids)}
    cheap = np.array([column[one.iris[0]] for one in cost.decide(query, graph)])
    sure = p[np.arange(len(p)), cheap]
    ways["cost"] = np.where(sure[:, None] >= thresholds, found.columns[cheap][:, None], nothing)
    made = {}
    for name, nodes in ways.items():
        accuracy, bits = accuracy_information(found.holds(y[:, None], nodes), found.information[nodes], y)
        made[name] = {"accuracy": accuracy.tolist(), "bits": bits.tolist()}
    heights = found.costs()
    costs = {name: meeting_height(c, y, heights) for name, c in (("flat", best), ("cost", cheap))}
    hits = {name: 100 * float(by_class(c == y, y).mean()) for name, c in (("flat", best), ("cost", cheap))}
    return {"curves": made, "height": costs, "hit@1": hits, "most bits": float(found.bits[0])}


def at_accuracy(curve, wanted):
    """Return the most bits along a curve at this accuracy or more."""
    enough = [bits for accuracy, bits in zip(curve["accuracy"], curve["bits"], strict=True)
              if accuracy >= wanted - 1e-9]  # fmt: skip
    return max(enough, default=0.0)


def reached(setting, query, y):
    """Return of each guarantee, rule and wanted accuracy what was reached."""
    decider, found = setting.fitted("back-off"), hierarchy_of(setting.graph, query.ids)
    rows = []
    for guarantee in ("mean", "expected", "bound"):
        for rule in RULES:
            for wanted in WANTED:
                own = with_options(decider, accuracy=wanted, guarantee=guarantee, rule=rule)
                said = own.decide(query, setting.graph)
                nodes = np.array([found.nodes.index(one.iris[0]) if one.iris else found.nodes.index(TOP)
                                  for one in said])  # fmt: skip
                right = found.holds(y, nodes)
                hit = interval(by_class(right, y))
                rows.append({"guarantee": guarantee, "rule": rule, "wanted": wanted, "rehearsed": own.promised(),
                             "accuracy": hit.value, "low": hit.low, "high": hit.high,
                             "bits": float(by_class(right * found.information[nodes], y).mean()),
                             "class": float(np.mean([one.kind == "class" for one in said])),
                             "nothing": float(np.mean(found.information[nodes] == 0))})  # fmt: skip
    return rows


def taken_out(setting, seed):
    """Return the same with a third of the 59 taken out of the ontology, those with nothing below them."""
    graph = setting.graph
    leaves = [iri for iri in setting.unseen if not graph.children(iri)]
    gone = sorted(np.random.default_rng(seed).permutation(leaves)[: len(setting.unseen) // 3].tolist())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ONTOLOGY.name
        path.write_bytes(ONTOLOGY.read_bytes())
        for iri in gone:
            remove([path], iri, drop_references=True).apply()
        made = Setting(path, gone)
    assert not set(gone) & set(made.graph.concepts)
    return made


def alike(labels):
    """Return weights that make classes count alike."""
    _, at, often = np.unique(labels.astype(str), return_inverse=True, return_counts=True)
    return 1 / often[at]


def open_set(setting):
    """Return AUROC of each score on inputs of classes that were taken out, and what refusing does."""
    decider = setting.fitted("open-set")
    sides = {"seen": setting.of_seen, "unseen": setting.of_unseen, "gone": setting.of_gone}
    queries = {side: setting.query(at)[0] for side, at in sides.items()}
    heavy = {side: alike(setting.labels[at]) for side, at in sides.items()}
    made = {"gone": len(setting.gone), "auroc": {}, "refused": {},
            "chosen": {over: with_options(decider, over=over).chosen for over in OVER}}  # fmt: skip
    for name in SCORES:
        own = with_options(decider, score=name)
        sure = {side: own.sureness(query) for side, query in queries.items()}
        rehearsed = decider.measured["auroc"][list(SCORES).index(name)].tolist()
        made["auroc"][name] = {
            "rehearsed, unseen": rehearsed[0],
            "rehearsed, seen": rehearsed[1],
            **{side: auroc(sure[side], sure["gone"], (heavy[side], heavy["gone"])) for side in ("unseen", "seen")},
        }
        made["refused"][name] = {side: float(np.average(sure[side] < own.threshold, weights=heavy[side]))
                                 for side in sides}  # fmt: skip
    return made


def table(head, rows):
    """Print a table in Markdown."""
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")


def percent(value):
    """Return a share for people."""
    return f"{100 * value:.1f}"


def show_curves(about, found):
    """Print bits at several accuracies."""
    rows = []
    for name, curve in found["curves"].items():
        rows.append([name, percent(curve["accuracy"][0]), curve["bits"][0],
                     *(at_accuracy(curve, wanted) for wanted in AT)])  # fmt: skip
    print(f"\n## {about}: bits (of {found['most bits']:.2f}) at an accuracy of what is said")
    table(["answers", "accuracy, nothing refused", "bits", *(f"{wanted:.0%}" for wanted in AT)], rows)
    for name in ("flat", "cost"):
        print(f"\n{name}: hit@1 {found['hit@1'][name]:.1f}, height of the meeting point {found['height'][name]:.2f}")


def show_reached(about, rows):
    """Print accuracy wanted and reached."""
    print(f"\n## {about}: accuracy wanted and reached")
    table(["guarantee", "rule", "wanted", "on rehearsals", "reached", "bits", "a class is said", "nothing is said"],
          [[r["guarantee"], r["rule"], f"{r['wanted']:.0%}", percent(r["rehearsed"][0]),
            f"{percent(r['accuracy'])} [{percent(r['low'])}, {percent(r['high'])}]", r["bits"], percent(r["class"]),
            percent(r["nothing"])] for r in rows])  # fmt: skip


def show_open(found):
    """Print AUROC by score, means and spreads over seeds."""
    print(f"\n## Open set: {found[0]['gone']} classes taken out, {len(found)} seeds")

    def over(kind, name, side, form):
        values = 100 * np.array([one[kind][name][side] for one in found])
        return form.format(values.mean(), values.std(ddof=1) if len(values) > 1 else 0.0)

    areas = "rehearsed, unseen", "rehearsed, seen", "unseen", "seen"
    rows = [[name, *(over("auroc", name, side, "{:.1f} ± {:.1f}") for side in areas),
             *(over("refused", name, side, "{:.1f}") for side in ("unseen", "seen", "gone")),
             *(sum(one["chosen"][over] == name for one in found) for over in OVER)] for name in SCORES]  # fmt: skip
    table(["score", "AUROC rehearsed: unseen", "seen", "AUROC: against unseen", "against seen", "refused: unseen",
           "seen", "taken out", "chosen for unseen", "for both"], rows)  # fmt: skip


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    start, found = time.perf_counter(), {}
    setting = Setting()
    everything = np.concatenate([setting.of_seen, setting.of_unseen])
    parts = args.parts or ["curves", "open"]
    for about, at, ids in (("59 unseen among all", setting.of_unseen, None),
                           ("59 unseen among themselves", setting.of_unseen, setting.unseen),
                           ("seen and unseen among all", everything, None)):  # fmt: skip
        if "curves" not in parts:
            continue
        query, y = setting.query(at, ids)
        found[about] = curves(query, y, setting.graph, setting.fitted("cost"))
        found[about]["reached"] = reached(setting, query, y)
        show_curves(about, found[about])
        show_reached(about, found[about]["reached"])
    if "open" in parts:
        found["open set"] = [open_set(taken_out(setting, seed)) for seed in range(args.seeds)]
        show_open(found["open set"])
    print(f"\n{time.perf_counter() - start:.0f} s")
    if args.out:
        args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
