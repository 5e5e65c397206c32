"""Which classes an update changed, from those documents alone that were read anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kgzsl.graph import ClassGraph
from kgzsl.ontology import Ontology

FEW = 3


@dataclass(frozen=True)
class Changes:
    """Classes and other concepts (IRIs) that two graphs describe differently.

    Args:
        added: classes of the new graph alone.
        removed: classes of the old graph alone.
        changed: classes of both, of which other facts are stated.
        others: attributes, relations and whatever else is no class, of which other facts are stated.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    others: tuple[str, ...]


def changes(old: ClassGraph, new: ClassGraph) -> Changes:
    """Compare two graphs of the same sources."""
    before, after = set(old.class_ids), set(new.class_ids)
    touched = _touched(old.ontology, new.ontology)
    both = before & after
    return Changes(
        tuple(sorted(after - before)), tuple(sorted(before - after)),
        tuple(sorted(touched & both)), tuple(sorted(touched - before - after)),
    )  # fmt: skip


def described(found: Changes, old: ClassGraph, new: ClassGraph) -> str:
    """Return changes in a few words: ``+okapi -quagga ~zebra (3 classes)``."""
    signs = ((found.added, "+", new.label), (found.removed, "-", old.label), (found.changed, "~", new.label))
    names = [text for iris, sign, label in signs for text in _few(iris, sign, label)]
    count = sum(len(iris) for iris, *_ in signs)
    counts = [_count(count, "class", "classes")] if count else []
    counts += [_count(len(found.others), "other concept", "other concepts")] if found.others else []
    return " ".join([*names, f"({', '.join(counts)})"]) if counts else "no class changed"


def _few(iris: tuple[str, ...], sign: str, label: Callable[[str], str]) -> Iterable[str]:
    for iri in iris[:FEW]:
        name = label(iri)
        yield sign + (f"'{name}'" if " " in name else name)
    if len(iris) > FEW:
        yield f"{sign}{len(iris) - FEW} more"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _touched(old: Ontology, new: Ontology) -> set[str]:
    """Return the subjects of facts that one side alone states; a blank node shows in the fact that leads to it."""
    before, after = _anew(old, new), _anew(new, old)
    subjects = {text.partition("\t")[0] for text in before ^ after}
    return {subject for subject in subjects if not subject.startswith("_:")}


def _anew(one: Ontology, other: Ontology) -> frozenset[str]:
    shared = set(map(id, other.documents))
    return frozenset[str]().union(*(d.canonical for d in one.documents if id(d) not in shared))
