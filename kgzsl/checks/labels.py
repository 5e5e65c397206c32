"""Labels side by side: which classes are siblings, and which spellings are nearly the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.graph.classgraph import Concept

_LETTERS = re.compile(r"[^\W_]+")
_PLURALS = ((re.compile(r"(ss|x|z|ch|sh)es$"), r"\1"), (re.compile("ies$"), "y"), (re.compile("([^su])s$"), r"\1"))


def siblings(context: Context) -> Iterator[tuple[str | None, list[Concept]]]:
    """Yield each parent with the labelled classes below it, in the order of their IRIs; None for those without one."""
    groups: dict[str | None, list[Concept]] = {}
    for concept in context.classes:
        if concept.label:
            for edge in context.up.get(concept.iri, ()):
                groups.setdefault(edge.target, []).append(concept)
            if concept.iri not in context.up:
                groups.setdefault(None, []).append(concept)
    yield from ((parent, group) for parent, group in groups.items() if len(group) > 1)


def plain(label: str) -> str:
    """Return a label without case, accents, punctuation, spaces and the plural of its last word."""
    if not label.isascii():
        label = "".join(c for c in unicodedata.normalize("NFKD", label) if not unicodedata.combining(c))
    words = _LETTERS.findall(label.casefold())
    if words:
        words[-1] = singular(words[-1])
    return "".join(words)


def singular(word: str) -> str:
    """Return the singular of a regular English plural; other words as they are."""
    for ending, instead in _PLURALS:
        if len(word) > 3 and ending.search(word):
            return ending.sub(instead, word)
    return word


def shortened(word: str) -> Iterator[str]:
    """Yield the word and all it becomes by the loss of one letter: two words one edit apart share one of these."""
    yield word
    for k in range(len(word)):
        yield word[:k] + word[k + 1 :]
