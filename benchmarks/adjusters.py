"""Adjusters one by one and chosen automatically: seen, unseen, H and AUSUC; and whether probabilities are true.

Usage: python benchmarks/adjusters.py [caltech] [cub] [cub-sentences] [snips] [caltech-full] [--out FILE]

Everything is fitted on rehearsals: seen classes that were hidden from another learner. The curve of harmonic means over
gamma on the test inputs themselves gives the ceiling, "hindsight", that no fair choice can count on. "H, stacked" is
that of an adjuster for another ill with calibrated stacking after it. Inductive and transductive adjusters stand in
tables of their own, as the latter read the whole batch of test inputs. "lenient" counts an answer below the true class
in the hierarchy as right. Differences to plain scores have 95 % intervals by a paired bootstrap over classes. Where
nothing can be rehearsed, as with the three intents of SNIPS, what must be chosen is refused and scores stay plain.

Probabilities, after calibrated stacking: the expected calibration error in 15 bins of equal mass, plain, less what
chance makes of it (Kumar et al. 2019, l1), and that where classes weigh the same; log loss (nats) and Brier score with
classes alike. "scores" is the softmax of scores as they are, "one temperature" that of Guo et al. 2017, fitted on the
same rehearsals.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from stages import STAGES, stage

from kgzsl.errors import AdjusterError
from kgzsl.metrics import brier, by_class, class_weights, log_loss, ranks, reliability, seen_unseen_curve
from kgzsl.resolve.bias.scale import balanced
from kgzsl.resolve.catalogue import ADJUSTERS, adjuster_class, make_adjuster
from kgzsl.resolve.chain import Chain, fit_chain
from kgzsl.resolve.choose import choose_chain
from kgzsl.resolve.probability.within import log_softmax

PLAIN, AUTO, DRAWS = "plain", "automatic", 2000
BALANCED, PROBABLE = ("caltech", "cub", "cub-sentences", "snips"), ("caltech-full", "cub", "cub-sentences")
CHAIN = ("calibrated-stacking", "temperature")


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stages", nargs="*", help=f"of {', '.join(STAGES)}; all when none is named")
    parser.add_argument("--out", type=Path, help="JSON with every figure, and the bins of reliability diagrams")
    asked = parser.parse_args()
    found = {}
    for name in asked.stages or STAGES:
        made = labelled(stage(name))
        found[name] = {}
        if name in BALANCED:
            found[name]["balance"] = balances(made)
            print_balance(name, found[name]["balance"])
        if name in PROBABLE:
            found[name]["probability"] = probabilities(made)
            print_probability(name, found[name]["probability"])
        if asked.out:
            asked.out.write_text(json.dumps(found, indent=1))


def labelled(made):
    """Return the stage without inputs whose class is no candidate."""
    at = np.flatnonzero(made.y >= 0)
    return replace(made, query=made.query.take(at), y=made.y[at])


def balances(made):
    """Return one row for plain scores, one an adjuster, and one for those that were chosen automatically."""
    ceiling = seen_unseen_curve(made.query.scores, made.y, made.query.seen).best
    lenient = below(made) if made.name.startswith("caltech") else None
    rows, plain = {}, None
    for name, chain in chains(made):
        if isinstance(chain, str):
            rows[name] = {"refused": chain}
            continue
        query = chain(made.query)
        right = per_class(query, made.y)
        plain = right if name == PLAIN else plain
        rows[name] = balance(query, made.y, ceiling.harmonic, lenient)
        if stacked(name, chain):
            both = fit_chain([make_adjuster(name), make_adjuster(CHAIN[0])], *made.rehearsed)
            rows[name]["stacked"] = seen_unseen_curve(both(made.query).scores, made.y, made.query.seen).at(0.0).harmonic
        rows[name] |= {"names": [a.name for a in chain.adjusters], "transductive": chain.transductive,
                       "change": change(right, plain), "notes": [note.text for note in query.notes],
                       "chosen": {a.name: a.chosen() for a in chain.adjusters}}  # fmt: skip
    return {"hindsight": ceiling._asdict(), "rows": rows}


def chains(made):
    """Yield names and chains, or why there is none."""
    rehearsals, final = made.rehearsed
    yield PLAIN, Chain(references=final.references)
    for name in ADJUSTERS:
        try:
            yield name, fit_chain([make_adjuster(name)], rehearsals, final)
        except AdjusterError as error:
            yield name, error.message
    try:
        yield AUTO, choose_chain(rehearsals, final)
    except AdjusterError as error:
        yield AUTO, error.message


def balance(query, y, ceiling, lenient):
    """Return U, S, H, the area, and the share of the ceiling."""
    curve = seen_unseen_curve(query.scores, y, query.seen)
    at = curve.at(0.0)
    found = {"unseen": at.unseen, "seen": at.seen, "H": at.harmonic, "area": curve.area, "share": at.harmonic / ceiling,
             "own hindsight": curve.best.harmonic}  # fmt: skip
    if lenient is not None:
        loose = seen_unseen_curve(query.scores, y, query.seen, lenient).at(0.0)
        found["lenient"] = {"unseen": loose.unseen, "seen": loose.seen, "H": loose.harmonic}
    return found


def stacked(name, chain):
    """Say whether an adjuster is for another ill, so that calibrated stacking may follow it."""
    return name in ADJUSTERS and chain.adjusters[0].place not in ("bias", "probabilities")


def below(made):
    """Return which answers lie below which classes. Shape: (C, C)."""
    graph, ids = made.engine.graph, made.candidates
    return np.array([[other in graph.descendants(iri) for other in ids] for iri in ids])


def per_class(query, y):
    """Return the accuracy of each unseen and of each seen class."""
    right, own = ranks(query.scores, y) == 0, query.seen[y]
    return by_class(right[~own], y[~own]), by_class(right[own], y[own])


def change(right, plain):
    """Return the difference in H to plain scores, with its interval."""
    rng = np.random.default_rng(0)
    draws = [rng.integers(len(part), size=(DRAWS, len(part))) for part in plain]

    def drawn(parts):
        unseen, seen = (part[at].mean(axis=1) for part, at in zip(parts, draws, strict=True))
        return 2 * unseen * seen / np.maximum(unseen + seen, 1e-12)

    def whole(parts):
        unseen, seen = (part.mean() for part in parts)
        return 2 * unseen * seen / max(unseen + seen, 1e-12)

    low, high = np.percentile(drawn(right) - drawn(plain), [2.5, 97.5])
    return [whole(right) - whole(plain), float(low), float(high)]


def print_balance(name, found):
    """Print two tables in Markdown."""
    ceiling, rows = found["hindsight"], found["rows"]
    print(f"\n### {name}: plain H at the best gamma in hindsight {100 * ceiling['harmonic']:.1f}")
    for kind, transductive in (("inductive", False), ("transductive", True)):
        own = {k: r for k, r in rows.items() if moved(k) == transductive or k in (PLAIN,)}
        if len(own) == 1:
            continue
        loose = "lenient" in rows[PLAIN]
        print(f"\n{kind} | unseen | seen | H | change of H [95 %] | AUSUC | H / hindsight | H, stacked"
              + (" | lenient: unseen | seen | H" if loose else ""))
        print("---|---|---|---|---|---|---|---" + ("|---|---|---" if loose else ""))
        for label, row in own.items():
            print(line(label, row))


def moved(name):
    return name in ADJUSTERS and adjuster_class(name).transductive


def line(label, row):
    """Return a line of the table."""
    if "refused" in row:
        return f"{label} | refused: {row['refused']}"
    if label == AUTO:
        label += f" ({', '.join(row['names']) or 'none'})"
    delta, low, high = (100 * value for value in row["change"])
    cells = [label, *(f"{100 * row[key]:.1f}" for key in ("unseen", "seen", "H"))]
    cells += [f"{delta:+.1f} [{low:+.1f}, {high:+.1f}]", *(f"{100 * row[key]:.1f}" for key in ("area", "share"))]
    cells.append(f"{100 * row['stacked']:.1f}" if "stacked" in row else "")
    if "lenient" in row:
        cells += [f"{100 * row['lenient'][key]:.1f}" for key in ("unseen", "seen", "H")]
    return " | ".join(cells)


def probabilities(made):
    """Return figures of scores, of one temperature and of the adjuster, for unseen, seen and both."""
    rehearsals, final = made.rehearsed
    chain = fit_chain([make_adjuster(name) for name in CHAIN], rehearsals, final)
    before = replace(chain, adjusters=chain.adjusters[:1])
    factor = one_temperature([before.rehearsed(r) for r in rehearsals])
    ways = {"scores": lambda q: log_softmax(before(q).scores.astype(np.float64)),
            "one temperature": lambda q: log_softmax(factor * before(q).scores.astype(np.float64)),
            "temperature": lambda q: chain(q).scores.astype(np.float64)}  # fmt: skip
    seen = [made.candidates[k] for k in np.unique(made.y) if made.query.seen[k]]
    parts = {"unseen alone": made.unseen_alone(), "seen alone": made.among(seen), "both": made}
    return {"chosen": chain.adjusters[-1].chosen(), "one temperature": 1 / factor,
            "rows": {part: {way: truth(logs(one.query), one.y, one.query.seen) for way, logs in ways.items()}
                     for part, one in parts.items()}}  # fmt: skip


def one_temperature(rehearsals):
    """Return the factor with the least log loss on the same rehearsals, with the same weights."""
    from scipy.optimize import minimize_scalar

    def loss(log_factor):
        return np.mean([log_loss(log_softmax(np.exp(log_factor) * r.query.scores.astype(np.float64)), r.y, balanced(r))
                        for r in rehearsals])  # fmt: skip

    return float(np.exp(minimize_scalar(loss, bounds=(-4, 8), method="bounded").x))


def truth(logs, y, seen):
    """Return how true probabilities are; of both kinds together, each weighs half where classes weigh the same."""
    own, weights = seen[y], np.empty(len(y))
    for of in np.unique(own):
        weights[own == of] = class_weights(y[own == of])
    confidence, right = np.exp(logs.max(axis=1)), ranks(logs, y) == 0
    found, even = reliability(confidence, right), reliability(confidence, right, weights=weights)
    wide = reliability(confidence, right, mass=False)
    return {"ece": found.ece, "debiased": found.debiased_ece, "debiased, classes alike": even.debiased_ece,
            "ece, equal width": wide.ece, "log loss": log_loss(logs, y, weights), "brier": brier(logs, y, weights),
            "confidence": float(np.average(confidence, weights=weights)),
            "accuracy": float(np.average(right, weights=weights)),
            "bins": {key: getattr(found, key).tolist() for key in ("confidence", "accuracy", "count", "low", "high")},
            }  # fmt: skip


def print_probability(name, found):
    """Print a table in Markdown."""
    print(f"\n### {name}: probabilities; {', '.join(f'{k} {v:.3g}' for k, v in found['chosen'].items())}\n")
    print("candidates | probabilities | ECE | debiased ECE | classes alike | equal width | NLL | Brier | sure | right")
    print("---|---|---|---|---|---|---|---|---|---")
    for part, ways in found["rows"].items():
        for way, row in ways.items():
            errors = " | ".join(f"{100 * row[key]:.1f}" for key in
                                ("ece", "debiased", "debiased, classes alike", "ece, equal width"))  # fmt: skip
            print(f"{part} | {way} | {errors} | {row['log loss']:.3f} | {row['brier']:.3f} | "
                  f"{100 * row['confidence']:.1f} | {100 * row['accuracy']:.1f}")  # fmt: skip
    sys.stdout.flush()


if __name__ == "__main__":
    main()
