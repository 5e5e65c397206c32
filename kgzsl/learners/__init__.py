"""Learners: from seen classifiers and a class space to classifiers of every class."""

from kgzsl.learners.base import Learner, Propagation
from kgzsl.learners.catalogue import LEARNERS, make_learner

__all__ = ["LEARNERS", "Learner", "Propagation", "make_learner"]
