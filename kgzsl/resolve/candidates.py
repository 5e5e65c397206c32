"""Which classes may be answers: by policy, by name, or everything below a node."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from kgzsl.errors import UnknownNameError

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

BELOW = "below "


def by_policy(graph: ClassGraph, seen: Collection[str], policy: str) -> tuple[str, ...]:
    """Return the classes that may be answers when none are named; deprecated ones only where they are seen.

    Args:
        graph: knows the classes.
        seen: IRIs of classes with a given classifier.
        policy: ``seen and leaves``, ``all`` or ``seen``.
    """
    known = set(seen)
    if policy == "all":
        return tuple(c for c in graph.class_ids if c in known or not graph.concepts[c].deprecated)
    leaves = policy == "seen and leaves"
    return tuple(c for c in graph.class_ids if c in known or (leaves and _is_live_leaf(graph, c)))


def _is_live_leaf(graph: ClassGraph, iri: str) -> bool:
    return not graph.into(iri, "subClassOf") and not graph.concepts[iri].deprecated


def by_name(graph: ClassGraph, names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the classes of these names; ``below NAME`` stands for every class under it.

    Raises:
        UnknownNameError: a name that is unknown or ambiguous, no class below it, or no name at all.
    """
    names = [names] if isinstance(names, str) else list(names)
    found: dict[str, None] = {}
    for name in names:
        if name.startswith(BELOW):
            below = graph.descendants(name.removeprefix(BELOW))
            classes = [iri for iri in graph.class_ids if iri in below]
            if not classes:
                raise UnknownNameError(f"no class lies {name}", value=name)
            found |= dict.fromkeys(classes)
        else:
            found[graph.find(name, "class")] = None
    if not found:
        raise UnknownNameError("no class is named: there is nothing to choose from", value=names)
    return tuple(found)
