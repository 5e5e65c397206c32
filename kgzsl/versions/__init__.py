"""Matrices in versions: the next one shares the rows that did not change, and older ones stay as they are."""

from kgzsl.versions.dense import DenseRows
from kgzsl.versions.sparse import Entries, SparseRows, csr, gathered, inserted

__all__ = ["DenseRows", "Entries", "SparseRows", "csr", "gathered", "inserted"]
