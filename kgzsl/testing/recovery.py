"""A problem whose answer is known: attributes make the inputs linearly, and unseen classes can be found by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.graph.classgraph import ATTRIBUTE, ClassGraph, Concept, Relation
from kgzsl.learners.catalogue import make_learner
from kgzsl.metrics import by_class, ranks
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import ClassSpace, build_space

ABOVE, CONTROL = 0.6, 0.35


@dataclass(frozen=True, eq=False)
class Problem:
    """Classes described by attributes, inputs that the attributes made, and which classes are seen.

    Args:
        space: all classes; vectors are the attribute matrix.
        seen: a classifier of each seen class, its mean input.
        features: labelled inputs of seen classes.
        unseen: IRIs of the other classes.
        X: inputs of unseen classes. Shape: (n, d).
        y: place of each among ``unseen``. Shape: (n,).
    """

    space: ClassSpace
    seen: ClassifierBank
    features: FeatureSet
    unseen: tuple[str, ...]
    X: Array
    y: Array

    def shuffled(self, seed: int = 0) -> Problem:
        """Return the control: the same inputs, each class described by the attributes of another."""
        rows = self.space.class_rows
        vectors, order = self.space.vectors.copy(), np.random.default_rng(seed).permutation(len(rows))
        vectors[rows] = vectors[rows[order]]
        return replace(self, space=replace(self.space, vectors=vectors))


def synthetic_problem(
    seen: int = 40, unseen: int = 10, attributes: int = 12, per_class: int = 15, width: int = 24, noise: float = 0.4,
    seed: int = 0,
) -> Problem:  # fmt: skip
    """Return a problem: an input is a fixed random map of its class's centred attributes, and Gaussian noise.

    Args:
        seen: classes with inputs.
        unseen: classes to be found.
        attributes: uniform in [0, 1].
        per_class: inputs a class.
        width: of an input.
        noise: its length, in units of the mean length of what attributes make.
        seed: of everything.
    """
    rng = np.random.default_rng(seed)
    strengths = rng.random((seen + unseen, attributes))
    centres = (strengths - strengths.mean(axis=0)) @ rng.normal(size=(attributes, width))
    scale = noise * float(np.linalg.norm(centres, axis=1).mean()) / np.sqrt(width)
    X = np.repeat(centres, per_class, axis=0) + scale * rng.normal(size=(len(centres) * per_class, width))
    y = np.repeat(np.arange(len(centres)), per_class)
    space = _space(strengths)
    names = space.graph.class_ids
    labelled = y < seen
    means = np.stack([X[y == k].mean(axis=0) for k in range(seen)])
    bank = ClassifierBank(names[:seen], means.astype(np.float32), np.zeros(seen, np.float32), np.ones(seen, bool),
                          metric="dot")  # fmt: skip
    features = FeatureSet(X[labelled], tuple(names[k] for k in y[labelled]), source="a synthetic problem")
    return Problem(space, bank, features, names[seen:], X[~labelled].astype(np.float32), y[~labelled] - seen)


def hits(name: str, problem: Problem, options: Mapping[str, Any] | None = None, seed: int = 0) -> float:
    """Return the class-mean hit@1 of a learner among the unseen classes of a problem."""
    learner = make_learner(name, options).fit(problem.space, problem.seen, problem.features, seed)
    bank = learner.classifiers(problem.space)
    found = ranks(bank.scores(problem.X, bank.rows(problem.unseen)), problem.y) == 0
    return float(by_class(found, problem.y).mean())


def check_recovers(name: str, options: Mapping[str, Any] | None = None, above: float = ABOVE) -> None:
    """Hold a learner to a problem whose answer is known: it finds unseen classes, and cannot without descriptions.

    Args:
        name: in the catalogue.
        options: of the learner.
        above: the class-mean hit@1 that it must reach; chance is 0.1.
    """
    problem = synthetic_problem()
    found, control = hits(name, problem, options), hits(name, problem.shuffled(), options)
    assert found >= above, f"{name} finds {found:.2f} of the unseen classes, {above} is asked"
    assert control <= CONTROL, f"{name} finds {control:.2f} of the unseen classes by attributes of other classes"


def _space(strengths: Array) -> ClassSpace:
    classes = [f"urn:class:{k:03d}" for k in range(len(strengths))]
    attributes = [f"urn:attribute:{k:03d}" for k in range(strengths.shape[1])]
    concepts = {iri: Concept(iri, "attribute", iri.rpartition(":")[2], ()) for iri in attributes}
    concepts |= {iri: Concept(iri, "class", iri.rpartition(":")[2], ()) for iri in classes}
    facts = tuple(Relation(c, ATTRIBUTE, a, float(strengths[i, k])) for i, c in enumerate(classes)
                  for k, a in enumerate(attributes))  # fmt: skip
    graph = ClassGraph(concepts, facts, (), "synthetic", Ontology(()))
    return build_space(graph, {"subClassOf": 1.0}, AttributeSource())
