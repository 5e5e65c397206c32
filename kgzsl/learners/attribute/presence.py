"""Attributes that a class has or has not: what turns strengths into presence, and how common each attribute is."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import LearnerError
from kgzsl.learners.linear import LinearStage, own
from kgzsl.semantics.space import ClassSpace

SHOWN = 5


class Presence(NamedTuple):
    """Which attributes seen classes have.

    Args:
        cuts: strength above which an attribute is present, not negative. Shape: (M,).
        has: which attributes each seen class has. Shape: (S, M) bool.
        telling: attributes that some seen classes have and others have not. Shape: (M,) bool.
    """

    cuts: Array
    has: Array
    telling: Array

    def log_odds(self, even: bool) -> Array:
        """Return the prior log-odds of each attribute: its share of seen classes, or none. Shape: (M,)."""
        share = np.where(self.telling, self.has.mean(axis=0), 0.5)
        return np.zeros(len(share)) if even else np.asarray(np.log(share / (1 - share)))


def presence(strengths: Array, names: Sequence[str], stated_or_not: Array | None = None) -> Presence:
    """Return which attributes seen classes have: those stronger than in the mean of the seen classes.

    Attributes that all seen classes have, or none, teach nothing: a warning names them.

    Args:
        strengths: of seen classes. Shape: (S, M).
        names: of attributes, for messages.
        stated_or_not: attributes without degrees, which a class has where it states them. Shape: (M,) bool.

    Raises:
        LearnerError: no attribute is left.
    """
    cuts = np.maximum(strengths.mean(axis=0, dtype=np.float64), 0)
    if stated_or_not is not None:
        cuts[stated_or_not] = 0
    has = strengths > cuts
    telling = has.any(axis=0) & ~has.all(axis=0)
    idle = [name for name, tells in zip(names, telling, strict=True) if not tells]
    if len(idle) == len(cuts):
        raise LearnerError("no attribute tells the seen classes apart", value=len(strengths),
                           fix="state attributes that some seen classes have and others have not")  # fmt: skip
    if idle:
        shown = ", ".join(f"'{name}'" for name in idle[:SHOWN]) + (", …" if len(idle) > SHOWN else "")
        warnings.warn(f"{len(idle)} attributes that all seen classes have, or none, are skipped: {shown}", stacklevel=4)
    return Presence(cuts, has, telling)


def presence_of(space: ClassSpace, at: Array) -> Presence:
    """Return which attributes seen classes have, by the attribute matrix that describes them.

    Args:
        space: described by attributes.
        at: rows of seen classes. Shape: (S,).
    """
    stated = space.source.vectors(space.graph)[0][at]
    return presence(space.vectors[at], attribute_names(space), without_degrees(stated))


def attribute_names(space: ClassSpace) -> list[str]:
    """Return the labels of attributes in the order of the columns of the attribute matrix."""
    graph = space.graph
    return [graph.label(iri) for iri in graph.ids if graph.concepts[iri].kind == "attribute"]


def without_degrees(stated: Array) -> Array:
    """Return which attributes have one strength wherever they are stated. Shapes: (S, M) → (M,) bool."""
    top = stated.max(axis=0)
    return np.asarray(((stated == 0) | (stated == top)).all(axis=0))


def presence_stage(cuts: Array) -> LinearStage:
    """Return the stage from strengths to ones and zeros; exact at fixed activations. Shapes: (n, M) → (n, M)."""

    def gate(strengths: Array) -> Array:
        here = strengths > cuts
        return np.asarray(here / np.where(here, strengths, 1))

    return own("presence", None, gate)
