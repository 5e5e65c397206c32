"""Conformal sets: how often they hold the class of an unseen class's input, and how large they are.

Usage: python benchmarks/conformal.py [caltech] [caltech-all] [cub] [--splits 200] [--out FILE]

Stages are those of stages.py (``caltech-all``: the recipe's 1,000 seen classes compete too). The temperature and the
thresholds are calibrated on rehearsals, in which seen classes are hidden; nothing is chosen on unseen classes. Coverage
is a mean over classes with its 95 % bootstrap interval over them; "one class in ten" is the coverage that a tenth of
the classes does not reach.

1. ``hidden``: sets for the hidden classes of the rehearsals, each calibrated on all other hidden classes: what scores
   may be compared on.
2. ``rehearsals``: the classes as units, calibrated on hidden ones, asked about unseen and about seen test inputs, and
   about unseen ones where unseen classes alone are candidates (thresholds stay those of all candidates).
3. ``seen inputs``: plain split-conformal sets, calibrated on inputs of seen classes, asked about the same inputs.
4. ``halves``: unseen classes alone, among themselves; a random half of them calibrates, the other is asked about. Here
   classes are exchangeable, so that coverage on average is what was promised if the procedure is right. In its last
   column inputs are taken for the units.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from stages import stage

from kgzsl.metrics import by_class, interval
from kgzsl.resolve.catalogue import make_adjuster, make_decider
from kgzsl.resolve.decide.conformal import Held, held, quantile, standing

COVERAGES, SCORES = (0.8, 0.9), ("margin", "lac", "aps", "raps")
STAGES = {"caltech": ("caltech", {}), "caltech-all": ("caltech", {"everything": True}), "cub": ("cub", {})}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", default=list(STAGES), choices=[*STAGES, []])
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    rows = []
    for name in asked.stages or STAGES:
        source, options = STAGES[name]
        setting = Setting(stage(source, **options))
        print(f"\n## {name}: {setting.about()}\n")
        for table in (of_hidden, of_test, lambda s: of_halves(s, asked.splits)):
            found = [{"stage": name, **row} for row in table(setting)]
            show(found)
            rows += found
        if asked.out:
            asked.out.write_text(json.dumps(rows, indent=1))


class Setting:
    """A stage whose scores are log-probabilities."""

    def __init__(self, made) -> None:
        known = np.flatnonzero(made.y >= 0)
        self.stage, rehearsed = made, made.rehearsed
        self.temperature = make_adjuster("temperature").fit(rehearsed.rehearsals, rehearsed.final)
        self.rehearsals = [replace(r, query=self.temperature(r.query)) for r in rehearsed.rehearsals]
        self.query, self.y = self.temperature(made.query.take(known)), made.y[known]
        self.unseen = ~self.query.seen[self.y]
        alone = made.unseen_alone()
        self.alone, self.alone_y = self.temperature(alone.query), alone.y

    def about(self) -> str:
        hidden, seen = held(self.rehearsals, of_seen=False), held(self.rehearsals, of_seen=True)
        tested = [len(np.unique(self.y[at])) for at in (self.unseen, ~self.unseen)]
        return (f"{len(self.query.ids)} candidates, {int(self.query.seen.sum())} of them seen; calibrated on "
                f"{len(hidden.units)} inputs of {hidden.classes} hidden and {len(seen.units)} of {seen.classes} seen "
                f"classes, among {[len(r.query.ids) for r in self.rehearsals]} candidates; asked about inputs of "
                f"{tested[0]} unseen and {tested[1]} seen classes")  # fmt: skip


def of_hidden(setting):
    """Each hidden class against thresholds from the others."""
    for score in SCORES:
        decider = make_decider("conformal", {"score": score}).fit(setting.rehearsals, setting.stage.engine.graph)
        for coverage in COVERAGES:
            decider.options = decider.options.model_copy(update={"coverage": coverage})
            inside, sizes, classes = [], [], []
            known, shift = {}, 0
            for one in setting.rehearsals:
                for k in np.unique(one.y[~one.of_seen]):
                    at = np.flatnonzero(one.y == k)
                    decider.unseen = without(setting.rehearsals, one.query.ids[k], known)
                    sets = decider.members(one.query.take(at))
                    inside.append(sets[:, k])
                    sizes.append(sets.sum(axis=1))
                    classes.append(np.full(len(at), shift + k))
                shift += len(one.query.ids)
            yield row("hidden", "hidden", score, coverage, *(np.concatenate(each) for each in (inside, sizes, classes)))


def without(rehearsals, iri, known) -> Held:
    """Return what the hidden classes but one scored."""
    if not known:
        for one in rehearsals:
            for k in np.unique(one.y[~one.of_seen]):
                at = np.flatnonzero(one.y == k)
                known[one.query.ids[k]] = standing(one.query.scores[at])[:, :, k].T
    parts = [scores for name, scores in known.items() if name != iri]
    return Held(np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts]))


def of_test(setting):
    """Unseen and seen test inputs, with classes and with inputs of seen classes for units."""
    for score in SCORES:
        decider = make_decider("conformal", {"score": score}).fit(setting.rehearsals, setting.stage.engine.graph)
        plain = make_decider("conformal", {"score": score}).restore(decider.state())
        inputs = Held(decider.seen.scores, np.arange(len(decider.seen.units)))
        plain.seen = plain.unseen = inputs
        for coverage in COVERAGES:
            for word, used in (("rehearsals", decider), ("seen inputs", plain)):
                used.options = used.options.model_copy(update={"coverage": coverage})
                sets = used.members(setting.query)
                hit, sizes = sets[np.arange(len(sets)), setting.y], sets.sum(axis=1)
                for kind, at in (("unseen", setting.unseen), ("seen", ~setting.unseen)):
                    yield row(word, kind, score, coverage, hit[at], sizes[at], setting.y[at])
                sets = used.members(setting.alone)
                hit, y = sets[np.arange(len(sets)), setting.alone_y], setting.alone_y
                yield row(word, "unseen alone", score, coverage, hit, sets.sum(axis=1), y)


def of_halves(setting, splits):
    """Unseen classes among themselves: half of them calibrates."""
    query, y = setting.alone, setting.alone_y
    for score in SCORES:
        decider = make_decider("conformal", {"score": score})
        every = decider._score(standing(query.scores))
        own = every[np.arange(len(every)), y]
        for coverage in COVERAGES:
            drawn = [half(every, own, y, coverage, np.random.default_rng(seed)) for seed in range(splits)]
            means, sizes, plain = np.array(drawn).T
            yield {"table": "halves", "kind": "unseen", "score": score, "coverage": coverage,
                   "reached": means.mean(), "error": means.std() / np.sqrt(splits), "spread": means.std(),
                   "size": sizes.mean(), "candidates": every.shape[1], "by input": plain.mean(),
                   "splits": splits}  # fmt: skip


def half(every, own, y, coverage, rng):
    """Return coverage and size on one half of the classes, and coverage where inputs are the units."""
    classes = rng.permutation(np.unique(y))
    given = np.isin(y, classes[: len(classes) // 2])
    limit = quantile(own[given], y[given], coverage)
    plain = quantile(own[given], np.arange(given.sum()), coverage)
    own, every, y = own[~given], every[~given], y[~given]
    figures = own <= limit, (every <= limit).sum(axis=1), own <= plain
    return [by_class(each, y).mean() for each in figures]


def row(table, kind, score, coverage, hit, sizes, classes):
    each = by_class(hit, classes)
    found, size = interval(each), by_class(sizes, classes)
    return {"table": table, "kind": kind, "score": score, "coverage": coverage, "reached": found.value,
            "low": found.low, "high": found.high, "tenth": float(np.quantile(each, 0.1)), "size": float(size.mean()),
            "median": float(np.median(sizes)), "classes": len(each), "inputs": len(hit)}  # fmt: skip


def show(rows) -> None:
    """Print rows as Markdown."""
    if rows[0]["table"] == "halves":
        print("\n| halves: score | promised | coverage, mean of splits | spread over splits | mean size | "
              "with inputs as units |\n|---|---|---|---|---|---|")  # fmt: skip
        for r in rows:
            print(f"| {r['score']} | {100 * r['coverage']:.0f} | {100 * r['reached']:.1f} ± {100 * r['error']:.1f} | "
                  f"{100 * r['spread']:.1f} | {r['size']:.1f} of {r['candidates']} | {100 * r['by input']:.1f} |")
    else:
        print("\n| calibrated on | score | promised | inputs of | coverage | one class in ten | mean size | median |\n"
              "|---|---|---|---|---|---|---|---|")  # fmt: skip
        for r in rows:
            print(f"| {r['table']} | {r['score']} | {100 * r['coverage']:.0f} | {r['kind']} | {100 * r['reached']:.1f} "
                  f"[{100 * r['low']:.1f}, {100 * r['high']:.1f}] | {100 * r['tenth']:.0f} | {r['size']:.1f} | "
                  f"{r['median']:.0f} |")  # fmt: skip
    sys.stdout.flush()


if __name__ == "__main__":
    main()
