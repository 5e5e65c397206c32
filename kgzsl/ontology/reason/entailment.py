"""What an ontology entails and does not state; nothing of it is ever written into a file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from kgzsl.ontology.model import Fact, Ontology
from kgzsl.ontology.reason import existential
from kgzsl.ontology.reason.closure import Profile, closure, triples_of
from kgzsl.ontology.reason.justification import Justifier
from kgzsl.ontology.reason.terms import Triple


class Inferred(NamedTuple):
    """A statement that follows from the files and stands in none."""

    subject: str
    predicate: str
    object: str


class Entailment:
    """The entailed facts of one ontology, computed when first asked for.

    Subclass and equivalence closure, inverse, symmetric, transitive and sub-properties, property chains, and domain
    and range as types: the OWL 2 RL rules; in the profile ``el`` also what definitions with ``some`` entail, and
    ``subClassOf owl:Nothing`` of classes that cannot have members.
    """

    def __init__(self, ontology: Ontology, profile: Profile = "rl") -> None:
        self._ontology, self.profile = ontology, profile

    @cached_property
    def facts(self) -> tuple[Inferred, ...]:
        """What is entailed and not asserted, sorted; facts about blank nodes and trivial ones are left out."""
        stated = {fact[:3] for fact in self._ontology}
        everything = closure(self._triples, self.profile)
        return tuple(sorted(Inferred(*triple) for triple in everything if triple not in stated))

    @cached_property
    def restrictions(self) -> tuple[Inferred, ...]:
        """``subject ⊑ predicate some object`` between named classes, where it is entailed and not stated; sorted."""
        found = existential.entailed(self._triples) - existential.stated(self._triples)
        return tuple(sorted(Inferred(*triple) for triple in found))

    def because(self, subject: str, predicate: str, object: str) -> tuple[Fact, ...]:
        """Return asserted facts from which a fact or restriction follows, and of whose axioms none can be left out.

        Raises:
            LookupError: it does not follow from the ontology.
        """
        triple = Inferred(subject, predicate, object)
        return self._justifier.justify(triple, existential.entailed if triple in self._restrictions else None)

    def __len__(self) -> int:
        return len(self.facts)

    def __contains__(self, triple: object) -> bool:
        return triple in self._set

    def about(self, subject: str, predicates: Collection[str] = ()) -> tuple[Inferred, ...]:
        """Return the entailed facts of one subject, of all predicates or these."""
        start = bisect_left(self.facts, (subject,))
        own = takewhile(lambda fact: fact.subject == subject, islice(self.facts, start, None))
        return tuple(fact for fact in own if not predicates or fact.predicate in predicates)

    @cached_property
    def _justifier(self) -> Justifier:
        return Justifier(self._ontology, self.profile)

    @cached_property
    def _triples(self) -> list[Triple]:
        return triples_of(self._ontology)

    @cached_property
    def _restrictions(self) -> frozenset[Triple]:
        return frozenset(self.restrictions)

    @cached_property
    def _set(self) -> frozenset[Triple]:
        return frozenset(self.facts)


def entailment(ontology: Ontology, profile: Profile = "rl") -> Entailment:
    """Return the entailment of an ontology; asked twice of the same object, it is computed once."""
    found: Entailment = ontology.entailments.setdefault(profile, Entailment(ontology, profile))
    return found
