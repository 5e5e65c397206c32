"""From a path or an address to an Ontology: which reader reads what, and re-reading only what changed."""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from kgzsl.errors import KgzslError, MissingFileError, OntologyError
from kgzsl.ontology.catalogue import ADDRESSES as ADDRESSES
from kgzsl.ontology.catalogue import FOLDERS as FOLDERS
from kgzsl.ontology.catalogue import HEAD as HEAD
from kgzsl.ontology.catalogue import READERS as READERS
from kgzsl.ontology.catalogue import Reader as Reader
from kgzsl.ontology.compressed import Part, inner, is_archive, unpack
from kgzsl.ontology.imports import with_imports
from kgzsl.ontology.model import Document, Fact, Ontology
from kgzsl.ontology.silenced import silenced

_SCHEME = re.compile(r"([a-z][a-z0-9]+):(?!\\)(.+)")


def read_ontology(path: str | Path | Iterable[str | Path], previous: Ontology | None = None) -> Ontology:
    """Read a file, a folder, a WordNet dictionary directory, an address, or several of them.

    Args:
        path: what to read; a folder gives all ontology files in it, sorted by name; a compressed file is read as
            what is inside, an archive gives one document for each of its ontology files; an address is a scheme
            of ``ADDRESSES`` and what it is to read, such as ``sparql:http://localhost:7878/query``.
        previous: an earlier reading; documents whose bytes did not change are taken over.

    Raises:
        MissingFileError: a path does not exist.
        OntologyError: a file that no reader knows, or that cannot be parsed (with its line).
    """
    paths = [path] if isinstance(path, (str, Path)) else path
    old: dict[str, list[Document]] = {}
    for document in previous.documents if previous else ():
        old.setdefault(container(document.path), []).append(document)
    documents = [document for source in sources_of(paths) for document in _documents(source, _before(old, source))]
    return Ontology(tuple(with_imports(documents, lambda path: _documents(path, _before(old, path)))))


def _before(old: dict[str, list[Document]], source: str | Path) -> list[Document]:
    return old.get(container(str(source)), [])


def sources_of(paths: Iterable[str | Path]) -> list[str | Path]:
    """Return the files (as paths) and addresses (as text) that these paths stand for, each once.

    Raises:
        MissingFileError: a path does not exist.
        OntologyError: a folder without ontology files.
    """
    return list(dict.fromkeys(source for item in paths for source in _sources(item)))


def is_address(source: str | Path) -> bool:
    """Return whether this names something that is no file: ``sparql:…``, ``wn:…``."""
    found = _SCHEME.fullmatch(source) if isinstance(source, str) else None
    return bool(found and found[1] in ADDRESSES)


def container(path: str) -> str:
    """Return the file that holds this document: the archive of ``words.zip!animals.ttl``, else the document itself."""
    return path.partition("!")[0]


def reader_of(path: Path, head: bytes | None = None) -> str:
    """Return the catalogue name of the reader for this file.

    Args:
        path: its name; the suffix of a compression does not count.
        head: the beginning of what is inside; None takes what the name alone tells.

    Raises:
        OntologyError: no reader knows it.
    """
    name = inner(path).name.lower()
    known = {key: reader for key, reader in READERS.items() if name.endswith(reader.suffixes)}
    for key, reader in known.items():
        if reader.sniff is None or (head is not None and re.search(reader.sniff, head[:HEAD])):
            return key
    suffixes = ", ".join(dict.fromkeys(suffix for reader in READERS.values() for suffix in reader.suffixes))
    message = f"no reader knows this content of '{path.name}'" if known else f"no reader for '{path.suffix or name}'"
    raise OntologyError(message, file=str(path), fix=f"known are {suffixes}")


def stamp_of(path: Path) -> str:
    """Return what tells whether a file, and what belongs to it, changed."""
    return _stamp([file.read_bytes() for file in files_of(path)])


def files_of(path: Path) -> list[Path]:
    """Return a source's own file and those beside it that belong to it."""
    return [path, *_beside(path)]


