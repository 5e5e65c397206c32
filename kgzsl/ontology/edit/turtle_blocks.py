"""Writing facts as Turtle, in the words and the layout of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import NewClass, Triple
from kgzsl.ontology.edit.style import Style
from kgzsl.ontology.edit.syntax import Turtle, Written, compact
from kgzsl.ontology.edit.tokens import is_local, quoted
from kgzsl.ontology.model import Literal


class Writer(NamedTuple):
    """Writes as a file does; ``strict`` leaves out what N-Triples does not have."""

    style: Style
    strict: bool = False

    def described(self, new: NewClass) -> list[Triple]:
        """Return what is to be said of a class, in the file's own words and order."""
        style = self.style
        said: list[tuple[str, str | Literal]] = [(v.TYPE, style.kind)]
        said.append((style.label.predicate, style.label.literal(new.name)))
        said += [(style.synonym.predicate, style.synonym.literal(other)) for other in new.synonyms]
        said += [(style.gloss.predicate, style.gloss.literal(new.gloss))] if new.gloss else []
        said += [(style.parent, parent) for parent in new.parents]
        said += [(attribute, Literal(plain_number(value), v.XSD + "decimal")) for attribute, value in new.attributes]
        said += new.relations
        return [(new.iri, *pair) for pair in sorted(said, key=lambda pair: style.rank(pair[0]))]

    def block(self, block: Sequence[Triple], prefixes: Mapping[str, str]) -> str:
        """Return facts about one subject as a block."""
        style = self.style
        subject = compact(block[0][0], prefixes)
        grouped: dict[str, list[str]] = {}
        for _, predicate, obj in block:
            grouped.setdefault(predicate, []).append(self.term(obj, prefixes))
        rows = []
        for predicate, objects in grouped.items():
            verb = self.verb(predicate, prefixes)
            rows += [f"{verb} {', '.join(objects)}"] if style.lists else [f"{verb} {o}" for o in objects]
        if style.form == "flat":
            return style.newline.join(f"{subject} {row}{style.dot}" for row in rows)
        head = f"{style.heading}{block[0][0]}{style.newline}" if style.heading else ""
        return head + subject + style.first + (style.semicolon + style.glue).join(rows) + style.dot

    def verb(self, predicate: str, prefixes: Mapping[str, str]) -> str:
        """Return a predicate as the file writes it."""
        return self.style.word if predicate == v.TYPE and self.style.word == "a" else compact(predicate, prefixes)

    def term(self, term: str | Literal, prefixes: Mapping[str, str]) -> str:
        """Return an IRI or a literal as the file writes it."""
        if isinstance(term, str):
            return compact(term, prefixes)
        if term.language:
            return f"{quoted(term.value)}@{term.language}"
        if term.datatype == v.XSD + "string":
            return quoted(term.value)
        if term.datatype in v.NUMERIC and not self.strict:
            return term.value
        return f"{quoted(term.value)}^^{compact(term.datatype, prefixes)}"


def plain_number(value: float) -> str:
    """Return a number as a decimal, never with an exponent."""
    return format(Decimal(repr(float(value))), "f")


def iri_like(turtle: Turtle, index: int, new: str) -> str:
    """Write an IRI in the form of the one at a token: prefixed, relative or in full."""
    token, written = turtle.tokens[index], turtle.resolved[index]
    if token.kind == "iri":
        return f"<{_relative(token.text, written, new)}>"
    prefix = token.text.partition(":")[0]
    space = written.prefixes.get(prefix)
    if space is not None and token.kind == "name" and new.startswith(space) and is_local(new[len(space):]):
        return f"{prefix}:{new[len(space):]}"
    return compact(new, written.prefixes)


def _relative(token: str, written: Written, new: str) -> str:
    """Return an IRI relative to the base where the old one was written so and the new one can be."""
    stem = token[1:-1].removesuffix(v.local_name(written.iri))
    space = written.iri.removesuffix(v.local_name(written.iri))
    kept = stem + new.removeprefix(space)
    return kept if new.startswith(space) and stem + v.local_name(written.iri) == token[1:-1] else new
