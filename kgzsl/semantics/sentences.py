"""What skip-gram reads: walks as sentences, and for OWL2Vec* those of words too."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from kgzsl.arrays import Array
from kgzsl.graph.classgraph import ClassGraph, Concept

Sentences = list[list[str]]
WORD = re.compile(r"[^\W_]+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def node(row: int) -> str:
    """Return the token of a concept; no word holds its sign."""
    return f"#{row}"


def words(text: str) -> list[str]:
    """Return lower-case words."""
    return WORD.findall(text.lower())


def names_of(concept: Concept) -> list[str]:
    """Return the words of label and synonyms."""
    return [word for name in (concept.label, *concept.synonyms) for word in words(name)]


def plain(nodes: Array) -> Sentences:
    """Return walks as sentences of concepts. Shape: (w, length)."""
    tokens = [node(row) for row in range(int(nodes.max(initial=0)) + 1)]
    return [[tokens[row] for row in walk if row >= 0] for walk in nodes.tolist()]


def documents(
    graph: ClassGraph, nodes: Array, steps: Array, relations: Sequence[str], rng: np.random.Generator
) -> Sentences:
    """Return the three documents of OWL2Vec* as one.

    - structure: walks of concepts and relations;
    - lexical: the same walks in words, and of each concept its names with its gloss;
    - combined: the walks with one concept as itself and words for all else, and of each concept itself with the words
      of its names and gloss.

    Args:
        graph: says the names.
        nodes: rows of concepts, -1 behind a walk's end. Shape: (w, length).
        steps: places in ``relations``. Shape: (w, length - 1).
        relations: names.
        rng: chooses the concept that stays itself.

    Source: Chen et al. 2021 (OWL2Vec*), section 4.2, with the random strategy for the combined document.
    """
    concepts = list(graph.concepts.values())
    told = [names_of(concept) for concept in concepts]
    said = [words(CAMEL.sub(" ", re.split(r"[/#]", name)[-1])) for name in relations]
    kept = (rng.random(len(nodes)) * (nodes >= 0).sum(axis=1)).astype(int)
    made: Sentences = []
    for walk, taken, stays in zip(nodes.tolist(), steps.tolist(), kept.tolist(), strict=True):
        path = [row for row in walk if row >= 0]
        structure, lexical, combined = [node(path[0])], list(told[path[0]]), _one(path[0], told, stays == 0)
        for k, (row, step) in enumerate(zip(path[1:], taken, strict=False), 1):
            structure += [f"@{step}", node(row)]
            lexical += [*said[step], *told[row]]
            combined += [*said[step], *_one(row, told, stays == k)]
        made += [structure, lexical, combined]
    for row, concept in enumerate(concepts):
        annotation = [*told[row], *words(concept.gloss)]
        made += [annotation, [node(row), *annotation]] if annotation else []
    return made


def _one(row: int, told: Sequence[list[str]], itself: bool) -> list[str]:
    return [node(row)] if itself else list(told[row])
