"""Accuracy of every learner on the bundled photos, with controls, a ceiling and paired intervals.

Usage: python benchmarks/accuracy.py [LEARNER ...]        (every learner of the catalogue when none is named)

59 unseen synsets of Caltech-101, ranked among themselves and together with seen classes; class means, seed 0 fixed
beforehand, options at their defaults, which were chosen on seen classes (benchmarks/choose.py). Intervals of
differences are paired bootstraps over the 59 classes.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import numpy as np

from kgzsl.arrays import unit_rows
from kgzsl.cli.figures import Study
from kgzsl.graph.classgraph import Relation
from kgzsl.learners.catalogue import LEARNERS, learner_class, make_learner
from kgzsl.metrics import by_class, harmonic, hit_at, interval, ranks
from kgzsl.semantics.space import build_space
from kgzsl.training import read_material, train_on

RECIPE = "graphs/objects.toml"
VARIANTS = {
    "gcn, 6 layers": ("gcn", {"layers": 6}),
    "gcn, parents": ("gcn", {"normalisation": "parents"}),
    "gcn, symmetric": ("gcn", {"normalisation": "symmetric"}),
    "sgc, parents": ("sgc", {"normalisation": "parents"}),
}
BEST, CONTROLLED = "kernel", ("kernel", "absorb", "residual")


def main(names: list[str]) -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    kinds = {name: (name, {}) for name in LEARNERS if _fits(learner_class(name))} | VARIANTS
    kinds = {name: kinds[name] for name in dict.fromkeys([BEST, *(names or kinds)])}
    engines = {name: _trained(*kind) for name, kind in kinds.items()}
    study = Study(engines)
    right = {name: _right(study, name) for name in engines}
    _print_unseen(study, right)
    _print_together(study)
    _print_controls(study, right)
    print(f"ceiling: a mixture of seen rows for each class, fitted on half of its photos, on the other half: "
          f"{_oracle(study)}; chance {100 / len(study.unseen):.1f}")  # fmt: skip


def _fits(kind):
    """Say whether a learner can be fitted here: classes state no attributes, and photos are no texts."""
    return not kind.one_space and "attributes" not in kind.reads


def _trained(name, options, space=None):
    material = read_material(RECIPE, learner=name, options=options)
    material = material if space is None else replace(material, space=space(material.space))
    engine = train_on(material, make_learner(name, material.recipe.learner.options))
    print(f"  trained {name} {options or ''} in {engine.seconds:.1f} s", file=sys.stderr, flush=True)
    return engine


def _right(study, name):
    """Return class-mean hit@1 of each unseen synset. Shape: (59,)."""
    scores, y = study._unseen_scores(name)
    return by_class(ranks(scores, y) == 0, y)


def _print_unseen(study, right):
    print(f"\nUnseen alone ({len(study.unseen)} synsets); difference to {BEST}, paired")
    print(f"  {'learner':16} {'hit@1 [95 %]':20} hit@5  16 above  other 43  difference")
    for name in study.engines:
        hits, (above, others) = study.hits(name), study.apart(name)
        apart = interval(right[name] - right[BEST])
        rest = f"{100 * hits[5].value:5.1f}  {100 * above:8.1f}  {100 * others:8.1f}"
        print(f"  {name:16} {hits[1]!s:20} {rest}  {apart}")


def _print_together(study):
    print("\nSeen and unseen together; gamma chosen without the photos that are reported")
    print(f"  {'learner':16} {'candidates':12} unseen   seen  harmonic  share of the best gamma in hindsight")
    for name, engine in study.engines.items():
        for seen in (study.seen, engine.learner.seen_ids):
            unseen, own, mean, share = _harmonic(study, engine, tuple(seen))
            print(f"  {name:16} 59 + {len(seen):<7} {100 * unseen:6.1f} {100 * own:6.1f}  {mean:8.3f}  {share:.3f}")


def _harmonic(study, engine, seen):
    classes = (*seen, *study.unseen)
    y = np.array([classes.index(label) for label in study.labels[study.test_rows]])
    scores, own = engine.scores(study.X[study.test_rows], classes), y < len(seen)

    def balance(gamma):
        shifted = scores.copy()
        shifted[:, : len(seen)] -= gamma
        hit = ranks(shifted, y) == 0
        pair = by_class(hit[~own], y[~own]).mean(), by_class(hit[own], y[own]).mean()
        return (*pair, harmonic(*pair))

    found = balance(engine.calibrate(classes))
    return *found, found[2] / max(balance(gamma)[2] for gamma in np.linspace(-0.2, 0.4, 121))


def _print_controls(study, right):
    print("\nControls: hit@1 [95 %], and what the graph gains over its absence, paired")
    for name in CONTROLLED:
        if name not in study.engines:
            continue
        found = {label: _right_of(study, _trained(name, {}, change)) for label, change in _changes().items()}
        for label, values in found.items():
            gain = interval(right[name] - values)
            print(f"  {name:10} {label:18} {interval(values)!s:20} whole − this {gain}")


def _right_of(study, engine):
    other = Study({"control": engine})
    return _right(other, "control")


def _changes():
    return {"no graph": _without_graph, "shuffled graph": _shuffled_graph, "shuffled glosses": _shuffled_glosses}


def _without_graph(space):
    return space.without(space.graph.relations)


def _shuffled_graph(space):
    """The same graph over other concepts: every class gets the place of another."""
    graph = space.graph
    names = dict(zip(graph.ids, np.random.default_rng(0).permutation(graph.ids), strict=True))
    moved = tuple(Relation(str(names[e.source]), e.relation, str(names[e.target]), e.weight) for e in graph.relations)
    return build_space(replace(graph, relations=moved), space.relations, space.source, nearest=space.nearest)


def _shuffled_glosses(space):
    order = np.random.default_rng(0).permutation(len(space.vectors))
    return replace(space, vectors=space.vectors[order])


def _oracle(study):
    """Fit a linear classifier in the span of the seen rows on half of the photos of the unseen synsets."""
    from sklearn.linear_model import LogisticRegression

    at = np.isin(study.labels.astype(str), list(study.unseen))
    y = np.array([study.unseen.index(label) for label in study.labels[at]])
    X = unit_rows(study.X[at]) @ study.engines[BEST].learner.rows.T
    half = np.arange(len(y)) % 2 == 0
    scores = np.zeros((len(y), len(study.unseen)))
    for fit in (half, ~half):
        scores[~fit] = LogisticRegression(C=100.0, max_iter=500).fit(X[fit], y[fit]).decision_function(X[~fit])
    return hit_at(scores, y)


if __name__ == "__main__":
    main(sys.argv[1:])
