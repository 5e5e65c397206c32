"""Protocols of zero-shot learning, done right by one call; what they find is a report that can be repeated."""

from kgzsl.evaluate.catalogue import PROTOCOLS as PROTOCOLS
from kgzsl.evaluate.catalogue import make_problem as make_problem
from kgzsl.evaluate.problem import Finding as Finding
from kgzsl.evaluate.problem import Problem as Problem
from kgzsl.evaluate.problem import Task as Task
from kgzsl.evaluate.results import Report as Report
from kgzsl.evaluate.run import evaluate as evaluate
