"""W04: facts that contradict each other.

One attribute of one class with two strengths, in one file or in several; a relation that is stated and denied
(`owl:NegativePropertyAssertion`). Of two strengths the one read first counts, which is easily not the one meant: a
table and a line in another file, say.

Remove the one that is wrong; the message says where the other is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.hierarchy import place
from kgzsl.graph.axioms import strength
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact

_SOURCE, _PROPERTY, _TARGET = (v.OWL + term for term in ("sourceIndividual", "assertionProperty", "targetIndividual"))


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a fact that an earlier one contradicts."""
    yield from _strengths(context)
    yield from _denied(context)


def _strengths(context: Context) -> Iterator[Finding]:
    attributes = {iri for iri, concept in context.graph.concepts.items() if concept.kind == "attribute"}
    first: dict[tuple[str, str], Fact] = {}
    facts = (context.stated.get(attribute, ()) for attribute in sorted(attributes))
    for fact in chain.from_iterable(facts):
        subject = context.merged.get(fact.subject, fact.subject)
        known = first.setdefault((subject, fact.predicate), fact)
        one, other = strength(known, known.predicate), strength(fact, fact.predicate)
        if one != other and known is not fact and subject in context.graph:
            at, there = (fact, known) if (fact.file, fact.line) >= (known.file, known.line) else (known, fact)
            here, elsewhere = (strength(f, f.predicate) for f in (at, there))
            message = f"attribute {context.name(fact.predicate)} of {context.name(subject)} is {here:g} here and "
            message += f"{elsewhere:g} at {place(there, at.file)}"
            yield Finding("W04", message, at.file, at.line, context.graph.short(subject),
                          f"keep one: {one:g} counts, as it is read first")  # fmt: skip


def _denied(context: Context) -> Iterator[Finding]:
    parts: dict[str, dict[str, str]] = {}
    for fact in (fact for part in (_SOURCE, _PROPERTY, _TARGET) for fact in context.stated.get(part, ())):
        parts.setdefault(fact.subject, {})[fact.predicate] = str(fact.object)
    denied = {(p.get(_SOURCE), p.get(_PROPERTY), p.get(_TARGET)): node for node, p in parts.items()}
    places = {fact.subject: fact for fact in context.stated.get(_SOURCE, ())}
    relations = {predicate for _, predicate, _ in denied if predicate}
    for fact in (fact for predicate in sorted(relations) for fact in context.stated.get(predicate, ())):
        node = denied.get((fact.subject, fact.predicate, str(fact.object)))
        if node is not None and isinstance(fact.object, str):
            what = f"'{v.local_name(fact.predicate)}' from {context.name(fact.subject)} to {context.name(fact.object)}"
            message = f"the relation {what} is stated here and denied at {place(places[node], fact.file)}"
            yield Finding("W04", message, fact.file, fact.line, context.graph.short(fact.subject),
                          "remove one of the two")  # fmt: skip
