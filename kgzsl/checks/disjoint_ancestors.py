"""W03: a class below two classes that are stated to be disjoint, or below what it is itself disjoint with.

Nothing can be both, so the class is empty as it stands: one of its parents is wrong, or the statement of
disjointness is. Both ways up are shown with the lines that state them. What lies below such a class is W14's.

Name other parents, or take back the statement.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.hierarchy import chain, place, shown

Ends = frozenset[str]


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class and pair of disjoint ancestors (itself counts as one)."""
    for iri, pair in clashes(context):
        concept, stated = context.graph.concepts[iri], context.disjoint[pair]
        ways = [shown(context, iri, chain(context.up, iri, end), concept.file) for end in sorted(pair) if end != iri]
        if iri in pair:
            (other,) = pair - {iri} or {iri}
            message = f"{context.name(iri)} lies below {context.name(other)}, which it is"
        else:
            one, other = (context.name(end) for end in sorted(pair))
            message = f"{context.name(iri)} lies below {one} and {other},"
        yield Finding("W03", f"{message} stated disjoint at {place(stated, concept.file)}: {', and '.join(ways)}",
                      concept.file, concept.line, context.graph.short(iri), "name other parents")  # fmt: skip


def clashes(context: Context) -> list[tuple[str, frozenset[str]]]:
    """Return each class where two disjoint ancestors first meet, and the pair; what lies below is not repeated.

    Only ends of disjointness are carried down, so that a hierarchy is walked once however many pairs there are.
    """
    against: dict[str, set[str]] = {}
    for pair in context.disjoint:
        for end in pair:
            against.setdefault(end, set()).update(pair - {end} or pair)
    order, left = context.order
    carried: dict[str, Ends] = {}
    found = []
    for iri in [*order, *sorted(left), *sorted(against.keys() - set(order) - left)] if against else ():
        above = [carried.get(edge.target, Ends()) for edge in context.up.get(iri, ())]
        ends = above[0] if len(set(above)) == 1 else Ends().union(*above)
        if iri in against:
            ends = ends | {iri}
        carried[iri] = ends
        if iri in against or len(set(above)) > 1:
            found += [(iri, pair) for pair in _met(ends, against) if not any(pair <= other for other in above)]
    return found


def _met(ends: Ends, against: dict[str, set[str]]) -> list[frozenset[str]]:
    pairs = {frozenset((end, other)) for end in ends for other in against[end] & ends}
    return sorted(pairs, key=sorted)
