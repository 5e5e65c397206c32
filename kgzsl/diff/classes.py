"""Which classes came, went, moved, or are called something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kgzsl.diff.side import Described, Side
from kgzsl.ontology.model import Fact


@dataclass(frozen=True)
class Renamed:
    """A class with another IRI and, by and large, the same facts."""

    before: Described
    after: Described


@dataclass(frozen=True)
class Relabelled:
    """A class with another preferred label; empty where there is none. Where the new label stands, or the old."""

    iri: str
    id: str
    before: str
    after: str
    file: str
    line: int


@dataclass(frozen=True)
class Moved:
    """A class with other parents.

    Args:
        iri, id, label: on the new side.
        lost: parents that it has no more.
        gained: parents that it has now.
        file, line: of the first parent gained, or lost.
    """

    iri: str
    id: str
    label: str
    lost: tuple[Described, ...]
    gained: tuple[Described, ...]
    file: str
    line: int


@dataclass(frozen=True)
class Deprecated:
    """A class that is deprecated now, or no more; ``replaced_by`` are IRIs of what to use instead."""

    iri: str
    id: str
    label: str
    deprecated: bool
    replaced_by: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True)
class ClassDiff:
    """Classes, concepts and attributes that differ."""

    added: tuple[Described, ...] = ()
    removed: tuple[Described, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    relabelled: tuple[Relabelled, ...] = ()
    moved: tuple[Moved, ...] = ()
    deprecated: tuple[Deprecated, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, (self.added, self.removed, self.renamed, self.relabelled, self.moved, self.deprecated)))


def compare_classes(old: Side, new: Side, renames: Mapping[str, str]) -> ClassDiff:
    """Return how classes differ; ``renames`` are old IRIs of classes that have a new one."""
    both = [(iri, renames.get(iri, iri)) for iri in sorted(old.kinds) if renames.get(iri, iri) in new.kinds]
    kept, known = {one for one, _ in both}, {other for _, other in both}
    return ClassDiff(
        tuple(new.described(iri) for iri in sorted(new.kinds.keys() - known)),
        tuple(old.described(iri) for iri in sorted(old.kinds.keys() - kept)),
        tuple(Renamed(old.described(one), new.described(other)) for one, other in both if one != other),
        tuple(_relabelled(old, new, both)),
        tuple(_moved(old, new, both, renames)),
        tuple(_deprecated(old, new, both)),
    )


def _relabelled(old: Side, new: Side, both: list[tuple[str, str]]) -> Iterator[Relabelled]:
    for one, other in both:
        before, after = old.label(one), new.label(other)
        if before != after:
            place = new.label_fact(other) or old.label_fact(one)
            yield Relabelled(other, new.short(other), before, after, *_place(place))


def _moved(old: Side, new: Side, both: list[tuple[str, str]], renames: Mapping[str, str]) -> Iterator[Moved]:
    for one, other in both:
        before, after = old.parents.get(one, {}), new.parents.get(other, {})
        if not before and not after:
            continue
        called = {renames.get(parent, parent): parent for parent in before}
        lost = sorted(called[parent] for parent in called.keys() - after.keys())
        gained = sorted(after.keys() - called.keys())
        if lost or gained:
            place = after[gained[0]] if gained else before[lost[0]]
            yield Moved(other, new.short(other), new.described(other).label, tuple(map(old.described, lost)),
                        tuple(map(new.described, gained)), *_place(place))  # fmt: skip


def _deprecated(old: Side, new: Side, both: list[tuple[str, str]]) -> Iterator[Deprecated]:
    for one, other in both:
        before, after = old.deprecated.get(one), new.deprecated.get(other)
        if bool(before) != bool(after):
            replaced = tuple(sorted(new.replaced.get(other, ()))) if after else ()
            label = new.described(other).label
            yield Deprecated(other, new.short(other), label, bool(after), replaced, *_place(after or before))


def _place(fact: Fact | None) -> tuple[str, int]:
    return (fact.file, fact.line) if fact else ("", 0)
