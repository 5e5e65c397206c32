"""Attribute-based learners: classes are found by their attributes."""
