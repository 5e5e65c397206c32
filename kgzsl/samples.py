"""How near what a generative learner generates is to real inputs, class by class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners.base import Learner
from kgzsl.learners.generative.generator import Generative
from kgzsl.semantics.space import ClassSpace

FEWEST = 2


class Quality(NamedTuple):
    """What is generated for one class beside its real inputs.

    Args:
        distance: between the generated and the real mean, in units of the mean distance of two real class means.
        nearest: whether no other class's real mean is nearer to the generated one.
        variance: total variance of what is generated, in units of that of the real inputs.
        real: how many real inputs there are.
    """

    distance: float
    nearest: bool
    variance: float
    real: int


def sample_quality(learner: Learner, space: ClassSpace, features: FeatureSet) -> dict[str, Quality]:
    """Compare what is generated with real inputs, where the head of the bank reads both.

    It says something of unseen classes only for classes that the learner was fitted without.

    Args:
        learner: fitted, one that generates.
        space: holds the classes.
        features: labelled inputs; classes of fewer than two are left out.

    Raises:
        LearnerError: a learner that generates nothing, or fewer than two such classes.
    """
    if not isinstance(learner, Generative):
        raise LearnerError(f"'{learner.name}' generates nothing", value=learner.name, fix="use clswgan or cadavae")
    real = real_inputs(learner, space, features)
    if len(real) < FEWEST:
        raise LearnerError(f"{len(real)} classes have two labelled inputs or more: two are needed", value=len(real),
                           file=features.source)  # fmt: skip
    means = np.stack([inputs.mean(axis=0) for inputs in real.values()])
    scale = _apart(means)
    found = {}
    for k, (iri, inputs) in enumerate(real.items()):
        made = generated_inputs(learner, space, iri)
        away = np.linalg.norm(means - made.mean(axis=0), axis=1)
        spread = float(made.var(axis=0).sum() / max(inputs.var(axis=0, ddof=1).sum(), 1e-30))
        found[iri] = Quality(float(away[k]) / scale, bool(away.argmin() == k), spread, len(inputs))
    return found


def real_inputs(learner: Generative, space: ClassSpace, features: FeatureSet) -> dict[str, Array]:
    """Return the labelled inputs of each class of the space that has two or more, as the head reads them.

    Shapes: (n, k) each.
    """
    labels = np.array(features.labels or (), dtype=object)
    Z = learner.inputs(features.X)[:, :-1].astype(np.float64)
    found = {iri: Z[labels == iri] for iri in space.graph.class_ids if iri in set(features.labels or ())}
    return {iri: inputs for iri, inputs in found.items() if len(inputs) >= FEWEST}


def generated_inputs(learner: Generative, space: ClassSpace, iri: str) -> Array:
    """Return what is generated for a class, as the head reads it. Shape: (m, k)."""
    return np.asarray(learner.generated(space.vectors[[space.graph.index[iri]]])[0], np.float64)


def _apart(means: Array) -> float:
    """Return the mean distance of two rows."""
    squares = np.square(means).sum(axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * means @ means.T, 0))
    return max(float(apart.sum() / (len(means) * (len(means) - 1))), 1e-30)
