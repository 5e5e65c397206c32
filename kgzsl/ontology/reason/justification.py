"""Why an entailed fact holds: a smallest set of asserted axioms from which the reasoner still derives it.

Minimal justifications as in Kalyanpur, Parsia, Horridge, Sirin, Finding All Justifications of OWL DL Entailments
(ISWC 2007), found by QuickXplain (Junker, AAAI 2004) with the reasoner as its oracle, so that nothing about the rules
is written twice. It runs on the part of the ontology around the fact, which is widened until it entails the fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal
from kgzsl.ontology.reason.closure import Profile, closure, triples_of
from kgzsl.ontology.reason.terms import MEANING, Triple

Closure = Callable[[list[Triple]], set[Triple]]
Axiom = tuple[Fact, ...]
"""A fact, then what is said of the blank nodes it leads to: a restriction or a list is taken whole or not at all."""

_SCHEMA = frozenset({v.SUBPROPERTY, v.INVERSE, v.DOMAIN, v.RANGE, v.CHAIN, v.OWL + "equivalentProperty"})
_HIERARCHY = frozenset({v.SUBCLASS, v.EQUIVALENT, v.OWL + "unionOf", v.OWL + "intersectionOf", v.DISJOINT})


class Justifier:
    """Finds minimal justifications in one ontology.

    Args:
        facts: of the ontology.
        profile: what the reasoner reads.
    """

    def __init__(self, facts: Iterable[Fact], profile: Profile = "rl") -> None:
        self._profile: Profile = profile
        self._axioms = _axioms(facts)
        self._schema = [a for a in self._axioms if a[0].predicate in _SCHEMA or
                        (a[0].predicate == v.TYPE and a[0].object in v.PROPERTY_TYPES)]  # fmt: skip
        self._up, self._at = _upward_index(self._axioms), _index(self._axioms)

    def justify(self, triple: Triple, closed: Closure | None = None) -> tuple[Fact, ...]:
        """Return facts that entail the triple and of whose axioms none can be left out, in an order to follow.

        Args:
            triple: what follows.
            closed: gives all that follows from triples, instead of the closure of the profile.

        Raises:
            LookupError: the facts do not entail it.
        """

        def holds(some: Sequence[Axiom]) -> bool:
            said = [fact for axiom in some for fact in axiom]
            triples = triples_of(said)
            found = closed(triples) if closed else closure(triples, self._profile)
            return triple in found or any(fact[:3] == triple for fact in said)

        for part in self._parts(triple):
            if holds(part):
                return _followed(_quickxplain(part, holds), triple[0])
        raise LookupError(f"{triple} does not follow")

    def _parts(self, triple: Triple) -> Iterator[list[Axiom]]:
        """Yield ever wider parts of the ontology around a triple, the whole of it last."""
        near = {triple[0], triple[2]}
        up = self._upward(near)
        if triple[1] in _HIERARCHY:
            yield up
        width = 0
        while width != len(near):
            width = len(near)
            around = list(dict.fromkeys(axiom for term in sorted(near) for axiom in self._at.get(term, ())))
            near |= {term for axiom in around for term in _named(axiom)}
            typed = (a[0] for a in (*around, *self._schema))
            types = {str(fact.object) for fact in typed if fact.predicate in (v.TYPE, v.DOMAIN, v.RANGE)}
            yield list(dict.fromkeys([*self._schema, *up, *around, *self._upward(types)]))
        yield self._axioms

    def _upward(self, start: Iterable[str]) -> list[Axiom]:
        """Return what leads up from some classes: parents, equivalents, and classes their expressions name."""
        found: dict[Axiom, None] = {}
        todo, met = sorted(start), set()
        while todo:
            node = todo.pop()
            if node not in met:
                met.add(node)
                for axiom in self._up.get(node, ()):
                    found[axiom] = None
                    todo += [str(term) for fact in axiom for term in (fact.object, fact.subject)]
        return list(found)


def _named(axiom: Axiom) -> Iterator[str]:
    for fact in axiom:
        if fact.predicate != v.TYPE:
            terms = (fact.subject, str(fact.object))
            yield from (term for term in terms if not term.startswith(("_:", *MEANING)))


def _upward_index(axioms: list[Axiom]) -> dict[str, list[Axiom]]:
    at: dict[str, list[Axiom]] = {}
    for axiom in axioms:
        head = axiom[0]
        if head.predicate == v.SUBCLASS:
            at.setdefault(head.subject, []).append(axiom)
        elif head.predicate in _HIERARCHY or head.subject.startswith("_:"):
            for term in sorted({str(t) for fact in axiom for t in (fact.subject, fact.object)}):
                at.setdefault(term, []).append(axiom)
    return at


def _index(axioms: list[Axiom]) -> dict[str, list[Axiom]]:
    at: dict[str, list[Axiom]] = {}
    for axiom in axioms:
        head = axiom[0]
        at.setdefault(head.subject, []).append(axiom)
        if head.predicate not in (v.SUBCLASS, v.TYPE):
            at.setdefault(str(head.object), []).append(axiom)
    return at


def _axioms(facts: Iterable[Fact]) -> list[Axiom]:
    blanks: dict[str, list[Fact]] = {}
    heads: list[Fact] = []
    for fact in facts:
        if fact.subject.startswith("_:"):
            blanks.setdefault(fact.subject, []).append(fact)
        elif not isinstance(fact.object, Literal):
            heads.append(fact)
    inside = {str(fact.object) for said in blanks.values() for fact in said} | {str(fact.object) for fact in heads}
    roots = [said for blank, said in blanks.items() if blank not in inside]
    return [_whole([head], blanks) for head in heads] + [_whole(said, blanks) for said in roots]


def _whole(start: list[Fact], blanks: dict[str, list[Fact]]) -> Axiom:
    found, met = list(start), {fact.subject for fact in start}
    for fact in found:  # grows while it is read
        node = str(fact.object)
        if node in blanks and node not in met:
            met.add(node)
            found += blanks[node]
    return tuple(found)


def _quickxplain(axioms: Sequence[Axiom], holds: Callable[[Sequence[Axiom]], bool]) -> list[Axiom]:
    def smallest(base: list[Axiom], added: bool, rest: Sequence[Axiom]) -> list[Axiom]:
        if added and holds(base):
            return []
        if len(rest) == 1:
            return list(rest)
        half = len(rest) // 2
        one, other = rest[:half], rest[half:]
        needed = smallest([*base, *one], bool(one), other)
        return smallest([*base, *needed], bool(needed), one) + needed

    return smallest([], False, axioms)


def _followed(axioms: list[Axiom], start: str) -> tuple[Fact, ...]:
    """Order axioms so that each names something that was named before, as far as that goes."""
    named, left = {start}, sorted(axioms, key=lambda a: (a[0].file, a[0].line, a[0][:2]))
    ordered: list[Fact] = []
    while left:
        after = min(left, key=lambda a: (a[0].subject not in named, a[0].object not in named))
        left.remove(after)
        ordered += after
        named |= {str(term) for fact in after for term in (fact.subject, fact.object)}
    return tuple(ordered)
