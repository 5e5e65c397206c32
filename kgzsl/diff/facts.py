"""Which facts came, went or changed between two ontologies; order, prefixes and names of blank nodes do not count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kgzsl.diff.expressions import Expression, Expressions, literal_text
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal, Ontology

Term = str | Literal | Expression
Key = tuple[str, str, Term]
Name = Callable[[str], str]

ANONYMOUS = ""
"""Subject of what a blank node states that nothing refers to, such as AllDisjointClasses."""

_NUMBER = v.XSD + "double"


class Stated(NamedTuple):
    """A fact with its blank node unfolded; ``subject`` is empty where the fact is one blank node all by itself."""

    subject: str
    predicate: str
    object: Term
    file: str
    line: int


@dataclass(frozen=True)
class Statement:
    """A fact that one side has and the other has not.

    Args:
        subject: IRI; empty where the fact is one blank node all by itself.
        predicate: IRI.
        object: IRI, literal, or what a blank node stands for.
        text: all of it, readable.
        value: the object, readable.
        file: that states it; empty for an inferred fact.
        line: in that file.
        because: places (``file:line``) of the facts that an inferred one follows from.
    """

    subject: str
    predicate: str
    object: Term
    text: str
    value: str
    file: str
    line: int
    because: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The place as ``file:line``; for an inferred fact, what it follows from."""
        if not self.file:
            return ", ".join(self.because) or "inferred"
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Changed:
    """A fact with another object: one gloss, number, parent or filler instead of another."""

    before: Statement
    after: Statement


@dataclass(frozen=True)
class FactDiff:
    """Facts that came, went or changed; no fact is in two of these."""

    added: tuple[Statement, ...] = ()
    removed: tuple[Statement, ...] = ()
    changed: tuple[Changed, ...] = ()

    def __len__(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed)


def statements(ontology: Ontology, renames: Mapping[str, str] | None = None) -> dict[Key, Stated]:
    """Return the facts of an ontology by what they say; of a fact stated twice, the first.

    Args:
        ontology: where they stand.
        renames: IRI → what it is called on the other side, in the keys only.
    """
    found: dict[Key, Stated] = {}
    blank: list[Fact] = []
    for fact in ontology:
        obj = fact[2]
        if fact[0].startswith("_:") or (isinstance(obj, str) and (obj.startswith("_:") or obj == v.NIL)):
            blank.append(fact)
        else:
            found.setdefault(_key(fact, renames), fact)  # type: ignore[arg-type]
    if blank:
        _unfold(found, blank, renames or {})
    return found


def _key(fact: Fact, renames: Mapping[str, str] | None) -> Key:
    subject, predicate, obj = fact[:3]
    if isinstance(obj, Literal):
        obj = _normal(obj)
    if not renames:
        return subject, predicate, obj
    return renames.get(subject, subject), renames.get(predicate, predicate), renames.get(obj, obj)  # type: ignore[arg-type]


def _normal(literal: Literal) -> Literal:
    """Return the literal as it is compared: equal numbers are equal, and so are language tags in capitals."""
    if literal.datatype in v.NUMERIC:
        try:
            return Literal(repr(float(literal.value)), _NUMBER)
        except ValueError:
            return literal
    language = literal.language
    return literal if language is None or language.islower() else literal._replace(language=language.lower())


def _unfold(found: dict[Key, Stated], facts: list[Fact], renames: Mapping[str, str]) -> None:
    facts = [fact._replace(object=_normal(fact.object)) if isinstance(fact.object, Literal) else fact for fact in facts]
    plain = Expressions(facts, {})
    keys = Expressions(facts, renames) if renames else plain
    for fact in facts:
        if not fact.subject.startswith("_:"):
            key = renames.get(fact.subject, fact.subject), renames.get(fact.predicate, fact.predicate), keys.of(fact)
            found.setdefault(key, Stated(fact.subject, fact.predicate, plain.of(fact), fact.file, fact.line))
    for (fact, shown), (_, compared) in zip(plain.roots(facts), keys.roots(facts), strict=True):
        key = ANONYMOUS, v.TYPE, compared
        found.setdefault(key, Stated(ANONYMOUS, v.TYPE, shown, fact.file, fact.line))


def compare(
    removed: Mapping[Key, Stated], added: Mapping[Key, Stated], old: Name, new: Name
) -> FactDiff:
    """Return the difference, facts with another object paired.

    Args:
        removed: facts of the old side only, by what they say in terms of the new.
        added: facts of the new side only.
        old: gives names to IRIs of the old side.
        new: gives names to IRIs of the new side.
    """
    gone, came = _grouped(removed), _grouped(added)
    pairs = [(gone[group][0], came[group][0]) for group in gone if len(gone[group]) == len(came.get(group, ())) == 1]
    before, after = {key for key, _ in pairs}, {key for _, key in pairs}
    changed = (Changed(_statement(removed[one], old), _statement(added[other], new)) for one, other in pairs)
    return FactDiff(
        _sorted(_statement(added[key], new) for key in added if key not in after),
        _sorted(_statement(removed[key], old) for key in removed if key not in before),
        tuple(sorted(changed, key=lambda pair: (*_order(pair.after), *_order(pair.before)))),
    )


def _grouped(keys: Iterable[Key]) -> dict[tuple[str, str, str], list[Key]]:
    """Group facts that can be each other's before and after: of one subject, predicate and kind of object."""
    groups: dict[tuple[str, str, str], list[Key]] = {}
    for key in keys:
        subject, predicate, obj = key
        if isinstance(obj, Expression):
            kind = f"expression about {obj.about}"
        elif isinstance(obj, Literal):
            kind = f"text {obj.language}" if obj.datatype not in v.NUMERIC else "number"
        else:
            kind = "IRI"
        groups.setdefault((subject, predicate, kind), []).append(key)
    return groups


def _statement(stated: Stated, name: Name) -> Statement:
    subject, predicate, obj, file, line = stated
    shown = obj.shown(name) if isinstance(obj, Expression) else _shown(obj, name)
    said = f"{name(subject)} {name(predicate)} {shown}" if subject != ANONYMOUS else shown
    return Statement(subject, predicate, obj, said, shown, file, line)


def _shown(obj: str | Literal, name: Name) -> str:
    return literal_text(obj) if isinstance(obj, Literal) else name(obj)


def _sorted(found: Iterable[Statement]) -> tuple[Statement, ...]:
    return tuple(sorted(found, key=_order))


def _order(statement: Statement) -> tuple[str, int, str, str, str]:
    return statement.file, statement.line, statement.text, statement.subject, str(statement.object)
