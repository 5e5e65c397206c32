"""Reading several files as they stood together, though editors may be writing them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kgzsl.errors import KgzslError, OntologyError
from kgzsl.ontology.imports import CATALOG
from kgzsl.ontology.model import Document, Ontology
from kgzsl.ontology.read import container, files_of, is_address, read_ontology, sources_of, stamp_of

TRIES = 5


def read_snapshot(sources: Iterable[str | Path], previous: Ontology | None = None) -> Ontology:
    """Read files so that all of them hold, when the last has been read, what was read of them.

    Args:
        sources: files, folders and addresses.
        previous: an earlier reading; documents whose bytes did not change are taken over.

    Raises:
        MissingFileError: a path does not exist.
        OntologyError: a file that cannot be parsed (with its line), or that goes on changing.
    """
    sources = list(sources)
    for _ in range(TRIES):
        previous = read_ontology(sources, previous)
        if is_current(previous, sources):
            return previous
    raise OntologyError(f"changed while it was read, {TRIES} times", file=str(sources[0]), fix="wait until it is saved")


def is_current(ontology: Ontology, sources: Iterable[str | Path]) -> bool:
    """Return whether these sources are still the files that were read, with the same bytes; addresses count as such."""
    stamps = _stamps(ontology)
    try:
        files = {str(source) for source in sources_of(sources) if isinstance(source, Path)}
        return files <= set(stamps) and all(stamp_of(Path(file)) == stamp for file, stamp in stamps.items())
    except (OSError, KgzslError):
        return False


def stale_files(ontology: Ontology) -> tuple[str, ...]:
    """Return the files that hold something else now than what was read; missing ones are not counted."""
    there = {file: stamp for file, stamp in _stamps(ontology).items() if Path(file).is_file()}
    return tuple(file for file, stamp in there.items() if stamp_of(Path(file)) != stamp)


def files_behind(ontology: Ontology, sources: Iterable[str | Path]) -> list[Path]:
    """Return all files on which a reading depends: those of the sources, there or not, of imports, and catalogs."""
    found = [Path(file) for file in _stamps(ontology)]
    for source in sources:
        try:
            found += [path for path in sources_of([source]) if isinstance(path, Path)]
        except (OSError, KgzslError):  # gone, or a folder that was emptied
            found += [] if is_address(source) else [Path(source)]
    parts = [part for file in dict.fromkeys(found) for part in files_of(file)]
    return list(dict.fromkeys([*parts, *(file.with_name(CATALOG) for file in parts)]))


def _stamps(ontology: Ontology) -> dict[str, str]:
    read = [document for document in ontology.documents if document.stamp and not is_address(document.path)]
    return {_file_of(document): document.stamp for document in read}


def _file_of(document: Document) -> str:
    """Return the file a document stands in: itself, or its archive; '!' may also be part of a plain name."""
    return document.path if Path(document.path).is_file() else container(document.path)
