"""Whether two GBU files belong together: rows, classes, and the order of classes."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError

FIX = "take both files from one release of one data set"
_DEEPEST = 4


class Pair(NamedTuple):
    """The two files, for messages."""

    images: str
    splits: str

    def apart(self, message: str, value: object) -> FeatureError:
        """Return the error that the files do not belong together."""
        return FeatureError(f"does not belong to {self.splits}: {message}", file=self.images, value=value, fix=FIX)


def indices(pair: Pair, key: str, found: Array, count: int) -> Array:
    """Return images counted from 0, from a vector that counts from 1.

    Raises:
        FeatureError: numbers that are not whole, an image named twice, or one beyond those that there are.
    """
    flat = found.ravel()
    wrong = flat[(flat != np.rint(flat)) | ~np.isfinite(flat) | (flat < 1)]
    if len(wrong):
        raise FeatureError(f"'{key}' names the image {wrong[0]:g}: images are counted from 1", file=pair.splits,
                           value=float(wrong[0]))  # fmt: skip
    if len(flat) and flat.max() > count:
        top = int(flat.max())
        raise pair.apart(f"'{key}' names the image {top} and there are {count}", top)
    at, times = np.unique(flat.astype(np.int64), return_counts=True)
    if len(at) < len(flat):
        twice = int(at[times > 1][0])
        raise FeatureError(f"'{key}' names the image {twice} twice", file=pair.splits, value=twice)
    return flat.astype(np.int64) - 1


def check_rows(pair: Pair, parts: Mapping[str, Array], count: int) -> None:
    """Refuse parts to train and to test on that share an image, and parts that leave images out.

    Raises:
        FeatureError: with such an image.
    """
    taken: dict[str, Array] = {key: parts[key] for key in ("trainval_loc", "test_seen_loc", "test_unseen_loc")
                               if key in parts}  # fmt: skip
    for key in ("trainval_loc", "test_unseen_loc"):
        if not len(taken[key]):
            raise FeatureError(f"'{key}' names no image", file=pair.splits, value=key)
    used = np.zeros(count, np.int64)
    for key, rows in taken.items():
        both = rows[used[rows] > 0]
        if len(both):
            other = next(name for name in taken if both[0] in taken[name])
            raise FeatureError(f"the image {both[0] + 1} is in '{other}' and in '{key}', and {len(both) - 1} more",
                               file=pair.splits, value=int(both[0]) + 1)  # fmt: skip
        used[rows] = 1
    if not used.all():
        first, left = int(np.flatnonzero(used == 0)[0]) + 1, int((used == 0).sum())
        raise pair.apart(f"of {count} images {left} are in no part of the split, such as the image {first}", first)


def without_tests(pair: Pair, parts: dict[str, Array]) -> tuple[dict[str, Array], int]:
    """Return the parts with no test image of a seen class in ``train_loc`` and ``val_loc``, and how many there were.

    The first version of the proposed splits shares out all images of seen classes between these two.

    Raises:
        FeatureError: what is left of the two is not ``trainval_loc``.
    """
    if "train_loc" not in parts:
        return parts, 0
    tests = parts.get("test_seen_loc", np.empty(0, np.int64))
    cut = {key: parts[key][~np.isin(parts[key], tests)] for key in ("train_loc", "val_loc")}
    leaked = sum(len(parts[key]) - len(cut[key]) for key in cut)
    train, val, due = cut["train_loc"], cut["val_loc"], parts["trainval_loc"]
    odd = [*np.setxor1d(np.union1d(train, val), due), *np.intersect1d(train, val)]
    if odd:
        value = int(odd[0]) + 1
        raise FeatureError("'train_loc' and 'val_loc' do not share out 'trainval_loc', each image once: see the image "
                           f"{value}", file=pair.splits, value=value)  # fmt: skip
    if leaked:
        warnings.warn(f"{pair.splits}: 'train_loc' and 'val_loc' hold {leaked} test images of seen classes, as in the "
                      "first version of the proposed splits; they are left out", stacklevel=3)  # fmt: skip
    return parts | cut, leaked


def check_classes(pair: Pair, parts: Mapping[str, Array], labels: Array, names: Sequence[str]) -> None:
    """Refuse labels beyond the classes, and unseen classes that are trained on.

    Raises:
        FeatureError: with such a class.
    """
    wrong = labels[(labels < 0) | (labels >= len(names))]
    if len(wrong):
        raise pair.apart(f"the label {wrong[0] + 1} and there are {len(names)} classes", int(wrong[0]) + 1)
    seen, unseen = (set(labels[parts[key]].tolist()) for key in ("trainval_loc", "test_unseen_loc"))
    if both := sorted(seen & unseen):
        shown = names[both[0]]
        raise pair.apart(f"the images of {len(both)} classes, such as '{shown}', are in 'trainval_loc' and in "
                         "'test_unseen_loc'", shown)  # fmt: skip
    tested = set(labels[parts["test_seen_loc"]].tolist()) if "test_seen_loc" in parts else set()
    if new := sorted(tested - seen):
        shown = names[new[0]]
        raise pair.apart(f"{len(new)} classes of 'test_seen_loc', such as '{shown}', are not in 'trainval_loc'", shown)


def check_order(pair: Pair, files: Sequence[str] | None, labels: Array, names: Sequence[str]) -> int:
    """Refuse names in another order than the labels, where the folders of the images are named after classes.

    An image speaks for the classes whose name its folders spell; a label is wrong when most of its images speak for
    another class. Where fewer than half of the classes have such folders, these mean something else.

    Args:
        pair: for messages.
        files: path of each image, or None.
        labels: of each image. Shape: (n,).
        names: of the classes.

    Returns:
        How many images spoke.

    Raises:
        FeatureError: with a class and the folder of its images.
    """
    spoken: dict[int, Counter[int]] = {}
    known, folders = {_plain(name): k for k, name in enumerate(names)}, dict[str, frozenset[int]]()
    for path, label in zip(files or (), labels.tolist(), strict=files is not None):
        folder = path.replace("\\", "/").rpartition("/")[0]
        if folder not in folders:
            folders[folder] = frozenset(known[n] for n in _spelt(folder) if n in known)
        if says := folders[folder]:
            spoken.setdefault(label, Counter())[label if label in says else min(says)] += 1
    if 2 * len({k for said in folders.values() for k in said}) < len(set(labels.tolist())):
        return 0
    for label, said in sorted(spoken.items()):
        other, times = said.most_common(1)[0]
        if other != label and 2 * times > said.total():
            raise pair.apart(f"{times} images of the class {label + 1}, '{names[label]}', are in folders of "
                             f"'{names[other]}'", names[label])  # fmt: skip
    return sum(said.total() for said in spoken.values())


def _plain(name: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in name.lower())


def _spelt(folder: str) -> Iterable[str]:
    """Yield what the last folders of a path spell, alone and joined: ``a/airport/entrance`` is airport_entrance."""
    parts = [_plain(part) for part in folder.split("/") if part]
    return ("_".join(parts[-deep:]) for deep in range(1, min(_DEEPEST, len(parts)) + 1))
