"""How faithful explanations are: every way to rank facts, on answers to the bundled photos.

Usage: python benchmarks/faithfulness.py [LEARNER ...] [--answers N] [--checks N] [--folder FOLDER]

Photos of the synsets without a given classifier, of each the best candidate without one is explained; seed 0 fixed
beforehand. Every learner is trained with its default options and measured on the same number of answers; what has been
measured is kept as FOLDER/LEARNER.json and not measured again, and FOLDER/faithfulness.md is the table of all that is
there. Intervals are bootstraps over the explained classes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch

import kgzsl
from kgzsl.explain.faithfulness import MEASURES, METHODS, Plan, faithfulness
from kgzsl.features import load_features
from kgzsl.ontology import vocabulary as v
from kgzsl.whole import written_whole

RECIPE, PHOTOS = "graphs/objects.toml", "graphs/objects/caltech101_lite0_int8_demo.npz"
LEARNERS = ("gcn", "sgcn", "dgp", "rgcn", "compgcn", "gat", "residual", "sgc", "absorb", "ppr", "kernel", "laplacian")
COSTLY = {"laplacian": (100, ("paths", "random path", "random")), "dgp": (500, ("paths", "random path", "random"))}
"""Every deletion solves for the whole graph again, or reaches most of it: fewer answers, or no rankings that are
deletions themselves."""
CONTROL = "random path"
SHOWN = ("fidelity+", "fidelity-", "deletion", "insertion", "sparsity", "stability", "randomised")


def main() -> None:
    """Measure what is not there yet, and write the table of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", nargs="*", default=LEARNERS)
    parser.add_argument("--answers", type=int, default=500)
    parser.add_argument("--checks", type=int, default=50)
    parser.add_argument("--folder", type=Path, default=Path("faithfulness"))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    given.folder.mkdir(parents=True, exist_ok=True)
    for name in given.learners:
        path = given.folder / f"{name}.json"
        if not path.is_file():
            _write(path, json.dumps(measured(name, given.answers, given.checks), indent=1))
    found = [json.loads(path.read_text()) for name in LEARNERS if (path := given.folder / f"{name}.json").is_file()]
    _write(given.folder / "faithfulness.md", "\n".join(lines(found)) + "\n")
    print("\n".join(lines(found)))


def measured(name: str, answers: int, checks: int) -> dict[str, object]:
    """Train one learner and measure its explanations."""
    engine = kgzsl.train(RECIPE, learner=name)
    most, methods = COSTLY.get(name, (answers, None))
    plan = Plan(min(most, answers), 0 if methods else checks)
    start = time.perf_counter()
    report = faithfulness(engine.setting, photos(engine), methods, plan=plan, progress=_tell(name))
    return report.as_json() | {"seconds": round(time.perf_counter() - start, 1), "checks": plan.checks}


def photos(engine: kgzsl.Engine) -> np.ndarray:
    """Return the photos of synsets without a given classifier. Shape: (n, d)."""
    given = load_features(PHOTOS)
    unseen = [v.WN + name not in engine.learner.seen_row for name in given.labels or ()]
    return np.asarray(given.X[unseen])


def lines(found: list[dict]) -> list[str]:
    """Return the tables as Markdown: what ours gains over the control, then all measures of each learner."""
    return [*_summary(found), *(line for each in found for line in _table(each))]


def _summary(found: list[dict]) -> list[str]:
    names = [name for name in METHODS if name != CONTROL]
    out = ["Deletion: mean margin lost, less that of random paths on the same answers", "",
           f"| learner | answers | classes | facts | {CONTROL} | {' | '.join(names)} |",
           "|---|--:|--:|--:|--:|" + "--:|" * len(names)]  # fmt: skip
    for each in found:
        rows = {row["method"]: row for row in each["methods"]}
        gains = [_told(rows[name]["over control"]["deletion"]) if name in rows else "–" for name in names]
        about = f"| {each['learner']} | {each['answers']} | {each['classes']} | {each['facts']:.1f} "
        out.append(f"{about}| {_told(rows[CONTROL]['measures']['deletion'], False)} | {' | '.join(gains)} |")
    return out


def _table(each: dict) -> list[str]:
    arrows = {measure.name: {1: " ↑", -1: " ↓", 0: ""}[measure.better] for measure in MEASURES}
    head = " | ".join(f"{name}{arrows[name]}" for name in SHOWN)
    out = ["", f"**{each['learner']}**: {each['answers']} answers, {each['seconds']:.0f} s", "",
           f"| method | {head} | ms |", "|---|" + "--:|" * (len(SHOWN) + 1)]  # fmt: skip
    for row in each["methods"]:
        cells = " | ".join(_told(row["measures"][name], False) for name in SHOWN)
        out.append(f"| {row['method']} | {cells} | {row['milliseconds']:.0f} |")
    return out


def _told(hit: dict | None, signed: bool = True) -> str:
    if hit is None:
        return "–"
    sign = "+" if signed else ""
    return f"{hit['value']:{sign}.2f} [{hit['low']:{sign}.2f}, {hit['high']:{sign}.2f}]"


def _tell(name: str):
    start = time.perf_counter()

    def told(stage: str, done: int, total: int) -> None:
        if done % 25 == 0 or done == total:
            print(f"  {name}: {done} of {total}, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)

    return told


def _write(path: Path, text: str) -> None:
    with written_whole(path) as file:
        file.write(text.encode())


if __name__ == "__main__":
    main()
