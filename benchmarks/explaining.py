"""Time of the ten strongest paths of an answer on WordNet's graph, after the answer, beside listing all walks.

Real hypernyms of the 32,295 synsets of Kampffmeyer et al. 2019 (or as many of WordNet's), random vectors and rows.
``first`` is the first explanation of a class, ``again`` the same once more: what hubs read is remembered. Listing is
the plain way: every walk of the class is valued, and the largest ten are taken.

Run: python benchmarks/explaining.py [--classes 32295] [--answers 200]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from scale.timing import timed
from scale.wordnet import dgp_nodes, hypernyms, part, seen_rows, space_of

from kgzsl.explain.by_path import paths
from kgzsl.explain.opened import opened
from kgzsl.explain.setting import Setting
from kgzsl.learners.catalogue import make_learner

WIDE = {"hidden": 1024, "decay": 0.0, "epochs": 1}
KINDS = {
    "gcn, two layers": ("gcn", WIDE),
    "gcn, two layers, inherited": ("gcn", {**WIDE, "decay": 0.4}),
    "gcn, three layers": ("gcn", {**WIDE, "layers": 3}),
    "dgp, ancestor closure": ("dgp", WIDE),
    "sgc": ("sgc", {"hops": 2}),
    "absorb": ("absorb", {}),
    "kernel (estimate)": ("kernel", {}),
}
TEN, FULL, HUBS = 10, 32295, 20


def listed(setting: Setting, x: np.ndarray, iri: str) -> int:
    """Value every walk of two layers, one row of ends at a time; return how many there are."""
    part = opened(setting, x, iri).parts[0]
    top = part.layers[-1]
    number, values = 0, []
    for term, matrix in zip(top.stage.terms, top.matrices, strict=True):
        for column, weight in zip(matrix.indices, matrix.data, strict=True):
            row = part.layers[0].place(np.array([column]))[0]
            before = top.gate[0] * part.functional[0]
            handed = term.factor * weight * (before @ term.weight.T if term.weight is not None else before)
            inner = part.layers[0].gate[row] * handed
            for t, m in zip(part.layers[0].stage.terms, part.layers[0].matrices, strict=True):
                at = slice(m.indptr[row], m.indptr[row + 1])
                sent = t.factor * (inner @ t.weight.T if t.weight is not None else inner)
                values.append(m.data[at] * (part.descriptions.rows(m.indices[at]) @ sent))
                number += at.stop - at.start
    np.sort(-np.abs(np.concatenate(values)))[:TEN]
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classes", type=int, default=FULL)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--only", help="kinds whose name holds this")
    given = parser.parse_args()
    parents = hypernyms()
    space = space_of(parents, dgp_nodes(parents) if given.classes == FULL else part(parents, given.classes))
    seen = seen_rows(space)
    rng = np.random.default_rng(11)
    for name, (kind, options) in KINDS.items():
        if given.only and given.only not in name:
            continue
        learner = make_learner(kind, options).fit(space, seen, seed=0)
        propagation = learner.propagate(space)
        setting = Setting(learner, space, propagation, propagation.bank.ids)
        setting.snapshot.ids, setting.graph.out(propagation.bank.ids[0])  # made once for a state, not for an answer
        unseen = [iri for iri in propagation.bank.ids if not setting.given(iri)]
        chosen = [str(iri) for iri in rng.choice(unseen, given.answers + 1, replace=False)]
        X = rng.normal(size=(len(chosen), propagation.bank.width)).astype(np.float32)
        _report(name, setting, X, chosen)
        degree = {iri: len(setting.graph.into(iri)) for iri in unseen}
        hubs = sorted(degree, key=degree.get, reverse=True)[:HUBS]
        _report(f"  its {HUBS} largest hubs", setting, X, hubs)


def _report(name: str, setting: Setting, X: np.ndarray, chosen: list[str]) -> None:
    two = setting.learner.name in {"gcn", "dgp"} and setting.learner.options.layers == 2
    first, again, plain, walks, gaps = [], [], [], [], []
    for x, iri in zip(X, chosen, strict=False):
        seconds, found = timed(lambda x=x, iri=iri: paths(setting, x, iri, TEN))
        first.append(seconds)
        again.append(timed(lambda x=x, iri=iri: paths(setting, x, iri, TEN))[0])
        gaps.append(found[1].gap if found else 0.0)
        if two and len(plain) < 40:
            seconds, number = timed(lambda x=x, iri=iri: listed(setting, x, iri))
            plain.append(seconds)
            walks.append(number)
    line = f"{name:28} first {_ms(first[1:])}; again {_ms(again[1:])}"
    if plain:
        ratio = np.median(np.array(plain[1:]) / np.array(again[1 : len(plain)]))
        line += f"; {int(np.median(walks))} walks (at most {max(walks)}), listing all {_ms(plain[1:])}"
        line += f", {ratio:.1f} times"
    print(f"{line}; certified without a gap {100 * np.mean(np.array(gaps) == 0):.0f} %", flush=True)


def _ms(seconds: list[float]) -> str:
    half, late = 1e3 * np.median(seconds), 1e3 * np.quantile(seconds, 0.95)
    return f"median {half:.1f} ms, 95 % {late:.1f} ms"


if __name__ == "__main__":
    main()
