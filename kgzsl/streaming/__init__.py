"""Features of more inputs than fit into memory."""

from kgzsl.streaming.file import FeatureFile

__all__ = ["FeatureFile"]
