"""Cures of domain shift on inputs without labels: what they gain, what they would lose, and where they decline.

Usage: python benchmarks/transductive.py [caltech] [cub] [cub-sentences] [--learner NAME] [--cure NAME] [--draws 5]
       [--out FILE]

Every cure is chosen on rehearsals, batches of seen classes that were hidden, after calibrated stacking and among all
candidates; nothing is chosen on an unseen class. Then batches of photos of unseen classes are drawn: all, 5 or 1 a
class, of half of the classes only, skewed (the k-th class has a k-th of the photos of the first), of a tenth, of three,
two or one class. Classes that are not in a batch stay candidates. Class-mean hit@1; intervals of gains are paired
bootstraps over classes, of a class's mean over the draws that it is in. "Never declining" is what the cure would have
gained had it been applied to every batch.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from stages import stage

from kgzsl.metrics import by_class, harmonic, interval, ranks
from kgzsl.resolve.catalogue import ADJUSTERS, adjuster_class, make_adjuster
from kgzsl.resolve.chain import fit_chain
from kgzsl.resolve.shift.trials import Mix, drawn

CURES = tuple(name for name in ADJUSTERS if adjuster_class(name).cures == "domain shift")
MIXES = (
    Mix("all"), Mix("5 a class", each=5), Mix("1 a class", each=1), Mix("half of the classes absent", share=0.5),
    Mix("skewed", skewed=True), Mix("nine tenths absent", share=0.1), Mix("three classes", classes=3),
    Mix("two classes", classes=2), Mix("one class", classes=1),
)  # fmt: skip
GENERALISED = MIXES[:5]
STAGES = ("caltech", "cub", "cub-sentences")
NEVER_DECLINING = -1e9


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stages", nargs="*", help="all when none is named")
    parser.add_argument("--cure", action="append", help="of domain shift; all when none is named")
    parser.add_argument("--learner", default="kernel")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    cures = options.cure or CURES
    found = [row for name in options.stages or STAGES for row in measured(name, options.learner, cures, options.draws)]
    if options.out:
        options.out.write_text(json.dumps(found, indent=1))
    for row in found:
        report(row)


def measured(name, learner, cures, draws):
    """Yield what each cure does on a stage."""
    made = stage(name, learner)
    sets = {"candidates": made}
    if name == "caltech":
        sets["everything"] = stage(name, learner, everything=True)
    for cure in cures:
        row = {"stage": name, "learner": learner, "cure": cure}
        for label, one in sets.items():
            start = time.perf_counter()
            chain = fit_chain([make_adjuster("calibrated-stacking"), make_adjuster(cure)], one.rehearsals,
                              one.rehearsed.final)  # fmt: skip
            seconds, chosen = time.perf_counter() - start, chain.named(cure).chosen()
            row[label] = {"number": len(one.candidates), "seconds": seconds, "chosen": chosen,
                          "together": together(one, chain, cure, draws)}  # fmt: skip
            if label == "candidates":
                row["alone"] = alone(one.unseen_alone(), chain, cure, draws)
            print(f"  {name} {cure}, {label}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        yield row


def alone(one, chain, cure, draws):
    """Return figures of unseen classes among themselves, one a mix."""
    stacking, adjuster = chain.named("calibrated-stacking"), chain.named(cure)
    bold = copy.copy(adjuster)
    bold.threshold = NEVER_DECLINING
    steps = {"with": adjuster, "bold": bold}
    rows = []
    for mix in MIXES:
        hits = {key: [] for key in ("without", *steps)}
        declined, classes = 0, []
        batches = list(batches_of(one.y, mix, draws, ~one.query.seen[one.y]))
        for at in batches:
            query, y = one.query.take(at), one.y[at]
            hits["without"].append(ranks(query.scores, y) == 0)
            for key, step in steps.items():
                given = step(query) if step.place == "features" else step(stacking(query))
                hits[key].append(ranks(given.scores, y) == 0)
                declined += key == "with" and given.notes[-1].declined
            classes.append(y)
        y = np.concatenate(classes)
        means = {key: by_class(np.concatenate(part), y) for key, part in hits.items()}
        rows.append({"mix": mix.name, "batches": len(batches), "inputs": len(y) / len(batches), "declined": declined,
                     "without": told(means["without"]), "with": told(means["with"]),
                     "gain": told(means["with"] - means["without"]),
                     "bold": told(means["bold"] - means["without"])})  # fmt: skip
    return rows


def batches_of(y, mix, draws, unseen):
    """Yield the rows of each batch: one where nothing is drawn, one a class where a batch has one class."""
    if mix.classes == 1:
        yield from (np.flatnonzero(y == c) for c in np.unique(y[unseen]))
    elif mix == MIXES[0]:
        yield np.arange(len(y))
    else:
        yield from (drawn(y, ~unseen, mix, np.random.default_rng(seed), len(y)) for seed in range(draws))


def told(per_class):
    """Return a mean over classes and its interval."""
    found = interval(per_class)
    return [found.value, found.low, found.high]


def together(one, chain, cure, draws):
    """Return figures of seen and unseen classes together, one a mix: U, S, H without and with the cure."""
    rows = []
    plain = fit_chain([make_adjuster("calibrated-stacking")], one.rehearsals, one.rehearsed.final)
    for mix in GENERALISED:
        declined, balances, gains = 0, {"without": [], "with": []}, []
        for at in batches_of(one.y, mix, draws, ~one.query.seen[one.y]):
            query, y = one.query.take(at), one.y[at]
            before, after = plain(query), chain(query)
            declined += next(note for note in after.notes if note.adjuster == cure).declined
            own = query.seen[y]
            for key, given in (("without", before), ("with", after)):
                right = ranks(given.scores, y) == 0
                pair = by_class(right[~own], y[~own]), by_class(right[own], y[own])
                balances[key].append([*map(np.mean, pair), harmonic(*map(np.mean, pair))])
                gains.append(pair[0])
        means = {key: [float(x) for x in np.mean(part, axis=0)] for key, part in balances.items()}
        gain = told(gains[1] - gains[0]) if mix == MIXES[0] else None
        rows.append({"mix": mix.name, "batches": len(balances["with"]), "declined": declined, "gain": gain} | means)
    return rows


def report(row):
    """Print one cure as Markdown."""
    chosen = ", ".join(f"{key} {value:.2f}" for key, value in row["candidates"]["chosen"].items())
    print(f"\n### {row['cure']} on {row['stage']} ({row['learner']})\n\nchosen: {chosen}; "
          f"{row['candidates']['seconds']:.1f} s\n")  # fmt: skip
    print("| batch | inputs | without | with | gain [95 %] | declined | gain never declining |")
    print("|---|---|---|---|---|---|---|")
    for line in row["alone"]:
        print(f"| {line['mix']} | {line['inputs']:.0f} | {percent(line['without'])[0]} | {percent(line['with'])[0]} | "
              f"{' '.join(percent(line['gain']))} | {line['declined']} of {line['batches']} | "
              f"{' '.join(percent(line['bold']))} |")  # fmt: skip
    print("\n| candidates | batch | U, S, H without | U, S, H with | declined |\n|---|---|---|---|---|")
    for label in ("candidates", "everything"):
        for line in row.get(label, {}).get("together", ()):
            pair = [", ".join(f"{100 * x:.1f}" for x in line[key]) for key in ("without", "with")]
            print(f"| {row[label]['number']} | {line['mix']} | {pair[0]} | {pair[1]} | "
                  f"{line['declined']} of {line['batches']} |")  # fmt: skip


def percent(numbers):
    """Return a mean and its interval in points."""
    mean, low, high = (100 * number for number in numbers)
    return f"{mean:.1f}", f"[{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    main()
