"""Facts about one class → its Concept: names and gloss in the preferred language, synonyms, deprecation."""

from __future__ import annotations

from collections.abc import Iterable

from kgzsl.graph.classgraph import Concept
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal

_RANK = {predicate: rank for rank, predicate in enumerate((v.PREF_LABEL, v.LABEL, *v.GLOSSES))}


def describe(iri: str, facts: Iterable[Fact], kind: str, languages: tuple[str, ...], also: tuple[str, ...]) -> Concept:
    """Return what is said of a class and of what is equivalent to it.

    Only exact synonyms are names; broad, narrow and related ones stay facts. Labels of other languages are no
    synonyms, so that a name means the same whatever languages a file adds; but each of several equivalents keeps the
    label that it had alone. They are deprecated when all of them are: what a term is replaced by is still in use.

    Args:
        iri: of the class.
        facts: about it and its equivalents.
        kind: of the concept.
        languages: preferred ones.
        also: IRIs of its equivalents.
    """
    labels: list[tuple[str, Literal]] = []
    titles: dict[str, list[tuple[str, Literal]]] = {}
    synonyms: list[tuple[str, Literal]] = []
    glosses: list[tuple[str, Literal]] = []
    file, line, first = "", 0, None
    deprecated, replaced = set[str](), []
    for subject, predicate, obj, at_file, at_line in facts:
        first = first or (at_file, at_line)
        if isinstance(obj, Literal):
            if predicate in v.LABELS:
                labels.append((predicate, obj))
                if also:
                    titles.setdefault(subject, []).append((predicate, obj))
            elif predicate in v.SYNONYMS:
                synonyms.append((predicate, obj))
            elif predicate in _RANK:
                glosses.append((predicate, obj))
            elif predicate == v.DEPRECATED:
                deprecated |= {subject} if obj.value in ("true", "1") else set()
            elif predicate in v.REPLACEMENTS:
                replaced.append(obj.value)
        elif predicate == v.TYPE and subject == iri:
            file, line = at_file, at_line
        elif predicate in v.REPLACEMENTS:
            replaced.append(obj)
    label = _best(labels, languages) or (v.local_name(iri) if kind == "attribute" else "")
    names = {text.value for _, text in (*synonyms, *labels) if _preferred(text, languages)}
    names = (names | {_best(own, languages) for own in titles.values()}) - {label}
    old = deprecated.issuperset((iri, *also))
    place = (file, line) if file else first or ("", 0)
    return Concept(iri, kind, label, tuple(sorted(names)), _best(glosses, languages), *place, also, old,
                   tuple(sorted(set(replaced))) if old or not deprecated else ())  # fmt: skip


def _language(text: Literal) -> str:
    return (text.language or "").partition("-")[0].lower()


def _preferred(text: Literal, languages: tuple[str, ...]) -> bool:
    return not text.language or text.language in languages or _language(text) in languages


def _best(texts: list[tuple[str, Literal]], languages: tuple[str, ...]) -> str:
    """Take the preferred language, then the stronger predicate; ties by spelling, so that order does not count."""
    if len(texts) == 1:
        return texts[0][1].value
    rank = {language: place for place, language in enumerate(languages)} | {"": len(languages)}
    order = ((rank.get(_language(text), len(rank)), _RANK[predicate], text.value) for predicate, text in texts)
    return min(order, default=(0, 0, ""))[2]
