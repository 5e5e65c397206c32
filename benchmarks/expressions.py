"""Average precision of class expressions on photos and birds, beside named classes and sums of parts.

Usage: python benchmarks/expressions.py [photos] [birds]

Photos: the expressions of benchmarks/expressions.toml, written down before any was scored, rank the 1,820 demo photos.
What is true of a photo follows from its synset by the hierarchy and the meronyms of WordNet 3.0 (in
/usr/share/wordnet, or else of ontologies/objects.ttl); a synset has the parts of its ancestors. Birds: expressions
over CUB's attributes, drawn by seed 0 from what is common among seen classes, rank the photos of unseen classes (reads
../shared/data/cub, or the folder in KGZSL_CUB); what is true is whether the class's own strength passes 0.5. Labels of
unseen classes are for the report alone. Intervals are bootstraps over expressions, differences in pairs.
"""

from __future__ import annotations

import os
import sys
import tomllib
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

import kgzsl
from kgzsl.arrays import unit_rows
from kgzsl.asking import Asker
from kgzsl.features import FeatureSet, load_features
from kgzsl.graph import build_graph
from kgzsl.graph.classgraph import ATTRIBUTE, ClassGraph, Concept, Relation
from kgzsl.graph.expression import And, Compare, Named, Not, Or, parse
from kgzsl.graph.subsumed import named_classes
from kgzsl.layers import fit_layer
from kgzsl.learners.catalogue import make_learner
from kgzsl.metrics import interval
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import build_space
from kgzsl.testing import recipe_of
from kgzsl.training import Material, train_on

HERE = Path(__file__).parent
PHOTOS = HERE.parent / "graphs/objects/caltech101_lite0_int8_demo.npz"
WORDNET = Path("/usr/share/wordnet")
CUB = Path(os.environ.get("KGZSL_CUB", HERE.parents[1] / "shared/data/cub")) / "cub_resnet_logits1000_f16.npz"
SEED, OF_EACH, PASSED = 0, 12, 0.5
COMMON, JOINT = (0.05, 0.5), (0.03, 0.3)
RIDGE = 1.0


def main(names: list[str]) -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    if "photos" in names or not names:
        photos()
    if "birds" in names or not names:
        birds()


def written() -> list[tuple[str, str]]:
    """Return the expressions that were written down, and the class that one would pick instead of each."""
    listed = tomllib.loads((HERE / "expressions.toml").read_text())["expression"]
    return [(item["text"], item["named"]) for item in listed]


def truth(graph: ClassGraph, text: str, classes: set[str]) -> set[str]:
    """Return the classes that an expression is true of by WordNet; names are those of the engine's graph."""
    facts = _wordnet() if WORDNET.is_dir() else graph
    return set(named_classes(facts, parse(text, graph))) & classes


def photos() -> None:
    """Measure on the demo photos: all of them, and those of unseen classes alone."""
    engine = kgzsl.train(HERE.parent / "graphs/objects.toml")
    given = load_features(PHOTOS)
    y = np.array([v.WN + name for name in given.labels])
    seen = {iri for iri, known in zip(engine.bank.ids, engine.bank.seen, strict=True) if known}
    named = dict(zip(engine.bank.ids, engine.bank.scores(given.X).T, strict=True))
    found, alone = [], []
    for text, pick in written():
        true = truth(engine.graph, text, set(y))
        scores = _photo_scores(engine, text, pick, given.X, named, set(y) - seen)
        found.append(_measured(scores, named, np.isin(y, list(true))))
        rows = ~np.isin(y, list(seen))
        alone.append(_measured(scores, named, np.isin(y, list(true)), rows))
        print(f"{text:58} {len(true):2} of them {len(true - seen):2} unseen  ask {found[-1]['ask']:.3f}  "
              f"{pick:20} {found[-1]['named, own classifier']:.3f}", flush=True)  # fmt: skip
    _print("photos, all 91 classes", found)
    _print("photos, the 59 unseen classes alone", alone)


def _photo_scores(engine, text, pick, X, named, unseen):
    graph, state = engine.graph, engine.state
    expression = parse(text, graph)
    made = (engine.learner, state.space, state.propagation)
    fits = set(named_classes(graph, expression))
    fewer = Asker(*made, [c for c in engine.candidates() if c not in unseen], engine.chain)
    none = Asker(*made, [c for c in engine.candidates() if c not in fits], engine.chain)

    def of_part(part):
        return named[part.iri] if isinstance(part, Named) else none.temporary([part])[1].scores(X)[:, 0]

    return {
        "ask": engine.ask(text, X).scores,
        "ask, unseen photo classes unknown": fewer.match(text, expression, X).scores,
        "ask, no class known to fit": none.match(text, expression, X).scores,
        "named, own classifier": named[graph.find(pick, "class")],
        "named, asked": engine.ask(f"<{graph.find(pick, 'class')}>", X).scores,
        "sum of parts": _sum(expression, of_part),
    }


def _sum(expression, of_part):
    """Add up the scores of the parts; a denied part counts negatively."""
    if isinstance(expression, And | Or):
        return sum(_sum(part, of_part) for part in expression.parts)
    return -_sum(expression.part, of_part) if isinstance(expression, Not) else of_part(expression)


def _measured(scores, named, true, rows=None):
    """Return name of the method → average precision over some of the inputs."""
    at = np.ones(len(true), bool) if rows is None else rows
    found = {name: average_precision_score(true[at], values[at]) for name, values in scores.items()}
    best = max(average_precision_score(true[at], values[at]) for values in named.values())
    return found | {"best named in hindsight": best, "chance": true[at].mean()}


