"""Class vectors: what each concept means, as numbers."""

from kgzsl.semantics.space import ClassSpace

__all__ = ["ClassSpace"]
