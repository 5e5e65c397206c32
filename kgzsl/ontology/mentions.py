"""Lines for facts whose parser keeps none: where the text names their subjects and objects."""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal

_TOKEN = re.compile(
    r'"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)"|<(?P<iri>[^<>\s"]+)>|>(?P<content>[^<>]+)</|(?P<name>[^\s()<>{},\[\]"\'=@^]+)'
)
_WORDS = {
    v.SUBCLASS: "SubClassOf", v.SUBPROPERTY: "PropertyOf", v.DISJOINT: "Disjoint", v.EQUIVALENT: "Equivalent",
    v.DOMAIN: "Domain", v.RANGE: "Range", v.INVERSE: "Inverse", v.SAME: "Same", v.IMPORTS: "Import",
    v.TYPE: "Declaration", v.CHAIN: "Chain",
}  # fmt: skip
"""What the syntaxes have in common in their words for a predicate."""
_WORD = re.compile("|".join(_WORDS.values()))
MOST_TRIED = 1000
"""As many statements are looked at for a fact."""
_FRAME = re.compile(
    r"\s*(?:(?:Class|ObjectProperty|DataProperty|AnnotationProperty|Individual|Datatype|Ontology):\s"
    r"|Ontology\s*\(|<Ontology\b)"
)


def placed(facts: tuple[Fact, ...], text: str, prefixes: dict[str, str], starts: list[int]) -> Iterator[Fact]:
    """Yield the facts with lines of this text.

    A fact stands in the first statement that names its subject, its objects and, if any does, the word for its
    predicate, on the line of the first object; what is said of a blank node stands where the fact that leads to it
    does. The head of a frame in Manchester syntax, or of the ontology in any, names the subject of what follows too.

    Args:
        facts: their lines are replaced.
        text: that they were parsed from.
        prefixes: of names in it; ``#`` stands for names that begin with it.
        starts: lines on which statements begin, ascending.
    """
    place, told = _Places(text, prefixes, starts), _Told(facts)
    at: dict[Fact, int] = {}
    for fact in facts:
        root = told.root(fact)
        if root not in at:
            at[root] = place.line(_WORDS.get(root.predicate, ""), *told.terms(root))
        yield fact._replace(line=at[root])


class _Places:
    """Which line names what, and to which statement it belongs."""

    def __init__(self, text: str, prefixes: dict[str, str], starts: list[int]) -> None:
        lines = text.split("\n")
        self._index: dict[str, list[int]] = {}
        for number, line in enumerate(lines, 1):
            terms = [term for token in _TOKEN.finditer(line) for term in _terms(token, prefixes)]
            for term in (*terms, *_WORD.findall(line)):
                at = self._index.setdefault(term, [])
                if not at or at[-1] != number:
                    at.append(number)
        self._starts = starts if starts and starts[0] == 1 else [1, *starts]
        self._end = len(lines) + 1
        heads = [number for number in starts if _FRAME.match(lines[number - 1])]
        self._heads, self._is_head = heads, set(heads)

    def line(self, word: str, subject: str | None, named: list[str]) -> int:
        """Return where a statement with this word names all of these, or else what comes nearest to it."""
        known = sorted({term for term in named if term in self._index}, key=lambda term: len(self._index[term]))
        mentions = self._index.get(subject, []) if subject else []
        first = 0
        for begin, end in islice(self._candidates(mentions, known), MOST_TRIED):
            places = [self._within(term, begin, end) for term in known]
            if 0 in places or (subject and not self._about(subject, begin, end)):
                continue
            found = min(places, default=begin)
            if self._within(word, begin, end):
                return found
            first = first or (found if known else 0)
        if first or (known and not mentions):
            return first or self._index[known[0]][0]
        return next((k for k in mentions if k in self._is_head), next(iter(mentions), 1))

    def _candidates(self, mentions: list[int], known: list[str]) -> Iterator[tuple[int, int]]:
        """Yield the statements that name the rarest: those of the subject's frame, where that is the subject."""
        rarest = self._index[known[0]] if known else mentions
        if not mentions or len(rarest) <= len(mentions):
            yield from map(self._statement, rarest)
            return
        for at in mentions:
            yield self._statement(at)
            if at in self._is_head:
                after = bisect_right(self._heads, at)
                end = self._heads[after] if after < len(self._heads) else self._end
                inside = range(bisect_right(self._starts, at), bisect_left(self._starts, end))
                yield from (self._statement(self._starts[k]) for k in inside)

    def _statement(self, line: int) -> tuple[int, int]:
        """Return the first line of a line's statement and the first behind it."""
        after = bisect_right(self._starts, line)
        return self._starts[after - 1], self._starts[after] if after < len(self._starts) else self._end

    def _within(self, term: str, begin: int, end: int) -> int:
        """Return the first line from ``begin`` and before ``end`` that names the term, or 0."""
        lines = self._index.get(term, [])
        at = bisect_left(lines, begin)
        return lines[at] if at < len(lines) and lines[at] < end else 0

    def _about(self, subject: str, begin: int, end: int) -> bool:
        before = bisect_right(self._heads, begin)
        head = self._heads[before - 1] if before else 0
        return bool(self._within(subject, begin, end) or (head and self._within(subject, head, head + 1)))


