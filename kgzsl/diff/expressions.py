"""Blank nodes → readable expressions that are equal when they say the same, whatever their names and order."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal

LONGEST = 10_000
"""Characters of an expression; of a longer one the beginning and a digest are kept."""

_IMPLIED = {v.OWL + "Class", v.OWL + "Restriction", v.RDFS + "Class", v.RDFS + "Datatype"}
_ON = v.OWL + "onProperty"
_FILLERS = {v.OWL + "someValuesFrom": "some", v.OWL + "allValuesFrom": "only", v.OWL + "hasValue": "value"}
_COUNTS = {
    v.OWL + name: word
    for word, names in {
        "min": ("minCardinality", "minQualifiedCardinality"), "max": ("maxCardinality", "maxQualifiedCardinality"),
        "exactly": ("cardinality", "qualifiedCardinality"),
    }.items()
    for name in names
}  # fmt: skip
_OPERATORS = {v.OWL + "intersectionOf": "and", v.OWL + "unionOf": "or"}
_SETS = {*_OPERATORS, *(v.OWL + name for name in ("oneOf", "members", "distinctMembers", "disjointUnionOf", "hasKey"))}
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|<([^<>"\s]*)>')

Said = Mapping[str, list[Fact]]


class Expression(NamedTuple):
    """What a blank node stands for, in Manchester syntax with IRIs in angle brackets.

    ``about`` is the property of a restriction, or the operator: what a changed expression has in common with the
    one before.
    """

    expression: str
    about: str

    def shown(self, name: Callable[[str], str]) -> str:
        """Return the text with names instead of IRIs."""
        return _TOKENS.sub(lambda found: found[0] if found[1] is None else name(found[1]), self.expression)


class Expressions:
    """The expressions of the blank nodes of an ontology.

    Args:
        facts: all of them.
        renames: IRI → what to call it instead.
    """

    def __init__(self, facts: Sequence[Fact], renames: Mapping[str, str]) -> None:
        self._said: dict[str, list[Fact]] = {}
        for fact in facts:
            if fact[0].startswith("_:"):
                self._said.setdefault(fact[0], []).append(fact)
        self._renames, self._done = renames, dict[str, Expression]()

    def of(self, fact: Fact) -> Expression:
        """Return what the blank object of a fact stands for."""
        head = str(fact.object)
        if self._is_list(head):
            items = self._items(head)
            for item in items:
                self._resolve(item)
            return Expression(_cut(self._listed(items, fact.predicate in _SETS)), "list")
        self._resolve(head)
        return self._done.get(head) or Expression(head, "")

    def roots(self, facts: Sequence[Fact]) -> Iterator[tuple[Fact, Expression]]:
        """Yield blank nodes that no fact leads to, such as AllDisjointClasses, each with its first fact."""
        if not self._said:
            return
        referred = {fact[2] for fact in facts if isinstance(fact[2], str) and fact[2] in self._said}
        reached = self._reached({fact[2] for fact in facts if not fact[0].startswith("_:")} & referred)
        unreferred = sorted(node for node in self._said if node not in referred)
        for node in (*unreferred, *sorted(self._said.keys() & referred)):
            if node not in reached:
                reached |= self._reached({node})
                self._resolve(node)
                yield self._said[node][0], self._done[node]

    def _reached(self, start: set[str | Literal]) -> set[str]:
        found: set[str] = set()
        todo = [str(node) for node in start]
        while todo:
            node = todo.pop()
            if node not in found:
                found.add(node)
                todo += [f.object for f in self._said[node] if isinstance(f.object, str) and f.object in self._said]
        return found

    def _resolve(self, start: str | Literal) -> None:
        """Express a node after everything inside it, without recursion: files nest deeper than Python does."""
        stack, opened = [start], set[str]()
        while stack:
            node = stack[-1]
            if not isinstance(node, str) or node not in self._said or node in self._done:
                stack.pop()
            elif node in opened:
                self._done[node] = self._express(node)
                stack.pop()
            else:
                opened.add(node)
                stack += [inner for inner in self._inside(node) if inner not in opened]

    def _inside(self, node: str) -> Iterator[str | Literal]:
        for fact in self._said[node]:
            yield from self._items(fact.object) if self._is_list(fact.object) else (fact.object,)

    def _express(self, node: str) -> Expression:
        parts: dict[str, list[str]] = {}
        for fact in self._said[node]:
            if fact.predicate != v.TYPE or fact.object not in _IMPLIED:
                parts.setdefault(fact.predicate, []).append(self._object(fact))
        text, about = _manchester(parts) or _listing(self._renamed, parts)
        return Expression(_cut(text), about)

    def _object(self, fact: Fact) -> str:
        if self._is_list(fact.object):
            items = self._items(fact.object)
            joint = _OPERATORS.get(fact.predicate)
            return f" {joint} ".join(self._sorted(items)) if joint else self._listed(items, fact.predicate in _SETS)
        return self._term(fact.object)

    def _listed(self, items: list[str | Literal], unordered: bool) -> str:
        return f"{{{', '.join(self._sorted(items))}}}" if unordered else f"({' '.join(map(self._term, items))})"

    def _sorted(self, items: list[str | Literal]) -> list[str]:
        return sorted(set(map(self._term, items)))

    def _term(self, term: str | Literal) -> str:
        if isinstance(term, Literal):
            return literal_text(term)
        if term in self._done:
            text = self._done[term].expression
            return text if text[0] in "([{" else f"({text})"
        return term if term.startswith("_:") else f"<{self._renamed(term)}>"

    def _renamed(self, iri: str) -> str:
        return self._renames.get(iri, iri)

    def _is_list(self, term: str | Literal) -> bool:
        return term == v.NIL or any(f.predicate == v.REST for f in self._said.get(str(term), ()))

    def _items(self, head: str | Literal) -> list[str | Literal]:
        items: list[str | Literal] = []
        met, cell = set(), head
        while isinstance(cell, str) and cell != v.NIL and cell not in met:
            met.add(cell)
            facts = self._said.get(cell, ())
            items += [fact.object for fact in facts if fact.predicate == v.FIRST]
            cell = next((fact.object for fact in facts if fact.predicate == v.REST), v.NIL)
        return items


def literal_text(literal: Literal) -> str:
    """Return a literal as it stands in expressions: numbers bare, text in quotes with its language."""
    if literal.datatype in v.NUMERIC:
        return literal.value.removesuffix(".0")
    return json.dumps(literal.value, ensure_ascii=False) + (f"@{literal.language}" if literal.language else "")


def _manchester(parts: Mapping[str, list[str]]) -> tuple[str, str] | None:
    """Return the OWL construct and what it is about, or None where the parts make none."""
    if any(len(texts) != 1 for texts in parts.values()):
        return None
    given = {predicate: texts[0] for predicate, texts in parts.items()}
    if _ON in given:
        return _restriction(given.pop(_ON), given)
    if given.keys() == {v.TYPE, v.OWL + "members"}:
        return f"[{given[v.TYPE]} {given[v.OWL + 'members']}]", given[v.TYPE]
    if len(given) != 1:
        return None
    ((predicate, text),) = given.items()
    if predicate in _OPERATORS:
        return f"({text})", _OPERATORS[predicate]
    word = {v.OWL + "complementOf": "not ", v.OWL + "oneOf": "", v.INVERSE: "inverse "}.get(predicate)
    return None if word is None else (word + text, word.strip())


def _restriction(on: str, given: dict[str, str]) -> tuple[str, str] | None:
    over = given.pop(v.OWL + "onClass", None) or given.pop(v.OWL + "onDataRange", None)
    if len(given) != 1:
        return None
    ((predicate, text),) = given.items()
    if predicate in _FILLERS and over is None:
        return f"{on} {_FILLERS[predicate]} {text}", on
    if predicate in _COUNTS:
        return f"{on} {_COUNTS[predicate]} {text}" + (f" {over}" if over else ""), on
    return None


def _listing(renamed: Callable[[str], str], parts: Mapping[str, list[str]]) -> tuple[str, str]:
    said = sorted(f"<{renamed(predicate)}> {text}" for predicate, texts in parts.items() for text in set(texts))
    return f"[{'; '.join(said)}]", ", ".join(sorted(parts.get(v.TYPE, ())))


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"[{text[:200]}… {hashlib.sha256(text.encode()).hexdigest()[:16]}]"
