"""A difference between two files, made in a larger ontology that holds one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgzsl.errors import StaleError
from kgzsl.ontology.model import Document, Ontology, canonical

MOSTLY = 0.5
"""Share of a document's facts that the old side must state for the document to be (a version of) the old side."""


def patched(whole: Ontology, old: Ontology, new: Ontology) -> Ontology:
    """Return a whole ontology with the edit made in it that turns ``old`` into ``new``.

    Facts that the edit removes are taken out of those documents that are versions of the old side; a document that
    states the same fact beside them keeps it.

    Args:
        whole: what a bundle was made of, say; ``old`` is a part of it.
        old: before the edit.
        new: after it.

    Raises:
        StaleError: the whole holds none of what the edit changes.
    """
    before, after = _canonical(old), _canonical(new)
    gone, came = before - after, after - before
    documents = [_without(d, gone) if _is_version(d, before) else d for d in whole.documents]
    if all(a is b for a, b in zip(documents, whole.documents, strict=True)) and not any(
        _is_version(d, before) for d in whole.documents
    ):
        raise StaleError("no source of the bundle is a version of the old side: the edit is not one of its own",
                         file=old.paths[0], fix=f"the bundle was made from {_some(whole.paths)}")  # fmt: skip
    there = _canonical(whole)
    facts = tuple(fact for fact in new if (said := canonical(fact)) in came and said not in there)
    if facts:
        documents.append(Document(new.paths[0], facts, "", "edit"))
    return Ontology(tuple(documents))


def _is_version(document: Document, before: frozenset[str]) -> bool:
    return len(document.canonical & before) >= MOSTLY * len(document.canonical)


def _without(document: Document, gone: frozenset[str]) -> Document:
    if document.canonical.isdisjoint(gone):
        return document
    return replace(document, facts=tuple(fact for fact in document.facts if canonical(fact) not in gone))


def _canonical(ontology: Ontology) -> frozenset[str]:
    return frozenset[str]().union(*(document.canonical for document in ontology.documents))


def _some(paths: Sequence[str]) -> str:
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
