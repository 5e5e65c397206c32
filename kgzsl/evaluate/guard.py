"""The leakage guard: nothing that is tested was trained on, and what comes near that is said."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.data import bundled
from kgzsl.errors import EvaluationError
from kgzsl.evaluate.lists import read_lists
from kgzsl.evaluate.problem import Finding
from kgzsl.features import FeatureSet
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.training import Material

ROOM = 2**24
"""Cosines that are held at a time."""
ABOVE, NOT_ABOVE, PRETRAINED = "above seen classes", "not above seen classes", "in the backbone's pre-training"
IMAGENET = re.compile(r"efficientnet|resnet|^res\d+|googlenet|inception|vgg|densenet|mobilenet|convnext", re.IGNORECASE)
"""Backbones that are, as a rule, trained on the 1,000 classes of ImageNet."""
_LAYER, _WNIDS = "graphs/objects/caltech101_lite0_int8_demo.npz", "fc_wnids"

Place = Callable[[int], str]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Test inputs that are training inputs too.

    Args:
        test: rows of the test inputs. Shape: (m,).
        train: beside each the row of a training input that equals it. Shape: (m,).
    """

    test: Array
    train: Array

    def __len__(self) -> int:
        return len(self.test)


def refuse_unseen_labels(material: Material, unseen: Sequence[str]) -> None:
    """Refuse unseen classes that have labelled inputs, or a classifier, in the training part.

    Raises:
        EvaluationError: naming them, with the file of the inputs.
    """
    graph, labels = material.graph, material.labelled.labels or () if material.labelled is not None else ()
    trained = sorted(set(unseen).intersection(labels))
    if trained:
        first = labels.index(trained[0])
        raise EvaluationError(f"{_classes(graph, trained)}: unseen, and with labelled inputs in the training part, "
                              f"such as its row {first}", file=material.labelled.source if material.labelled else None,
                              value=tuple(trained), fix="take these inputs out, or call the classes seen")  # fmt: skip
    given = sorted(set(unseen).intersection(material.seen.ids))
    if given:
        raise EvaluationError(f"{_classes(graph, given)}: unseen, and with a classifier among the seen ones",
                              file=material.recipe.seen.layer, value=tuple(given),
                              fix="take these rows out of the layer, or call the classes seen")  # fmt: skip


def exact(train: FeatureSet | None, X: Array) -> Pairs:
    """Return the test inputs that equal a training input, number for number. Shape: (n, d)."""
    if train is None:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    known = {row.tobytes(): k for k, row in reversed(list(enumerate(_hashable(train.X))))}
    found = [(k, known[key]) for k, row in enumerate(_hashable(X)) if (key := row.tobytes()) in known]
    return Pairs(*np.array(found, np.int64).reshape(-1, 2).T)


