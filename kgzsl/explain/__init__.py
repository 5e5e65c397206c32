"""Why an answer: contributions that sum to the score, walks that carry it, and edits that would change it."""

from kgzsl.explain.explanation import Contribution, Counterfactual, Explanation, explain

__all__ = ["Contribution", "Counterfactual", "Explanation", "explain"]
