"""Small pairs of .mat files in the layout of the published ones."""

import io

import numpy as np
from scipy.io import savemat

NAMES = ("antelope", "killer+whale", "polar+bear", "zebra", "fox", "otter", "mole", "ox")
CLASSES, ATTRIBUTES, EACH, WIDTH = len(NAMES), 12, 6, 16
SEEN, UNSEEN = range(6), range(6, 8)


def cells(texts):
    """Return an array that is saved as a column of cells of text."""
    made = np.empty((len(texts), 1), object)
    made[:, 0] = texts
    return made


def column(rows):
    return (np.asarray(rows) + 1)[:, None].astype(np.uint16)


def contents(seed=0, version=2):
    """Return the variables of ``res101`` and ``att_splits``: features are linear in the attributes.

    Version 1 has ``train_loc`` and ``val_loc``, which hold the test images of seen classes too; version 2 has neither;
    0 is the standard split, where all images of seen classes are trained on.
    """
    rng = np.random.default_rng(seed)
    original = np.round(rng.uniform(0, 100, (ATTRIBUTES, CLASSES)), 2)
    original[2, 3] = -1
    labels = rng.permutation(np.repeat(np.arange(CLASSES), EACH))
    means = rng.normal(size=(WIDTH, ATTRIBUTES)) @ np.where(original < 0, 0, original / 100 - 0.5)
    features = means[:, labels] + 0.05 * rng.normal(size=(WIDTH, len(labels)))
    folders = [f"/data/images//{NAMES[k]}/{n}.jpg" for n, k in enumerate(labels)]
    images = {"features": features, "labels": column(labels), "image_files": cells(folders)}
    seen, unseen = (np.flatnonzero(np.isin(labels, which)) for which in (SEEN, UNSEEN))
    tests = np.array([], int) if version == 0 else np.array([np.flatnonzero(labels == k)[0] for k in SEEN])
    trained = np.setdiff1d(seen, tests)
    splits = {"allclasses_names": cells(list(NAMES)), "original_att": original,
              "att": original / np.linalg.norm(original, axis=0),
              "trainval_loc": column(rng.permutation(trained)), "test_unseen_loc": column(unseen)}  # fmt: skip
    if version:
        splits["test_seen_loc"] = column(tests)
    if version < 2:
        splits |= {"train_loc": column(seen[labels[seen] < 4]), "val_loc": column(seen[labels[seen] >= 4])}
    return images, splits


def saved(path, arrays, compressed=True):
    held = io.BytesIO()
    savemat(held, arrays, do_compression=compressed)
    path.write_bytes(held.getvalue())
    return path


def pair(folder, images=None, splits=None, version=2, compressed=True):
    """Write a pair, with some variables replaced (None takes one out), and return the two paths."""
    folder.mkdir(exist_ok=True, parents=True)
    whole = [made | (other or {}) for made, other in zip(contents(version=version), (images, splits), strict=True)]
    kept = [{key: value for key, value in made.items() if value is not None} for made in whole]
    return [saved(folder / name, made, compressed)
            for name, made in zip(("res101.mat", "att_splits.mat"), kept, strict=True)]  # fmt: skip
