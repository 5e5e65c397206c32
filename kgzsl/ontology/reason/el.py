"""Subsumption in OWL 2 EL, by pyELK (an ELK 0.6 without Java): what definitions with ``some`` entail.

The OWL 2 RL rules do not classify below a definition such as ``plane = vehicle and (hasPart some wing)``; EL does
(Baader, Brandt, Lutz, Pushing the EL Envelope, IJCAI 2005; Kazakov, Krötzsch, Simančík, The Incredible ELK, 2014).
"""

from __future__ import annotations

from collections.abc import Iterable

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.reason.expressions import OPAQUE, readable
from kgzsl.ontology.reason.terms import Numbers, Triple

_SOME = v.OWL + "someValuesFrom"
_RESTRICTIONS = frozenset(v.OWL + name for name in ("someValuesFrom", "allValuesFrom", "hasValue"))
_EXPRESSIONS = frozenset(v.OWL + name for name in ("intersectionOf", "unionOf", "complementOf"))
_BETWEEN_CLASSES = frozenset({v.SUBCLASS, v.EQUIVALENT, v.DISJOINT, v.FIRST, _SOME, v.OWL + "complementOf"})
_BETWEEN_PROPERTIES = frozenset({v.SUBPROPERTY})
_OTHER = _EXPRESSIONS | _RESTRICTIONS | {v.OWL + "onProperty", v.REST, v.CHAIN, v.DOMAIN, v.RANGE}


def subsumptions(triples: Iterable[Triple]) -> set[Triple]:
    """Return direct ``subClassOf`` between named classes; an unsatisfiable class lies below ``owl:Nothing``.

    Sound, and complete for what lies in EL; ``only`` and unions above a class are not used, and expressions that
    EL does not know (cardinalities, enumerations, inverses, ranges of numbers) are classes of which nothing is known.

    Raises:
        OntologyError: pyELK is not installed, or refuses the axioms.
    """
    try:
        import pyowl_core as owl
        from pyelk import Reasoner
        from pyelk.exceptions import PyElkError
    except ImportError:
        raise OntologyError("reasoning in EL needs pyELK", fix="pip install 'kgzsl[el]'") from None

    numbers, axioms = Numbers(blank="_:n"), _axioms(readable(triples))
    lines = [f"{_written(s)} <{p}> {_written(o)} .\n" for s, p, o in numbers.numbered(axioms)]
    options = owl.LoadOptions(format=owl.DocumentFormat.TURTLE, imports=owl.ImportPolicy.IGNORE)
    try:
        with Reasoner("".join(lines).encode(), load_options=options) as reasoner:
            taxonomy = reasoner.classify().value
    except (PyElkError, owl.PyOWLCoreError) as error:
        raise OntologyError(f"the EL reasoner refuses the axioms: {str(error).splitlines()[0]}") from None
    groups = [[str(entity.iri.value) for entity in node.members] for node in taxonomy.nodes]
    edges = [(one, v.SUBCLASS, other) for group in groups for one in group for other in group]
    edges += [(one.iri.value, v.SUBCLASS, other.iri.value) for below, above in taxonomy.direct_edges
              for one in below.members for other in above.members]  # fmt: skip
    return {t for t in numbers.named(edges)
            if t[0] not in (t[2], v.NOTHING) and t[2] != v.THING and not (t[0] + t[2]).count(OPAQUE)}  # fmt: skip


def _axioms(triples: set[Triple]) -> set[Triple]:
    """Return what EL reads, with the declarations that the mapping from RDF needs."""
    kept = {t for t in triples if t[1] in _BETWEEN_CLASSES | _BETWEEN_PROPERTIES | _OTHER}
    kept |= {t for t in triples if t[1] == v.TYPE and t[2] == v.TRANSITIVE}
    declared = {("urn:ontology", v.TYPE, v.OWL + "Ontology")}
    for s, p, o in kept:
        if p in _RESTRICTIONS:
            declared.add((s, v.TYPE, v.OWL + "Restriction"))
        elif p in _EXPRESSIONS:
            declared.add((s, v.TYPE, v.OWL + "Class"))
        elif p == v.OWL + "onProperty":
            declared.add((o, v.TYPE, v.OWL + "ObjectProperty"))
        if p in _BETWEEN_PROPERTIES:
            declared |= {(term, v.TYPE, v.OWL + "ObjectProperty") for term in (s, o)}
        elif p in _BETWEEN_CLASSES:
            declared |= {(term, v.TYPE, v.OWL + "Class") for term in (s, o) if not term.startswith(("_:", v.OWL))}
        elif p in (v.DOMAIN, v.RANGE, v.CHAIN) or o == v.TRANSITIVE:
            declared.add((s, v.TYPE, v.OWL + "ObjectProperty"))
    first, rest = ({s: o for s, p, o in kept if p == step} for step in (v.FIRST, v.REST))
    for cell in (o for _, p, o in kept if p == v.CHAIN):
        while cell in first:
            declared.add((first[cell], v.TYPE, v.OWL + "ObjectProperty"))
            cell = rest[cell]
    properties = {s for s, _, o in declared if o == v.OWL + "ObjectProperty"}
    return kept | {t for t in declared if not (t[0] in properties and t[2] == v.OWL + "Class")}


def _written(term: str) -> str:
    return term if term.startswith("_:") else f"<{term}>"
