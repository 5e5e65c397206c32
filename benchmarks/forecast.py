"""Forecasts of class accuracy from descriptions alone, against the hit@1 that photos then show.

Usage: python benchmarks/forecast.py [--out FILE]

Spearman correlation over the unseen classes, with a 95 % bootstrap interval over them; beside it what was promised by
leaving out folds of hidden seen classes. Classes of Caltech-101: the
59 unseen synsets among themselves, all their photos; of CUB: the 50 unseen birds. Nothing of theirs is learnt from.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from stages import stage

from kgzsl.forecast import forecast
from kgzsl.metrics import by_class, ranks
from kgzsl.training import read_material

ROOT = Path(__file__).parents[1]


def measured(name):
    """Return the figures of one stage."""
    found = stage(name)
    alone = found.unseen_alone()
    right = by_class(ranks(alone.query.scores, alone.y) == 0, alone.y)
    material = read_material(ROOT / "graphs/objects.toml") if name.startswith("caltech") else None
    said = forecast(found.engine, material, alone.candidates)
    expected = {e.iri: e.accuracy for e in said.classes}
    values = np.array([expected[iri] for iri in alone.candidates])
    rng, draws = np.random.default_rng(0), []
    for _ in range(2000):
        at = rng.integers(len(values), size=len(values))
        draws.append(spearmanr(values[at], right[at]).statistic)
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return {"stage": name, "classes": len(values), "spearman": float(spearmanr(values, right).statistic), "low": low,
            "high": high, "promised": said.spearman, "learnt on": f"{said.classes_seen} {said.learnt_on}",
            "mean forecast": float(values.mean()), "mean hit": float(right.mean()),
            "worst": [(e.label, round(e.accuracy, 2), e.missing[0] if e.missing else "") for e in said.classes[:5]]}


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    rows = []
    given = parser.parse_args()
    print("| data | unseen classes | Spearman [95 %] | promised | learnt on | mean forecast | mean hit@1 |")
    print("|---|---|---|---|---|---|---|")
    for name in ("caltech-full", "cub"):
        row = measured(name)
        rows.append(row)
        print(f"| {name} | {row['classes']} | {row['spearman']:.2f} [{row['low']:.2f}, {row['high']:.2f}] | "
              f"{row['promised']:.2f} | {row['learnt on']} | {row['mean forecast']:.2f} | {row['mean hit']:.2f} |",
              flush=True)
    if given.out:
        given.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
