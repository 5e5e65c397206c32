"""kgzsl: knowledge-graph semantic reasoning for zero-shot learning.

Describe classes in an ontology, train once on seen classes, and add classes by editing the ontology.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgzsl.bank import ClassifierBank as ClassifierBank
    from kgzsl.engine import Engine as Engine
    from kgzsl.engine import load as load
    from kgzsl.errors import KgzslError as KgzslError
    from kgzsl.explain import Explanation as Explanation
    from kgzsl.features import FeatureSet as FeatureSet
    from kgzsl.features import load_features as load_features
    from kgzsl.graph import ClassGraph as ClassGraph
    from kgzsl.graph import build_graph as build_graph
    from kgzsl.learners.base import Learner as Learner
    from kgzsl.ontology import Ontology as Ontology
    from kgzsl.ontology import read_ontology as read_ontology
    from kgzsl.resolve import Answer as Answer
    from kgzsl.resolve import Resolver as Resolver
    from kgzsl.semantics import ClassSpace as ClassSpace
    from kgzsl.training import train as train

__version__ = "0.1.0"

_PUBLIC = {
    "read_ontology": "kgzsl.ontology", "Ontology": "kgzsl.ontology", "ClassGraph": "kgzsl.graph",
    "build_graph": "kgzsl.graph", "ClassSpace": "kgzsl.semantics", "FeatureSet": "kgzsl.features",
    "load_features": "kgzsl.features", "Learner": "kgzsl.learners.base", "ClassifierBank": "kgzsl.bank",
    "Resolver": "kgzsl.resolve", "Answer": "kgzsl.resolve", "Explanation": "kgzsl.explain",
    "Engine": "kgzsl.engine", "load": "kgzsl.engine", "train": "kgzsl.training", "KgzslError": "kgzsl.errors",
}  # fmt: skip
__all__ = [*_PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    """Import what is asked for, so that the ontology commands never load the numerical libraries."""
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'kgzsl' has no attribute '{name}'")
