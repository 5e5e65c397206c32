"""W11: an attribute that is the same for all classes, or that no class has.

It says nothing of what tells classes apart. A class that does not state an attribute counts as not having it, so that
an attribute is constant when every class that has attributes has it, and with one strength.

Remove it, or give the classes the strengths in which they differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding an attribute, where it is declared."""
    described = [own for iri, own in context.attributes.items() if context.graph.concepts[iri].kind == "class"]
    strengths: dict[str, list[float]] = {attribute: [] for own in context.attributes.values() for attribute in own}
    for own in described:
        for attribute, strength in own.items():
            strengths[attribute].append(strength)
    for iri, concept in context.graph.concepts.items():
        if concept.kind != "attribute":
            continue
        values = strengths.get(iri)
        if values is None:
            message = f"no class has the attribute {context.name(iri)}"
        elif 1 < len(values) == len(described) and len(set(values)) == 1:
            message = f"the attribute {context.name(iri)} is {values[0]:g} for all {len(values)} classes"
        else:
            continue
        yield Finding("W11", message, concept.file, concept.line, context.graph.short(iri),
                      "give it to classes that differ in it, or remove it")  # fmt: skip
