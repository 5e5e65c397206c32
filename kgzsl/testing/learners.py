"""The case that every learner must pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kgzsl.bank import ClassifierBank
from kgzsl.explain.by_path import paths
from kgzsl.explain.by_seen import contributions
from kgzsl.explain.setting import Setting
from kgzsl.learners.base import Learner
from kgzsl.learners.catalogue import learner_class, make_learner
from kgzsl.semantics.space import ClassSpace
from kgzsl.testing.worlds import (
    attribute_facts,
    attribute_space_of,
    block,
    labelled_features,
    seen_bank,
    space_of,
    world,
)

CLOSE, CLOSE_SPLIT = 1e-6, 1e-5
KINDS = {"coefficients", "inputs", "walks", "paths", "estimated paths"}
SMALL: dict[str, object] = {"hidden": 16, "epochs": 20}
QUICK: dict[str, dict[str, object]] = {
    **dict.fromkeys(("gcn", "sgcn", "dgp", "gat", "rgcn", "compgcn", "residual"), SMALL),
    "trgcn": {**SMALL, "projection": 8},
    "cnzsl": {**SMALL, "ensemble": 2},
    "episodic": {**SMALL, "tasks": 3},
    "clswgan": {**SMALL, "latent": 4, "per_class": 8},
    "cadavae": {**SMALL, "latent": 4, "per_class": 8, "decoder": 16, "class_hidden": 16, "class_decoder": 16},
}


def check_learner(name: str, folder: Path) -> None:
    """Hold a learner to the contract of :class:`kgzsl.learners.base.Learner`, on a small world.

    It names its family, citation and what it reads; propagates without changing anything; gives the same with and
    without the previous propagation; does not depend on the order of classes; survives ``state`` and ``restore``;
    what it calls coefficients rebuilds its classifiers, its walks are walks, and the splits of a score that it
    declares add up to the score.
    """
    world_ = _world(name)
    path = folder / f"{name}.ttl"
    path.write_text(world_.text)
    space = world_.space_of(path)
    learner = make_learner(name, QUICK.get(name))
    for word in (learner.family, learner.citation, learner.reads, type(learner).__doc__):
        assert word, f"{name} does not say its family, citation, what it reads, or its formula"
    bank = seen_bank(space, width=space.vectors.shape[1] if learner.one_space else 12)
    learner.fit(space, bank, labelled_features(bank) if learner.learns_from == "inputs" else None, seed=0)
    first, again = learner.propagate(space), learner.propagate(space)
    bank = first.bank
    assert bank.ids == space.graph.class_ids
    assert np.isfinite(bank.weights).all()
    assert np.array_equal(bank.weights, again.bank.weights), "propagating twice gives two banks"
    assert {iri for iri, seen in zip(bank.ids, bank.seen, strict=True) if seen} == set(learner.seen_ids)
    _check_update(learner, space, path, world_)
    _check_restored(learner, space)
    _check_explained(learner, space, bank)
    if learner.learns_from == "inputs":
        rows = make_learner(name, QUICK.get(name)).fit(space, seen_bank(space), None, seed=0)
        assert np.isfinite(rows.classifiers(space).weights).all(), "rows of a layer do not stand in for inputs"


class _World(NamedTuple):
    """A world, how it is edited, and the space of a file."""

    text: str
    edit: Callable[[str], str]
    space_of: Callable[[Path], ClassSpace]


def _world(name: str) -> _World:
    """Return the world that a learner is checked in: learners that read attributes need some."""
    if "attributes" not in learner_class(name).reads:
        return _World(world(), lambda text: text.replace("member1 number0", "quite another gloss"), space_of)
    attributes = attribute_facts()
    return _World(world() + attributes,
                  lambda text: text.replace(":c01 :a0 0.", ":c01 :a0 0.9") + ":new :a0 0.9 ; :a3 0.4 .\n",
                  attribute_space_of)  # fmt: skip


def _check_update(learner: Learner, space: ClassSpace, path: Path, world_: _World) -> None:
    edited = path.with_name("edited-" + path.name)
    added = block("aaa", ["c00"], "the first by name") + block("new", ["kind1", "c22"], "")
    edited.write_text(world_.edit(path.read_text() + added))
    other = world_.space_of(edited)
    previous = learner.propagate(space)
    kept = previous.bank.weights.copy()
    cheap, full = learner.propagate(other, previous).bank, learner.propagate(other).bank
    assert np.array_equal(previous.bank.weights, kept), "an update changed the bank that still answers"
    assert cheap.ids == full.ids
    assert np.abs(cheap.weights - full.weights).max() <= CLOSE, "an update differs from a fresh propagation"
    back = learner.propagate(space, learner.propagate(other, previous)).bank
    assert np.abs(back.weights - kept).max() <= CLOSE, "taking an edit back does not take it back"


def _check_restored(learner: Learner, space: ClassSpace) -> None:
    other = type(learner)(**dict(learner.options)).restore(learner.seen_ids, learner.backbone, learner.state())
    assert np.array_equal(other.classifiers(space).weights, learner.classifiers(space).weights)


def _check_explained(learner: Learner, space: ClassSpace, bank: ClassifierBank) -> None:
    found = learner.coefficients(space, bank.ids)
    assert (found is not None) == ("coefficients" in learner.explains)
    if found is not None:
        rebuilt = found.values @ found.rows + (0 if found.base is None else found.base)
        assert np.abs(rebuilt - bank.weights).max() <= 1e-5, "coefficients do not rebuild the bank"
    walks = [learner.walks(space, iri) for iri in bank.ids]
    assert all((w is not None) == ("walks" in learner.explains) for w in walks)
    _check_splits(learner, space)
    for carried in walks:
        for walk in carried or []:
            assert len(walk.nodes) == len(walk.relations) + 1
            assert walk.nodes[-1] in learner.seen_ids
            assert 0 < walk.share <= 1
        assert sum(walk.share for walk in carried or []) <= 1 + CLOSE


def _check_splits(learner: Learner, space: ClassSpace) -> None:
    """What a learner declares to split must add up to the score of any input."""
    assert set(learner.explains) <= KINDS, f"unknown kinds of explanation: {sorted(set(learner.explains) - KINDS)}"
    propagation = learner.propagate(space)
    setting = Setting(learner, space, propagation, propagation.bank.ids)
    x = np.random.default_rng(0).normal(size=propagation.bank.width).astype(np.float32)
    for iri in [i for i in propagation.bank.ids if not setting.given(i)]:
        seen, walked = contributions(setting, x, iri), paths(setting, x, iri)
        assert (seen is not None) == bool({"coefficients", "inputs"} & set(learner.explains))
        assert (walked is not None) == bool(learner.explains and learner.explains != ("coefficients",))
        if seen is not None:
            assert seen[1].residual <= CLOSE_SPLIT, "contributions and baseline do not sum to the score"
        if walked is not None and "estimated paths" not in learner.explains:
            assert walked[1].residual <= CLOSE_SPLIT, "paths and baseline do not sum to the score"
