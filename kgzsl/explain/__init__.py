"""Why an answer: parts that add up to the score, paths that carry it, edits that would change it, and measures."""

from kgzsl.explain.explain import explain
from kgzsl.explain.explanation import (
    AttributeShare,
    Contribution,
    Counterfactual,
    Edit,
    Explanation,
    FactShare,
    Path,
    Rival,
    Total,
)  # fmt: skip
from kgzsl.explain.facts import fact_values
from kgzsl.explain.setting import Setting, refuse_stale

__all__ = [
    "AttributeShare", "Contribution", "Counterfactual", "Edit", "Explanation", "FactShare", "Path", "Rival", "Setting",
    "Total", "explain", "fact_values", "refuse_stale",
]  # fmt: skip
