"""Where classifiers are linear in descriptions, unseen ones are recovered; with shuffled descriptions they are not."""

from functools import cache

import numpy as np
import pytest

from kgzsl.arrays import unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.learners.catalogue import make_learner
from kgzsl.metrics import ranks
from kgzsl.testing import HashSource
from tests.learners.worlds import World, space_of

KINDS, MEMBERS, WIDTH = 20, 8, 6
NAMES = [f"c{k:03}" for k in range(KINDS * MEMBERS)]
UNSEEN = NAMES[::8]
KNOWN = [name for name in NAMES if name not in UNSEEN]
FULL = {"hidden": 64, "epochs": 150, "dropout": 0.1, "learning_rate": 0.01, "patience": 20}
CASES = {name: (name, FULL) for name in ("gcn", "sgcn", "dgp", "gat", "rgcn", "compgcn", "residual")}
CASES |= {name: (name, {}) for name in ("kernel", "sgc", "laplacian", "absorb", "nearest")}
CASES |= {"trgcn": ("trgcn", {**FULL, "projection": 16}), "gcn by cosine": ("gcn", {**FULL, "loss": "cosine"})}


@cache
def space(shuffled=False):
    """Classes of random vectors under a root; shuffled, each has the words of another."""
    words = np.random.default_rng(1).permutation(NAMES) if shuffled else NAMES
    glosses = {name: f"own{word}" for name, word in zip(NAMES, words, strict=True)}
    return space_of(World({**glosses, "root": "root"}, {(name, SUBCLASS, "root"): 1.0 for name in NAMES}),
                    {SUBCLASS: 0.2}, HashSource(WIDTH))  # fmt: skip


def truth(ids):
    made = np.random.default_rng(0).normal(size=(WIDTH, 16))
    return (space().vectors[[space().graph.index[iri] for iri in ids]] @ made).astype(np.float32)


def hits(learner, shuffled, features=None):
    """Share of unseen classes whose own row ranks them first among the unseen."""
    rows = truth(KNOWN)
    seen = ClassifierBank(tuple(KNOWN), rows, np.zeros(len(rows), np.float32), np.ones(len(rows), bool), metric="dot")
    bank = learner.fit(space(shuffled), seen, features).classifiers(space(shuffled))
    X = unit_rows(truth(UNSEEN) - rows.mean(axis=0))
    return (ranks(bank.scores(X, bank.rows(UNSEEN)), np.arange(len(X))) == 0).mean()


@pytest.mark.parametrize("case", CASES)
def test_unseen_classes_are_recovered_from_descriptions(case):
    name, options = CASES[case]
    assert hits(make_learner(name, options), False) > 0.5
    assert hits(make_learner(name, options), True) < 0.3, "chance is 1 in 20"


@pytest.mark.parametrize("over", ["seen", "all"])
def test_labels_as_target_teach_what_rows_would(over):
    X = np.repeat(unit_rows(truth(KNOWN)), 4, axis=0)
    X = X + 0.02 * np.random.default_rng(2).normal(size=X.shape)
    features = FeatureSet(X, tuple(np.repeat(KNOWN, 4)))
    options = {**FULL, "target": "labels", "over": over}
    assert hits(make_learner("gcn", options), False, features) > 0.5
    assert hits(make_learner("gcn", options), True, features) < 0.3