def _sources(item: str | Path) -> list[str | Path]:
    return [item] if is_address(item) else list(_files(Path(item)))


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise MissingFileError("no such file or folder", file=str(path))
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise OntologyError("neither a file nor a folder", file=str(path), fix="a device or pipe may never end")
    names = [file.name for file in path.iterdir() if file.is_file() and not is_archive(file)]
    found = [path / name for name in wanted(names)]
    if not found:
        raise OntologyError("no ontology file in this folder", file=str(path),
                            fix="an archive is read when it is named itself")  # fmt: skip
    folder = path.resolve()
    for file in found:
        if not file.resolve().is_relative_to(folder):
            raise OntologyError("a symbolic link out of its folder", file=str(file), value=str(file.resolve()),
                                fix="name the file it leads to, if it is to be read")  # fmt: skip
    return found


def wanted(names: list[str]) -> list[str]:
    """Return those names of files, of one folder or of folders below it, that are read as ontologies, sorted."""
    held = set(names)
    wholes = {
        name for name in names if (file := PurePosixPath(name)).name in FOLDERS
        and all(str(file.with_name(other)) in held for other in FOLDERS[file.name])
    }  # fmt: skip
    heads = {name.rpartition("/")[0] for name in wholes}
    suffixes = tuple(suffix for reader in READERS.values() for suffix in reader.suffixes if not reader.alone)
    return sorted(
        name for name in names
        if inner(Path(name)).name.lower().endswith(suffixes)
        and not Path(name).name.startswith(("catalog-v", "."))
        and (name in wholes or name.rpartition("/")[0] not in heads)
    )  # fmt: skip


def _documents(source: str | Path, old: list[Document]) -> list[Document]:
    """Read one source; what did not change since is the document it was."""
    if isinstance(source, str):
        return [_addressed(source, old)]
    try:
        data = source.read_bytes()
        stamp = _stamp([data, *(file.read_bytes() for file in _beside(source))])
    except OSError as error:
        raise MissingFileError(f"cannot be read: {error.strerror}", file=str(source)) from None
    kept = [d for d in old if d.path == str(source) or d.path.startswith(f"{source}!")]
    if kept and all(document.stamp == stamp and not _is_live(document) for document in kept):
        return kept
    return [_as_before(_document(part, stamp), kept) for part in unpack(source, data, wanted)]


def _addressed(source: str, old: list[Document]) -> Document:
    scheme, _, address = source.partition(":")
    entry = ADDRESSES[scheme]
    stamp: str = _function(entry.stamp)(address) if entry.stamp else ""
    for document in old:
        if stamp and (document.path, document.stamp) == (source, stamp):
            return document
    facts: tuple[Fact, ...] = _function(entry.function)(address)
    return _as_before(Document(source, facts, stamp, scheme), old)


def _document(part: Part, stamp: str) -> Document:
    if not part.data.strip():
        raise OntologyError("the file is empty", file=part.file, line=1)
    name, inside = reader_of(part.inside, part.data[:HEAD]), str(part.inside)
    if READERS[name].beside and container(part.file) != part.file:
        raise OntologyError("cannot be read within an archive: it goes with " + " and ".join(READERS[name].beside),
                            file=part.file, fix="unpack the archive and read its folder")  # fmt: skip
    try:
        facts: tuple[Fact, ...] = _function(READERS[name].function)(part.inside, part.data)
    except KgzslError as error:
        if error.file == inside:
            error.file = part.file
        raise
    if part.file != inside:
        facts = tuple(Fact(s, p, o, part.file if file == inside else file, line) for s, p, o, file, line in facts)
    return Document(part.file, facts, stamp, name, silenced(part.data))


def _as_before(new: Document, old: list[Document]) -> Document:
    """Return the earlier reading of something live when it says the same; a server may answer in another order."""
    for document in old:
        if document.path == new.path and _is_live(new) and document.stamp == new.stamp:
            return document if set(document.facts) == set(new.facts) else new
    return new


def _is_live(document: Document) -> bool:
    return document.reader in ADDRESSES or (document.reader in READERS and READERS[document.reader].live)


def _beside(path: Path) -> list[Path]:
    for reader in READERS.values():
        if reader.beside and inner(path).name.lower().endswith(reader.suffixes):
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
