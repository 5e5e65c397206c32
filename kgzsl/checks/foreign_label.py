"""I03: a class whose labels are all in other languages than the preferred ones.

Its name is shown, and read by the text encoder, in a language that was not asked for. Preferred is English, or what
the recipe's `languages` say; a label without a language counts as preferred.

Add a label in a preferred language, or name the language in the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class."""
    preferred = context.recipe.reading.languages if context.recipe else ("en",)
    languages: dict[str, set[str]] = {}
    for fact in (fact for predicate in v.LABELS for fact in context.stated.get(predicate, ())):
        if isinstance(fact.object, Literal):
            language = (fact.object.language or "").partition("-")[0].lower()
            languages.setdefault(fact.subject, set()).add(language)
    for concept in context.classes:
        own = set[str]().union(*(languages.get(iri, ()) for iri in (concept.iri, *concept.also)))
        if own and not own & {"", *preferred}:
            message = f"{context.name(concept.iri)} has no label in {' or '.join(preferred)}, only in "
            yield Finding("I03", message + ", ".join(sorted(own)), concept.file, concept.line,
                          context.graph.short(concept.iri), f'add skos:prefLabel "…"@{preferred[0]}')  # fmt: skip
