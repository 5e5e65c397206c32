"""``owl:imports``: answered by files at hand and by catalog files, never by the network."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable
from pathlib import Path

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology.model import Document, Fact
from kgzsl.ontology.safe_xml import refuse_hostile_xml

CATALOG = "catalog-v001.xml"
"""An OASIS XML catalog beside the importing file, as Protégé and the OWL API write it."""

_SPACE = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}"


def with_imports(documents: Iterable[Document], read: Callable[[Path], list[Document]]) -> list[Document]:
    """Return documents and what they import through catalogs, each file once; the rest is left to ``check``.

    Args:
        documents: as read.
        read: reads one file.

    Raises:
        MissingFileError: a catalog names a file that is not there.
        OntologyError: a catalog that cannot be read or leads out of its folder.
    """
    found = list(documents)
    known = {document.path for document in found}
    for document in found:  # grows while it is read
        for fact in document.imports:
            path = target_of(fact)
            if path is not None and str(path) not in known and not _is_here(str(fact.object), found):
                known.add(str(path))
                found += read(path)
    return found


def unresolved(documents: Iterable[Document]) -> list[Fact]:
    """Return the imports that neither a document at hand nor a catalog answers."""
    documents = list(documents)
    imports = [fact for document in documents for fact in document.imports]
    return [fact for fact in imports if not _is_here(str(fact.object), documents) and target_of(fact) is None]


def target_of(fact: Fact) -> Path | None:
    """Return the file that the catalog beside the importing file gives for an import, or None.

    Raises:
        MissingFileError: the catalog names a file that is not there.
        OntologyError: a catalog that cannot be read or leads out of its folder.
    """
    catalog = Path(fact.file).with_name(CATALOG)
    if not isinstance(fact.object, str) or not catalog.is_file():
        return None
    place = _entries(catalog).get(fact.object)
    return _inside(catalog, place) if place is not None else None


def _is_here(iri: str, documents: Iterable[Document]) -> bool:
    return any(iri in document.ontologies for document in documents)


def _entries(catalog: Path) -> dict[str, str]:
    """Return IRI → place of a catalog's ``uri`` entries; groups may carry a base."""
    data = catalog.read_bytes()
    refuse_hostile_xml(str(catalog), data)
    entries: dict[str, str] = {}
    todo = [(ElementTree.fromstring(data), "")]
    while todo:
        node, base = todo.pop()
        base += node.get("{http://www.w3.org/XML/1998/namespace}base", "")
        for child in node:
            if child.tag == _SPACE + "group":
                todo.append((child, base))
            elif child.tag == _SPACE + "uri" and child.get("name") and child.get("uri"):
                entries.setdefault(child.attrib["name"], base + child.attrib["uri"])
    return entries


def _inside(catalog: Path, place: str) -> Path | None:
    if "://" in place and not place.startswith("file:"):
        return None
    path = catalog.parent / place.removeprefix("file://").removeprefix("file:")
    if not path.resolve().is_relative_to(catalog.parent.resolve()):
        raise OntologyError("the catalog leads out of its folder", file=str(catalog), value=place,
                            fix="read that file too, by naming it")  # fmt: skip
    if not path.is_file():
        raise MissingFileError("the catalog names a file that is not there", file=str(catalog), value=place)
    return path
