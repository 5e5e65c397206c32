"""The rule and the temperature of `kgzsl ask`, compared on photos of seen classes only.

Usage: python benchmarks/choose_expressions.py

Expressions are made from the hierarchy and the meronyms above the 32 seen synsets, 20 of each form, and rank the 640
photos of these synsets. In turn half of the 32 are hidden from the learner (three seeds, two folds) and stand in for
unseen classes; an expression counts where it is true of a hidden one. No photo of an unseen class is looked at.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from itertools import product

import numpy as np
from sklearn.metrics import average_precision_score

from kgzsl.asking import Asker
from kgzsl.features import load_features
from kgzsl.folds import class_folds
from kgzsl.graph.expression import And, Named, Not, Or, Some, walk, write
from kgzsl.graph.subsumed import named_classes
from kgzsl.learners.base import without_seen
from kgzsl.learners.catalogue import make_learner
from kgzsl.ontology import vocabulary as v
from kgzsl.resolve.bias.stacking import CalibratedStacking
from kgzsl.resolve.candidates import by_policy
from kgzsl.resolve.chain import Chain
from kgzsl.training import read_material

OF_EACH, SEEDS = 20, range(3)
VAGUE = ("entity", "physical entity", "object", "whole")
TEMPERATURES, GAMMAS = (0.25, 0.5, 0.75, 1.0), (0.0, 0.05)


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    material = read_material("graphs/objects.toml")
    photos, known = load_features("graphs/objects/caltech101_lite0_int8_demo.npz"), set(material.seen.ids)
    labels = np.array([v.WN + name for name in photos.labels])
    rows = np.isin(labels, list(known))
    X, y = photos.X[rows], labels[rows]
    listed = expressions(material.graph, sorted(set(y)))
    found: dict[str, list[float]] = defaultdict(list)
    for seed, fold in product(SEEDS, range(2)):
        hidden = set(class_folds(sorted(set(y)), 2, seed)[fold])
        for name, values in measured(material, hidden, listed, X, y).items():
            found[name] += values
    print(f"{len(listed)} expressions, {len(found['named class'])} with a hidden class; mean average precision")
    for name, values in sorted(found.items(), key=lambda item: -np.mean(item[1])):
        print(f"  {name:44} {100 * np.mean(values):5.1f}")


def expressions(graph, classes):
    """Return expressions that are true of 2 to 20 of the classes, and of which; one for each set and form."""
    vague = {graph.find(name, "class") for name in VAGUE}
    above = {a for c in classes for a in graph.ancestors(c)} - vague
    names = [Named(iri) for iri in sorted(above)]
    parts = sorted({edge[1:3] for a in above | set(classes) for edge in graph.out(a, "hasPart")})
    somes = [Some(relation, Named(target)) for relation, target in parts]
    true = {e: frozenset(named_classes(graph, e)) & set(classes) for e in [*names, *somes, *map(Named, classes)]}
    forms = {
        "name": ((a, true[a]) for a in names),
        "some": ((a, true[a]) for a in somes),
        "name and some": ((And((a, b)), true[a] & true[b]) for a, b in product(names, somes) if not true[a] <= true[b]),
        "name and not": ((And((a, Not(b))), true[a] - true[b]) for a, b in product(names, true) if true[b] < true[a]),
        "name or name": ((Or((a, b)), true[a] | true[b]) for a, b in product(names, names) if not true[a] & true[b]),
    }
    rng, kept = np.random.default_rng(0), []
    for made in forms.values():
        fitting: dict[frozenset[str], list] = defaultdict(list)
        for expression, classes_of in made:
            if 2 <= len(classes_of) <= 20:
                fitting[classes_of].append(expression)
        keys = sorted(fitting, key=sorted)
        for k in rng.permutation(len(keys))[:OF_EACH]:
            kept.append((fitting[keys[k]][rng.integers(len(fitting[keys[k]]))], keys[k]))
    return kept


def measured(material, hidden, listed, X, y):
    """Return rule → average precisions of the expressions that are true of a hidden class."""
    learner = make_learner("kernel", material.recipe.learner.options)
    learner.fit(material.space, without_seen(material.seen, sorted(hidden)))
    propagation, graph = learner.propagate(material.space), material.graph
    candidates = by_policy(graph, learner.seen_ids, material.recipe.answers)
    made, bank, found = (learner, material.space, propagation), propagation.bank, defaultdict(list)
    for expression, true in listed:
        if not true & hidden:
            continue
        truth, text, fits = np.isin(y, list(true)), write(expression), set(named_classes(graph, expression))
        left = [c for c in candidates if c not in fits]
        named = next((part for part in walk(expression) if isinstance(part, Named)), None)
        found["named class"].append(average_precision_score(truth, bank.scores(X, bank.rows([named.iri]))[:, 0])
                                    if named and named.iri in bank.row else truth.mean())  # fmt: skip
        asked = [("candidates that fit", candidates, *values) for values in product(TEMPERATURES, GAMMAS)]
        asked += [("no class known to fit", left, temperature, GAMMAS[-1]) for temperature in TEMPERATURES[:2]]
        for rule, among, temperature, gamma in asked:
            less = Chain((CalibratedStacking().restore({"gamma": np.array([gamma])}),))
            scores = Asker(*made, among, less, temperature).match(text, expression, X).scores
            found[f"{rule}, temperature {temperature}, gamma {gamma}"].append(average_precision_score(truth, scores))
    return found


if __name__ == "__main__":
    main()
