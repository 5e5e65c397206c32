"""Conformance cases that every learner, reader and adjuster must pass, and small worlds to run them in.

Nothing here needs an encoder, a network or shared data, so that a plug-in can test itself with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.errors import OntologyError
from kgzsl.explain.by_path import paths
from kgzsl.explain.by_seen import contributions
from kgzsl.explain.setting import Setting
from kgzsl.features import FeatureSet
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Learner
from kgzsl.learners.catalogue import make_learner
from kgzsl.ontology import read_ontology
from kgzsl.ontology.read import files_of
from kgzsl.resolve.adjust import Adjuster
from kgzsl.semantics.space import ClassSpace, build_space

CLOSE, CLOSE_SPLIT = 1e-6, 1e-5
KINDS = {"coefficients", "inputs", "walks", "paths", "estimated paths"}
SMALL: dict[str, object] = {"hidden": 16, "epochs": 20}
QUICK: dict[str, dict[str, object]] = {
    **dict.fromkeys(("gcn", "sgcn", "dgp", "gat", "rgcn", "compgcn", "residual"), SMALL),
    "trgcn": {**SMALL, "projection": 8},
}
PREFIXES = """\
@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""


class HashSource:
    """Vectors that depend on a concept's text alone: pseudo-random, half of it shared by texts that share a word."""

    def __init__(self, width: int = 24) -> None:
        self.width = width

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return vectors (N, width) and which concepts have a text (N,) bool."""
        texts = [concept.text for concept in graph.concepts.values()]
        rows = [self._mean(text) if text else np.zeros(self.width) for text in texts]
        return np.array(rows, np.float32), np.array([bool(text) for text in texts])

    def _mean(self, text: str) -> Array:
        seeds = [int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") for word in text.split()]
        return np.asarray(np.mean([np.random.default_rng(seed).normal(size=self.width) for seed in seeds], axis=0))


def world(groups: int = 3, members: int = 4) -> str:
    """Return the Turtle text of a small world: ``groups`` kinds under one root, ``members`` classes each."""
    blocks = [PREFIXES, block("thing", [], "whatever there is")]
    for g in range(groups):
        blocks.append(block(f"kind{g}", ["thing"], f"sort number{g} of thing"))
        blocks += [block(f"c{g}{m}", [f"kind{g}"], f"member{m} number{g} with word{g * members + m}")
                   for m in range(members)]  # fmt: skip
    return "\n".join(blocks)


def block(name: str, parents: Sequence[str], gloss: str = "") -> str:
    """Return the Turtle block of one class."""
    lines = [f':{name} a owl:Class ; skos:prefLabel "{name}"@en']
    lines += [f'skos:definition "{gloss}"@en'] if gloss else []
    lines += [f"rdfs:subClassOf {', '.join(':' + parent for parent in parents)}"] if parents else []
    return " ;\n    ".join(lines) + " .\n"


def space_of(path: Path) -> ClassSpace:
    """Return the class space of an ontology file, with vectors of :class:`HashSource`."""
    return build_space(build_graph(read_ontology(path)), {"subClassOf": 1.0}, HashSource())


def seen_bank(space: ClassSpace, every: int = 2, width: int = 12, seed: int = 0) -> ClassifierBank:
    """Return classifiers of every second class, a noisy linear function of the class vectors."""
    ids = space.graph.class_ids[::every]
    rng = np.random.default_rng(seed)
    vectors = space.vectors[[space.graph.index[iri] for iri in ids]]
    weights = vectors @ rng.normal(size=(vectors.shape[1], width)) + 0.1 * rng.normal(size=(len(ids), width))
    bias, seen = rng.normal(size=len(ids)) / 10, np.ones(len(ids), bool)
    return ClassifierBank(ids, weights.astype(np.float32), bias.astype(np.float32), seen, metric="dot")


def synthetic_features(graph: ClassGraph, per_class: int = 30, width: int = 64, noise: float = 0.6,
                       seed: int = 0) -> FeatureSet:  # fmt: skip
    """Return inputs made from the attributes of the classes that have any.

    An input is a fixed random projection of its class's centred attribute strengths, with Gaussian noise whose
    length is ``noise`` times that of a typical class.

    Args:
        graph: states the attributes.
        per_class: inputs a class.
        width: of an input.
        noise: see above.
        seed: of projection and noise.
    """
    names = [iri for iri in graph.ids if graph.concepts[iri].kind == "attribute"]
    classes = [iri for iri in graph.class_ids if graph.attributes(iri)]
    strengths = np.array([[graph.attributes(iri).get(name, 0.0) for name in names] for iri in classes])
    rng = np.random.default_rng(seed)
    centres = (strengths - strengths.mean(axis=0)) @ rng.normal(size=(len(names), width))
    scale = noise * np.linalg.norm(centres, axis=1).mean() / np.sqrt(width)
    X = np.repeat(centres, per_class, axis=0) + scale * rng.normal(size=(len(classes) * per_class, width))
    return FeatureSet(X, tuple(np.repeat(classes, per_class)), "synthetic", "synthetic features")


def check_learner(name: str, folder: Path) -> None:
    """Hold a learner to the contract of :class:`kgzsl.learners.base.Learner`, on a small world.

    It names its family, citation and what it reads; propagates without changing anything; gives the same with and
    without the previous propagation; does not depend on the order of classes; survives ``state`` and ``restore``;
    what it calls coefficients rebuilds its classifiers, its walks are walks, and the splits of a score that it
    declares add up to the score.
    """
    path = folder / f"{name}.ttl"
    path.write_text(world())
    space = space_of(path)
    learner = make_learner(name, QUICK.get(name))
    for word in (learner.family, learner.citation, learner.reads, type(learner).__doc__):
        assert word, f"{name} does not say its family, citation, what it reads, or its formula"
    learner.fit(space, seen_bank(space, width=space.vectors.shape[1] if learner.one_space else 12), seed=0)
    first, again = learner.propagate(space), learner.propagate(space)
    bank = first.bank
    assert bank.ids == space.graph.class_ids
    assert np.isfinite(bank.weights).all()
    assert np.array_equal(bank.weights, again.bank.weights), "propagating twice gives two banks"
    assert {iri for iri, seen in zip(bank.ids, bank.seen, strict=True) if seen} == set(learner.seen_ids)
    _check_update(learner, space, path)
    _check_restored(learner, space)
    _check_explained(learner, space, bank)


def _check_update(learner: Learner, space: ClassSpace, path: Path) -> None:
    edited = path.with_name("edited-" + path.name)
    text = path.read_text().replace("member1 number0", "quite another gloss")
    edited.write_text(text + block("aaa", ["c00"], "the first by name") + block("new", ["kind1", "c22"], ""))
    other = space_of(edited)
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


def check_reader(path: Path, broken: Path) -> None:
    """Hold a reader to its contract.

    Args:
        path: a good file; every fact must know it or a file beside it that belongs to it, and a line of that.
        broken: a file that must be refused with its own name.
    """
    ontology = read_ontology(path)
    assert len(ontology)
    lines = {str(file): len(file.read_bytes().splitlines()) for file in files_of(path)}
    assert all(1 <= fact.line <= lines.get(fact.file, 0) for fact in ontology)
    assert read_ontology(path).hash == ontology.hash
    assert read_ontology(path, ontology).documents == ontology.documents, "an unchanged file is read again"
    refused = _refusal(broken)
    assert refused, f"{broken} was not refused"
    assert refused.file == str(broken)
    assert refused.line


def _refusal(path: Path) -> OntologyError | None:
    try:
        read_ontology(path)
    except OntologyError as error:
        return error
    return None


def check_adjuster(adjuster: Adjuster, seed: int = 0) -> None:
    """Hold an adjuster to its contract: shapes stay, inputs are untouched, order of classes does not count."""
    rng = np.random.default_rng(seed)
    scores, seen = rng.normal(size=(5, 7)).astype(np.float32), rng.random(7) < 0.5
    kept = scores.copy()
    adjusted = adjuster(scores, seen)
    assert adjusted.shape == scores.shape
    assert np.array_equal(scores, kept)
    order = rng.permutation(7)
    assert np.allclose(adjuster(scores[:, order], seen[order]), adjusted[:, order], atol=CLOSE)
    assert adjuster.name


def recipe_of(path: Path, **changes: object) -> Recipe:
    """Return a recipe over one ontology file with attribute vectors, for tests that need no encoder."""
    made = Recipe(name=path.stem, ontologies=[str(path)], vectors={"source": "attributes"})  # type: ignore[arg-type]
    return made.model_copy(update=changes)


def shuffled(bank: ClassifierBank, seed: int = 0) -> ClassifierBank:
    """Return the same classifiers in another order, for tests of permutation."""
    order = np.random.default_rng(seed).permutation(len(bank))
    return bank.subset([bank.ids[k] for k in order])


def nearest_label(X: Array, anchors: Array, labels: Sequence[str]) -> list[str]:
    """Return the label of the nearest anchor by cosine, an oracle for tests. Shapes: (n, d), (m, d)."""
    return [labels[k] for k in (unit_rows(X) @ unit_rows(anchors).T).argmax(axis=1)]
