"""Which IRIs of an ontology are classes, concepts, attributes and properties, and what to read them as."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal as Choice
from typing import NamedTuple

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal, Ontology

_OPAQUE = re.compile(r"[A-Za-z]+_\d+|[A-Z]?\d+")
_SHORTHAND = v.OIO + "shorthand"
_INDIVIDUALS = frozenset({v.SKOS + "Concept", v.OWL + "NamedIndividual"})


class Reading(NamedTuple):
    """What a recipe may choose about the meaning of facts.

    Args:
        languages: preferred languages of labels and glosses, the first most; text without a language comes next.
        broader: whether ``skos:broader`` makes the hierarchy (``parent``) or is a ``relation`` like others.
        concepts: whether SKOS concepts are ``classes`` (candidates for answers) or what classes are ``related`` to;
            ``auto`` makes them classes where no file declares a class.
    """

    languages: tuple[str, ...] = ("en",)
    broader: Choice["parent", "relation"] = "parent"
    concepts: Choice["auto", "classes", "related"] = "auto"


@dataclass
class Kinds:
    """IRI → ``class``, ``concept`` or ``attribute``, and the properties; blank nodes are left out."""

    kinds: dict[str, str] = field(default_factory=dict)
    properties: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    """Properties declared to relate things, so that what they point to must be described."""


def find_kinds(ontology: Ontology, reading: Reading) -> Kinds:
    """Sort the IRIs of an ontology.

    A class is what a file says is one or, as RDFS entails, what lies below something, or above it and is described.
    A concept is a SKOS concept or an individual, or anything labelled that is nothing else. An attribute is a
    subproperty of ``kg:hasAttribute``, directly or through others.
    """
    types, below, above, labelled, subproperties = _said(ontology)
    found = Kinds()
    classes = {iri for iri, those in types.items() if not v.CLASS_TYPES.isdisjoint(those)}
    concepts = {iri for iri, those in types.items() if not _INDIVIDUALS.isdisjoint(those)}
    found.properties = {iri for iri, those in types.items() if not v.PROPERTY_TYPES.isdisjoint(those)}
    found.objects = {iri for iri, those in types.items() if v.OWL + "ObjectProperty" in those}
    described = labelled | below | types.keys()
    classes |= (below | (above & described)) - concepts - found.properties - {v.THING, v.NOTHING}
    attributes = _attributes(subproperties)
    if reading.concepts == "classes" or (reading.concepts == "auto" and not classes - attributes):
        classes |= {iri for iri in concepts if v.SKOS + "Concept" in types[iri]}
    concepts |= labelled - types.keys() - found.properties - subproperties.keys()
    for kind, members in (("concept", concepts), ("class", classes), ("attribute", attributes)):
        found.kinds.update(dict.fromkeys((iri for iri in members if not iri.startswith("_:")), kind))
    return found


def _said(ontology: Ontology) -> tuple[dict[str, set[str]], set[str], set[str], set[str], dict[str, set[str]]]:
    types: dict[str, set[str]] = {}
    below: set[str] = set()
    above: set[str] = set()
    labelled: set[str] = set()
    subproperties: dict[str, set[str]] = {}
    for subject, predicate, obj, *_ in ontology:
        if predicate in v.LABELS:
            labelled.add(subject)
        elif isinstance(obj, str):
            if predicate == v.TYPE:
                types.setdefault(subject, set()).add(obj)
            elif predicate == v.SUBCLASS:
                below.add(subject)
                above.add(obj)
            elif predicate == v.SUBPROPERTY:
                subproperties.setdefault(subject, set()).add(obj)
    return types, below, above, labelled, subproperties


def _attributes(subproperties: dict[str, set[str]]) -> set[str]:
    below: dict[str, list[str]] = {}
    for prop, parents in subproperties.items():
        for parent in parents:
            below.setdefault(parent, []).append(prop)
    found: set[str] = set()
    todo = [v.HAS_ATTRIBUTE]
    while todo:
        new = [prop for prop in below.get(todo.pop(), ()) if prop not in found]
        found.update(new)
        todo += new
    return found


def by_subject(ontology: Ontology, subjects: Iterable[str]) -> dict[str, list[Fact]]:
    """Return the facts about each of these subjects."""
    facts: dict[str, list[Fact]] = {iri: [] for iri in subjects}
    for fact in ontology:
        if fact[0] in facts:
            facts[fact[0]].append(fact)
    return facts


def relation_names(ontology: Ontology, found: Kinds) -> dict[str, str]:
    """Call a property by its shorthand, or by its label where its IRI is a number that tells nobody anything.

    Of several labels English or none comes first, then the spelling, so that order does not count.
    """
    offers: dict[str, list[tuple[int, str]]] = {}
    named = found.properties - found.kinds.keys()
    for subject, predicate, obj, *_ in ontology if named else ():
        if subject in named and isinstance(obj, Literal):
            if predicate == _SHORTHAND:
                offers.setdefault(subject, []).append((0, obj.value))
            elif predicate in v.LABELS and _OPAQUE.fullmatch(v.local_name(subject)):
                foreign = not (obj.language or "en").startswith("en")
                offers.setdefault(subject, []).append((1 + foreign, obj.value.replace(" ", "_")))
    return {subject: min(those)[1] for subject, those in offers.items()}
