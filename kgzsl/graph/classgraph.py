"""The graph of concepts and relations, immutable; every relation knows the file and line that states it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kgzsl.graph import names
from kgzsl.graph.edges import Edges, Key, edge_arrays, places
from kgzsl.graph.edges import grouped as grouped
from kgzsl.graph.queries import Queries
from kgzsl.ontology.model import Ontology

if TYPE_CHECKING:
    from kgzsl.graph.entailed import Default

SUBCLASS, ATTRIBUTE, DISJOINT = "subClassOf", "hasAttribute", "disjointWith"


class Relation(NamedTuple):
    """A weighted edge between two concepts (IRIs) and the place that states it."""

    source: str
    relation: str
    target: str
    weight: float = 1.0
    file: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        """The place as ``file:line``; ``derived`` for an edge that no file states."""
        return f"{self.file}:{self.line}" if self.file else "derived"


class Constraint(NamedTuple):
    """What a class must obey and no edge says: ``only`` or a cardinality (``min``, ``max``, ``exactly``)."""

    source: str
    relation: str
    kind: str
    target: str
    number: int | None = None
    file: str = ""
    line: int = 0


class Concept(NamedTuple):
    """A node: a class (candidate for answers), a concept that classes relate to, or an attribute.

    ``also`` are the IRIs of classes stated equivalent, which are merged into this one; ``replaced_by`` what to
    use instead of a deprecated one.
    """

    iri: str
    kind: str
    label: str
    synonyms: tuple[str, ...] = ()
    gloss: str = ""
    file: str = ""
    line: int = 0
    also: tuple[str, ...] = ()
    deprecated: bool = False
    replaced_by: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """``names: gloss``, the description a text encoder reads; empty without a gloss and synonyms."""
        if not self.gloss and not self.synonyms and not self.label:
            return ""
        return ", ".join((self.label, *self.synonyms)) + (f": {self.gloss}" if self.gloss else "")


@dataclass(frozen=True, eq=False)
class ClassGraph(Queries):
    """Concepts and relations; ``Queries`` has what can be asked of them.

    Args:
        concepts: by IRI, sorted, so that nothing depends on the order of files.
        relations: edges between known concepts.
        dangling: edges whose target is not described anywhere, of any relation.
        hash: content hash of the ontology this was built from.
        ontology: the facts, for SPARQL and for ``rdflib``.
        constraints: what classes must obey and no edge says.
    """

    concepts: Mapping[str, Concept]
    relations: tuple[Relation, ...]
    dangling: tuple[Relation, ...]
    hash: str
    ontology: Ontology
    constraints: tuple[Constraint, ...] = ()

    def __len__(self) -> int:
        return len(self.concepts)

    def __contains__(self, iri: object) -> bool:
        return iri in self.concepts

    def __repr__(self) -> str:
        return f"<ClassGraph {self.hash}: {len(self.class_ids)} classes, {len(self.relations)} relations>"

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """IRIs of all concepts; row ``i`` of every array of the space is ``ids[i]``."""
        return tuple(self.concepts)

    @cached_property
    def index(self) -> dict[str, int]:
        """IRI → row."""
        return {iri: row for row, iri in enumerate(self.ids)}

    @cached_property
    def class_ids(self) -> tuple[str, ...]:
        """IRIs of the candidates for answers, sorted."""
        return tuple(iri for iri, concept in self.concepts.items() if concept.kind == "class")

    @cached_property
    def names(self) -> names.Names:
        """The look-up of names."""
        return names.Names(self.concepts)

    def find(self, name: str, kind: str | None = None) -> str:
        """Return the IRI that ``name`` (id, label, synonym, wnid, prefixed name or IRI) stands for.

        Raises:
            UnknownNameError: no concept has this name, or several have; the candidates are listed.
        """
        return self.names.find(name, kind)

    def short(self, iri: str) -> str:
        """Return the short id of a concept: its local name where unambiguous, else the IRI."""
        return self.names.short(iri)

    def label(self, iri: str) -> str:
        """Return the label of a concept, or its short id when it has none."""
        concept = self.concepts.get(iri)
        return (concept.label if concept else "") or self.short(iri)

    def out(self, iri: str, relation: str | None = None) -> tuple[Relation, ...]:
        """Edges that leave a concept."""
        return _only(self._out.get(iri, ()), relation)

    def into(self, iri: str, relation: str | None = None) -> tuple[Relation, ...]:
        """Edges that arrive at a concept."""
        return _only(self._into.get(iri, ()), relation)

    def edges(self, relation: str) -> Edges:
        """Rows of sources, rows of targets and weights of one relation, in a canonical order. Shapes: (E,) each."""
        return self._edges.get(relation) or (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))

    @cached_property
    def inferred(self) -> tuple[Relation, ...]:
        """Relations that the facts entail and no file states; ``ontology.reason`` says what each follows from."""
        from kgzsl.graph.entailed import inferred_relations

        return inferred_relations(self)

    def defaults(self, name: str) -> dict[str, Default]:
        """Attribute IRI → strength that a class takes from its ancestors where it says nothing itself, and the chain.

        Raises:
            UnknownNameError: a name that is unknown or ambiguous.
        """
        from kgzsl.graph.entailed import default_attributes

        return default_attributes(self, self.find(name))

    def stats(self) -> dict[str, Any]:
        """Counts for a first look."""
        kinds = Counter(concept.kind for concept in self.concepts.values())
        relations = Counter(edge.relation for edge in self.relations)
        return {
            "hash": self.hash, "facts": len(self.ontology), "classes": kinds["class"], "concepts": kinds["concept"],
            "attributes": kinds["attribute"], "relations": dict(sorted(relations.items())),
            "roots": sum(not self.out(iri, SUBCLASS) for iri in self.class_ids),
            "several parents": sum(len(self.out(iri, SUBCLASS)) > 1 for iri in self.class_ids),
            "without text": sum(not self.concepts[iri].text for iri in self.class_ids),
        }  # fmt: skip

    def without(self, edges: Iterable[Relation]) -> ClassGraph:
        """Return the graph less these edges; its hash says that it is not what the files state."""
        return self.edited(edges, ())

    def edited(self, removed: Iterable[Relation], added: Iterable[Relation]) -> ClassGraph:
        """Return the graph less some edges and with others between known concepts; see :mod:`kgzsl.graph.edited`.

        Raises:
            UnknownNameError: an edge is added that relates what the graph does not know.
        """
        from kgzsl.graph.edited import edited_graph

        return edited_graph(self, removed, added).graph

    def with_concept(self, concept: Concept, relations: Iterable[Relation]) -> ClassGraph:
        """Return the graph with one concept and its relations more."""
        edges = tuple(relations)
        concepts = dict(sorted({**self.concepts, concept.iri: concept}.items()))
        return replace(self, concepts=concepts, relations=self.relations + edges,
                       hash=derived_hash(self.hash, "with", (concept, edges)))  # fmt: skip

    def to_networkx(self) -> Any:
        """Return a ``networkx.MultiDiGraph`` keyed by relation, with labels, weights, files and lines."""
        from kgzsl.graph.faces import to_networkx

        return to_networkx(self)

    def to_rdflib(self) -> Any:
        """Return the facts as an ``rdflib.Graph``."""
        from kgzsl.graph.faces import to_rdflib

        return to_rdflib(self)

    def to_pyg(self) -> Any:
        """Return a ``torch_geometric.data.HeteroData`` with one node type a kind and one edge type a relation."""
        from kgzsl.graph.faces import to_pyg

        return to_pyg(self)

    @cached_property
    def places(self) -> dict[Key, tuple[int, ...]]:
        """Source, relation and target of a fact → its places among ``relations``: several where it is stated twice."""
        return places(self.relations)

    @cached_property
    def _out(self) -> Mapping[str, list[Relation]]:
        return grouped(self.relations, attrgetter("source"))

    @cached_property
    def _into(self) -> Mapping[str, list[Relation]]:
        return grouped(self.relations, attrgetter("target"))

    @cached_property
    def _edges(self) -> dict[str, Edges]:
        rows = grouped(self.relations, attrgetter("relation"))
        return {name: edge_arrays(edges, self.index) for name, edges in rows.items()}


def _only(edges: Iterable[Relation], relation: str | None) -> tuple[Relation, ...]:
    return tuple(edges if relation is None else [edge for edge in edges if edge.relation == relation])


def derived_hash(base: str, word: str, what: object) -> str:
    """Return the hash of a graph that differs from what the files state; it says of which graph, and how."""
    return f"{base}-{word}-{hashlib.sha256(repr(what).encode()).hexdigest()[:8]}"
