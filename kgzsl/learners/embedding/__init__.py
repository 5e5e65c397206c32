"""Embedding-based learners: inputs and class vectors meet in one space."""
