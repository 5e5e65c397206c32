"""What a misspelt name may have meant, in time that does not grow with many names and many slips."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from kgzsl.errors import suggest

PATIENCE = 50_000
"""Names compared one by one before only those one letter away are looked up."""

_NUMBER = re.compile(r"\D*\d{4,}")


class Speller:
    """Suggestions among the local names of an ontology.

    The first slips are compared with all names; once that has cost :data:`PATIENCE` comparisons, what one letter
    left out, added, replaced or swapped makes of a name is looked up instead. So are ids that are numbers, of which
    a hundred look alike.

    Args:
        names: that are known.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        for name in sorted(names):
            self._names.setdefault(name.lower(), name)
        self._known: dict[str, str | None] = {}
        self._left = PATIENCE

    def near(self, name: str) -> str | None:
        """Return the known name nearest in spelling, or None when none is near."""
        if name not in self._known:
            self._known[name] = self._look(name)
        return self._known[name]

    def _look(self, name: str) -> str | None:
        if not _NUMBER.fullmatch(name):
            self._left -= len(self._names)
            if self._left >= 0:
                return suggest(name, self._names.values())
        found = (self._names[form] for form in _edits(name.lower(), self._letters) if form in self._names)
        return next(found, None)

    @cached_property
    def _letters(self) -> str:
        return "".join(sorted(set[str]().union(*self._names)))


def _edits(word: str, letters: str) -> Iterator[str]:
    """Yield all that one edit makes of a word."""
    for k in range(len(word) + 1):
        head, tail = word[:k], word[k:]
        if tail:
            yield head + tail[1:]
            yield head + tail[1:2] + tail[:1] + tail[2:]
            yield from (head + letter + tail[1:] for letter in letters)
        yield from (head + letter + tail for letter in letters)
