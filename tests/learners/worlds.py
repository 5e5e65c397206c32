"""Small random worlds and edits of them, described by plain data so that hypothesis can draw and shrink them."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from kgzsl.bank import ClassifierBank
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Concept, Relation
from kgzsl.learners.catalogue import LEARNERS, learner_class
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.space import build_space
from kgzsl.testing import HashSource

PART = "hasPart"
ANY_VECTORS = [name for name in LEARNERS if "attributes" not in learner_class(name).reads]
RELATIONS = {SUBCLASS: 1.0, PART: (0.5, 0.25)}
MOST = 40
NAMES = [f"n{k:02}" for k in range(MOST)]
SEEN = tuple(NAMES[::3])
WIDTH = 10
SOURCE = HashSource(WIDTH)


@dataclass(frozen=True)
class World:
    """Name → gloss, and (source, relation, target) → weight; a name in ``quiet`` is a concept but no class."""

    glosses: dict
    edges: dict
    quiet: frozenset = frozenset()


def graph_of(world):
    kinds = {name: "concept" if name in world.quiet else "class" for name in world.glosses}
    kinds |= {target: "attribute" for _, relation, target in world.edges if relation == ATTRIBUTE}
    concepts = {name: Concept(name, kinds[name], "", (), world.glosses[name]) for name in sorted(world.glosses)}
    return ClassGraph(concepts, tuple(Relation(*e, w) for e, w in world.edges.items()), (), "hash", Ontology(()))


def space_of(world, relations=None, source=SOURCE, nearest=None):
    return build_space(graph_of(world), relations or RELATIONS, source, nearest=nearest)


def bank_of(ids=SEEN, width=WIDTH, seed=0):
    rng = np.random.default_rng(seed)
    weights, bias = rng.normal(size=(len(ids), width)), rng.normal(size=len(ids))
    return ClassifierBank(tuple(ids), weights.astype(np.float32), bias.astype(np.float32), np.ones(len(ids), bool))


def tree(n=MOST, fan=3):
    """A tree with some second parents and some parts; every class has a vector, its own or its parents'."""
    edges = {(NAMES[k], SUBCLASS, NAMES[(k - 1) // fan]): 1.0 for k in range(1, n)}
    edges |= {(NAMES[k], SUBCLASS, NAMES[k // 4]): 1.0 for k in range(5, n, 5)}
    edges |= {(NAMES[k], PART, NAMES[(7 * k) % n]): 1.0 for k in range(0, n, 4) if (7 * k) % n != k}
    return World({NAMES[k]: gloss(k) or ("top" if k == 0 else "") for k in range(n)}, edges)


def gloss(k):
    """Words that some names share; every seventh name says nothing and takes its parents' vector."""
    return f"word{k % 5} kind{k % 11} own{k}" if k % 7 else ""


WEIGHTS = st.sampled_from([0.25, 1.0, 2.0])
PLACES = st.integers(0, MOST - 1)
LINKS = st.lists(st.tuples(PLACES, PLACES, WEIGHTS), max_size=20)


@st.composite
def worlds(draw, least=8, most=MOST):
    """A hierarchy without cycles (a name is below earlier ones only, or a root), and parts between any two names."""
    n = draw(st.integers(least, most))
    first = draw(st.lists(PLACES, min_size=n, max_size=n))
    up = [(k, p % (k + 1), 1.0) for k, p in enumerate(first)] + draw(LINKS)
    edges = {(NAMES[max(i % n, j % n)], SUBCLASS, NAMES[min(i % n, j % n)]): w for i, j, w in up if i % n != j % n}
    return World({NAMES[k]: gloss(k) for k in range(n)},
                 edges | {(NAMES[i % n], PART, NAMES[j % n]): w for i, j, w in draw(LINKS)})  # fmt: skip


KINDS = ["add", "remove", "move", "weigh", "rename", "describe", "cut", "part", "quiet"]
EDIT = st.tuples(st.sampled_from(KINDS), PLACES, PLACES, WEIGHTS)
EDITS = st.lists(st.lists(EDIT, min_size=1, max_size=4), min_size=1, max_size=4)


def edited(world, step):
    """Apply edits; what they name is taken modulo what is there."""
    for what, i, j, weight in step:
        names = sorted(world.glosses)
        one, other = names[i % len(names)], names[j % len(names)]
        world = CHANGES[what](world, one, other, weight, i)
    return world


def _add(world, one, other, weight, k):
    """A new name between two: below one and, where that makes no cycle, above the other."""
    fresh = next((n for n in NAMES[k:] + NAMES[:k] if n not in world.glosses), None)
    if fresh is None:
        return world
    edges = {**world.edges, (fresh, SUBCLASS, one): weight}
    if weight > 1 and other not in above(world, one):
        edges[other, SUBCLASS, fresh] = 1.0
    return replace(world, glosses={**world.glosses, fresh: gloss(k)}, edges=edges)


def _remove(world, one, *_):
    if len(world.glosses) < 4:
        return world
    glosses = {name: text for name, text in world.glosses.items() if name != one}
    return replace(world, glosses=glosses, edges={e: w for e, w in world.edges.items() if one not in (e[0], e[2])})


def _move(world, one, other, weight, _):
    if one in above(world, other):
        return world
    kept = {e: w for e, w in world.edges.items() if e[:2] != (one, SUBCLASS)}
    return replace(world, edges={**kept, (one, SUBCLASS, other): weight})


def _weigh(world, one, other, weight, k):
    edges = sorted(world.edges)
    return replace(world, edges={**world.edges, edges[k % len(edges)]: weight}) if edges else world


def _cut(world, one, other, weight, k):
    gone = sorted(world.edges)[k % len(world.edges)] if world.edges else None
    return replace(world, edges={e: w for e, w in world.edges.items() if e != gone})


def _rename(world, one, other, weight, k):
    fresh = next((n for n in NAMES[k:] + NAMES[:k] if n not in world.glosses), one)
    new = {name: fresh if name == one else name for name in world.glosses}
    edges = {(new[s], r, new[t]): w for (s, r, t), w in world.edges.items()}
    return replace(world, glosses={new[name]: text for name, text in world.glosses.items()}, edges=edges)


def _describe(world, one, other, weight, k):
    return replace(world, glosses={**world.glosses, one: "" if k % 5 == 0 else f"word{k % 5} new{k}"})


def _part(world, one, other, weight, _):
    return replace(world, edges={**world.edges, (one, PART, other): weight})


def _quiet(world, one, *_):
    return replace(world, quiet=world.quiet ^ {one})


CHANGES = {"add": _add, "remove": _remove, "move": _move, "weigh": _weigh, "rename": _rename, "describe": _describe,
           "cut": _cut, "part": _part, "quiet": _quiet}  # fmt: skip


def above(world, name):
    """A name and all its ancestors."""
    found, todo = {name}, [name]
    while todo:
        here = todo.pop()
        new = {t for s, r, t in world.edges if s == here and r == SUBCLASS} - found
        found |= new
        todo += new
    return found