def _print(title, found):
    print(f"\n{title}: mean average precision over {len(found)} expressions [95 %], and ask less this, paired")
    table = {name: np.array([row[name] for row in found]) for name in found[0]}
    for name, values in sorted(table.items(), key=lambda item: -item[1].mean()):
        apart = "" if name == "ask" else f"{interval(table['ask'] - values)!s}"
        print(f"  {name:36} {interval(values)!s:22} {apart}")


def birds() -> None:
    """Measure on the photos of CUB's unseen birds."""
    if not CUB.is_file():
        sys.exit(f"needs {CUB}; set KGZSL_CUB to its folder")
    with np.load(CUB) as file:
        data = {name: file[name] for name in ("X", "y", "original_att", "trainval_loc", "test_unseen_loc")}
    strengths, y = data["original_att"] / 100, data["y"]
    X, train, test = data["X"].astype(np.float32), data["trainval_loc"], data["test_unseen_loc"]
    engine = _birds_engine(strengths, FeatureSet(X[train], tuple(map(_bird, y[train]))))
    regress = _attribute_scores(X[train], strengths[y[train]], X[test])
    named = dict(zip(engine.bank.ids, engine.bank.scores(X[test]).T, strict=True))
    found: dict[str, list[dict[str, float]]] = {}
    for kind, text, truths in _drawn(strengths, sorted(set(y[train])), sorted(set(y[test]))):
        expression = parse(text, engine.graph)
        margin = _margins(expression, strengths)
        scores = {"ask": engine.ask(text, X[test]).scores, **_bird_scores(engine, text, X[test]),
                  "named, own classifier": named[_bird(margin.argmax())],
                  "sum of attribute scores": _sum(expression, lambda part: regress[:, int(part.iri[-3:])])}  # fmt: skip
        found.setdefault(kind, []).append(_measured(scores, named, truths[y[test]]))
    for kind, rows in found.items():
        _print(f"birds, {kind}", rows)
    _print("birds, 50 unseen classes", [row for rows in found.values() for row in rows])


def _bird_scores(engine, text, X):
    state, expression = engine.state, parse(text, engine.graph)
    made = engine.learner, state.space, state.propagation
    fits = set(named_classes(engine.graph, expression))
    fewer = Asker(*made, [c for c in engine.candidates() if c in set(engine.learner.seen_ids)], engine.chain)
    none = Asker(*made, [c for c in engine.candidates() if c not in fits], engine.chain)
    return {"ask, unseen classes unknown": fewer.match(text, expression, X).scores,
            "ask, no class known to fit": none.match(text, expression, X).scores}  # fmt: skip


def _bird(number) -> str:
    return f"urn:cub:b{int(number):03}"


def _birds_engine(strengths, features):
    """Attributes describe birds; there is no hierarchy. Options of the learner are its defaults, nothing to inherit."""
    classes, attributes = strengths.shape
    concepts = {_bird(k): Concept(_bird(k), "class", "") for k in range(classes)}
    concepts |= {f"urn:cub:a{k:03}": Concept(f"urn:cub:a{k:03}", "attribute", f"a{k:03}") for k in range(attributes)}
    edges = tuple(Relation(_bird(c), ATTRIBUTE, f"urn:cub:a{k:03}", float(strengths[c, k]))
                  for c, k in np.argwhere(strengths > 0))  # fmt: skip
    graph = ClassGraph(dict(sorted(concepts.items())), edges, (), "cub", Ontology(()))
    space = build_space(graph, {}, AttributeSource())
    recipe = recipe_of(CUB)
    material = Material(recipe, (), Ontology(()), graph, space, fit_layer(features), features, True)
    return train_on(material, make_learner("kernel", {"decay": 0.0}))


def _drawn(strengths, seen, unseen):
    """Draw expressions by what is common among seen classes; keep those true of two unseen ones, and not of all."""
    rng, has = np.random.default_rng(SEED), strengths >= PASSED
    common = np.flatnonzero((has[seen].mean(axis=0) >= COMMON[0]) & (has[seen].mean(axis=0) <= COMMON[1]))
    kinds = {"and": lambda a, b: a & b, "and not": lambda a, b: a & ~b, "or": lambda a, b: a | b}
    for kind, combined in kinds.items():
        kept = 0
        while kept < OF_EACH:
            a, b = rng.choice(common, 2, replace=False)
            true = combined(has[:, a], has[:, b])
            if JOINT[0] <= true[seen].mean() <= JOINT[1] and 2 <= true[unseen].sum() < len(unseen):
                kept += 1
                parts = [f"(hasAttribute value a{k:03} >= {PASSED})" for k in (a, b)]
                yield kind, f"{parts[0]} {kind} {parts[1]}", true


def _margins(expression, strengths):
    """Return how clearly each class fulfils an expression: what one would pick a named class by."""
    if isinstance(expression, Compare):
        return strengths[:, int(expression.iri[-3:])] - expression.strength
    if isinstance(expression, Not):
        return -_margins(expression.part, strengths)
    over = np.min if isinstance(expression, And) else np.max
    return over([_margins(part, strengths) for part in expression.parts], axis=0)


def _attribute_scores(X, strengths, inputs):
    """Return ridge regressions of each attribute on features. Shapes: (n, d), (n, a), (m, d) → (m, a)."""
    X = unit_rows(X)
    centre = X.mean(axis=0)
    gram = (X - centre).T @ (X - centre) + RIDGE * np.eye(X.shape[1])
    weights = np.linalg.solve(gram, (X - centre).T @ (strengths - strengths.mean(axis=0)))
    return (unit_rows(inputs) - centre) @ weights + strengths.mean(axis=0)


_READ: list[ClassGraph] = []


def _wordnet() -> ClassGraph:
    if not _READ:
        _READ.append(build_graph(read_ontology(WORDNET)))
    return _READ[0]


if __name__ == "__main__":
    main(sys.argv[1:])
