"""W07: a term that its standard does not have: `rdfs:subclassOf`, `a owl:Clas`.

RDF, RDFS, OWL and SKOS have a fixed set of terms. Any other is read as a relation like any, and what was meant (a
parent, a class) is lost without a word.

Correct the spelling; capitals count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.predicates import STANDARD
from kgzsl.errors import suggest
from kgzsl.ontology import vocabulary as v

_PREFIX = {v.RDF: "rdf", v.RDFS: "rdfs", v.OWL: "owl", v.SKOS: "skos"}
_READ = v.CLASS_TYPES | v.PROPERTY_TYPES | {term for term in vars(v).values() if isinstance(term, str)}
_MEMBER = re.compile(r"_[1-9]\d*")


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a use of an unknown term, as a predicate or as a type."""
    uses = {predicate: facts for predicate, facts in context.stated.items() if predicate != v.TYPE}
    types = set[str]().union(*context.types.values())
    wrong = [term for term in (*uses, *types) if term.startswith(STANDARD) and not _known(term)]
    for fact in context.stated.get(v.TYPE, ()) if wrong else ():
        uses.setdefault(str(fact.object), []).append(fact)
    for term in wrong:
        space = next(space for space in STANDARD if term.startswith(space))
        prefix, local = _PREFIX[space], term.removeprefix(space)
        near = suggest(local, sorted(_terms(space)))
        for fact in uses[term]:
            yield Finding("W07", f"unknown term '{prefix}:{local}' of '{v.local_name(fact.subject)}'", fact.file,
                          fact.line, local, near and f"did you mean '{prefix}:{near}'?")  # fmt: skip


def _known(term: str) -> bool:
    if term in _READ:
        return True
    space = next(space for space in STANDARD if term.startswith(space))
    local = term.removeprefix(space)
    return local in _terms(space) or (space == v.RDF and _MEMBER.fullmatch(local) is not None)


@cache
def _terms(space: str) -> frozenset[str]:
    """Return the local names of a vocabulary, as rdflib lists them."""
    from rdflib import namespace

    listed = {v.RDF: namespace.RDF, v.RDFS: namespace.RDFS, v.OWL: namespace.OWL, v.SKOS: namespace.SKOS}[space]
    return frozenset(str(term).removeprefix(space) for term in dir(listed) if str(term).startswith(space))
