"""Edits of the graph that change an answer, that would mend a wrong one, and that would mend most of many."""

from kgzsl.explain.counterfactual.applying import how, planned
from kgzsl.explain.counterfactual.find import Searched, counterfactuals, searched
from kgzsl.explain.counterfactual.mending import Mending, mend
from kgzsl.explain.counterfactual.record import Used, as_data, labels_of, used, write
from kgzsl.explain.counterfactual.suggestion import Suggestion, expected, missed

__all__ = [
    "Mending", "Searched", "Suggestion", "Used", "as_data", "counterfactuals", "expected", "how", "labels_of", "mend",
    "missed", "planned", "searched", "used", "write",
]  # fmt: skip
