"""Class expressions in Manchester style: ``vehicle and (hasPart some wing)``, parsed to an AST."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgzsl.errors import QueryError, suggest
from kgzsl.graph.classgraph import ATTRIBUTE

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

TOKEN = re.compile(r"\s*(?:([()])|'([^']*)'|\"([^\"]*)\"|([^\s()'\"]+))")
WORDS = ("and", "or", "not", "some", "value")
DEEPEST = 50


@dataclass(frozen=True)
class Named:
    """A class."""

    iri: str


@dataclass(frozen=True)
class Some:
    """``relation some class``; several IRIs where the name is ambiguous and the context must tell."""

    relation: str
    iris: tuple[str, ...]


@dataclass(frozen=True)
class Value:
    """``attribute value strength``."""

    iri: str
    strength: float


@dataclass(frozen=True)
class Not:
    """What is not so."""

    part: Expression


@dataclass(frozen=True)
class And:
    """All of these."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    """Any of these."""

    parts: tuple[Expression, ...]


Expression = Named | Some | Value | Not | And | Or


def parse(text: str, graph: ClassGraph) -> Expression:
    """Parse an expression; names of several words stand in quotes. ``not`` binds before ``and`` before ``or``.

    Raises:
        QueryError: a syntax error (with the place), or an unknown relation.
        UnknownNameError: a class that the graph does not know.
    """
    parser = _Parser(text, graph)
    expression = parser.disjunction(0)
    if parser.next:
        raise parser.error(f"'{parser.next}' is one word too many")
    return expression


class _Parser:
    def __init__(self, text: str, graph: ClassGraph) -> None:
        self.text, self.graph, self.at = text, graph, 0
        self.tokens: list[tuple[str, bool, int]] = []
        while self.at < len(text.rstrip()):
            match = TOKEN.match(text, self.at)
            if not match:
                raise self.error("a quote is not closed")
            bracket, single, double, word = match.groups()
            quoted = single if single is not None else double
            self.tokens.append((quoted if quoted is not None else bracket or word, quoted is not None, self.at))
            self.at = match.end()
        self.k = 0

    @property
    def next(self) -> str:
        """The word at hand; an empty one at the end."""
        return self.tokens[self.k][0] if self.k < len(self.tokens) else ""

    def error(self, message: str) -> QueryError:
        place = self.tokens[self.k][2] if hasattr(self, "k") and self.k < len(self.tokens) else self.at
        return QueryError(f"{message}, at character {place + 1} of: {self.text}", value=self.text,
                          fix="for example: vehicle and (hasPart some 'jet engine')")  # fmt: skip

    def take(self, word: str) -> bool:
        """Go past a keyword or bracket if it is at hand."""
        here = self.k < len(self.tokens) and not self.tokens[self.k][1] and self.next == word
        self.k += here
        return here

    def disjunction(self, depth: int) -> Expression:
        parts = [self.conjunction(depth)]
        while self.take("or"):
            parts.append(self.conjunction(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self, depth: int) -> Expression:
        parts = [self.negation(depth)]
        while self.take("and"):
            parts.append(self.negation(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise self.error("the expression is nested too deeply")
        if self.take("not"):
            return Not(self.negation(depth + 1))
        if self.take("("):
            inside = self.disjunction(depth + 1)
            if not self.take(")"):
                raise self.error("a bracket is not closed")
            return inside
        return self.atom()

    def atom(self) -> Expression:
        name = self.name()
        if self.take("some"):
            bracket = self.take("(")
            found = Some(self.relation(name), self.filler())
            if bracket and not self.take(")"):
                raise self.error("a bracket is not closed; 'some' takes one class")
            return found
        if self.take("value"):
            return Value(self.graph.find(name, "attribute"), self.number())
        return Named(self.graph.find(name, "class"))

    def filler(self) -> tuple[str, ...]:
        name = self.name()
        return tuple(self.graph.names.candidates(name)) or (self.graph.find(name),)

    def name(self) -> str:
        if not self.next or (not self.tokens[self.k][1] and self.next in (*WORDS, "(", ")")):
            raise self.error(f"a name is missing before '{self.next}'" if self.next else "a name is missing")
        self.k += 1
        return self.tokens[self.k - 1][0]

    def relation(self, name: str) -> str:
        known = sorted({edge.relation for edge in self.graph.relations} - {ATTRIBUTE})
        if name not in known:
            near = suggest(name, known)
            fix = f"did you mean '{near}'?" if near else f"known are {', '.join(known)}"
            raise QueryError(f"unknown relation '{name}'", value=name, fix=fix)
        return name

    def number(self) -> float:
        word = self.name()
        try:
            value = float(word)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise QueryError(f"'{word}' is no strength between 0 and 1", value=word)
        return value
