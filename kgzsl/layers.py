"""Seen classifiers: read from a given layer (.npz, .safetensors, .pt), or fitted on labelled features."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.errors import FeatureError, MissingFileError, suggest
from kgzsl.features import FeatureSet, scaled
from kgzsl.metrics import by_class, ranks


def load_layer(
    path: str | Path,
    find: Callable[[str], str],
    weights: str = "weights",
    bias: str | None = "bias",
    ids: str = "ids",
    backbone: str | None = None,
) -> ClassifierBank:
    """Read a classifier layer.

    Args:
        path: ``.npz``, ``.safetensors``, or a torch state dict (``.pt``, ``.pth``; read with ``weights_only``).
        find: class name → IRI.
        weights: key of the (S, d) matrix.
        bias: key of the (S,) vector; None or absent means zeros.
        ids: key of the class names, or a text file beside the layer with one name a line.
        backbone: what made the features that it reads.

    Raises:
        MissingFileError: no such file.
        FeatureError: not a layer, or keys, shapes or values that cannot be used.
        UnknownNameError: a class that the graph does not know.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("no such classifier layer", file=str(path))
    arrays = _arrays(path)
    matrix = np.asarray(_array(arrays, weights, path), np.float32)
    names = [str(name) for name in (_array(arrays, ids, path) if ids in arrays else _lines(path.parent / ids, path))]
    offset = np.asarray(arrays[bias], np.float32) if bias and bias in arrays else np.zeros(len(matrix), np.float32)
    if matrix.ndim != 2 or not len(matrix) == len(names) == len(offset):
        raise FeatureError(f"{len(names)} ids, {len(offset)} biases, weights of shape {matrix.shape}", file=str(path))
    if not (np.isfinite(matrix).all() and np.isfinite(offset).all()):
        raise FeatureError("the layer holds NaN or Inf", file=str(path), value=weights)
    iris = tuple(map(find, names))
    if len(set(iris)) < len(iris):
        twice = next(name for k, name in enumerate(names) if iris[k] in iris[:k])
        raise FeatureError(f"the class '{twice}' is named twice in the layer", file=str(path), value=twice)
    return ClassifierBank(iris, matrix, offset, np.ones(len(iris), bool), metric="dot", backbone=backbone)


def fit_layer(features: FeatureSet, seed: int = 0) -> ClassifierBank:
    """Fit a multinomial logistic layer on labelled features (labels are IRIs).

    Raises:
        FeatureError: no labels, or a single class.
    """
    from sklearn.linear_model import LogisticRegression

    labels = sorted(set(features.labels or ()))
    if len(labels) < 2:
        raise FeatureError(f"{len(labels)} labelled class: at least two are needed to fit seen classifiers",
                           file=features.source)  # fmt: skip
    X = unit_rows(features.X)
    model = LogisticRegression(C=10.0, max_iter=300, random_state=seed).fit(X, np.array(features.labels))
    weights, bias = model.coef_, model.intercept_
    if len(labels) == 2:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return ClassifierBank(tuple(map(str, model.classes_)), weights.astype(np.float32), bias.astype(np.float32),
                          np.ones(len(labels), bool), metric="dot", backbone=features.backbone)  # fmt: skip


def check_backbone(seen: ClassifierBank, features: FeatureSet) -> None:
    """Refuse features of another backbone, and warn when the seen classifiers do not fit them at all.

    Raises:
        FeatureError: another backbone by name, or another width.
    """
    if seen.backbone and features.backbone and seen.backbone != features.backbone:
        message = f"features of '{features.backbone}', seen classifiers of '{seen.backbone}'"
        fix = "use the same backbone for both"
        raise FeatureError(message, file=features.source, value=features.backbone, fix=fix)
    if features.X.shape[1] != seen.width:
        raise FeatureError(f"features are {features.X.shape[1]} wide, the seen classifiers read {seen.width}",
                           file=features.source, value=features.X.shape[1])  # fmt: skip
    labels = sorted(set(features.labels or ()) & set(seen.ids))
    if len(labels) < 4:
        return
    at = [r for r, label in enumerate(features.labels or ()) if label in set(labels)]
    y = np.array([labels.index((features.labels or ())[r]) for r in at])
    rows = seen.rows(labels)
    accuracy = by_class(ranks(features.X[at] @ seen.weights[rows].T + seen.bias[rows], y) == 0, y).mean()
    if accuracy < 2 / len(labels):
        warnings.warn(f"the seen classifiers get {100 * accuracy:.1f} % of their own {len(labels)} classes right: "
                      "layer and features do not seem to come from the same backbone", stacklevel=3)  # fmt: skip


def _arrays(path: Path) -> Mapping[str, Any]:
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                return {key: scaled(file, key) if file[key].dtype.kind == "i" else file[key] for key in file.files}
        if path.suffix == ".safetensors":
            from safetensors.numpy import load_file

            return dict(load_file(path))
        import torch

        state = torch.load(path, map_location="cpu", weights_only=True)
        return {key: value.numpy() if hasattr(value, "numpy") else value for key, value in state.items()}
    except Exception as error:
        said = str(error).partition("\n")[0] or type(error).__name__
        raise FeatureError(f"not a classifier layer: {said}", file=str(path)) from None


def _array(arrays: Mapping[str, Any], key: str, path: Path) -> Array:
    if key in arrays:
        return np.asarray(arrays[key])
    near = suggest(key, arrays)
    raise FeatureError(f"has no array '{key}'", file=str(path), value=key,
                       fix=f"did you mean '{near}'?" if near else f"it has {', '.join(arrays)}")  # fmt: skip


def _lines(path: Path, layer: Path) -> list[str]:
    if not path.is_file():
        raise FeatureError(f"has no ids: neither an array nor a file '{path.name}'", file=str(layer), value=path.name)
    return path.read_text(encoding="utf8").split()
