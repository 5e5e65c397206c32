"""Text → facts: readers and the Ontology they make."""

from kgzsl.ontology.model import Fact, Literal, Ontology
from kgzsl.ontology.read import read_ontology

__all__ = ["Fact", "Literal", "Ontology", "read_ontology"]
