"""Verbs about ontologies and graphs: none but `ablate` loads the numerical libraries of learners."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgzsl.cli.output import as_json, table
from kgzsl.data import bundled
from kgzsl.errors import MissingFileError
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.ontology import Ontology, read_ontology

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import Relation

FINDINGS = 1
DEFAULT = "ontologies/objects.ttl"
Sources = Annotated[
    list[Path] | None,
    typer.Option("--ontology", "-o", help=f"File, folder, dictionary or bundle; several are read as one. [{DEFAULT}]"),
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


def load_ontology(sources: list[Path] | None) -> Ontology:
    """Read ontology sources; a bundle gives the facts it was saved with."""
    paths = [bundled(source) for source in sources or [Path(DEFAULT)]]
    if len(paths) == 1 and paths[0].suffix == ".kgzsl":
        from kgzsl.bundle import read

        return read(paths[0]).ontology
    return read_ontology(paths)


def load_graph(sources: list[Path] | None) -> ClassGraph:
    """Read ontology sources and build their graph."""
    return build_graph(load_ontology(sources))


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
    ontology: Sources = None,
    json: Json = False,
) -> None:
    """Show the shortest paths between two classes, and where each step is written."""
    graph = load_graph(ontology)
    found = graph.paths(source, target, k)
    if json:
        as_json([{"path": str(p), "steps": [_edge(graph, e) for e in p.steps]} for p in found])
        return
    if not found:
        typer.echo("no path")
    for path in found:
        typer.echo(f"{len(path)} hops: {path}")
        for step in path.steps:
            typer.echo(f"    {step.where}")


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
    typer.echo(f"{name}: mean reciprocal rank of hidden seen classes {found.score:.3f} over {found.classes} rankings")
    table(("relation", "change", ">edges", ">score", ">effect [95 %]", "verdict"),
          ((e.relation, e.change, e.edges, f"{e.score:.3f}", _interval(e.effect, e.low, e.high), e.verdict)
           for e in found.effects))  # fmt: skip


def query(
    sparql: Annotated[str, typer.Argument(help="SELECT or ASK, or a file (.rq) that holds it.")],
    ontology: Sources = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds.")] = 10.0,
    json: Json = False,
) -> None:
    """Ask the facts in SPARQL (read-only, with a time limit)."""
    text = sparql
    if sparql.endswith((".rq", ".sparql")):
        if not Path(sparql).is_file():
            raise MissingFileError("no such query file", file=sparql)
        text = Path(sparql).read_text(encoding="utf8")
    answer = load_graph(ontology).sparql(text, timeout)
    if json or isinstance(answer, bool):
        as_json(answer)
    elif not answer:
        typer.echo("no rows")
    else:
        columns = list(dict.fromkeys(name for row in answer for name in row))
        table(columns, ([row.get(name, "") for name in columns] for row in answer))


def check(
    sources: Annotated[list[Path] | None, typer.Argument(help="Ontology files or folders; none: the recipe's.")] = None,
    recipe: Annotated[Path | None, typer.Option("--recipe", "-r", help="Names the seen classes, for W01.")] = None,
    json: Json = False,
) -> None:
    """Say what is wrong with ontologies, with code, file and line; exit code 1 when anything is."""
    from kgzsl.checks import check as run_checks

    seen: tuple[str, ...] = ()
    paths = [bundled(source) for source in sources or []]
    if recipe is not None:
        from kgzsl.graph.recipe import read_recipe
        from kgzsl.training import seen_classes

        made = read_recipe(bundled(recipe))
        graph = build_graph(read_ontology(paths or made.sources))
        seen = seen_classes(made, graph)
    else:
        graph = build_graph(read_ontology(paths or [bundled(DEFAULT)]))
    found = run_checks(graph, seen)
    if json:
        as_json([finding._asdict() for finding in found])
    else:
        for finding in found:
            typer.echo(str(finding))
        typer.echo(f"{len(found)} findings in {len(graph.class_ids)} classes")
    if found:
        raise typer.Exit(FINDINGS)


def _interval(effect: float, low: float, high: float) -> str:
    return f"{effect:+.3f} [{low:+.3f}, {high:+.3f}]"


def _edge(graph: ClassGraph, edge: Relation) -> dict[str, object]:
    return {"source": graph.short(edge.source), "relation": edge.relation, "target": graph.short(edge.target),
            "label": graph.label(edge.target), "weight": edge.weight, "file": edge.file, "line": edge.line}  # fmt: skip
