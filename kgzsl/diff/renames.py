"""Classes that only got another IRI, found by what is said of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kgzsl.diff.facts import Key, Term
from kgzsl.ontology import vocabulary as v

SIMILAR = 0.5
"""Facts that both share, of all facts of either: what makes one the other."""

ROUNDS = 10
_COMMON = {v.TYPE, *v.PARENTS}

Content = Mapping[str, frozenset[tuple[str, Term]]]


def renamed(
    removed: Iterable[Key], added: Iterable[Key], gone: Collection[str], came: Collection[str]
) -> dict[str, str]:
    """Return old IRI → new IRI of classes that are said to be the same.

    Two belong together when they share at least half of their facts, and one of these – a label, gloss, attribute
    or relation; types and parents are shared by siblings – is said of no other class that went or came. A renamed
    parent counts as the same parent, which may let its children be found in the next round.

    Args:
        removed: facts of the old side only.
        added: facts of the new side only.
        gone: IRIs of classes of the old side only.
        came: IRIs of classes of the new side only.
    """
    if not gone or not came:
        return {}
    old, new = _content(removed, gone), _content(added, came)
    found: dict[str, str] = {}
    for _ in range(ROUNDS):
        mapped = {iri: _mapped(content, found) for iri, content in old.items() if iri not in found}
        taken = set(found.values())
        more = _pairs(mapped, {iri: content for iri, content in new.items() if iri not in taken})
        if not more:
            break
        found |= more
    return found


def _content(facts: Iterable[Key], iris: Collection[str]) -> Content:
    said: dict[str, set[tuple[str, Term]]] = {iri: set() for iri in iris}
    for subject, predicate, obj in facts:
        if subject in said:
            said[subject].add((predicate, obj))
    return {iri: frozenset(content) for iri, content in said.items()}


def _mapped(content: frozenset[tuple[str, Term]], renames: Mapping[str, str]) -> frozenset[tuple[str, Term]]:
    if not renames:
        return content
    return frozenset((p, renames.get(o, o) if isinstance(o, str) else o) for p, o in content)


def _pairs(old: Content, new: Content) -> dict[str, str]:
    told_old, told_new = _telling(old), _telling(new)
    likely = {(told_old[fact], told_new[fact]) for fact in told_old.keys() & told_new.keys()}
    scored = [(_similarity(old[one], new[other]), one, other) for one, other in likely]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for score, one, other in sorted(scored, key=lambda item: (-item[0], sorted(item[1:]))):
        if score >= SIMILAR and one not in found and other not in taken:
            found[one] = other
            taken.add(other)
    return found


def _telling(content: Content) -> dict[tuple[str, Term], str]:
    """Return the facts that are said of one class only, and of which."""
    told: dict[tuple[str, Term], str | None] = {}
    for iri, facts in content.items():
        for fact in facts:
            if fact[0] not in _COMMON:
                told[fact] = None if fact in told else iri
    return {fact: iri for fact, iri in told.items() if iri is not None}


def _similarity(one: frozenset[tuple[str, Term]], other: frozenset[tuple[str, Term]]) -> float:
    return len(one & other) / len(one | other)
