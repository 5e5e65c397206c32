"""Ids of an OBO file and the IRIs they stand for, as its own facts tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.syntax import compact
from kgzsl.ontology.model import Fact, Literal

_PREFIXES = {name: space for name, space in v.PREFIXES.items() if name != "obo"}


class Ids:
    """Ids as a file writes them.

    Args:
        facts: of the file.
    """

    def __init__(self, facts: Sequence[Fact]) -> None:
        texts = [(f.subject, f.predicate, f.object.value) for f in facts if isinstance(f.object, Literal)]
        stated = {subject: text for subject, predicate, text in texts if predicate == v.OIO + "id"}
        old = {text for _, predicate, text in texts if predicate == v.OIO + "hasAlternativeId"}
        labels = {subject: text for subject, predicate, text in texts if predicate == v.LABEL}
        classes = {f.subject for f in facts if f.predicate == v.TYPE and f.object == v.OWL + "Class"}
        self._ids, self._iris = stated, {written: iri for iri, written in stated.items()}
        self.terms = [iri for iri in stated if iri in classes]
        self.all = [*stated.values(), *old]
        self.named = [(stated[iri].rpartition(":")[2], labels[iri]) for iri in self.terms if iri in labels]
        self._spaces: dict[str, str] = {}
        for iri, written in stated.items():
            prefix, _, local = written.rpartition(":")
            if local and iri.endswith(local):
                self._spaces.setdefault(prefix, iri.removesuffix(local))

    def iri(self, written: str) -> str | None:
        """Return what an id stands for: as the file's other ids of its prefix do, else by the OBO rule."""
        if written in self._iris:
            return self._iris[written]
        if "://" in written:
            return written
        prefix, colon, local = written.rpartition(":")
        if not re.fullmatch(r"\S+", local) or (colon and not prefix):
            return None
        if prefix in self._spaces and (colon or self._spaces[prefix].endswith("#")):
            return self._spaces[prefix] + local if colon else None
        return (v.expand(written, _PREFIXES) or f"{v.OBO}{prefix}_{local}") if colon else None

    def id(self, iri: str) -> str:
        """Return how an IRI is written."""
        if iri in self._ids:
            return self._ids[iri]
        for prefix, space in self._spaces.items():
            if prefix and iri.startswith(space) and len(iri) > len(space):
                return f"{prefix}:{iri[len(space):]}"
        if found := re.fullmatch(re.escape(v.OBO) + r"([A-Za-z]+)_(\w+)", iri):
            return f"{found[1]}:{found[2]}"
        return compact(iri, _PREFIXES).strip("<>")
