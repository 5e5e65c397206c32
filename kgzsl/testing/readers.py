"""The case that every reader must pass."""

from __future__ import annotations

from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology import read_ontology
from kgzsl.ontology.read import files_of


def check_reader(path: Path, broken: Path) -> None:
    """Hold a reader to its contract.

    Args:
        path: a good file; every fact must know it or a file beside it that belongs to it, and a line of that.
        broken: a file that must be refused with its own name.
    """
    ontology = read_ontology(path)
    assert len(ontology)
    lines = {str(file): len(file.read_bytes().splitlines()) for file in files_of(path)}
    assert all(1 <= fact.line <= lines.get(fact.file, 0) for fact in ontology)
    assert read_ontology(path).hash == ontology.hash
    assert read_ontology(path, ontology).documents == ontology.documents, "an unchanged file is read again"
    refused = _refusal(broken)
    assert refused, f"{broken} was not refused"
    assert refused.file == str(broken)
    assert refused.line


def _refusal(path: Path) -> OntologyError | None:
    try:
        read_ontology(path)
    except OntologyError as error:
        return error
    return None
