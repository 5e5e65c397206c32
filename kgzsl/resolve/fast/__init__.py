"""First passes of the top-k search: bounds of all scores, cheaper than the scores."""

from kgzsl.resolve.fast.catalogue import PASSES, best_pass, make_pass
from kgzsl.resolve.fast.passes import Bounds, FirstPass

__all__ = ["PASSES", "Bounds", "FirstPass", "best_pass", "make_pass"]
