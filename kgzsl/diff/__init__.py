"""What differs between two versions of an ontology, in classes and in facts, stated and inferred."""

from kgzsl.diff.classes import ClassDiff
from kgzsl.diff.compare import Diff, diff
from kgzsl.diff.facts import FactDiff, Statement

__all__ = ["ClassDiff", "Diff", "FactDiff", "Statement", "diff"]
