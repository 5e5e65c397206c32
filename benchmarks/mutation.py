"""Faults injected into an ontology, and how often the suggestions for labelled inputs name them.

Usage: python benchmarks/mutation.py [SEED] [FAULTS]

Half of the faults are made in graphs/animals.toml (inputs made from its attributes, vectors are attributes), half in
graphs/objects.toml (the bundled photos, vectors are of texts). Each fault is one wrong statement about one class that
no classifier was given for:

- wrong parent: one of its parents is exchanged for a random class that has some below it and is no relative;
- swapped attribute (animals): the strengths of two of its attributes, which differ by ``APART``, are exchanged;
- dropped fact: a parent, or an attribute (animals) at least ``APART`` strong, is no longer stated.

Then ``mend`` is given the labelled inputs of this class, no others, and makes five suggestions. A suggestion finds the
fault if it takes out what is wrong or states again what was right, of strengths at least half of the way; the second
alone is the true repair, and is counted apart. Controls order the same edits otherwise: at random, and by nearness,
which looks at vectors, hierarchy and relatives of the class, and neither at the model nor at the inputs. As the model
has chosen these edits, two more controls take all edits of one fact of the class (any of its parents out, any in or
exchanged, any strength set to what the inputs, or else the relatives, have): at random, and by nearness, in which
neither model nor inputs have a part. Faults that change no answer count too.

Constants and the order of edits that mend equally many answers were chosen with seed 0, after seed 1 had been looked at
once; seed 2 is what is reported, as was fixed before it was run.
"""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import dataclass, replace
from math import comb
from typing import NamedTuple

import numpy as np

import kgzsl
from kgzsl import testing
from kgzsl.explain import Setting
from kgzsl.explain.counterfactual import mend
from kgzsl.explain.counterfactual.judge import Judge, distinct
from kgzsl.explain.counterfactual.mending import TRIES
from kgzsl.explain.counterfactual.offers import likely_strengths, relatives
from kgzsl.explain.counterfactual.repairs import Repair
from kgzsl.explain.counterfactual.trials import WITH, WITHOUT, freed
from kgzsl.explain.explanation import Edit
from kgzsl.folds import class_folds
from kgzsl.graph import build_graph
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, Relation

FIRST, APART, DRAWS, SHUFFLES = 5, 0.25, 2000, 200
WRONG, SWAPPED, DROPPED = "wrong parent", "swapped attribute", "dropped fact"
PHOTOS = "graphs/objects/caltech101_lite0_int8_demo.npz"


class World(NamedTuple):
    """A setting without faults, and the labelled inputs of its unseen candidates: IRI → (n, d)."""

    name: str
    setting: Setting
    inputs: dict


@dataclass(frozen=True)
class Fault:
    """One wrong statement: what is taken out of the good graph and what is stated instead."""

    world: World
    kind: str
    iri: str
    right: tuple[Relation, ...]
    wrong: tuple[Relation, ...]

    def found_by(self, edits) -> bool:
        """Say whether edits undo the fault, or go half of the way."""
        return any(self._undone(edit) for edit in edits)

    def restated_by(self, edits) -> bool:
        """Say whether edits state again what was right, or go half of the way."""
        return any(self._restated(edit, edits) for edit in edits)

    def _undone(self, edit) -> bool:
        if self._restated(edit, (edit,)):
            return True
        parents = {fact[:3] for fact in self.wrong if fact.relation == SUBCLASS}
        return edit.action == WITHOUT and edit.fact[:3] in parents

    def _restated(self, edit, edits) -> bool:
        for fact in self.right:
            if edit.fact[:3] != fact[:3]:
                continue
            if fact.relation != ATTRIBUTE:
                return edit.action == WITH
            now = next((wrong.weight for wrong in self.wrong if wrong[:3] == fact[:3]), 0.0)
            then = next((e.fact.weight for e in edits if e.action == WITH and e.fact[:3] == fact[:3]), 0.0)
            if abs(then - fact.weight) <= abs(now - fact.weight) / 2:
                return True
        return False


