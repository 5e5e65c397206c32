"""Catalogue of learners: name → dotted class. Adding one is one file and one line here."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from kgzsl.errors import UnknownNameError, suggest
from kgzsl.learners.base import Learner

LEARNERS = {
    "gcn": "kgzsl.learners.gcn.GCN",
    "kernel": "kgzsl.learners.kernel.KernelRegression",
    "sgcn": "kgzsl.learners.sgcn.SGCN",
    "dgp": "kgzsl.learners.dgp.DGP",
    "gat": "kgzsl.learners.gat.GAT",
    "rgcn": "kgzsl.learners.rgcn.RGCN",
    "compgcn": "kgzsl.learners.compgcn.CompGCN",
    "trgcn": "kgzsl.learners.trgcn.TrGCN",
    "residual": "kgzsl.learners.residual.ResidualGCN",
    "sgc": "kgzsl.learners.sgc.SGC",
    "laplacian": "kgzsl.learners.laplacian.GraphKernel",
    "ppr": "kgzsl.learners.ppr.PersonalisedPropagation",
    "shared": "kgzsl.learners.shared.SharedSpace",
    "absorb": "kgzsl.learners.absorb.AbsorbingWalk",
    "dap": "kgzsl.learners.dap.DAP",
    "iap": "kgzsl.learners.iap.IAP",
    "propagated-dap": "kgzsl.learners.propagated_dap.PropagatedDAP",
    "eszsl": "kgzsl.learners.eszsl.ESZSL",
    "sae": "kgzsl.learners.sae.SAE",
    "ale": "kgzsl.learners.ale.ALE",
    "devise": "kgzsl.learners.devise.DeViSE",
    "sje": "kgzsl.learners.sje.SJE",
    "ridge": "kgzsl.learners.ridge.RidgeMap",
    "reverse": "kgzsl.learners.reverse.ReverseRidge",
    "cosine": "kgzsl.learners.cosine.Cosine",
    "cadavae": "kgzsl.learners.cadavae.CADAVAE",
    "clswgan": "kgzsl.learners.clswgan.CLSWGAN",
    "cnzsl": "kgzsl.learners.cnzsl.CNZSL",
    "episodic": "kgzsl.learners.episodic.Episodic",
    "exem": "kgzsl.learners.exem.Exemplars",
    "conse": "kgzsl.learners.conse.ConSE",
    "nearest": "kgzsl.learners.nearest.NearestSeen",
    "ensemble": "kgzsl.learners.ensemble.Ensemble",
    "auto": "kgzsl.learners.auto.Auto",
}


def learner_class(name: str) -> type[Learner]:
    """Return the class of a learner.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    if name not in LEARNERS:
        near = suggest(name, LEARNERS)
        fix = f"did you mean '{near}'?" if near else f"known are {', '.join(LEARNERS)}"
        raise UnknownNameError(f"unknown learner '{name}'", value=name, fix=fix)
    module, _, attribute = LEARNERS[name].rpartition(".")
    found: type[Learner] = getattr(importlib.import_module(module), attribute)
    return found


def make_learner(name: str, options: Mapping[str, Any] | None = None) -> Learner:
    """Return an unfitted learner.

    Raises:
        UnknownNameError: not in the catalogue.
        LearnerError: an option that it does not have, or of the wrong kind.
    """
    return learner_class(name)(**dict(options or {}))
