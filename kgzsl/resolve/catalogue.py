"""Catalogues of adjusters and deciders: name → dotted class. Adding one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kgzsl.catalogue import class_of

if TYPE_CHECKING:
    from kgzsl.resolve.adjuster import Adjuster
    from kgzsl.resolve.decide.decider import Decider

ADJUSTERS = {
    "csls": "kgzsl.resolve.hubs.csls.Csls",
    "inverted-softmax": "kgzsl.resolve.hubs.inverted.InvertedSoftmax",
    "nicdm": "kgzsl.resolve.hubs.nicdm.Nicdm",
    "local-scaling": "kgzsl.resolve.hubs.local.LocalScaling",
    "centring": "kgzsl.resolve.hubs.centring.Centring",
    "csls-batch": "kgzsl.resolve.hubs.csls.CslsBatch",
    "inverted-softmax-batch": "kgzsl.resolve.hubs.inverted.InvertedSoftmaxBatch",
    "nicdm-batch": "kgzsl.resolve.hubs.nicdm.NicdmBatch",
    "local-scaling-batch": "kgzsl.resolve.hubs.local.LocalScalingBatch",
    "centring-batch": "kgzsl.resolve.hubs.centring.CentringBatch",
    "calibrated-stacking": "kgzsl.resolve.bias.stacking.CalibratedStacking",
    "gate": "kgzsl.resolve.bias.gate.Gate",
    "logit-adjustment": "kgzsl.resolve.bias.prior.LogitAdjustment",
    "prototypes": "kgzsl.resolve.shift.prototypes.Prototypes",
    "label-propagation": "kgzsl.resolve.shift.propagation.LabelPropagation",
    "prior": "kgzsl.resolve.shift.prior.ClassPrior",
    "align-centring": "kgzsl.resolve.shift.centring.AlignCentring",
    "coral": "kgzsl.resolve.shift.coral.Coral",
    "temperature": "kgzsl.resolve.probability.temperature.Temperature",
}
DECIDERS: dict[str, str] = {
    "back-off": "kgzsl.resolve.decide.backoff.BackOff",
    "cost": "kgzsl.resolve.decide.cost.Cost",
    "open-set": "kgzsl.resolve.decide.open_set.OpenSet",
    "conformal": "kgzsl.resolve.decide.conformal.Conformal",
    "consistent": "kgzsl.resolve.decide.consistent.Consistent",
}


def make_adjuster(name: str, options: Mapping[str, Any] | None = None) -> Adjuster:
    """Return an adjuster that nothing was chosen for yet.

    Raises:
        UnknownNameError: not in the catalogue.
        AdjusterError: an option that it does not have, or of the wrong kind.
    """
    made: Adjuster = class_of(name, ADJUSTERS, "adjuster")(**dict(options or {}))
    return made


def make_decider(name: str, options: Mapping[str, Any] | None = None) -> Decider:
    """Return a decider that was not calibrated yet; raises as :func:`make_adjuster` does."""
    made: Decider = class_of(name, DECIDERS, "decider")(**dict(options or {}))
    return made


def adjuster_class(name: str) -> type[Adjuster]:
    """Return the class of an adjuster; raises as :func:`make_adjuster` does."""
    found: type[Adjuster] = class_of(name, ADJUSTERS, "adjuster")
    return found


def decider_class(name: str) -> type[Decider]:
    """Return the class of a decider; raises as :func:`make_adjuster` does."""
    found: type[Decider] = class_of(name, DECIDERS, "decider")
    return found
