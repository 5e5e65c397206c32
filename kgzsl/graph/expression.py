"""Class expressions in Manchester syntax as a tree: ``vehicle and (hasPart some wing)``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgzsl.ontology import vocabulary as v

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

COMPARISONS = ("=", "<", "<=", ">", ">=")


class Expression:
    """Base of all nodes; ``str`` writes Manchester syntax that :func:`parse` reads back to an equal tree."""

    def __str__(self) -> str:
        return write(self)

    @property
    def inner(self) -> tuple[Expression, ...]:
        """The expressions that this one is made of."""
        return ()


@dataclass(frozen=True)
class Named(Expression):
    """A class, by its IRI."""

    iri: str

    __str__ = Expression.__str__


@dataclass(frozen=True)
class Some(Expression):
    """``relation some filler``: related to something that the filler is true of."""

    relation: str
    filler: Expression

    __str__ = Expression.__str__

    @property
    def inner(self) -> tuple[Expression, ...]:
        """The filler."""
        return (self.filler,)


@dataclass(frozen=True)
class Value(Expression):
    """``relation value thing``: related to this very thing, by its IRI, and not only to something below it."""

    relation: str
    iri: str

    __str__ = Expression.__str__


@dataclass(frozen=True)
class Compare(Expression):
    """``hasAttribute value attribute >= strength``; the comparison is an extension of Manchester syntax."""

    iri: str
    comparison: str
    strength: float

    __str__ = Expression.__str__


@dataclass(frozen=True)
class Not(Expression):
    """What is not so."""

    part: Expression

    __str__ = Expression.__str__

    @property
    def inner(self) -> tuple[Expression, ...]:
        """What is denied."""
        return (self.part,)


@dataclass(frozen=True)
class And(Expression):
    """All of these, two or more."""

    parts: tuple[Expression, ...]

    __str__ = Expression.__str__

    @property
    def inner(self) -> tuple[Expression, ...]:
        """The parts."""
        return self.parts


@dataclass(frozen=True)
class Or(Expression):
    """Any of these, two or more."""

    parts: tuple[Expression, ...]

    __str__ = Expression.__str__

    @property
    def inner(self) -> tuple[Expression, ...]:
        """The parts."""
        return self.parts


def parse(text: str, graph: ClassGraph) -> Expression:
    """Read an expression; ``not`` binds before ``and``, and ``and`` before ``or``. See docs/expressions.md.

    Names are ids, prefixed names, IRIs (in ``<>`` or bare) and labels; those of several words, and those that are
    words of the syntax, stand in single or double quotes. A filler whose name is ambiguous stands for all of its
    senses.

    Raises:
        QueryError: a syntax error, an unknown relation, or a construct that the graph does not represent.
        UnknownNameError: a class or attribute that the graph does not know, or a class name with several senses.
    """
    from kgzsl.graph.expression_grammar import read
    from kgzsl.graph.expression_names import resolve

    return resolve(read(text), text, graph)


def write(expression: Expression, name: Callable[[str], str] | None = None) -> str:
    """Return an expression in Manchester syntax.

    Args:
        expression: of it.
        name: IRI → how it is called, such as ``graph.label``; IRIs and known prefixes when not given.
    """

    def called(iri: str) -> str:
        return word(name(iri)) if name else reference(iri)

    def nested(part: Expression) -> str:
        return called(part.iri) if isinstance(part, Named) else f"({written(part)})"

    def among(part: Expression) -> str:
        return written(part) if isinstance(part, Not) else nested(part)

    def written(part: Expression) -> str:
        match part:
            case Named(iri):
                return called(iri)
            case Some(relation, filler):
                return f"{word(relation)} some {nested(filler)}"
            case Value(relation, iri):
                return f"{word(relation)} value {called(iri)}"
            case Compare(iri, comparison, strength):
                return f"hasAttribute value {called(iri)} {comparison} {strength!r}"
            case Not(denied):
                return f"not {nested(denied)}"
            case And(parts):
                return " and ".join(map(among, parts))
            case Or(parts):
                return " or ".join(map(among, parts))
        raise TypeError(f"no expression: {part!r}")

    return written(expression)


def reference(iri: str) -> str:
    """Return ``prefix:local`` where a known prefix gives a plain word, else ``<iri>``."""
    for prefix, base in v.PREFIXES.items():
        local = iri.removeprefix(base)
        if local != iri and local.isalnum():
            return f"{prefix}:{local}"
    return f"<{iri}>"


def word(name: str) -> str:
    """Return a name as it must stand in an expression: in quotes unless it is one plain word."""
    from kgzsl.graph.expression_grammar import is_plain

    if is_plain(name):
        return name
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and everything inside it."""
    yield expression
    for part in expression.inner:
        yield from walk(part)