def animals(seed: int) -> list[World]:
    """Return five worlds, in each of which ten other animals are unseen."""
    recipe = "graphs/animals.toml"
    graph = build_graph(kgzsl.read_ontology(["ontologies/animals.ttl", "ontologies/animals-attributes.csv"]))
    given = testing.synthetic_features(graph, seed=seed)
    labels = np.array(given.labels)
    worlds = []
    for k, held in enumerate(class_folds(sorted(set(labels)), 5, seed)):
        fit = ~np.isin(labels, held)
        engine = kgzsl.train(recipe, given.X[fit], list(labels[fit]), seed=seed)
        inputs = {iri: given.X[labels == iri] for iri in sorted(held) if iri in engine.setting.candidates}
        worlds.append(World(f"animals {k}", engine.setting, inputs))
    return worlds


def objects() -> list[World]:
    """Return the world of photos; classes above others are no candidates there, and get no fault."""
    engine = kgzsl.train("graphs/objects.toml")
    given, setting = kgzsl.load_features(PHOTOS), engine.setting
    labels = np.array([engine.graph.find(name) for name in given.labels])
    unseen = sorted(set(labels) & set(setting.candidates) - set(setting.learner.seen_ids))
    return [World("objects", setting, {iri: given.X[labels == iri] for iri in unseen})]


def faults(worlds, number: int, kinds, rng) -> list[Fault]:
    """Return distinct faults, of kinds in turn, of classes drawn at random."""
    made, known, turn = [], set(), 0
    while len(made) < number:
        kind = kinds[turn % len(kinds)]
        for _ in range(1000):
            world = worlds[rng.integers(len(worlds))]
            iri = list(world.inputs)[rng.integers(len(world.inputs))]
            fault = KINDS[kind](world, iri, rng)
            if fault is not None and (key := (kind, iri, fault.right, fault.wrong)) not in known:
                known.add(key)
                made.append(fault)
                break
        else:
            kinds = [other for other in kinds if other != kind]
        turn += 1
    return made


def wrong_parent(world: World, iri: str, rng) -> Fault | None:
    graph = world.setting.graph
    stated = graph.out(iri, SUBCLASS)
    related = {iri, *graph.ancestors(iri), *graph.descendants(iri)}
    others = [other for other in graph.class_ids if other not in related and graph.into(other, SUBCLASS)]
    if not stated or not others:
        return None
    right = stated[rng.integers(len(stated))]
    return Fault(world, WRONG, iri, (right,), (right._replace(target=others[rng.integers(len(others))]),))


def swapped_attribute(world: World, iri: str, rng) -> Fault | None:
    stated = world.setting.graph.out(iri, ATTRIBUTE)
    pairs = [(a, b) for a in stated for b in stated if a.weight - b.weight >= APART]
    if not pairs:
        return None
    one, other = pairs[rng.integers(len(pairs))]
    return Fault(world, SWAPPED, iri, (one, other),
                 (one._replace(weight=other.weight), other._replace(weight=one.weight)))  # fmt: skip


def dropped_fact(world: World, iri: str, rng) -> Fault | None:
    graph = world.setting.graph
    strong = [fact for fact in graph.out(iri, ATTRIBUTE) if fact.weight >= APART]
    stated = strong if strong and rng.random() < 0.75 else graph.out(iri, SUBCLASS)
    return Fault(world, DROPPED, iri, (stated[rng.integers(len(stated))],), ()) if stated else None


KINDS = {WRONG: wrong_parent, SWAPPED: swapped_attribute, DROPPED: dropped_fact}


def mutated(fault: Fault) -> Setting:
    """Return the setting with the fault; the learner is as it was fitted without it."""
    setting = fault.world.setting
    edits = [Edit(WITHOUT, fact) for fact in fault.right] + [Edit(WITH, fact) for fact in fault.wrong]
    space = setting.space.edited(fault.right, fault.wrong)
    more = freed(setting, edits)
    return replace(setting, space=space, propagation=setting.learner.propagate(space, setting.propagation),
                   candidates=setting.candidates + more)  # fmt: skip


