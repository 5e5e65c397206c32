"""The statements of a Turtle text, each part with the tokens that write it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urljoin

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.tokens import Token, is_local, number_of, string_value, tokenize, unescaped
from kgzsl.ontology.model import Literal

_OPEN, _CLOSE = ("[", "("), ("]", ")")


class Node(NamedTuple):
    """A subject, predicate or object: its tokens (first and last index) and what it stands for.

    ``term`` is an IRI, a literal, a labelled blank node as ``_:name``, or None for ``[…]`` and ``(…)``.
    """

    first: int
    last: int
    term: str | Literal | None


class Pair(NamedTuple):
    """A predicate and its objects."""

    verb: Node
    objects: tuple[Node, ...]


class Statement(NamedTuple):
    """What stands between two full stops: a subject and pairs, with the prefixes that hold there."""

    first: int
    last: int
    subject: Node
    pairs: tuple[Pair, ...]
    prefixes: Mapping[str, str]


class Directive(NamedTuple):
    """A ``@prefix`` or ``@base`` line."""

    first: int
    last: int
    prefix: str | None
    iri: str


class Written(NamedTuple):
    """An IRI as a token writes it: what it stands for, and what prefixes and base hold there."""

    iri: str
    prefixes: Mapping[str, str]
    base: str


class Turtle:
    """A parsed text. It must be valid: what the reader accepts.

    Args:
        text: the whole file.
        file: named in errors.
        base: against which relative IRIs count.
    """

    def __init__(self, text: str, file: str = "", base: str = "") -> None:
        self.text, self.file = text, file
        self.tokens = tokenize(text, file)
        self.prefixes: dict[str, str] = {}
        self.base = base
        self.resolved: dict[int, Written] = {}
        self.directives: list[Directive] = []
        self.statements: list[Statement] = []
        self._solid = [k for k, token in enumerate(self.tokens) if token.kind not in ("space", "comment")]
        self._at = 0
        try:
            while self._at < len(self._solid):
                self._statement()
        except IndexError:
            raise OntologyError("cannot be edited: a statement has no end", file=file) from None

    def about(self, iri: str) -> list[Statement]:
        """The statements whose subject is ``iri``."""
        return self._by_subject.get(iri, [])

    def span(self, node: Node | Statement) -> tuple[int, int]:
        """Where a node or statement starts and ends in the text."""
        return self.tokens[node.first].start, self.tokens[node.last].end

    @cached_property
    def _by_subject(self) -> dict[str | Literal | None, list[Statement]]:
        found: dict[str | Literal | None, list[Statement]] = {}
        for statement in self.statements:
            found.setdefault(statement.subject.term, []).append(statement)
        return found

    def _statement(self) -> None:
        first, token = self._solid[self._at], self._token()
        word = token.text.lower()
        if word in ("@prefix", "@base") or (token.kind == "word" and word in ("prefix", "base")):
            self._directive(first, word)
            return
        subject = self._node()
        pairs = [] if self._token().text == "." else self._pairs(".")
        last = self._step()
        self.statements.append(Statement(first, last, subject, tuple(pairs), self.prefixes))

    def _directive(self, first: int, word: str) -> None:
        self._at += 1
        prefix = None
        if word.endswith("prefix"):
            prefix = self.tokens[self._step()].text.removesuffix(":")
        last = self._step()
        iri = self._iri(self.tokens[last].text)
        if word.startswith("@"):
            last = self._step()
        if prefix is None:
            self.base = iri
        else:
            self.prefixes = {**self.prefixes, prefix: iri}
        self.directives.append(Directive(first, last, prefix, iri))

    def _pairs(self, end: str) -> list[Pair]:
        pairs = []
        while self._token().text != end:
            if self._token().text == ";":
                self._at += 1
                continue
            verb, objects = self._node(), [self._node()]
            while self._token().text == ",":
                self._at += 1
                objects.append(self._node())
            pairs.append(Pair(verb, tuple(objects)))
        return pairs

    def _node(self) -> Node:
        first = last = self._step()
        token = self.tokens[first]
        if token.text in _OPEN and token.kind == "mark":
            return Node(first, self._closing(), None)
        term: str | Literal | None = self._single(token)
        if token.kind == "string":
            term = Literal(string_value(token.text))
            following = self._token()
            if following.kind == "language":
                last = self._step()
                term = Literal(term.value, v.RDF + "langString", following.text[1:].lower())
            elif following.text == "^^":
                self._at += 1
                last = self._step()
                term = Literal(term.value, str(self._single(self.tokens[last])))
        if isinstance(term, str) and not term.startswith("_:"):
            self._note(first, term)
        elif isinstance(term, Literal) and last > first + 1:
            self._note(last, term.datatype)
        return Node(first, last, term)

    def _closing(self) -> int:
        """Step over what a bracket holds, noting the IRIs in it, and return the bracket that closes it."""
        depth = 1
        while True:
            index = self._step()
            token = self.tokens[index]
            if token.kind == "mark":
                depth += (token.text in _OPEN) - (token.text in _CLOSE)
            elif token.kind in ("iri", "name") or token.text == "a":
                self._note(index, str(self._single(token)))
            if not depth:
                return index

    def _note(self, index: int, iri: str) -> None:
        self.resolved[index] = Written(iri, self.prefixes, self.base)

    def _single(self, token: Token) -> str | Literal:
        if token.kind == "iri":
            return self._iri(token.text)
        if token.kind == "name":
            prefix, _, local = token.text.partition(":")
            if prefix not in self.prefixes:
                raise OntologyError(f"the prefix '{prefix}' is not declared", file=self.file, value=prefix)
            return self.prefixes[prefix] + unescaped(local)
        if token.kind == "number":
            return number_of(token.text)
        if token.kind == "word":
            return v.TYPE if token.text == "a" else Literal(token.text, v.XSD + "boolean")
        return token.text

    def _iri(self, text: str) -> str:
        inner = unescaped(text[1:-1])
        scheme, colon, _ = inner.partition(":")
        return inner if (colon and "/" not in scheme) or not self.base else urljoin(self.base, inner)

    def _token(self) -> Token:
        return self.tokens[self._solid[self._at]]

    def _step(self) -> int:
        self._at += 1
        return self._solid[self._at - 1]


def compact(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return an IRI as ``prefix:local`` where one of the prefixes allows, else between angle brackets."""
    fits = [(len(space), name) for name, space in prefixes.items() if space and iri.startswith(space)
            and is_local(iri[len(space):])]  # fmt: skip
    if not fits:
        return f"<{iri}>"
    length, name = max(fits)
    return f"{name}:{iri[length:]}"

