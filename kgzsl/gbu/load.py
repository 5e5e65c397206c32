"""Reading ``res101.mat`` and ``att_splits.mat`` together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError
from kgzsl.features import FeatureSet
from kgzsl.gbu.agree import Pair, check_classes, check_order, check_rows, indices, without_tests
from kgzsl.gbu.mat import MatFile
from kgzsl.ontology.mat5 import Variable
from kgzsl.ontology.matlab import NAMESPACE

if TYPE_CHECKING:
    from kgzsl.learners.base import Progress

FEATURES, LABELS, IMAGES = "features", "labels", "image_files"
NAMES, NAMES_FILE = "allclasses_names", "allclasses.txt"
SCALED, ORIGINAL = "att", "original_att"
REQUIRED, OPTIONAL = ("trainval_loc", "test_unseen_loc"), ("test_seen_loc", "train_loc", "val_loc")
_NUMBER = re.compile(r"^\d+\.")


@dataclass(frozen=True, eq=False)
class Gbu:
    """Features, classes, attributes and splits of one data set; everything is counted from 0.

    Args:
        name: of the data set, such as ``AWA2``.
        features: one row an image. Shape: (n, d) float32, finite.
        labels: class of each image. Shape: (n,).
        names: of the classes, as published.
        att: attributes of each class, of unit length as published. Shape: (C, a).
        original_att: the same as they were measured, below zero where unknown; None where the file has none.
            Shape: (C, a).
        trainval_loc: images of seen classes to train on.
        train_loc: of these, images of the classes that stay seen in validation; None where the file has none.
        val_loc: of these, images of the classes that play unseen in validation; None where the file has none.
        test_seen_loc: images of seen classes to test on; empty in the standard split.
        test_unseen_loc: images of unseen classes.
        backbone: what made the features: the name of their file.
        leaked: test images that ``train_loc`` and ``val_loc`` held and that were left out.
        checked: images whose folder told that names and labels are in one order; 0 where none could.
    """

    name: str
    features: Array
    labels: Array
    names: tuple[str, ...]
    att: Array
    original_att: Array | None
    trainval_loc: Array
    train_loc: Array | None
    val_loc: Array | None
    test_seen_loc: Array
    test_unseen_loc: Array
    backbone: str
    leaked: int
    checked: int

    @property
    def ids(self) -> tuple[str, ...]:
        """IRIs of the classes, the same that ``att_splits.mat`` gives when it is read as an ontology."""
        return tuple(f"{NAMESPACE}{quote(self.name, safe='')}/{quote(name, safe='')}" for name in self.names)

    @property
    def titles(self) -> tuple[str, ...]:
        """Names of the classes for people: ``killer+whale`` is killer whale."""
        plain = (" ".join(_NUMBER.sub("", name).replace("+", " ").replace("_", " ").split()) for name in self.names)
        return tuple(title or name for title, name in zip(plain, self.names, strict=True))

    @property
    def split(self) -> str:
        """Which split this is, as far as its parts tell."""
        if not len(self.test_seen_loc):
            return "standard"
        if self.train_loc is None:
            return "proposed, version 2"
        return "proposed, version 1" if self.leaked else "proposed, with validation classes"

    def part(self, which: str) -> FeatureSet:
        """Return the labelled images of one part.

        Args:
            which: ``trainval``, ``train``, ``val``, ``test_seen`` or ``test_unseen``.

        Raises:
            FeatureError: the split has no such part, or it is empty.
        """
        rows = getattr(self, f"{which}_loc", None)
        if rows is None or not len(rows):
            raise FeatureError(f"{self.name}: the split '{self.split}' has no part '{which}'", value=which)
        ids = self.ids
        labels = tuple(ids[k] for k in self.labels[rows])
        return FeatureSet(self.features[rows], labels, self.backbone, f"{self.name} {which}")


def load_gbu(
    res101: str | Path, att_splits: str | Path, name: str | None = None, progress: Progress | None = None
) -> Gbu:
    """Read the features and the splits of one data set, and refuse files that do not belong together.

    Both of the proposed splits are read, and the standard one. ``train_loc`` and ``val_loc`` of the first version hold
    test images of seen classes; these are left out. The second version has neither.

    Args:
        res101: holds ``features`` (d, n), ``labels`` (n, 1) counted from 1, and ``image_files``.
        att_splits: holds ``att`` (a, C), ``original_att``, ``allclasses_names`` and the vectors of images.
        name: of the data set; that of the folder of ``att_splits`` where None.
        progress: told how many images are read.

    Raises:
        MissingFileError: one of the files is missing.
        FeatureError: a file that is damaged or lacks something, or two that do not belong together.

    Source: Xian, Lampert, Schiele, Akata 2018, Zero-Shot Learning: A Comprehensive Evaluation of the Good, the Bad and
    the Ugly, sec. 4; the layout is that of their published files.
    """
    images, splits = MatFile(Path(res101)), MatFile(Path(att_splits))
    pair = Pair(str(res101), str(att_splits))
    told, said = images.small({LABELS}), splits.small({NAMES, SCALED, ORIGINAL, *REQUIRED, *OPTIONAL})
    names = _names(said, splits)
    labels = _labels(told, images)
    att, original = (_attributes(said, key, len(names), splits) for key in (SCALED, ORIGINAL))
    if att is None:
        raise _lacking(splits, SCALED)
    _check_width(images, len(labels))
    parts = _parts(said, splits, pair, len(labels))
    check_rows(pair, parts, len(labels))
    parts, leaked = without_tests(pair, parts)
    check_classes(pair, parts, labels, names)
    checked = check_order(pair, _files(images, len(labels)), labels, names)
    return Gbu(
        name or _name(Path(att_splits)), images.columns(FEATURES, progress), labels, names, att, original,
        parts["trainval_loc"], parts.get("train_loc"), parts.get("val_loc"),
        parts.get("test_seen_loc", np.empty(0, np.int64)), parts["test_unseen_loc"], Path(res101).stem, leaked, checked,
    )  # fmt: skip


def _name(path: Path) -> str:
    return path.stem if path.stem != "att_splits" else path.resolve().parent.name or path.stem


def _lacking(file: MatFile, key: str, kind: str = "numbers") -> FeatureError:
    swapped = FEATURES in file.names if key != LABELS else SCALED in file.names
    held = f"it holds {', '.join(file.names)[:500] or 'nothing'}"
    fix = f"{held}; are the two files in the wrong order?" if swapped else held
    return FeatureError(f"no variable '{key}' of {kind}", file=str(file.path), value=key, fix=fix)


def _names(said: dict[str, Variable | None], file: MatFile) -> tuple[str, ...]:
    """Return the names of the classes; early releases keep them in a text file."""
    found, beside = said.get(NAMES), file.path.with_name(NAMES_FILE)
    if found is None and NAMES not in file.names and beside.is_file():
        found = beside.read_text(encoding="utf8", errors="replace").splitlines()
    if not isinstance(found, list):
        error = _lacking(file, NAMES, "cells of text")
        raise FeatureError(error.message, file=error.file, value=NAMES,
                           fix=f"{error.fix}; a file {NAMES_FILE} beside it would do")  # fmt: skip
    names = tuple(text.strip() for text in found)
    while names and not names[-1]:
        names = names[:-1]
    wrong = next((n for k, n in enumerate(names) if not n or n in names[:k]), None)
    if wrong is not None or not names:
        raise FeatureError(f"the class {wrong!r} is named twice or empty" if names else "no class is named",
                           file=str(file.path), value=wrong)  # fmt: skip
    return names


def _labels(told: dict[str, Variable | None], file: MatFile) -> Array:
    found = told.get(LABELS)
    if found is None or isinstance(found, list) or not found.size:
        raise _lacking(file, LABELS)
    flat = found.ravel()
    wrong = flat[(flat != np.rint(flat)) | ~np.isfinite(flat)]
    if len(wrong):
        raise FeatureError(f"the label {wrong[0]:g} is no whole number", file=str(file.path), value=float(wrong[0]))
    return flat.astype(np.int64) - 1


def _attributes(said: dict[str, Variable | None], key: str, classes: int, file: MatFile) -> Array | None:
    found = said.get(key)
    if found is None and key not in file.names:
        return None
    if found is None or isinstance(found, list):
        raise _lacking(file, key)
    if found.ndim != 2 or found.shape[1] != classes or not found.shape[0]:
        raise FeatureError(f"'{key}' has the shape {found.shape}", file=str(file.path), value=found.shape,
                           fix=f"a column for each of the {classes} classes is due")  # fmt: skip
    if not np.isfinite(found).all():
        raise FeatureError(f"'{key}' holds numbers that are not finite", file=str(file.path), value=key)
    return np.ascontiguousarray(found.T)


def _check_width(file: MatFile, count: int) -> None:
    shape = file.shape(FEATURES)
    if len(shape) != 2 or shape[1] != count:
        fix = "a column for each image is due" + ("; transpose the matrix" if count == shape[0] else "")
        raise FeatureError(f"'{FEATURES}' has the shape {shape} and there are {count} labels", file=str(file.path),
                           value=shape, fix=fix)  # fmt: skip


def _parts(said: dict[str, Variable | None], file: MatFile, pair: Pair, count: int) -> dict[str, Array]:
    due = [*REQUIRED, *(key for key in OPTIONAL if key in file.names)]
    if ("train_loc" in due) != ("val_loc" in due):
        raise _lacking(file, "val_loc" if "train_loc" in due else "train_loc")
    parts = {}
    for key in due:
        found = said.get(key)
        if found is None or isinstance(found, list):
            raise _lacking(file, key)
        parts[key] = indices(pair, key, found, count)
    return parts


def _files(file: MatFile, count: int) -> list[str] | None:
    """Return the paths of the images, or None where there is not one for each; nothing else depends on them."""
    try:
        found = file.small({IMAGES}).get(IMAGES)
    except FeatureError:
        return None
    return found if isinstance(found, list) and len(found) == count else None