def near(train: FeatureSet | None, X: Array, cosine: float) -> Pairs:
    """Return the test inputs whose cosine with a training input is above a threshold, equal ones among them.

    The products are made block by block: no more than ``ROOM`` cosines are held. Shape: (n, d).
    """
    if train is None or cosine >= 1:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    known, size = unit_rows(train.X), max(1, ROOM // len(train))
    best, value = np.zeros(len(X), np.int64), np.zeros(len(X), np.float32)
    for start in range(0, len(X), size):
        cosines = unit_rows(X[start : start + size]) @ known.T
        at = best[start : start + size] = cosines.argmax(axis=1)
        value[start : start + size] = cosines[np.arange(len(at)), at]
    rows = np.flatnonzero(value > cosine)
    return Pairs(rows, best[rows])


def refuse_equal(pairs: Pairs, train: FeatureSet, test: FeatureSet, unseen: Collection[str], place: Place) -> None:
    """Refuse test inputs that equal training inputs.

    Args:
        pairs: of :func:`exact`.
        train: labelled inputs.
        test: labelled inputs.
        unseen: IRIs; inputs of theirs are named first.
        place: row of the test inputs → how it is called.

    Raises:
        EvaluationError: where there are any.
    """
    if not len(pairs):
        return
    own = [k for k, row in enumerate(pairs.test) if not set(unseen).isdisjoint((test.labels or ())[row].split("|"))]
    first = own[0] if own else 0
    of_unseen = f", {len(own)} of them of unseen classes" if own else ""
    row = int(pairs.test[first])
    raise EvaluationError(f"{len(pairs)} of {len(test)} test inputs are in the training part too{of_unseen}, such as "
                          f"{place(row)}, which is row {pairs.train[first]} of {train.source}", file=test.source,
                          value=tuple(map(int, pairs.test)),
                          fix="take them out of one of the two, or --option duplicates=drop")  # fmt: skip


def near_finding(pairs: Pairs, cosine: float, train: FeatureSet, place: Place) -> list[Finding]:
    """Return what to say of test inputs that nearly are training inputs."""
    if not len(pairs):
        return []
    row = int(pairs.test[0])
    text = (f"{len(pairs)} test inputs are nearly training inputs (cosine above {cosine:g}), such as {place(row)}, "
            f"which is row {pairs.train[0]} of {train.source}")  # fmt: skip
    return [Finding("duplicates", "warning", text, rows=tuple(map(int, pairs.test)))]


def above_seen(graph: ClassGraph, seen: Sequence[str], unseen: Sequence[str]) -> dict[str, str]:
    """Return the unseen classes above a seen one → the first such one."""
    waiting, found = set(unseen), dict[str, str]()
    for iri in seen:
        for above in waiting.intersection(graph.ancestors(iri)):
            found.setdefault(above, iri)
    return {iri: found[iri] for iri in unseen if iri in found}


def descendants_finding(material: Material, unseen: Sequence[str], strict: bool) -> list[Finding]:
    """Return what to say of unseen classes whose descendants are seen: these were trained on as something below them.

    Raises:
        EvaluationError: in strict mode, where there are any.
    """
    graph = material.graph
    above = above_seen(graph, material.seen.ids, unseen)
    if not above:
        return []
    first = next(iter(above))
    text = (f"{_classes(graph, list(above))}: unseen, and descendants of theirs are seen, such as "
            f"'{graph.label(above[first])}' below '{graph.label(first)}'")  # fmt: skip
    if strict:
        raise EvaluationError(text, value=tuple(above), fix="take these classes out of the test, or do without strict")
    return [Finding("descendants", "warning", f"{text}; they are reported apart", tuple(above))]


def backbone_finding(material: Material, unseen: Sequence[str], pretrained: str | Path | None) -> list[Finding]:
    """Return what to say of unseen classes that the backbone was trained to tell apart.

    The classes of its pre-training are those that a file lists; else those of the layer that the recipe names; else the
    1,000 of ImageNet where its name says that it learnt these.

    Raises:
        MissingFileError, EvaluationError: a file that cannot be read.
    """
    about, graph = material.recipe.seen, material.graph
    backbone = material.seen.backbone or about.backbone or ""
    names, whence = _pretrained(material, backbone, pretrained)
    if not names:
        return []
    known = {iri for name in names for iri in graph.names.candidates(name)}
    if not known:
        text = (f"whether unseen classes were in the pre-training of the backbone '{backbone}' was not checked: the "
                f"graph knows none of the {len(names):,} classes of {whence} by name")  # fmt: skip
        return [Finding("backbone", "warning", f"{text}; list them by --option pretrained=FILE")]
    both = [iri for iri in unseen if iri in known]
    if not both:
        return []
    text = f"{_classes(graph, both)}: unseen, and in the pre-training of the backbone '{backbone}' ({whence})"
    return [Finding("backbone", "warning", f"{text}; they are reported apart", tuple(both))]


def refuse_leak(material: Material, test: FeatureSet, unseen: Sequence[str]) -> None:
    """Refuse material that holds an unseen class or a test input: options chosen on it would be chosen on the test.

    Raises:
        EvaluationError: naming the first.
    """
    refuse_unseen_labels(material, unseen)
    if material.labelled is not None:
        pairs = exact(material.labelled, test.X)
        refuse_equal(pairs, material.labelled, test, set(unseen), lambda row: f"row {row}")


def _pretrained(material: Material, backbone: str, path: str | Path | None) -> tuple[Sequence[str], str]:
    layer = material.recipe.seen.layer
    if path is not None:
        lists = read_lists(path).lists
        names = [name for one in lists.values() for name in one]
        if not names:
            raise EvaluationError("lists no class", file=str(path), fix="one name a line")
        return names, str(path)
    if layer and material.fitted:
        return _layer_names(material.recipe.resolve(layer), material.recipe.seen.ids)
    if IMAGENET.search(backbone):
        return _layer_names(bundled(_LAYER), _WNIDS)[0], "ImageNet-1k"
    return (), ""


def _layer_names(path: Path, key: str) -> tuple[Sequence[str], str]:
    if path.suffix != ".npz" or not path.is_file():
        return (), ""
    try:
        with np.load(path, allow_pickle=False) as file:
            names = tuple(map(str, file[key])) if key in file.files else ()
    except (OSError, ValueError, TypeError, zipfile.BadZipFile):
        return (), ""  # nothing is trained on this layer here: that it cannot be read is no reason to stop
    return names, f"the layer {path.name}"


def _hashable(X: Array) -> Array:
    """Return rows whose bytes tell whether they are equal: minus zero is zero."""
    return np.ascontiguousarray(np.asarray(X, np.float32) + np.float32(0))


def _classes(graph: ClassGraph, iris: Sequence[str]) -> str:
    """Return classes by label, the first five of many."""
    named = ", ".join(f"'{graph.label(iri)}'" for iri in iris[:5])
    return named + (f" and {len(iris) - 5} more classes" if len(iris) > 5 else "")
