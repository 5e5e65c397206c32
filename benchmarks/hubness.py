"""Hubs among the answers, before and after each cure: skewness, hub share, anti-hubs, and what it costs in T1.

Usage: python benchmarks/hubness.py [cub] [cub-unseen] [caltech-full] [--learner NAME] [--draws 1000] [--out FILE]

``cub``: all 200 birds of the proposed split are candidates; ``cub-unseen``: the 50 unseen ones alone, and their inputs.
``caltech-full``: all 9,144 photos, those that adjusters are chosen on (half of the seen classes' photos, which measure
levels too) among them, and all candidates of the recipe; ``caltech-tested``: without those. What the stages are, see
stages.py; files are the ones that it reads.

k is 10. The hub share is what the ten most frequent answers hold of all top-10 lists; an anti-hub is in none. T1 is
class-mean hit@1 of the inputs of unseen classes among the unseen classes that have inputs. Differences are against
plain scores: of skewness and share with 95 % intervals by paired bootstrap over inputs, of T1 over classes. How strong
a cure is was chosen on rehearsals made of seen classes. Cures that read the batch have tables of their own. "Alike": of
inputs whose class is known, each class counts alike; where a class has many inputs, it is a frequent answer and no hub.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from stages import stage

from kgzsl.evaluate.hubness import hubness_table
from kgzsl.resolve import Query
from kgzsl.resolve.catalogue import ADJUSTERS, adjuster_class, make_adjuster

TITLES = {
    "cub": "CUB, 200 candidates",
    "cub-unseen": "CUB, the 50 unseen candidates",
    "caltech-full": "Caltech-101, all 9,144 photos",
    "caltech-tested": "Caltech-101, without the photos that adjusters were chosen on",
}
HEAD = ("| adjuster | skewness | difference | hub share | difference | anti-hubs | skewness, alike | hub share, alike "
        "| T1 | difference |")  # fmt: skip


def main() -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stages", nargs="*", default=["cub", "cub-unseen", "caltech-full", "caltech-tested"])
    parser.add_argument("--learner")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    found, known = {}, {}
    for name in args.stages:
        data = "cub" if name.startswith("cub") else "caltech-full"
        if data not in known:
            known[data] = _fitted(data, args.learner)
        rows, about = _measured(name, *known[data], args.draws)
        found[name] = {**about, "rows": [asdict(row) for row in rows]}
        _tell(name, about, rows)
        if args.out:
            args.out.write_text(json.dumps(found, indent=1))


def _fitted(data, learner):
    """Return a stage and all cures of hubness, chosen on its rehearsals."""
    start = time.perf_counter()
    one = stage(data, learner, everything=data.startswith("caltech"))
    names = [name for name in ADJUSTERS if adjuster_class(name).cures == "hubness"]
    cures = [make_adjuster(name).fit(*one.rehearsed) for name in names]
    print(f"<!-- {data}: trained and chosen in {time.perf_counter() - start:.0f} s -->", flush=True)
    return one, cures


def _measured(name, one, cures, draws):
    """Return the rows of a table, and how much it was measured on."""
    if name == "cub-unseen":
        one = one.unseen_alone()
    query, y = one.query, one.y
    if name == "caltech-full":
        X = np.concatenate([query.X, one.engine.calibration.X])
        query = Query.of(query.bank, query.rows, X, query.references)
        y = np.concatenate([y, np.full(len(X) - len(y), -1)])
    labels = [one.engine.graph.label(iri) for iri in query.ids]
    rows = hubness_table(query, y, cures, names=labels, draws=draws)
    of_unseen = y[y >= 0][~query.seen[y[y >= 0]]]
    return rows, {"learner": one.engine.learner.name, "inputs": len(y), "candidates": len(query.rows),
                  "unseen classes": len(np.unique(of_unseen)), "their inputs": len(of_unseen)}  # fmt: skip


def _tell(name, about, rows):
    print(f"\n## {TITLES[name]} ({about['learner']})\n")
    print(f"{about['inputs']:,} inputs, {about['candidates']:,} candidates; T1 over {about['unseen classes']} unseen "
          f"classes with {about['their inputs']:,} inputs.")  # fmt: skip
    for mode in ("inductive", "transductive"):
        print(f"\n{mode.capitalize()}:\n\n{HEAD}\n|{'---|' * HEAD.count(' | ')}---|")
        for row in rows:
            if row.mode in ("none", mode):
                print(_line(row))
    for row in rows[1:]:
        chosen = ", ".join(f"{key} {value:g}" for key, value in row.chosen.items())
        print(f"\n- `{row.adjuster}`: {chosen}" + "".join(f"; {note}" for note in row.notes), end="")
    print()
    print(f"\nHubs of plain scores: {_named(rows[0])}.", flush=True)
    for mode in ("inductive", "transductive"):
        mild = min((row for row in rows if row.mode == mode), key=lambda row: row.share)
        print(f"\nAfter `{mild.adjuster}`: {_named(mild)}.", flush=True)


def _line(row):
    cost = row.accuracy_change and row.accuracy_change.difference
    changes = [_change(row.skewness_change, 1, 2), _change(row.share_change, 100, 1)]
    changes.append(_signed(cost.value, cost.low, cost.high, 100, 1) if cost else "")
    alike = [_change(row.alike.skewness, 1, 2), _change(row.alike.share, 100, 1)] if row.alike else ["", ""]
    return (f"| {row.adjuster} | {row.skewness:.2f} | {changes[0]} | {100 * row.share:.1f} | {changes[1]} | {row.anti} "
            f"| {alike[0]} | {alike[1]} | {100 * row.accuracy.value:.1f} | {changes[2]} |")  # fmt: skip


def _change(change, unit, digits):
    return "" if change is None else _signed(change.difference, change.low, change.high, unit, digits)


def _signed(value, low, high, unit, digits):
    return f"{unit * value:+.{digits}f} [{unit * low:+.{digits}f}, {unit * high:+.{digits}f}]"


def _named(row):
    return ", ".join(f"{name} ({count:.0f})" for name, count in row.hubs)


if __name__ == "__main__":
    main()
