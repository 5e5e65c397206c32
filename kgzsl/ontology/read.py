"""From a path to an Ontology: which reader reads what, and re-reading only what changed."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable
from pathlib import Path

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology.model import Document, Ontology

READERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "rdf": ("kgzsl.ontology.rdf.read_rdf", (".ttl", ".nt", ".rdf", ".owl", ".xml", ".trig", ".nq")),
    "table": ("kgzsl.ontology.table.read_table", (".csv",)),
    "wndb": ("kgzsl.ontology.wndb.read_dictionary", (".noun",)),
}
"""Catalogue: name → (dotted function, suffixes it answers to)."""


def read_ontology(path: str | Path | Iterable[str | Path], previous: Ontology | None = None) -> Ontology:
    """Read a file, a folder, a WordNet dictionary directory, or several of them.

    Args:
        path: what to read; a folder gives all ontology files in it, sorted by name.
        previous: an earlier reading; documents whose bytes did not change are taken over.

    Raises:
        MissingFileError: a path does not exist.
        OntologyError: a file that no reader knows, or that cannot be parsed (with its line).
    """
    paths = [path] if isinstance(path, (str, Path)) else list(path)
    old = {document.path: document for document in previous.documents} if previous else {}
    files = list(dict.fromkeys(file for item in paths for file in _files(Path(item))))
    return Ontology(tuple(_document(file, old.get(str(file))) for file in files))


def reader_of(path: Path) -> str:
    """Return the catalogue name of the reader for this file."""
    for name, (_, suffixes) in READERS.items():
        if path.suffix.lower() in suffixes:
            return name
    known = ", ".join(suffix for _, suffixes in READERS.values() for suffix in suffixes)
    raise OntologyError(
        f"no reader for '{path.suffix or path.name}'", file=str(path), fix=f"known are {known}"
    )


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise MissingFileError("no such file or folder", file=str(path))
    if path.is_file():
        return [path]
    if (path / "data.noun").is_file():
        return [path / "data.noun"]
    suffixes = {suffix for _, suffixes in READERS.values() for suffix in suffixes}
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in suffixes)
    if not found:
        raise OntologyError("no ontology file in this folder", file=str(path))
    return found


def _document(path: Path, old: Document | None) -> Document:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingFileError(f"cannot be read: {error.strerror}", file=str(path)) from None
    stamp = hashlib.sha256(data).hexdigest()
    if old is not None and old.stamp == stamp:
        return old
    if not data.strip():
        raise OntologyError("the file is empty", file=str(path), line=1)
    name = reader_of(path)
    module, _, function = READERS[name][0].rpartition(".")
    facts = getattr(importlib.import_module(module), function)(path, data)
    return Document(str(path), facts, stamp, name)
