"""Probabilities → decisions: a class, something broader, a set, or none of these."""
