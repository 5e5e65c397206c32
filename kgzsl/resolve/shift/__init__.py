"""Cures of domain shift, by inputs without labels."""
