"""Cures of the bias to seen classes."""
