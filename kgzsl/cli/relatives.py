"""Graph verbs about a concept's relatives: above, below, around, in common, alike."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kgzsl.cli.graph import Json, Only, Sources, load_graph
from kgzsl.cli.output import as_json, say, table
from kgzsl.graph import ClassGraph

Name = Annotated[str, typer.Argument(help="Id, label or wnid.")]
Along = Annotated[str, typer.Option(help="The relation to follow.")]


class Way(StrEnum):
    """Which edges of a concept."""

    BOTH = "both"
    OUT = "out"
    IN = "in"


class Measure(StrEnum):
    """The names in ``kgzsl.graph.similarity.MEASURES``."""

    WU_PALMER = "wu-palmer"
    LIN = "lin"
    COSINE = "cosine"


def ancestors(name: Name, relation: Along = "subClassOf", ontology: Sources = None, json: Json = False) -> None:
    """List all that is above a class."""
    graph = load_graph(ontology)
    list_concepts(graph, graph.ancestors(name, relation), json)


def descendants(name: Name, relation: Along = "subClassOf", ontology: Sources = None, json: Json = False) -> None:
    """List all that is below a class."""
    graph = load_graph(ontology)
    list_concepts(graph, graph.descendants(name, relation), json)


def common(
    names: Annotated[list[str], typer.Argument(help="Two or more: ids, labels or wnids.")],
    ontology: Sources = None,
    json: Json = False,
) -> None:
    """Show the lowest classes that all of the named are below."""
    graph = load_graph(ontology)
    list_concepts(graph, graph.lowest_common_ancestor(*names), json, ordered=True)


def neighbours(
    name: Name,
    relation: Only = None,
    direction: Annotated[Way, typer.Option(help="Edges that leave it (out), that arrive (in), or both.")] = Way.BOTH,
    ontology: Sources = None,
    json: Json = False,
) -> None:
    """Show what is one edge away, and where the edge is written."""
    graph = load_graph(ontology)
    found = graph.neighbours(name, relation, direction.value)
    if json:
        as_json([{"id": graph.short(n.iri), **n._asdict()} for n in found])
        return
    rows = ((f"–{n.relation}→" if n.direction == "out" else f"←{n.relation}–", n.label, graph.short(n.iri),
             f"{n.weight:g}", n.where) for n in found)  # fmt: skip
    table(("relation", "concept", "id", ">weight", "stated at"), rows)


def similar(
    name: Name,
    k: Annotated[int, typer.Option("-k", min=1, help="How many.")] = 10,
    by: Annotated[Measure, typer.Option(help="Depth and steps, counts, or vectors.")] = Measure.WU_PALMER,
    counts: Annotated[Path | None, typer.Option(help="For lin: a name and a number a line.")] = None,
    vectors: Annotated[Path | None, typer.Option(help="For cosine: a table of features by class (.npz, .csv, "
                                                      ".parquet).")] = None,
    smoothing: Annotated[float, typer.Option(min=0, help="For lin: added to the count of every class.")] = 1.0,
    ontology: Sources = None,
    json: Json = False,
) -> None:  # fmt: skip
    """Show the classes most like one, by the hierarchy, by counts or by vectors."""
    graph = load_graph(ontology)
    given = _vectors(graph, vectors) if vectors else None
    found = graph.similar(name, k, by.value, counts, given, smoothing)
    if json:
        as_json([{"id": graph.short(one.iri), **one._asdict()} for one in found])
    else:
        table((">score", "concept", "id"), ((f"{one.score:.4f}", one.label, graph.short(one.iri)) for one in found))


def list_concepts(graph: ClassGraph, iris: Iterable[str], json: bool, ordered: bool = False) -> None:
    """Print concepts by label, or in the order given."""
    found = list(iris) if ordered else sorted(iris, key=lambda iri: (graph.label(iri), iri))
    if json:
        as_json([{"id": graph.short(iri), "iri": iri, "label": graph.label(iri)} for iri in found])
    elif not found:
        say("none")
    else:
        table(("concept", "id", "gloss"), ((graph.label(i), graph.short(i), graph.concepts[i].gloss) for i in found))


def _vectors(graph: ClassGraph, path: Path) -> dict[str, object]:
    """Read vectors of labelled rows, the mean where a class has several; labels of no class are left out, and told."""
    import warnings

    from kgzsl.errors import FeatureError
    from kgzsl.features import load_features

    features = load_features(path)
    if features.labels is None:
        raise FeatureError("vectors need labels: the class of each", file=str(path))
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(features.labels):
        rows.setdefault(label, []).append(row)
    unknown = [label for label in rows if not graph.names.candidates(label)]
    if unknown:
        warnings.warn(f"{len(unknown)} labels are of no concept here, such as '{unknown[0]}'", stacklevel=2)
    return {graph.find(label): features.X[own].mean(axis=0) for label, own in rows.items() if label not in unknown}
