"""Verbs about ontologies and graphs: none but `ablate` loads the numerical libraries of learners."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgzsl.cli.output import as_json, say, table
from kgzsl.data import bundled
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.graph.recipe import read_recipe
from kgzsl.ontology import read_ontology
from kgzsl.ontology.read import is_address

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import Relation

DEFAULT = "ontologies/objects.ttl"
Sources = Annotated[
    list[str] | None,
    typer.Option("--ontology", "-o", help=f"File, folder, address, recipe or bundle; repeatable. [{DEFAULT}]"),
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
Only = Annotated[
    list[str] | None, typer.Option("--relation", help="Follow only this relation; may be given again.")
]  # fmt: skip


def load_graph(sources: list[str] | None) -> ClassGraph:
    """Read ontology sources and build their graph.

    A recipe gives its ontologies as it reads them, a bundle the facts that it was saved with.
    """
    paths = [source if is_address(source) else bundled(source) for source in sources or [DEFAULT]]
    only = paths[0] if len(paths) == 1 and isinstance(paths[0], Path) else Path()
    if only.suffix == ".kgzsl":
        from kgzsl.bundle import read

        contents = read(only)
        return build_graph(contents.ontology, contents.recipe.reading)
    if only.suffix == ".toml" and not only.name.endswith(".endpoint.toml"):
        recipe = read_recipe(only)
        return build_graph(read_ontology(recipe.sources), recipe.reading)
    return build_graph(read_ontology(paths))


def stats(ontology: Sources = None, json: Json = False) -> None:
    """Count classes, relations and what is missing."""
    counts = load_graph(ontology).stats()
    if json:
        as_json(counts)
    else:
        relations = ", ".join(f"{name} {count}" for name, count in counts["relations"].items())
        table(("what", ">count"), ((k, relations if k == "relations" else n) for k, n in counts.items()))


def show(name: Annotated[str, typer.Argument(help="Id, label or wnid.")], ontology: Sources = None,
         json: Json = False) -> None:  # fmt: skip
    """Show a class: names, gloss, parents, children, attributes, and where each fact is written."""
    graph = load_graph(ontology)
    iri = graph.find(name)
    concept, out, into = graph.concepts[iri], graph.out(iri), graph.into(iri)
    if json:
        described = concept._asdict() | {"id": graph.short(iri), "described_at": f"{concept.file}:{concept.line}"}
        as_json(described | {"facts": [_edge(graph, e) for e in out], "arriving": [_edge(graph, e) for e in into]})
        return
    names = ", ".join((graph.label(iri), *concept.synonyms))
    table((f"{names} ({graph.short(iri)})",), [(concept.gloss or "no gloss: understood from its ancestors",),
                                               (f"{concept.kind} at {concept.file}:{concept.line}",)])  # fmt: skip
    rows = [(f"–{e.relation}→", graph.label(e.target), f"{e.weight:g}", e.where) for e in out]
    rows += [(f"←{e.relation}–", graph.label(e.source), f"{e.weight:g}", e.where) for e in into]
    table(("relation", "concept", ">weight", "stated at"), rows)


def paths(
    source: Annotated[str, typer.Argument(help="Id, label or wnid.")],
    target: Annotated[str, typer.Argument(help="Id, label or wnid.")],
    k: Annotated[int, typer.Option("-k", min=1, help="How many, shortest first.")] = 3,
    relation: Only = None,
    directed: Annotated[bool, typer.Option("--directed", help="Walk along edges only as they point.")] = False,
    most: Annotated[int | None, typer.Option(min=0, help="Steps of the longest path to look for.")] = None,
    ontology: Sources = None,
    json: Json = False,
) -> None:
    """Show the shortest paths between two classes, and where each step is written."""
    graph = load_graph(ontology)
    found = graph.paths(source, target, k, relation, directed, most)
    if json:
        as_json([{"path": str(p), "steps": [_edge(graph, e) for e in p.steps]} for p in found])
        return
    if not found:
        say("no path")
    for path in found:
        say(f"{len(path)} hops: {path}")
        for step in path.steps:
            say(f"    {step.where}")


def ablate(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as graphs/objects.toml.")],
    learner: Annotated[str | None, typer.Option(help="Instead of the recipe's.")] = None,
    features: Annotated[Path | None, typer.Option(help="Labelled features to fit seen classifiers on.")] = None,
    folds: Annotated[int, typer.Option(min=1, help="Of each kind; more are slower and tell more.")] = 3,
    json: Json = False,
) -> None:
    """Say what each relation type does for validation classes: left out one at a time, or added one at a time."""
    from kgzsl.ablation import ablate as run
    from kgzsl.cli.output import progress
    from kgzsl.features import load_features
    from kgzsl.training import read_material

    given = load_features(features) if features else None
    X, y = (given.X, given.labels) if given else (None, None)
    with progress() as report:
        material = read_material(recipe, X, y, learner, progress=report)
        found = run(material, folds, report)
    if json:
        as_json(found)
        return
    name = material.recipe.learner.name
    say(f"{name}: mean reciprocal rank of hidden seen classes {found.score:.3f} over {found.classes} rankings")
    table(("relation", "change", ">edges", ">score", ">effect [95 %]", "verdict"),
          ((e.relation, e.change, e.edges, f"{e.score:.3f}", _interval(e.effect, e.low, e.high), e.verdict)
           for e in found.effects))  # fmt: skip


def _interval(effect: float, low: float, high: float) -> str:
    return f"{effect:+.3f} [{low:+.3f}, {high:+.3f}]"


def _edge(graph: ClassGraph, edge: Relation) -> dict[str, object]:
    return {"source": graph.short(edge.source), "relation": edge.relation, "target": graph.short(edge.target),
            "label": graph.label(edge.target), "weight": edge.weight, "file": edge.file, "line": edge.line}  # fmt: skip
