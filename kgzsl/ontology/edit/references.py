"""Statements that refer to a class: finding them, and refusing to leave them behind."""

from __future__ import annotations

from collections.abc import Sequence

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import Triple
from kgzsl.ontology.edit.workspace import Workspace
from kgzsl.ontology.model import Fact, Literal

_FEW = 20


def refuse(work: Workspace, facts: Sequence[Fact], message: str, fix: str) -> None:
    """Raise an error that lists the file and line of each of these facts, if there are any."""
    if facts:
        rows = [f"  {f.where}: {_words(work, f)}" for f in facts[:_FEW]]
        rows += [f"  and {len(facts) - _FEW} more"] if len(facts) > _FEW else []
        raise OntologyError("\n".join([f"{message}:", *rows, f"  {fix}"]), value=facts[0].where)


def _words(work: Workspace, fact: Fact) -> str:
    """Return a statement in words; one within brackets as what the described class says of it."""
    holders = {f.object: f for f in work.ontology if isinstance(f.object, str) and f.object.startswith("_:")}
    top = fact
    while top.subject in holders and holders[top.subject] is not top:
        top = holders.pop(top.subject)
    subject = "[…]" if top.subject.startswith("_:") else work.names.label(top.subject)
    obj = fact.object.value if isinstance(fact.object, Literal) else work.names.label(fact.object)
    within = "" if top is fact else f" […] {v.local_name(fact.predicate)}"
    return f"{subject} {v.local_name(top.predicate)}{within} {obj}"


def speaks_of(fact: Fact, iri: str) -> bool:
    """Return whether a fact names an IRI anywhere."""
    return iri in (fact.subject, fact.predicate, fact.object) or (
        isinstance(fact.object, Literal) and fact.object.datatype == iri
    )


def triple_of(fact: Fact) -> Triple:
    """Return a fact without its place."""
    return fact.subject, fact.predicate, fact.object
