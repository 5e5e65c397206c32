"""W16: two sibling labels that differ in case, punctuation, spacing, accents or number only.

`Red fox` beside `red-foxes`: most likely one class that was described twice. A text encoder gives the two nearly
the same vector, so that their classifiers compete for the same inputs.

Join them (`skos:altLabel` keeps the second spelling), or name what sets them apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.hierarchy import place
from kgzsl.checks.labels import plain, siblings


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class whose label is nearly that of a sibling; equal ones are W02's."""
    plained: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    for _, group in siblings(context):
        first: dict[str, str] = {}
        for concept in group:
            form = plained.get(concept.iri) or plained.setdefault(concept.iri, plain(concept.label))
            other = context.graph.concepts[first.setdefault(form, concept.iri)]
            if not form or other.label.lower() == concept.label.lower() or (other.iri, concept.iri) in told:
                continue
            told.add((other.iri, concept.iri))
            one, at = sorted((other, concept), key=lambda c: (c.file, c.line))
            yield Finding("W16", f"the label '{at.label}' is nearly that of its sibling '{one.label}' "
                          f"({place(one, at.file)})", at.file, at.line, at.label,
                          "make one a synonym of the other, or tell them apart")  # fmt: skip
