"""Names of concepts → IRIs, and back to short ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from kgzsl.errors import UnknownNameError, suggest
from kgzsl.ontology import vocabulary as v

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import Concept

SHOWN = 8


class Names:
    """Look-up by IRI, prefixed name, short id, label and synonym, in that order of preference."""

    def __init__(self, concepts: Mapping[str, Concept]) -> None:
        self._concepts = concepts

    def find(self, name: str, kind: str | None = None) -> str:
        """Return the one IRI with this name.

        Raises:
            UnknownNameError: none, or several.
        """
        found = [iri for iri in self.candidates(name) if kind in (None, self._concepts[iri].kind)]
        if len(found) == 1:
            return found[0]
        what = kind or "concept"
        if found:
            raise UnknownNameError(f"'{name}' is ambiguous", value=name,
                                   fix=f"it may be {'; '.join(map(self.describe, found[:SHOWN]))}")  # fmt: skip
        near = suggest(name, [*self._by_label, *self._by_short])
        raise UnknownNameError(f"unknown {what} '{name}'", value=name, fix=near and f"did you mean '{near}'?")

    def candidates(self, name: str) -> list[str]:
        """Return the IRIs a name may stand for; a preferred label hides synonyms spelt the same."""
        name = name.strip()
        iri = v.expand(name) or name
        iri = self._merged.get(iri, iri)
        if iri in self._concepts:
            return [iri]
        for table, key in ((self._by_short, name), (self._by_label, name.lower()), (self._by_synonym, name.lower())):
            if key in table:
                return table[key]
        return []

    def short(self, iri: str) -> str:
        """Return the local name where no other concept shares it, else the IRI."""
        local = v.local_name(iri)
        return local if len(self._by_short.get(local, ())) <= 1 else iri

    def describe(self, iri: str) -> str:
        """Return ``label (id: first words of the gloss)``."""
        concept = self._concepts[iri]
        return f"{concept.label or self.short(iri)} ({self.short(iri)}: {concept.gloss[:40] or concept.kind})"

    @cached_property
    def _merged(self) -> dict[str, str]:
        return {other: c.iri for c in self._concepts.values() for other in c.also}

    @cached_property
    def _by_short(self) -> dict[str, list[str]]:
        return _table((v.local_name(iri), c.iri) for c in self._concepts.values() for iri in (c.iri, *c.also))

    @cached_property
    def _by_label(self) -> dict[str, list[str]]:
        return _table((c.label.lower(), c.iri) for c in self._concepts.values() if c.label)

    @cached_property
    def _by_synonym(self) -> dict[str, list[str]]:
        return _table((s.lower(), c.iri) for c in self._concepts.values() for s in c.synonyms)


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for key, iri in pairs:
        table.setdefault(key, []).append(iri)
    return table
