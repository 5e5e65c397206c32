"""Settings whose truth is known."""

from functools import cache

import numpy as np

from kgzsl.arrays import unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.explain.faithfulness.deletions import Deletions
from kgzsl.explain.faithfulness.margins import Margins
from kgzsl.explain.faithfulness.question import Question
from kgzsl.explain.faithfulness.region import region
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.learners.base import Learner, Propagation
from kgzsl.learners.catalogue import make_learner
from kgzsl.resolve.bias.stacking import CalibratedStacking
from kgzsl.resolve.chain import Chain
from kgzsl.testing import QUICK
from tests.learners.worlds import PART, RELATIONS, WIDTH, World, bank_of, space_of, tree

SEEN = ("n00", "n03", "n06", "n09", "n12", "n15")


class Sums(Learner):
    """A learner whose classifiers are sums of fixed directions, one for each stated fact of a class.

    ``strengths`` maps a fact's (source, target) to how far it pushes the class towards the first axis; every other
    fact pushes nowhere. So the margin of a class is the sum of the strengths of its facts, exactly.
    """

    name, family, citation, reads = "sums", "toy", "none", "relations"

    def __init__(self, strengths=None):
        super().__init__()
        self.strengths = strengths or STRENGTHS

    def fit(self, space, seen, features=None, seed=0, progress=None):
        self.seen_ids, self.rows = tuple(seen.ids), unit_rows(seen.weights)
        return self

    def propagate(self, space, previous=None):
        classes = space.graph.class_ids
        weights = np.zeros((len(classes), 2), np.float32)
        for k, iri in enumerate(classes):
            weights[k] = self.strength(space, iri), 1.0
        given = [iri in self.seen_row for iri in classes]
        weights[given] = self.rows[[self.seen_row[iri] for iri in classes if iri in self.seen_row]]
        return Propagation(ClassifierBank(classes, weights, np.zeros(len(classes), np.float32), np.array(given),
                                          metric="dot"), {})  # fmt: skip

    def strength(self, space, iri):
        return sum(self.strengths.get((f.source, f.target), 0.0) * f.weight for f in space.graph.out(iri))


class StandIn(Sums):
    """As above, and a class that has p0 is worth one more, one that has p1 in its place nearly as much."""

    def strength(self, space, iri):
        parts = {fact.target for fact in space.graph.out(iri) if iri == "a"}
        return super().strength(space, iri) + (1.0 if "p0" in parts else 0.9 if "p1" in parts else 0.0)


def star():
    """Class ``a`` with five parts and the rival ``b`` with one, below a top; ``s`` is seen."""
    glosses = {name: f"gloss of {name}" for name in ("top", "a", "b", "s", *PARTS)}
    edges = {(name, SUBCLASS, "top"): 1.0 for name in ("a", "b", "s")}
    edges |= {("a", PART, part): 1.0 for part in PARTS} | {("b", PART, "p1"): 1.0}
    return World(glosses, edges, frozenset(PARTS))


PARTS = ("p0", "p1", "p2", "p3", "p4")
STRENGTHS = {("a", "p0"): 0.5, ("a", "p1"): 0.2, ("a", "p2"): 0.1, ("a", "p3"): -0.3, ("b", "p1"): 0.05}
X = np.array([1.0, 0.0], np.float32)


def toy(learner=None):
    """A setting over the star whose candidates are the unseen classes ``a`` and ``b``."""
    space = space_of(star(), {SUBCLASS: 1.0, PART: 1.0})
    seen = ClassifierBank(("s",), np.array([[0, 1]], np.float32), np.zeros(1, np.float32), np.ones(1, bool))
    learner = (learner or Sums()).fit(space, seen)
    return Setting(learner, space, learner.propagate(space), ("a", "b"))


def trained(name, world=None, **options):
    """A small world and a learner of the catalogue, with all classes as candidates; those of no world are shared."""
    return _trained(name, world, options) if world else _shared(name, tuple(options.items()))


@cache
def _shared(name, options):
    return _trained(name, tree(30), dict(options))


def _trained(name, world, options):
    space = space_of(world, RELATIONS)
    learner = make_learner(name, {**QUICK.get(name, {}), **options}).fit(space, bank_of(SEEN))
    return Setting(learner, space, learner.propagate(space), space.graph.class_ids, stacked(0.1))


def stacked(gamma):
    return Chain((CalibratedStacking().restore({"gamma": np.array([gamma])}),))


def asked(setting, iri, rival, x=None, seed=0, **about):
    """A question about all that is within reach of two classes."""
    x = np.random.default_rng(seed).normal(size=setting.propagation.bank.width).astype(np.float32) if x is None else x
    facts = region(setting, [iri, rival], **about)
    return Question(setting, x, iri, rival, facts, Margins(Deletions(setting), iri, rival), seed)


def inputs(n=12, seed=1):
    """Random inputs for the trained settings."""
    return np.random.default_rng(seed).normal(size=(n, WIDTH)).astype(np.float32)
