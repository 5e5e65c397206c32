"""Explanations shown: a sentence, a tree for terminals, and files: picture, page, graph, text, data."""

from kgzsl.explain.draw.files import KINDS, write
from kgzsl.explain.draw.sentence import sentence

__all__ = ["KINDS", "sentence", "write"]
