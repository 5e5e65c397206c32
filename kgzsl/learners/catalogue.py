"""Catalogue of learners: name → dotted class. Adding one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgzsl.catalogue import class_of
from kgzsl.learners.base import Learner

LEARNERS = {
    "gcn": "kgzsl.learners.graph.gcn.GCN",
    "kernel": "kgzsl.learners.graph.kernel.KernelRegression",
    "sgcn": "kgzsl.learners.graph.sgcn.SGCN",
    "dgp": "kgzsl.learners.graph.dgp.DGP",
    "gat": "kgzsl.learners.graph.gat.GAT",
    "rgcn": "kgzsl.learners.graph.rgcn.RGCN",
    "compgcn": "kgzsl.learners.graph.compgcn.CompGCN",
    "trgcn": "kgzsl.learners.graph.trgcn.TrGCN",
    "residual": "kgzsl.learners.graph.residual.ResidualGCN",
    "sgc": "kgzsl.learners.graph.sgc.SGC",
    "laplacian": "kgzsl.learners.graph.laplacian.GraphKernel",
    "ppr": "kgzsl.learners.graph.ppr.PersonalisedPropagation",
    "shared": "kgzsl.learners.graph.shared.SharedSpace",
    "absorb": "kgzsl.learners.graph.absorb.AbsorbingWalk",
    "dap": "kgzsl.learners.attribute.dap.DAP",
    "iap": "kgzsl.learners.attribute.iap.IAP",
    "propagated-dap": "kgzsl.learners.attribute.propagated_dap.PropagatedDAP",
    "eszsl": "kgzsl.learners.attribute.eszsl.ESZSL",
    "sae": "kgzsl.learners.attribute.sae.SAE",
    "ale": "kgzsl.learners.attribute.ale.ALE",
    "exem": "kgzsl.learners.embedding.exem.Exemplars",
    "devise": "kgzsl.learners.embedding.devise.DeViSE",
    "sje": "kgzsl.learners.embedding.sje.SJE",
    "ridge": "kgzsl.learners.embedding.ridge.RidgeMap",
    "reverse": "kgzsl.learners.embedding.reverse.ReverseRidge",
    "cosine": "kgzsl.learners.embedding.cosine.Cosine",
    "conse": "kgzsl.learners.embedding.conse.ConSE",
    "nearest": "kgzsl.learners.embedding.nearest.NearestSeen",
    "cadavae": "kgzsl.learners.generative.cadavae.CADAVAE",
    "clswgan": "kgzsl.learners.generative.clswgan.CLSWGAN",
    "cnzsl": "kgzsl.learners.meta.cnzsl.CNZSL",
    "episodic": "kgzsl.learners.meta.episodic.Episodic",
    "ensemble": "kgzsl.learners.combined.ensemble.Ensemble",
    "auto": "kgzsl.learners.combined.auto.Auto",
}


def learner_class(name: str) -> type[Learner]:
    """Return the class of a learner.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    found: type[Learner] = class_of(name, LEARNERS, "learner")
    return found


def make_learner(name: str, options: Mapping[str, Any] | None = None) -> Learner:
    """Return an unfitted learner.

    Raises:
        UnknownNameError: not in the catalogue.
        LearnerError: an option that it does not have, or of the wrong kind.
    """
    return learner_class(name)(**dict(options or {}))
