"""Scores → probabilities that mean what they say."""
