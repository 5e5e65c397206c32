"""Two ontologies → what differs: classes, stated facts, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgzsl.diff.classes import ClassDiff, compare_classes
from kgzsl.diff.facts import FactDiff, compare, statements
from kgzsl.diff.inferred import compare_inferred
from kgzsl.diff.renames import renamed
from kgzsl.diff.side import Side
from kgzsl.graph.kinds import Reading
from kgzsl.ontology.model import Ontology
from kgzsl.timing import uncollected


@dataclass(frozen=True)
class Diff:
    """What differs between two ontologies; plain data (``dataclasses.asdict`` gives JSON).

    Args:
        before: content hash of the old ontology.
        after: content hash of the new one.
        classes: classes, concepts and attributes that came, went, moved, or are called something else.
        asserted: facts that came, went or changed, less those that only name a renamed class anew.
        inferred: what follows now and did not before, and the other way round; None where it was not asked for.
    """

    before: str
    after: str
    classes: ClassDiff
    asserted: FactDiff
    inferred: FactDiff | None

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(len(self.classes) or len(self.asserted) or self.inferred)


def diff(
    old: Ontology, new: Ontology, renames: bool = True, inferred: bool = True, reading: Reading | None = None
) -> Diff:
    """Compare two ontologies; order, prefixes, the split into files and names of blank nodes do not count.

    Args:
        old: before.
        new: after.
        renames: take a class that is gone and one that came for the same where they share most facts.
        inferred: also compare what follows from the facts.
        reading: what is chosen about the meaning of facts (a recipe's).

    Raises:
        OntologyError: facts that contradict each other so that nothing can be inferred.
    """
    if old.hash == new.hash:
        return Diff(old.hash, new.hash, ClassDiff(), FactDiff(), FactDiff() if inferred else None)
    with uncollected():
        return _diff(old, new, renames, inferred, reading)


def _diff(old: Ontology, new: Ontology, renames: bool, inferred: bool, reading: Reading | None) -> Diff:
    one, other = Side(old, reading), Side(new, reading)
    before, after = statements(old), statements(new)
    removed, added = before.keys() - after.keys(), after.keys() - before.keys()
    same: Mapping[str, str] = {}
    if renames:
        same = renamed(removed, added, one.kinds.keys() - other.kinds.keys(), other.kinds.keys() - one.kinds.keys())
    if same:
        before = statements(old, same)
        removed, added = before.keys() - after.keys(), after.keys() - before.keys()
    return Diff(
        old.hash, new.hash, compare_classes(one, other, same),
        compare({k: before[k] for k in removed}, {k: after[k] for k in added}, one.name, other.name),
        compare_inferred(one, other, before.keys(), after.keys(), same) if inferred else None,
    )  # fmt: skip