def _terms(token: re.Match[str], prefixes: dict[str, str]) -> Iterator[str]:
    quoted, content = token["text"], token["content"]
    if quoted is not None:
        yield '"' + quoted.replace('\\"', '"').replace("\\\\", "\\")
        yield from _named(html.unescape(quoted), prefixes)
    elif content is not None:
        yield '"' + html.unescape(content)
        yield from _named(html.unescape(content.strip()), prefixes)
    elif token["iri"]:
        yield token["iri"]
    else:
        yield from _named(token["name"], prefixes)


def _named(name: str, prefixes: dict[str, str]) -> Iterator[str]:
    """Yield the IRI of a name in whichever of its forms: absolute, ``prefix:local``, ``#local`` or a bare word."""
    prefix, colon, local = name.rstrip(":").partition(":")
    if "://" in name:
        yield name
    elif colon and prefix in prefixes:
        yield prefixes[prefix] + local
    elif name.startswith("#") and "#" in prefixes:
        yield prefixes["#"] + name[1:]
    elif not colon and "" in prefixes:
        yield prefixes[""] + name


class _Told:
    """Who leads to whom among blank nodes."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self._about: dict[str, list[Fact]] = {}
        self._into: dict[str, Fact] = {}
        self._roots: dict[str, Fact] = {}
        for fact in facts:
            self._about.setdefault(fact.subject, []).append(fact)
            if isinstance(fact.object, str) and fact.object.startswith("_:"):
                self._into.setdefault(fact.object, fact)

    def root(self, fact: Fact) -> Fact:
        """Return the fact with a named subject that leads to this one, or the first of those that nothing leads to."""
        passed: dict[str, None] = {}
        while fact.subject in self._into and fact.subject not in passed and fact.subject not in self._roots:
            passed[fact.subject] = None
            fact = self._into[fact.subject]
        blank = fact.subject.startswith("_:")
        found = self._roots.get(fact.subject) or (self._about[fact.subject][0] if blank else fact)
        self._roots.update(dict.fromkeys(passed, found))
        return found

    def terms(self, root: Fact) -> tuple[str | None, list[str]]:
        """Return the named subject, if there is one, and all that is named in what is said of it here."""
        named: list[str] = []
        waiting, passed = ([root] if not root.subject.startswith("_:") else list(self._about[root.subject])), set()
        while waiting:
            fact = waiting.pop()
            obj = fact.object
            if isinstance(obj, Literal):
                named.append('"' + obj.value)
            elif not obj.startswith("_:"):
                named += [] if obj.startswith((v.OWL, v.RDF)) else [obj]
            elif obj not in passed:
                passed.add(obj)
                waiting += self._about.get(obj, [])
        return (None if root.subject.startswith("_:") else root.subject), named
