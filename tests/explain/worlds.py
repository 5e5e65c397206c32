"""Small settings of every learner, and the walks of a classifier listed one by one."""

from functools import cache

import numpy as np

from kgzsl.explain.member import groups
from kgzsl.explain.opened import opened
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.graph.recipe import Nearest
from kgzsl.learners.catalogue import make_learner
from kgzsl.testing import QUICK, seen_bank
from tests.learners.worlds import NAMES, PART, World, gloss, space_of


def random_world(seed: int, n: int = 16, told: bool = False) -> World:
    """A random hierarchy with several parents, and parts that classes share; ``told`` describes every one."""
    rng = np.random.default_rng(seed)
    ups = [(k, rng.integers(0, k)) for k in range(1, n) for _ in range(rng.integers(1, 3))]
    edges = {(NAMES[low], SUBCLASS, NAMES[high]): 1.0 for low, high in ups}
    pairs = rng.integers(0, n, (n // 2, 2))
    edges |= {(NAMES[a], PART, NAMES[b]): float(rng.uniform(0.2, 1)) for a, b in pairs if a != b}
    return World({NAMES[k]: gloss(k) or (f"top{k}" if told or k == 0 else "") for k in range(n)}, edges)


@cache
def setting_of(
    name: str, seed: int = 0, options: tuple = (), nearest: bool = False, one_way: bool = False,
    told: bool = False,
) -> Setting:  # fmt: skip
    """Return a trained learner on a random world."""
    ways = {SUBCLASS: (1.0, 0.0), PART: (0.0, 0.5)} if one_way else None
    space = space_of(random_world(seed, told=told), ways, nearest=Nearest(neighbours=2) if nearest else None)
    learner = make_learner(name, {**QUICK.get(name, {}), **dict(options)})
    learner.fit(space, seen_bank(space, width=space.vectors.shape[1] if learner.one_space else 12), seed=seed)
    propagation = learner.propagate(space)
    return Setting(learner, space, propagation, propagation.bank.ids)


def unseen(setting: Setting) -> list[str]:
    return [iri for iri in setting.propagation.bank.ids if not setting.given(iri)]


def an_input(setting: Setting, seed: int = 0):
    return np.random.default_rng(seed).normal(size=setting.propagation.bank.width).astype(np.float32)


def all_walks(setting: Setting, x, iri: str, biases: bool = False) -> dict[tuple, float]:
    """Every walk at fixed activations by recursion over dense matrices: folded (nodes, operators) → value."""
    total: dict[tuple, float] = {}
    n = setting.snapshot.links.n
    ends = None
    for part in opened(setting, x, iri).parts:
        ends = part.descriptions.rows(np.arange(n))
        dense = [[m.toarray() for m in layer.matrices] for layer in part.layers]

        def down(number, slot, u, nodes, steps, part=part, dense=dense, ends=ends):
            if number == 0:
                total[nodes, steps] = total.get((nodes, steps), 0.0) + float(u @ ends[slot])
                return
            layer = part.layers[number - 1]
            before = layer.gate[layer.place(np.array([slot]))[0]] * u
            if biases and layer.stage.bias is not None:
                total[nodes, steps] = total.get((nodes, steps), 0.0) + float(before @ layer.stage.bias)
            if biases and layer.stage.offset is not None:
                mine = layer.present[layer.place(np.array([slot]))[0]] @ layer.stage.offset
                total[nodes, steps] = total.get((nodes, steps), 0.0) + float(before @ mine)
            group = {t: g for g, members in enumerate(groups(layer.stage.terms)) for t in members}
            for t, (term, matrix) in enumerate(zip(layer.stage.terms, dense[number - 1], strict=True)):
                handed = term.factor * (before @ term.weight.T if term.weight is not None else before)
                row = matrix[layer.place(np.array([slot]))[0]]
                for there in np.flatnonzero(row):
                    moved = there != slot
                    path = ((*nodes, int(there)), (*steps, group[t])) if moved else (nodes, steps)
                    down(number - 1, there, row[there] * handed, *path)
            if layer.stage.skip:
                down(number - 1, slot, u, nodes, steps)
            if layer.stage.beside is not None:
                down(layer.stage.beside, slot, before, nodes, steps)

        slot = setting.snapshot.slot[iri]
        down(len(part.layers), slot, part.functional[0].astype(np.float64), (slot,), ())
    return total
