"""The verb `graph inferred`: what follows about a class, and from which lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kgzsl.cli.graph import Json, Sources, load_graph
from kgzsl.cli.output import as_json, say, table
from kgzsl.ontology.vocabulary import local_name

if TYPE_CHECKING:
    from kgzsl.graph import ClassGraph
    from kgzsl.graph.entailed import Default
    from kgzsl.ontology import Fact
    from kgzsl.ontology.reason import Entailment, Inferred


def inferred(
    name: Annotated[str, typer.Argument(help="Id, label or wnid.")],
    relation: Annotated[str | None, typer.Option(help="Only facts of this relation, such as subClassOf.")] = None,
    profile: Annotated[
        Literal["rl", "el"], typer.Option(help="el adds what definitions with 'some' entail (pip install kgzsl[el]).")
    ] = "rl",
    ontology: Sources = None,
    json: Json = False,
) -> None:
    """Show what follows about a class and stands in no file: entailed facts and defaults, each with its reasons."""
    from kgzsl.ontology.reason import entailment

    graph = load_graph(ontology)
    iri = graph.find(name)
    found = entailment(graph.ontology, profile)
    own = {iri, *graph.concepts[iri].also}
    facts = [fact for one in sorted(own) for fact in found.about(one)]
    facts += [fact for fact in found.restrictions if fact.subject in own]
    facts = [fact for fact in facts if relation in (None, local_name(fact.predicate))]
    rows = [_row(graph, fact, found) for fact in facts]
    defaults = graph.defaults(iri) if relation in (None, "hasAttribute") else {}
    rows += [_default(graph, attribute, default) for attribute, default in defaults.items()]
    if json:
        as_json(rows)
        return
    table(("kind", "relation", "of", "because"),
          ((r["kind"], r["relation"], r["label"], "\n".join(r["because"])) for r in rows))  # fmt: skip
    say(f"{len(facts)} entailed facts, {len(rows) - len(facts)} defaults")


def _row(graph: ClassGraph, fact: Inferred, found: Entailment) -> dict[str, Any]:
    reasons = [_said(graph, reason) for reason in found.because(*fact) if not reason.subject.startswith("_:")]
    return {"kind": "entailed", "relation": local_name(fact.predicate), "target": fact.object,
            "label": _label(graph, fact.object), "because": reasons}  # fmt: skip


def _default(graph: ClassGraph, attribute: str, default: Default) -> dict[str, Any]:
    chain = [f"{edge.where}: {graph.label(edge.source)} –{edge.relation}→ {graph.label(edge.target)}"
             for edge in default.chain]  # fmt: skip
    return {"kind": "default", "relation": "hasAttribute", "target": attribute, "strength": default.strength,
            "label": f"{graph.label(attribute)} {default.strength:g}", "because": chain}  # fmt: skip


def _said(graph: ClassGraph, fact: Fact) -> str:
    obj = str(fact.object)
    target = "an expression" if obj.startswith("_:") else _label(graph, obj)
    return f"{fact.where}: {_label(graph, fact.subject)} –{local_name(fact.predicate)}→ {target}"


def _label(graph: ClassGraph, iri: str) -> str:
    return graph.label(iri) if iri in graph else local_name(iri)