class Outcome(NamedTuple):
    """What came of one fault: pairs are whether the fault is found, and whether what was right is stated again."""

    fault: Fault
    errors: int
    options: int
    seconds: float
    among: tuple
    suggested: tuple
    random: tuple
    nearness: tuple
    any_edit: tuple
    nearest: tuple


def outcome(fault: Fault, rng) -> Outcome:
    setting, X = mutated(fault), fault.world.inputs[fault.iri]
    healthy = np.array([a == fault.iri for a in fault.world.setting.answers(X)])
    now = np.array([a == fault.iri for a in setting.answers(X)])
    start = time.perf_counter()
    mending = mend(setting, X, [fault.iri] * len(X), most=FIRST, right=True)
    seconds = time.perf_counter() - start
    options = Judge(setting, X, np.full(len(X), setting.candidates.index(fault.iri))).options(True)[:TRIES]
    shuffled = ([options[k] for k in rng.permutation(len(options))] for _ in range(SHUFFLES))
    near = sorted(options, key=lambda option: -nearness(setting, option.edits))
    return Outcome(
        fault, int((healthy & ~now).sum()), len(options), seconds, both(fault, options),
        both(fault, mending.suggestions), tuple(np.mean([both(fault, distinct(o)[:FIRST]) for o in shuffled], axis=0)),
        both(fault, distinct(near)[:FIRST]), any_edit(fault, setting, X), nearest(fault, setting),
    )  # fmt: skip


def both(fault: Fault, options) -> tuple:
    edits = [option.edits for option in options]
    return float(any(map(fault.found_by, edits))), float(any(map(fault.restated_by, edits)))


def any_edit(fault: Fault, setting: Setting, X) -> tuple:
    """Return how probable it is that five edits drawn from all of one fact of the class find the fault."""
    strengths = {name: found.value for name, found in likely_strengths(setting, X.mean(axis=0)).items()}
    pool = every_edit(setting, fault.iri, strengths)
    hits = (sum(map(judge, pool)) for judge in (fault.found_by, fault.restated_by))
    return tuple(1 - comb(len(pool) - n, FIRST) / comb(len(pool), FIRST) for n in hits)


def nearest(fault: Fault, setting: Setting) -> tuple:
    """Return what five edits find that neither model nor inputs had a part in: the nearest of all of one fact."""
    graph = setting.graph
    others = [graph.attributes(other) for other in relatives(graph, fault.iri)]
    names = {edge.target for edge in graph.relations if edge.relation == ATTRIBUTE} if others else ()
    usual = {name: float(np.mean([o.get(name, 0.0) for o in others])) for name in sorted(names)}
    pool = [Repair("", edits) for edits in every_edit(setting, fault.iri, usual)]
    return both(fault, distinct(sorted(pool, key=lambda option: -nearness(setting, option.edits)))[:FIRST])


def every_edit(setting: Setting, iri: str, strengths) -> list:
    """Return all edits of one fact of a class: parents out, in and exchanged, attributes set to some strengths."""
    graph = setting.graph
    own, out = graph.out(iri), {iri, *graph.descendants(iri)}
    stated = [fact for fact in own if fact.relation == SUBCLASS]
    there = {fact.target for fact in stated}
    new = [Relation(iri, SUBCLASS, c) for c in graph.class_ids if c not in out and c not in there]
    pool = [(Edit(WITHOUT, fact),) for fact in stated] + [(Edit(WITH, fact),) for fact in new]
    pool += [(Edit(WITHOUT, old), Edit(WITH, fact)) for old in stated for fact in new]
    weights = {fact.target: fact for fact in own if fact.relation == ATTRIBUTE}
    for name, strength in strengths.items():
        old = [Edit(WITHOUT, weights[name])] if name in weights else []
        pool.append((*old, Edit(WITH, Relation(iri, ATTRIBUTE, name, strength))))
    return pool


