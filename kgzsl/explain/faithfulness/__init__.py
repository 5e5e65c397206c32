"""Are explanations faithful to what a learner computes? Measured by deleting facts and propagating again."""

from kgzsl.explain.faithfulness.catalogue import METHODS
from kgzsl.explain.faithfulness.measure import Plan, faithfulness
from kgzsl.explain.faithfulness.question import Method, Question, Ranking
from kgzsl.explain.faithfulness.region import region
from kgzsl.explain.faithfulness.report import MEASURES, Faithfulness, Row

__all__ = [
    "MEASURES", "METHODS", "Faithfulness", "Method", "Plan", "Question", "Ranking", "Row", "faithfulness", "region",
]  # fmt: skip
