"""A class × attribute table (CSV) that a curator edits in a spreadsheet; each cell is one fact."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal


def read_table(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read a table whose first column ``class`` names classes and whose headers name attributes.

    Names are IRIs or ``prefix:name`` with a known prefix (``wn:n02391049``, ``att:stripes``). A column
    ``label`` is for the reader's eye and is skipped; an empty cell is no fact.

    Raises:
        OntologyError: no ``class`` column, an unknown prefix, a class named twice, or text where a number is due.
    """
    return tuple(_facts(str(path), data.decode("utf-8-sig")))


def _facts(file: str, text: str) -> Iterator[Fact]:
    rows = csv.reader(io.StringIO(text))
    header = next(rows, [])
    if not header or header[0].strip().lower() != "class":
        raise OntologyError("the first column must be headed 'class'", file=file, line=1, value=header[:1])
    columns = [
        (k, _iri(name, file, 1)) for k, name in enumerate(header) if k and name.strip().lower() != "label"
    ]
    if len({iri for _, iri in columns}) < len(columns):
        raise OntologyError("an attribute is named twice in the header", file=file, line=1)
    for _, iri in columns:
        yield Fact(iri, v.TYPE, v.OWL + "AnnotationProperty", file, 1)
        yield Fact(iri, v.SUBPROPERTY, v.HAS_ATTRIBUTE, file, 1)
    yield from _rows(rows, columns, len(header), file)


def _rows(rows: Iterator[list[str]], columns: list[tuple[int, str]], width: int, file: str) -> Iterator[Fact]:
    seen: dict[str, int] = {}
    for line, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != width:
            raise OntologyError(f"{len(row)} cells where the header has {width}", file=file, line=line)
        subject = _iri(row[0], file, line)
        if subject in seen:
            raise OntologyError(f"the class '{row[0]}' is named twice, first on line {seen[subject]}", file=file,
                                line=line, value=row[0])  # fmt: skip
        seen[subject] = line
        for k, attribute in columns:
            if row[k].strip():
                yield Fact(subject, attribute, _number(row[k].strip(), file, line), file, line)


def _number(cell: str, file: str, line: int) -> Literal:
    try:
        float(cell)
    except ValueError:
        raise OntologyError(f"'{cell}' is not a number", file=file, line=line, value=cell) from None
    return Literal(cell, v.XSD + "decimal")


def _iri(name: str, file: str, line: int) -> str:
    iri = v.expand(name.strip())
    if iri is None:
        raise OntologyError(f"'{name}' is neither an IRI nor prefix:name", file=file, line=line, value=name,
                            fix=f"known prefixes are {', '.join(v.PREFIXES)}")  # fmt: skip
    return iri
