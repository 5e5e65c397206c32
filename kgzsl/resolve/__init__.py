"""Scores → answers."""

from kgzsl.resolve.adjuster import Adjuster
from kgzsl.resolve.catalogue import ADJUSTERS, DECIDERS, make_adjuster
from kgzsl.resolve.chain import Chain
from kgzsl.resolve.query import Note, Query, References, Rehearsal
from kgzsl.resolve.resolver import Answer, Candidate, Resolver

__all__ = ["ADJUSTERS", "DECIDERS", "Adjuster", "Answer", "Candidate", "Chain", "Note", "Query", "References",
           "Rehearsal", "Resolver", "make_adjuster"]  # fmt: skip
