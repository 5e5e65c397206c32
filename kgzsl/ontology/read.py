"""From a path or an address to an Ontology: which reader reads what, and re-reading only what changed."""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology.model import Document, Fact, Ontology
from kgzsl.ontology.silenced import silenced


class Reader(NamedTuple):
    """One entry of the catalogue.

    Args:
        function: dotted; takes (path, data) and returns the facts.
        suffixes: ends of file names that it answers to, in lower case.
        sniff: what the beginning of a file must match where several readers share a suffix; the reader
            without one takes what is left.
        beside: files of the same folder that belong to it, without which it is not read.
    """

    function: str
    suffixes: tuple[str, ...]
    sniff: bytes | None = None
    beside: tuple[str, ...] = ()


READERS: dict[str, Reader] = {
    "table": Reader("kgzsl.ontology.table.read_table", (".csv",)),
    "wndb": Reader("kgzsl.ontology.wndb.read_dictionary", (".noun",)),
    "rdf": Reader(
        "kgzsl.ontology.rdf.read_rdf",
        (".ttl", ".nt", ".rdf", ".owl", ".xml", ".trig", ".nq", ".jsonld"),
    ),
}
"""Catalogue of what reads files; where two share a suffix, the first whose ``sniff`` matches."""

ADDRESSES: dict[str, str] = {}
"""Catalogue of what reads things that are no files: scheme → dotted function of the address without its scheme."""

FOLDERS: tuple[str, ...] = ("data.noun",)
"""Files whose presence makes a folder one source, read through that file."""

HEAD = 4096
_SCHEME = re.compile(r"([a-z][a-z0-9]+):(?!\\)(.+)")


def read_ontology(path: str | Path | Iterable[str | Path], previous: Ontology | None = None) -> Ontology:
    """Read a file, a folder, a WordNet dictionary directory, an address, or several of them.

    Args:
        path: what to read; a folder gives all ontology files in it, sorted by name; an address is a scheme of
            ``ADDRESSES`` and what it is to read, such as ``sparql:http://localhost:7878/query``.
        previous: an earlier reading; documents whose bytes did not change are taken over.

    Raises:
        MissingFileError: a path does not exist.
        OntologyError: a file that no reader knows, or that cannot be parsed (with its line).
    """
    paths = [path] if isinstance(path, (str, Path)) else list(path)
    old = {document.path: document for document in previous.documents} if previous else {}
    sources = list(dict.fromkeys(source for item in paths for source in _sources(item)))
    return Ontology(tuple(_document(source, old.get(str(source))) for source in sources))


def is_address(source: str | Path) -> bool:
    """Return whether this names something that is no file: ``sparql:…``, ``wn:…``."""
    found = _SCHEME.fullmatch(source) if isinstance(source, str) else None
    return bool(found and found[1] in ADDRESSES)


def reader_of(path: Path, head: bytes | None = None) -> str:
    """Return the catalogue name of the reader for this file.

    Args:
        path: its name.
        head: its beginning; None takes what the name alone tells.

    Raises:
        OntologyError: no reader knows it.
    """
    name = path.name.lower()
    known = {key: reader for key, reader in READERS.items() if name.endswith(reader.suffixes)}
    for key, reader in known.items():
        if reader.sniff is None or (head is not None and re.search(reader.sniff, head[:HEAD])):
            return key
    suffixes = ", ".join(dict.fromkeys(suffix for reader in READERS.values() for suffix in reader.suffixes))
    message = f"no reader knows this content of '{path.name}'" if known else f"no reader for '{path.suffix or name}'"
    raise OntologyError(message, file=str(path), fix=f"known are {suffixes}")


def stamp_of(path: Path) -> str:
    """Return what tells whether a file, and what belongs to it, changed."""
    return _stamp([path.read_bytes(), *(file.read_bytes() for file in _beside(path))])


def _sources(item: str | Path) -> list[str | Path]:
    return [item] if is_address(item) else list(_files(Path(item)))


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise MissingFileError("no such file or folder", file=str(path))
    if path.is_file():
        return [path]
    for name in FOLDERS:
        if (path / name).is_file():
            return [path / name]
    suffixes = tuple(suffix for reader in READERS.values() for suffix in reader.suffixes)
    found = sorted(
        file for file in path.iterdir()
        if file.name.lower().endswith(suffixes) and not file.name.startswith(("catalog-v", "."))
    )  # fmt: skip
    if not found:
        raise OntologyError("no ontology file in this folder", file=str(path))
    return found


def _document(source: str | Path, old: Document | None) -> Document:
    if isinstance(source, str):
        scheme, _, address = source.partition(":")
        facts: tuple[Fact, ...] = _function(ADDRESSES[scheme])(address)
        return Document(source, facts, "", scheme)
    try:
        data = source.read_bytes()
        stamp = _stamp([data, *(file.read_bytes() for file in _beside(source))])
    except OSError as error:
        raise MissingFileError(f"cannot be read: {error.strerror}", file=str(source)) from None
    if old is not None and old.stamp == stamp:
        return old
    if not data.strip():
        raise OntologyError("the file is empty", file=str(source), line=1)
    name = reader_of(source, data[:HEAD])
    facts = _function(READERS[name].function)(source, data)
    return Document(str(source), facts, stamp, name, silenced(data))


def _beside(path: Path) -> list[Path]:
    for reader in READERS.values():
        if reader.beside and path.name.lower().endswith(reader.suffixes):
            return [path.with_name(name) for name in reader.beside if path.with_name(name).is_file()]
    return []


def _stamp(contents: list[bytes]) -> str:
    digest = hashlib.sha256(contents[0])
    for data in contents[1:]:
        digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()


def _function(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)
