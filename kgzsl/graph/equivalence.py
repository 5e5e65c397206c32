"""Named classes stated equivalent are one class: which IRI stands for each group."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact


def representatives(facts: Iterable[Fact], known: Collection[str]) -> dict[str, str]:
    """Return merged IRI → the IRI that stands for it; the alphabetically first of a group, so that order is nothing.

    Args:
        facts: of the ontology; ``owl:equivalentClass`` between described classes counts.
        known: IRIs of described classes.
    """
    leader: dict[str, str] = {}

    def top(iri: str) -> str:
        passed = []
        while leader.get(iri, iri) != iri:
            passed.append(iri)
            iri = leader[iri]
        leader.update(dict.fromkeys(passed, iri))  # so that long chains are walked once
        return iri

    for subject, predicate, obj, *_ in facts:
        if predicate == v.EQUIVALENT and subject in known and obj in known:
            one, other = sorted((top(subject), top(str(obj))))
            leader[other] = one
    return {iri: top(iri) for iri in list(leader) if top(iri) != iri}
