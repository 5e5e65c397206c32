"""I02: two sibling labels that are one letter apart.

One of them may be a misspelling of the other. Only longer words are compared, and a difference in a digit or in a
word of one or two letters counts as meant: `type 1` beside `type 2`.

Correct the spelling and join the two, or switch the finding off where both are meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.hierarchy import place
from kgzsl.checks.labels import shortened, siblings
from kgzsl.graph.classgraph import Concept

SHORTEST, LONGEST = 8, 200


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a pair of siblings; words are met through their shortened forms, not pair by pair."""
    told: set[tuple[str, str]] = set()
    for _, group in siblings(context):
        forms: dict[str, list[Concept]] = {}
        for label, concept in {c.label.lower(): c for c in reversed(group)}.items():  # equal ones are W02's
            if not SHORTEST <= len(label) <= LONGEST:
                continue
            for form in set(shortened(label)):
                met = forms.setdefault(form, [])
                for other in met:
                    pair = (other.iri, concept.iri)
                    if pair not in told and _one_apart(other.label.lower(), label):
                        told.add(pair)
                        yield _finding(other, concept)
                met.append(concept)


def _finding(one: Concept, other: Concept) -> Finding:
    first, at = sorted((one, other), key=lambda c: (c.file, c.line))
    sibling = f"its sibling '{first.label}' ({place(first, at.file)})"
    message = f"the label '{at.label}' is one letter from that of {sibling}"
    return Finding("I02", message, at.file, at.line, at.label, "is one of them misspelt?")


def _one_apart(one: str, other: str) -> bool:
    """Return whether one letter within a word was replaced, left out, or swapped with the next."""
    start = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    letters = _changed(one[start:], other[start:])
    return letters.isalpha() and min(_word(one, start), _word(other, start)) > 2


def _changed(a: str, b: str) -> str:
    """Return the letters in which two endings differ, where one edit makes them equal."""
    if a[1:] == b:
        return a[:1]
    if a == b[1:]:
        return b[:1]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return a[:1] + b[:1] if a[1:] == b[1:] or swapped else ""



def _word(text: str, at: int) -> int:
    """Return the length of the word around a place."""
    return len(text[:at].rpartition(" ")[2]) + len(text[at:].partition(" ")[0])
