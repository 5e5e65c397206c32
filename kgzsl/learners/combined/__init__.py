"""Learners made of others."""
