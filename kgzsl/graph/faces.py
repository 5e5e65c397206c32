"""The class graph in the words of other libraries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kgzsl.graph.ntriples import Triple, Value

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph


def to_networkx(graph: ClassGraph) -> Any:
    """Return a MultiDiGraph: nodes by IRI with their concept's fields, edges keyed by relation."""
    import networkx as nx

    out: Any = nx.MultiDiGraph(hash=graph.hash)
    for iri, concept in graph.concepts.items():
        out.add_node(iri, id=graph.short(iri), **concept._asdict())
    for edge in graph.relations:
        out.add_edge(edge.source, edge.target, key=edge.relation, weight=edge.weight, file=edge.file, line=edge.line)
    return out


def from_networkx(made: Any) -> ClassGraph:
    """Return the graph that ``to_networkx`` made this of: the same concepts, relations and hash, without facts."""
    from kgzsl.graph.classgraph import ClassGraph, Concept, Relation
    from kgzsl.ontology.model import Ontology

    concepts = {iri: Concept(*(fields[name] for name in Concept._fields)) for iri, fields in made.nodes(data=True)}
    relations = tuple(Relation(source, key, target, edge["weight"], edge["file"], edge["line"])
                      for source, target, key, edge in made.edges(keys=True, data=True))  # fmt: skip
    return ClassGraph(dict(sorted(concepts.items())), relations, (), made.graph["hash"], Ontology(()))


def to_rdflib(graph: ClassGraph) -> Any:
    """Return an rdflib.Graph of the facts with the known prefixes bound."""
    return rdflib_graph((fact.subject, fact.predicate, fact.object) for fact in graph.ontology)


def rdflib_graph(triples: Iterable[Triple]) -> Any:
    """Return an rdflib.Graph of triples with the known prefixes bound."""
    import rdflib

    from kgzsl.ontology import vocabulary as v

    def term(value: Value) -> Any:
        if isinstance(value, str):
            return rdflib.BNode(value[2:]) if value.startswith("_:") else rdflib.URIRef(value)
        if value.language:
            return rdflib.Literal(value.value, lang=value.language)
        return rdflib.Literal(value.value, datatype=rdflib.URIRef(value.datatype), normalize=False)

    out = rdflib.Graph()
    for prefix, iri in v.PREFIXES.items():
        out.bind(prefix, iri)
    for subject, predicate, obj in triples:
        out.add((term(subject), rdflib.URIRef(predicate), term(obj)))
    return out


def to_pyg(graph: ClassGraph) -> Any:
    """Return HeteroData: node types ``class``, ``concept``, ``attribute`` (with ``iri``), one edge type a relation."""
    import torch
    from torch_geometric.data import HeteroData

    data, row, kinds = HeteroData(), {}, {iri: c.kind for iri, c in graph.concepts.items()}
    for kind in sorted(set(kinds.values())):
        members = [iri for iri in graph.ids if kinds[iri] == kind]
        row.update({iri: i for i, iri in enumerate(members)})
        data[kind].iri, data[kind].num_nodes = members, len(members)
    groups: dict[tuple[str, str, str], list[tuple[int, int, float]]] = {}
    for e in sorted(graph.relations):
        key = (kinds[e.source], e.relation, kinds[e.target])
        groups.setdefault(key, []).append((row[e.source], row[e.target], e.weight))
    for key, rows in groups.items():
        table = torch.tensor(rows, dtype=torch.float64)
        data[key].edge_index, data[key].edge_weight = table[:, :2].T.long().contiguous(), table[:, 2].float()
    return data
