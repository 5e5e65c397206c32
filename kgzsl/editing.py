"""What an edit of ontology files would do to the graph: findings that come with it, and the ontology of a bundle."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from kgzsl.checks import Finding, check
from kgzsl.errors import StaleError
from kgzsl.graph import build_graph
from kgzsl.graph.recipe import Recipe
from kgzsl.ontology import Ontology
from kgzsl.ontology.edit import Plan


def reviewed(plan: Plan, recipe: Recipe | None = None) -> list[Finding]:
    """Return the findings that an edit brings, those that were there before left out.

    Args:
        plan: of the edit.
        recipe: says what facts mean, and which codes are switched off.

    Raises:
        OntologyError: one of them is an error, for which ``update`` would refuse the edit.
    """
    reading = recipe.reading if recipe else None
    old, new = (check(build_graph(side, reading), recipe=recipe) for side in (plan.before, plan.after))
    known = Counter(finding.about for finding in old)
    found = []
    for finding in new:
        if known[finding.about]:
            known[finding.about] -= 1
        elif finding.severity == "error":
            error = finding.error()
            error.message += " (after this edit, which is refused; nothing was written)"
            raise error
        else:
            found.append(finding)
    return found


def edited(whole: Ontology, plan: Plan) -> Ontology:
    """Return an ontology with the edited files in place of what it held of them.

    Args:
        whole: what a bundle was made of, say.
        plan: of the edit.

    Raises:
        StaleError: an edited file is no part of it.
    """
    new = {Path(document.path).resolve(): document for document in plan.after.documents}
    documents = []
    left = {change.path.resolve() for change in plan.changes}
    for document in whole.documents:
        place = Path(document.path).resolve()
        known = new.get(place) if place in left else None
        left.discard(place)
        documents.append(replace(known, path=document.path) if known else document)
    if left:
        raise StaleError("the bundle was not made from this file", file=str(sorted(left)[0]),
                         fix=f"it was made from {', '.join(whole.paths[:3])}")  # fmt: skip
    return Ontology(tuple(documents))
