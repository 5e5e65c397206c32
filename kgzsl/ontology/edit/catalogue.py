"""Which files can be edited, and by what."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kgzsl.errors import OntologyError
from kgzsl.ontology.edit.base import Editor
from kgzsl.ontology.model import Fact


class Entry(NamedTuple):
    """One entry of the catalogue.

    Args:
        editor: dotted class; see :class:`kgzsl.ontology.edit.base.Editor`.
        reader: whose files it edits, by its name in ``kgzsl.ontology.read.READERS``.
        suffixes: ends of file names that it answers to, in lower case.
        called: what a message calls the format.
    """

    editor: str
    reader: str
    suffixes: tuple[str, ...]
    called: str


EDITORS: tuple[Entry, ...] = (
    Entry("kgzsl.ontology.edit.turtle.TurtleEditor", "rdf", (".ttl",), "Turtle (.ttl)"),
    Entry("kgzsl.ontology.edit.turtle.TurtleEditor", "rdf", (".nt",), "N-Triples (.nt)"),
    Entry("kgzsl.ontology.edit.obo.OboEditor", "obo", (".obo",), "OBO (.obo)"),
    Entry("kgzsl.ontology.edit.table.TableEditor", "table", (".csv", ".tsv"), "class × attribute tables (.csv, .tsv)"),
    Entry("kgzsl.ontology.edit.edges.EdgeEditor", "edges", (".csv", ".tsv"), "edge lists (.csv, .tsv)"),
)
"""Catalogue: the first entry whose reader and suffix are those of a file edits it."""


def editor_of(path: Path, text: str, facts: Sequence[Fact], reader: str) -> Editor:
    """Return an editor over a text.

    Args:
        path: of the file.
        text: what it holds.
        facts: what the reader made of it.
        reader: the reader's name.

    Raises:
        OntologyError: a format that is read and not edited.
    """
    for entry in EDITORS:
        if entry.reader == reader and path.name.lower().endswith(entry.suffixes):
            module, _, name = entry.editor.rpartition(".")
            editor: Editor = getattr(importlib.import_module(module), name)(path, text, facts)
            return editor
    can = ", ".join(entry.called for entry in EDITORS)
    raise OntologyError(f"files of this kind ({path.suffix or reader}) are read, not edited", file=str(path),
                        value=path.suffix, fix=f"editable are {can}; convert it, or edit it by hand")  # fmt: skip
