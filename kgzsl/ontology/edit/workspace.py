"""The files of one edit, open: what they state, what can be changed, and what is read beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from kgzsl.errors import KgzslError, MissingFileError, OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.compressed import inner
from kgzsl.ontology.edit.base import Editor, Intent
from kgzsl.ontology.edit.catalogue import editor_of
from kgzsl.ontology.edit.names import Names
from kgzsl.ontology.edit.plan import Plan, document, verified
from kgzsl.ontology.edit.writing import Change
from kgzsl.ontology.model import Document, Fact, Ontology
from kgzsl.ontology.read import HEAD, read_ontology, reader_of

Paths = str | Path | Iterable[str | Path]


class Opened(NamedTuple):
    """A file that is edited."""

    path: Path
    data: bytes
    document: Document
    editor: Editor


class Workspace:
    """Files to edit and an ontology read beside them.

    Args:
        paths: the files.
        context: what else is known; documents of the edited files themselves do not count.

    Raises:
        MissingFileError: a file that is not there.
        OntologyError: one that cannot be parsed, or that no editor knows.
    """

    def __init__(self, paths: Paths, context: Ontology | None = None) -> None:
        named = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
        if not named:
            raise OntologyError("no file to edit", fix="name one with --file")
        self.files = tuple(_open(path) for path in {path.resolve(): path for path in named}.values())
        known = [*(context.documents if context else ()), *self._imported()]
        own = {file.path.resolve() for file in self.files}
        others = {Path(document.path).resolve(): document for document in reversed(known)}
        self.beside = tuple(document for place, document in reversed(others.items()) if place not in own)

    @cached_property
    def ontology(self) -> Ontology:
        """All facts before the edit."""
        return Ontology((*(file.document for file in self.files), *self.beside))

    @cached_property
    def names(self) -> Names:
        """What things are called."""
        return Names(self.ontology, self.expand)

    def _imported(self) -> tuple[Document, ...]:
        """What the files import through catalogs."""
        importing = [file.path for file in self.files if file.document.imports]
        return read_ontology(importing).documents if importing else ()

    def expand(self, name: str) -> str | None:
        """Return the IRI that a name stands for in the notation of any of the files."""
        found = (file.editor.expand(name) for file in self.files)
        return next((iri for iri in found if iri is not None), None) or v.expand(name)

    def facts(self) -> Iterator[tuple[Opened, Fact]]:
        """Yield the facts of the edited files."""
        for file in self.files:
            for fact in file.document.facts:
                yield file, fact

    def elsewhere(self, about: Callable[[Fact], bool]) -> list[Fact]:
        """Return facts of the files that are not edited."""
        return [fact for d in self.beside for fact in d.facts if about(fact)]

    def plan(self, subject: str, intents: Mapping[Path, Intent]) -> Plan:
        """Verify what the editors made of the files.

        Raises:
            OntologyError: nothing changes, or something else than intended.
        """
        changes, documents = [], []
        for file in self.files:
            data = file.editor.text.encode()
            intent = intents.get(file.path, Intent())
            after = file.document
            if data != file.data or intent != Intent():
                after = verified(file.path, data, file.document, intent, file.editor.implied)
            if not data.strip():
                raise OntologyError("this edit would leave the file empty", file=str(file.path), fix="delete the file")
            if data != file.data:
                changes.append(Change(file.path, file.data, data))
            documents.append(after)
        if not changes:
            raise OntologyError("this edit changes nothing", file=str(self.files[0].path))
        return Plan(subject, tuple(changes), self.ontology, Ontology((*documents, *self.beside)))


def _open(path: Path) -> Opened:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingFileError(f"cannot be read: {error.strerror}", file=str(path), fix=_hint(path)) from None
    if inner(path) != path:
        raise OntologyError("a compressed file is read, not edited", file=str(path), fix="unpack it first")
    if not data.strip():
        raise OntologyError("the file is empty", file=str(path), line=1)
    read = document(path, data)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise OntologyError("not UTF-8", file=str(path), line=data.count(b"\n", 0, error.start) + 1) from None
    return Opened(path, data, read, editor_of(path, text, read.facts, read.reader))


def _hint(path: Path) -> str | None:
    return "a folder is no file: name the file in it" if path.is_dir() else None


def tables_beside(paths: Iterable[Path]) -> Ontology | None:
    """Read the class × attribute tables that lie in the folders of some files; None where there are none.

    They describe the same classes more often than not; one that cannot be read is passed over.
    """
    folders = {path.resolve().parent for path in paths if path.parent.is_dir()}
    found = [file for folder in sorted(folders) for file in sorted(folder.iterdir()) if file.suffix in (".csv", ".tsv")]
    documents: list[Document] = []
    for file in found:
        with contextlib.suppress(KgzslError, OSError):
            if reader_of(file, file.read_bytes()[:HEAD]) == "table":
                documents += read_ontology(file).documents
    return Ontology(tuple(documents)) if documents else None


def as_sequence(words: Sequence[str] | str) -> Sequence[str]:
    """Return one word as a sequence of it."""
    return [words] if isinstance(words, str) else words
