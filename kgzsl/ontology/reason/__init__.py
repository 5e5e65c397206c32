"""What the facts entail: closure by a reasoner from PyPI, and the asserted facts that each conclusion follows from."""

from kgzsl.ontology.reason.entailment import Entailment, Inferred, entailment

__all__ = ["Entailment", "Inferred", "entailment"]
