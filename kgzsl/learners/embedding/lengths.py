"""Whether a layer reads inputs as they are, or was fitted on inputs of unit length: the labels tell."""

from __future__ import annotations

import numpy as np
from scipy import special

from kgzsl.arrays import Array
from kgzsl.features import FeatureSet


def for_lengths(layer: Array, ids: tuple[str, ...], features: FeatureSet | None) -> Array:
    """Return a layer to be used on inputs as they are.

    The last layer of a network reads its inputs as they are; one that was fitted here, inputs of unit length. On longer
    ones the latter is far too sure of its chances. Whichever makes the labels likelier is right; a layer of unit length
    is divided by the mean length of inputs. Without labelled inputs the layer is taken as it is.

    Args:
        layer: weights and bias of each class. Shape: (S, d + 1).
        ids: its classes.
        features: labelled inputs of some of these.
    """
    place = {iri: k for k, iri in enumerate(ids)}
    labels = features.labels if features is not None and features.labels else ()
    at = np.array([k for k, label in enumerate(labels) if label in place], np.int64)
    if features is None or not len(at):
        return layer
    X, y = features.X[at].astype(np.float64), np.array([place[labels[k]] for k in at])
    length = max(float(np.linalg.norm(X, axis=1).mean()), 1e-12)
    shorter = np.column_stack([layer[:, :-1] / length, layer[:, -1]]).astype(np.float32)
    return shorter if _unlikely(shorter, X, y) < _unlikely(layer, X, y) else layer


def _unlikely(layer: Array, X: Array, y: Array) -> float:
    """Return the mean negative log-likelihood of labels."""
    scores = X @ layer[:, :-1].T + layer[:, -1]
    return float((special.logsumexp(scores, axis=1) - scores[np.arange(len(y)), y]).mean())