def nearness(setting: Setting, edits) -> float:
    """Return by how much edits make what is stated fit vectors and relatives better, whatever the model answers."""
    space, graph = setting.space, setting.graph
    total = 0.0
    for edit in edits:
        sign, fact = (1 if edit.action == WITH else -1), edit.fact
        if fact.relation == ATTRIBUTE:
            others = [graph.attributes(other) for other in relatives(graph, fact.source)]
            usual = float(np.mean([o.get(fact.target, 0.0) for o in others])) if others else 0.0
            total += sign * (abs(usual) - abs(fact.weight - usual))
        else:
            a, b = (space.vectors[graph.index[iri]] for iri in (fact.source, fact.target))
            total += sign * (float(a @ b) - _usual(setting))
    return total


def _usual(setting: Setting) -> float:
    """The mean cosine of a class with its parent."""
    key = id(setting)
    if _USUAL.get("of") != key:
        child, parent, _ = setting.graph.edges(SUBCLASS)
        vectors = setting.space.vectors
        _USUAL.update(of=key, is_=float(np.einsum("ij,ij->i", vectors[child], vectors[parent]).mean()))
    return _USUAL["is_"]


_USUAL: dict = {}


def interval(rows, values) -> str:
    """Return the mean in per cent and its 95 % interval, by bootstrap over classes."""
    classes = sorted({o.fault.iri for o in rows})
    of = {iri: [v for o, v in zip(rows, values, strict=True) if o.fault.iri == iri] for iri in classes}
    sums, counts = np.array([sum(of[c]) for c in classes]), np.array([len(of[c]) for c in classes])
    drawn = np.random.default_rng(0).integers(len(classes), size=(DRAWS, len(classes)))
    low, high = np.percentile(100 * sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [2.5, 97.5])
    return f"{100 * sums.sum() / counts.sum():.0f} [{low:.0f}, {high:.0f}]"


ROWS = ("among", "suggested", "random", "nearness", "any_edit", "nearest")


def report(outcomes) -> None:
    groups = [("all faults", outcomes), ("those with a mistake", [o for o in outcomes if o.errors])]
    for world in ("animals", "objects"):
        here = [o for o in outcomes if o.fault.world.name.startswith(world)]
        groups += [(world, here), (f"{world}, with a mistake", [o for o in here if o.errors])]
        groups += [(f"{world}, {kind}", [o for o in here if o.fault.kind == kind]) for kind in KINDS]
    for part, what in enumerate(("the fault is found", "what was right is stated again")):
        heads = ["edits tried", "first five", "random", "nearness", "random of all", "nearest of all", "less random",
                 "less nearness", "less nearest of all"]  # fmt: skip
        print(f"\n{what}\n\n| faults | number | {' | '.join(heads)} |")
        print("|---|---|" + "---|" * len(heads))
        for name, rows in groups:
            if rows:
                values = [[getattr(o, row)[part] for o in rows] for row in ROWS]
                values += [np.subtract(values[1], values[k]) for k in (2, 3, 5)]
                cells = " | ".join(interval(rows, column) for column in values)
                print(f"| {name} | {len(rows)} | {cells} |")
    options, seconds = [o.options for o in outcomes], [o.seconds for o in outcomes]
    print(f"edits tried, median {np.median(options):.0f}, most {max(options)}; seconds a fault, median "
          f"{np.median(seconds):.2f}, most {max(seconds):.2f}")  # fmt: skip


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(seed)
    made = faults(animals(seed), number // 2, list(KINDS), rng)
    made += faults(objects(), number - number // 2, [WRONG, DROPPED], rng)
    outcomes = []
    for k, fault in enumerate(made, 1):
        outcomes.append(outcome(fault, rng))
        print(f"{k}/{len(made)}", end="\r", file=sys.stderr, flush=True)
    print(f"seed {seed}, {len(made)} faults, {len({f.iri for f in made})} classes")
    report(outcomes)


if __name__ == "__main__":
    main()
