"""Small worlds and data to run checks in; nothing here needs an encoder, a network or shared data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.graph.recipe import Recipe
from kgzsl.ontology import read_ontology
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import ClassSpace, VectorSource, build_space

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


def attribute_facts(groups: int = 3, members: int = 4, attributes: int = 10, seed: int = 0) -> str:
    """Return the Turtle text that states attributes of the classes of :func:`world`: some of their kind, some alone."""
    rng = np.random.default_rng(seed)
    lines = ["@prefix kg: <https://w3id.org/kgzsl/ns#> ."]
    lines += [f":a{k} a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute ; rdfs:label \"a{k}\"@en ."
              for k in range(attributes)]  # fmt: skip
    for g in range(groups):
        common = rng.random(attributes)
        for m in range(members):
            strengths = np.round(np.clip(0.7 * common + 0.5 * rng.random(attributes) - 0.1, 0, 1), 3)
            lines.append(f":c{g}{m} " + " ; ".join(f":a{k} {v}" for k, v in enumerate(strengths)) + " .")
    return "\n".join(lines) + "\n"


def space_of(path: Path, source: VectorSource | None = None) -> ClassSpace:
    """Return the class space of an ontology file, with vectors of :class:`HashSource` unless told otherwise."""
    return build_space(build_graph(read_ontology(path)), {"subClassOf": 1.0}, source or HashSource())


def attribute_space_of(path: Path) -> ClassSpace:
    """Return the class space of an ontology file, with the attribute matrix for vectors."""
    return space_of(path, AttributeSource())


def labelled_features(bank: ClassifierBank, per_class: int = 12, noise: float = 0.5, seed: int = 0) -> FeatureSet:
    """Return inputs around the classifier rows of a bank: noise has ``noise`` times their mean length."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(bank.weights, per_class, axis=0)
    scale = noise * float(np.linalg.norm(bank.weights, axis=1).mean()) / np.sqrt(centres.shape[1])
    X = centres + scale * rng.normal(size=centres.shape)
    return FeatureSet(X, tuple(np.repeat(bank.ids, per_class)), bank.backbone, "labelled features")


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
