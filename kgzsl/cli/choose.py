"""Graph verbs that choose classes or parts: by attributes, by a class expression, around a name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgzsl.cli.graph import Json, Only, Sources, load_graph
from kgzsl.cli.output import as_json, say, table
from kgzsl.cli.relatives import list_concepts


def where(
    conditions: Annotated[str, typer.Argument(help="Such as 'stripes >= 0.5 and not domestic < 0.2'.")],
    below: Annotated[str | None, typer.Option(help="Only classes below this one.")] = None,
    inherited: Annotated[bool, typer.Option("--inherited", help="Count attributes inherited as defaults.")] = False,
    ontology: Sources = None,
    json: Json = False,
) -> None:
    """List the classes whose attributes meet conditions."""
    from kgzsl.graph.conditions import mentioned, strengths

    graph = load_graph(ontology)
    found = graph.where(conditions, below, inherited)
    asked = mentioned(graph, conditions)
    has = [strengths(graph, iri, inherited) for iri in found]
    if json:
        values = [{graph.label(a): own[a] for a in asked if a in own} for own in has]
        as_json([{"id": graph.short(iri), "iri": iri, "label": graph.label(iri), "attributes": own}
                 for iri, own in zip(found, values, strict=True)])  # fmt: skip
    elif not found:
        say("none")
    else:
        cells = [[f"{own[a]:g}" if a in own else "" for a in asked] for own in has]
        table(("class", "id", *(f">{graph.label(a)}" for a in asked)),
              ((graph.label(iri), graph.short(iri), *own) for iri, own in zip(found, cells, strict=True)))  # fmt: skip


def classes(
    expression: Annotated[str, typer.Argument(help="Such as 'vehicle and (hasPart some wing)'.")],
    ontology: Sources = None,
    json: Json = False,
) -> None:
    """List the named classes that a class expression subsumes."""
    graph = load_graph(ontology)
    list_concepts(graph, graph.classes(expression), json)


def subgraph(
    names: Annotated[list[str] | None, typer.Argument(help="Ids, labels or wnids.")] = None,
    below: Annotated[str | None, typer.Option(help="This class and all below it too.")] = None,
    hops: Annotated[int, typer.Option(min=0, help="Edges around them, in either direction.")] = 1,
    relation: Only = None,
    out: Annotated[Path | None, typer.Option(help="Write it to a file: .ttl or .nt (facts), .graphml, .json.")] = None,
    ontology: Sources = None,
    json: Json = False,
) -> None:
    """Show or write the part of the graph around some classes."""
    part = load_graph(ontology).subgraph(names or [], below, hops, relation)
    if out is not None:
        from kgzsl.graph.export import write_graph

        write_graph(part, out)
    if json:
        as_json(part.stats() | {"concepts": list(part.concepts), "edges": [edge._asdict() for edge in part.relations]})
        return
    relations = ", ".join(f"{name} {count}" for name, count in part.stats()["relations"].items()) or "no relations"
    say(f"{len(part)} concepts, {len(part.class_ids)} of them classes; {relations}; hash {part.hash}")
    if out is not None:
        say(f"written to {out}")
        return
    table(("concept", "relation", "concept", ">weight", "stated at"),
          ((part.label(e.source), e.relation, part.label(e.target), f"{e.weight:g}", e.where)
           for e in sorted(part.relations)))  # fmt: skip
