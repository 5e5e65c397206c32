"""W17: an import that no file at hand answers.

`owl:imports` is never fetched from the network: what it brings in is missing until a file of that ontology is given,
or a catalog file beside the importing one says where it lies.

Give the file too, add it to `catalog-v001.xml`, or remove the import.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.ontology.imports import CATALOG, unresolved


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding an import of an ontology that no document is."""
    for fact in unresolved(context.graph.ontology.documents):
        yield Finding("W17", f"the import of <{fact.object}> is not resolved", fact.file, fact.line, str(fact.object),
                      f"give its file too, or a {CATALOG} that says where it lies")  # fmt: skip
