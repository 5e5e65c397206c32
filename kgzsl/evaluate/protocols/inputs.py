"""Labelled inputs of a protocol: read, with their place in the file, and with IRIs for labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import EvaluationError, MissingFileError, UnknownNameError
from kgzsl.evaluate.lists import is_known
from kgzsl.features import FeatureSet
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.training import Material

SEPARATOR = "|"


@dataclass(frozen=True, eq=False)
class Inputs:
    """Labelled inputs of a file, or some of them.

    Args:
        features: with labels.
        rows: the row of the file of each. Shape: (n,).
        split: the part that the file says each is of, or None.
    """

    features: FeatureSet
    rows: Array
    split: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.features)

    @property
    def labels(self) -> tuple[str, ...]:
        """Of each input."""
        return self.features.labels or ()

    def take(self, at: Array) -> Inputs:
        """Return some of them."""
        split = tuple(self.split[k] for k in at) if self.split is not None else None
        return Inputs(self.features.take(at), self.rows[at], split)

    def place(self, k: int) -> str:
        """Return how an input is called in messages."""
        return f"row {self.rows[k]}"

    def line(self, k: int) -> int | None:
        """Return the line of an input in a table of text, counted from 1, below its header."""
        suffix = Path(self.features.source).suffix.lower()
        offset = {".csv": 2, ".txt": 1, ".tsv": 1}.get(suffix)
        return None if offset is None else int(self.rows[k]) + offset


def named(inputs: Inputs, graph: ClassGraph, unknown: str = "refuse", names: Mapping[str, str | None] | None = None,
          several: bool = False) -> Inputs:  # fmt: skip
    """Return inputs with IRIs for labels.

    Args:
        inputs: as read.
        graph: knows the classes.
        unknown: ``refuse`` labels that the graph does not know, or ``drop`` their inputs.
        names: label → class name, or None for a label whose inputs are left out.
        several: a label is several ones, joined by ``|``.

    Raises:
        EvaluationError: a label that is unknown or ambiguous, with its row; or no input is left.
    """
    iris, kept = dict[str, str | None](), list[tuple[int, str]]()
    for k, label in enumerate(inputs.labels):
        parts = [part.strip() for part in label.split(SEPARATOR)] if several else [label]
        for part in parts:
            if part not in iris:
                iris[part] = _iri(inputs, k, part, graph, unknown, names)
        found = dict.fromkeys(iri for part in parts if (iri := iris[part]) is not None)
        if found:
            kept.append((k, SEPARATOR.join(found)))
    if not kept:
        raise EvaluationError("no input has a label that the graph knows", file=inputs.features.source,
                              value=inputs.labels[0])  # fmt: skip
    taken = inputs.take(np.array([k for k, _ in kept]))
    features = replace(taken.features, labels=tuple(iri for _, iri in kept))
    return Inputs(features, taken.rows, taken.split)


def joined(*parts: Inputs) -> Inputs:
    """Return inputs of several files as one; the first names the place of the rows."""
    first = parts[0].features
    X = np.concatenate([part.features.X for part in parts])
    labels = tuple(label for part in parts for label in part.labels)
    return Inputs(FeatureSet(X, labels, first.backbone, first.source), np.concatenate([part.rows for part in parts]))


def read_names(path: str | Path | None) -> dict[str, str | None] | None:
    """Read label → class name from JSON; null leaves a label out, and of an object its ``wnid`` or ``class`` counts.

    Raises:
        MissingFileError: no such file.
        EvaluationError: not such a file.
    """
    if path is None:
        return None
    if not Path(path).is_file():
        raise MissingFileError("no such file of names", file=str(path))
    try:
        value = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise EvaluationError("not JSON that is read", file=str(path), line=line) from None
    found = {key: _name(one) for key, one in value.items()} if isinstance(value, dict) else {}
    if not found or any(name is not None and not isinstance(name, str) for name in found.values()):
        raise EvaluationError("no names of labels", file=str(path), fix='such as {"lion": "n02129165", "misc": null}')
    return found


def digests(material: Material, *paths: str | Path | None) -> dict[str, str]:
    """Return SHA-256 of the files of features of a recipe and of other files, by path as given."""
    recipe = material.recipe
    own = (recipe.seen.layer, recipe.seen.features, recipe.validation and recipe.validation.features)
    files = {str(path): recipe.resolve(path) for path in own if path} | {str(p): Path(p) for p in paths if p}
    return {name: _digest(path) for name, path in files.items() if path.is_file()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _iri(
    inputs: Inputs, k: int, label: str, graph: ClassGraph, unknown: str, names: Mapping[str, str | None] | None
) -> str | None:
    name = label if names is None else names.get(label, label)
    if name is None:
        return None
    try:
        return graph.find(name, "class")
    except UnknownNameError as error:
        if unknown == "drop" and not is_known(name, graph):
            return None
        fix = error.fix or "describe the class in the ontology, or --option unknown=drop"
        raise EvaluationError(f"{inputs.place(k)}: {error.message}", file=inputs.features.source, line=inputs.line(k),
                              value=label, fix=fix) from None  # fmt: skip


def _name(one: Any) -> Any:
    return one.get("wnid", one.get("class")) if isinstance(one, dict) else one
