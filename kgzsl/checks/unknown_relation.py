"""W06: a relation that no file declares and that is spelt much like another.

`:hasPrat` makes a relation of its own beside `:hasPart`, to which no recipe gives a weight. A relation needs no
declaration, so that only a near miss is told: of a declared one, or of one that is used ten times as often.

Correct the name, or declare the relation: `:hasPart a owl:ObjectProperty .`
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.predicates import declared, familiar
from kgzsl.ontology import vocabulary as v

OFTEN, NEAR = 10, 0.8


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a fact."""
    known = declared(context)
    used = {predicate: facts for predicate, facts in context.stated.items() if not familiar(predicate)}
    for predicate in used.keys() - known:
        those = [f for f in used[predicate] if isinstance(f.object, str) and f.subject in context.graph]
        often = {other for other, facts in used.items() if len(facts) >= OFTEN * len(used[predicate])}
        names = sorted(map(v.local_name, (known | often) - {predicate}))
        near = get_close_matches(v.local_name(predicate), names, n=1, cutoff=NEAR)
        for fact in those if near else ():
            name = v.local_name(predicate)
            yield Finding("W06", f"unknown relation '{name}' of {context.name(fact.subject)}", fact.file, fact.line,
                          name, f"did you mean '{near[0]}'?")  # fmt: skip
