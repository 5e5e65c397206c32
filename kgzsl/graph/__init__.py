"""The class graph: concepts, typed relations between them, and questions one can ask of it."""

from kgzsl.graph.build import build_graph
from kgzsl.graph.classgraph import ClassGraph, Concept, Relation

__all__ = ["ClassGraph", "Concept", "Relation", "build_graph"]
