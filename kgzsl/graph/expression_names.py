"""Names in an expression to classes, relations and attributes; what the graph does not represent is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgzsl.errors import KgzslError, QueryError, UnknownNameError, suggest
from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS
from kgzsl.graph.expression import And, Compare, Expression, Named, Not, Or, Some, Value
from kgzsl.graph.expression_grammar import Raw, pointed
from kgzsl.graph.subsumed import entailed_relations
from kgzsl.ontology import vocabulary as v

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

REFUSED = {
    "only": "'only' is not represented: a graph says what there is, not that there is nothing else",
    "cardinality": "numbers of relations (min, max, exactly) are not represented: a graph counts no parts",
    "itself": "'Self' is not represented",
    "inverse": "'inverse' is not represented: name the inverse property itself, where the ontology declares one",
}


def resolve(raw: Raw, text: str, graph: ClassGraph) -> Expression:
    """Return the expression that a tree of names stands for.

    Args:
        raw: of :func:`~kgzsl.graph.expression_grammar.read`.
        text: what it was read from, for messages.
        graph: knows the names.

    Raises:
        QueryError: an unknown relation, a number that is no strength, or what no graph represents.
        UnknownNameError: an unknown name, or one with several senses.
    """
    return _Resolver(text, graph).expression(raw, filler=False)


class _Resolver:
    def __init__(self, text: str, graph: ClassGraph) -> None:
        self.text, self.graph = text, graph

    def expression(self, raw: Raw, filler: bool) -> Expression:
        match raw.kind, raw.inner:
            case "named", (name,):
                return self.sense(name) if filler else Named(self.find(name, "class"))
            case "negation", (part,):
                return Not(self.expression(part, filler))
            case "all", parts:
                return And(tuple(self.expression(p, filler) for p in parts))
            case "any", parts:
                return Or(tuple(self.expression(p, filler) for p in parts))
            case "some", (relation, of):
                return self.some(relation, of)
            case "value", (relation, thing):
                return self.value(relation, thing)
            case "compare", (relation, attribute, comparison, number):
                self.attribute_relation(relation)
                return Compare(self.find(attribute, "attribute"), comparison.text, self.strength(number))
            case "measure", (attribute, comparison, number):
                return Compare(self.find(attribute, "attribute"), comparison.text, self.strength(number))
            case "strength", (attribute, number):
                return Compare(self.find(attribute, "attribute"), "=", self.strength(number))
        raise self.refusal(QueryError(REFUSED[raw.kind], value=raw.kind), raw)

    def some(self, relation: Raw, of: Raw) -> Expression:
        """``hasAttribute some stripes`` asks for any strength above none."""
        if self.is_attribute(relation) and of.kind == "named":
            return Compare(self.find(of.inner[0], "attribute"), ">", 0.0)
        return Some(self.relation(relation), self.expression(of, filler=True))

    def value(self, relation: Raw, thing: Raw) -> Expression:
        if self.is_attribute(relation):
            return Compare(self.find(thing, "attribute"), ">", 0.0)
        return Value(self.relation(relation), self.find(thing, None))

    def sense(self, name: Raw) -> Expression:
        """A filler that has several senses stands for all of them."""
        found = sorted(self.graph.names.candidates(name.text)) or [self.find(name, None)]
        return Named(found[0]) if len(found) == 1 else Or(tuple(map(Named, found)))

    def find(self, name: Raw, kind: str | None) -> str:
        try:
            return self.graph.find(name.text, kind)
        except UnknownNameError as error:
            fix = self.other_kind(name.text, kind) or error.fix
            raise self.refusal(UnknownNameError(error.message, value=name.text, fix=fix), name) from None

    def other_kind(self, name: str, kind: str | None) -> str | None:
        """Say what a name is that is not of the kind looked for; of attributes also what is spelt like it."""
        kinds = [self.graph.concepts[iri].kind for iri in self.graph.names.candidates(name)]
        if kinds and kind not in (None, *kinds):
            return f"'{name}' is {'an' if kinds[0][0] in 'aeiou' else 'a'} {kinds[0]}"
        if kind != "attribute":
            return None
        known = [self.graph.label(iri) for iri, concept in self.graph.concepts.items() if concept.kind == kind]
        near = suggest(name, known)
        return f"did you mean '{near}'?" if near else "the graph has no such attribute"

    def is_attribute(self, relation: Raw) -> bool:
        return v.local_name(relation.text) == ATTRIBUTE

    def attribute_relation(self, relation: Raw) -> None:
        if not self.is_attribute(relation):
            error = QueryError(f"'{relation.text}' has no strength to compare", value=relation.text,
                               fix=f"only attributes have: {ATTRIBUTE} value NAME >= 0.5")  # fmt: skip
            raise self.refusal(error, relation)

    def relation(self, relation: Raw) -> str:
        name, known = v.local_name(relation.text), {edge.relation for edge in self.graph.relations}
        if name not in known:
            known |= {edge.relation for edge in entailed_relations(self.graph)}
        known -= {ATTRIBUTE, SUBCLASS, DISJOINT}
        if name in known:
            return name
        near = suggest(name, [*sorted(known), ATTRIBUTE])
        fix = f"did you mean '{near}'?" if near else f"known are {', '.join(sorted(known)) or 'none'}"
        raise self.refusal(QueryError(f"unknown relation '{relation.text}'", value=relation.text, fix=fix), relation)

    def strength(self, number: Raw) -> float:
        value = float(number.text)
        if not 0 <= value <= 1:
            raise self.refusal(QueryError(f"'{number.text}' is no strength between 0 and 1", value=value), number)
        return value

    def refusal(self, error: KgzslError, at: Raw) -> KgzslError:
        return pointed(error, self.text, at.start, at.end)
