"""Scores → answers."""

from kgzsl.resolve.adjust import ADJUSTERS, CalibratedStacking
from kgzsl.resolve.resolver import Answer, Candidate, Resolver

__all__ = ["ADJUSTERS", "Answer", "CalibratedStacking", "Candidate", "Resolver"]
