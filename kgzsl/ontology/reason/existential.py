"""What ``some`` restrictions entail of each other: ``a ⊑ p some b`` and ``b ⊑ p some c`` give ``a ⊑ p some c``.

Holds of transitive properties, sub-properties and property chains (OWL 2 EL). Inverse and symmetric properties,
domains and ranges say nothing of this kind, so they are left out. What a class inherits from its ancestors is not
listed: it is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.reason.closure import closure
from kgzsl.ontology.reason.terms import MEANING, Triple

_ON, _SOME, _INTERSECTION = (v.OWL + name for name in ("onProperty", "someValuesFrom", "intersectionOf"))
_UPWARD = frozenset({v.SUBCLASS, v.EQUIVALENT, _INTERSECTION, v.FIRST, v.REST})
_AXIOMS = frozenset({v.SUBPROPERTY, v.CHAIN, v.FIRST, v.REST, v.OWL + "equivalentProperty"})


def stated(triples: Iterable[Triple]) -> set[Triple]:
    """Return (class, property, filler) of every ``some`` restriction between named classes that a class lies below."""
    on: dict[str, str] = {}
    some: dict[str, list[str]] = {}
    up: dict[str, list[str]] = {}
    for s, p, o in triples:
        if p == _ON:
            on[s] = o
        elif p == _SOME and not o.startswith("_:"):
            some.setdefault(s, []).append(o)
        elif p in _UPWARD and (o.startswith("_:") or s.startswith("_:")):
            up.setdefault(s, []).append(o)
    found: set[Triple] = set()
    for name in [node for node in up if not node.startswith("_:")]:
        todo, met = list(up[name]), set()
        while todo:
            node = todo.pop()
            if node.startswith("_:") and node not in met:
                met.add(node)
                todo += up.get(node, ())
                found |= {(name, on[node], filler) for filler in some.get(node, ()) if node in on}
    return found


def entailed(triples: Iterable[Triple]) -> set[Triple]:
    """Return (class, property, filler) of the ``some`` restrictions that hold, the stated ones included."""
    known = list(triples)
    given = stated(known)
    axioms = [t for t in known if t[1] in _AXIOMS or (t[1] == v.TYPE and t[2] == v.TRANSITIVE)]
    if not given or not axioms:
        return given
    return {t for t in closure([*given, *axioms]) if not t[1].startswith(MEANING)}
