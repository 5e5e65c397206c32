"""A class × attribute table (CSV, TSV or Parquet) that a curator edits in a spreadsheet; each cell is one fact."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal
from kgzsl.ontology.rows import iri_of, number, rows

MOST_CELLS = 5_000_000
"""A Parquet table of more cells is refused before it is unpacked; a fact takes some 250 bytes."""
_BATCH = 256
_Row = tuple[int, list[str]]


def read_table(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read a table whose first column ``class`` names classes and whose headers name attributes.

    Names are IRIs or ``prefix:name`` with a known prefix (``wn:n02391049``, ``att:stripes``). A column
    ``label`` is for the reader's eye and is skipped; an empty cell is no fact.

    Raises:
        OntologyError: no ``class`` column, an unknown prefix, a class named twice, or text where a number is due.
    """
    return tuple(_facts(str(path), rows(str(path), data, "\t" if path.suffix.lower() == ".tsv" else ",")))


def read_parquet(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read the same table from Parquet; the line of a fact is the number of its row, counted from 1.

    Raises:
        OntologyError: no Parquet file, one of more than ``MOST_CELLS`` cells, or what ``read_table`` refuses.
    """
    return tuple(_facts(str(path), _unpacked(str(path), data)))


def _unpacked(file: str, data: bytes) -> Iterator[_Row]:
    """Yield header and rows, few at a time: what a small file unpacks to is bounded by what the rows may hold."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(io.BytesIO(data))
        cells = parquet.metadata.num_rows * parquet.metadata.num_columns
        if cells > MOST_CELLS:
            raise OntologyError(f"{cells} cells, and at most {MOST_CELLS} are read", file=file, line=1, value=cells)
        yield 1, list(parquet.schema_arrow.names)
        line = 0
        for batch in parquet.iter_batches(batch_size=_BATCH):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                line += 1
                yield line, ["" if cell is None else str(cell) for cell in row]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"not a Parquet file: {str(error)[:200].splitlines()[0]}", file=file, line=1) from None


def _facts(file: str, lines: Iterable[_Row]) -> Iterator[Fact]:
    table = iter(lines)
    first, header = next(table, (1, [""]))
    if header[0].strip().lower() != "class":
        raise OntologyError("the first column must be headed 'class'", file=file, line=first, value=header[:1])
    columns = [
        (k, iri_of(name, file, first)) for k, name in enumerate(header) if k and name.strip().lower() != "label"
    ]
    if len({iri for _, iri in columns}) < len(columns):
        raise OntologyError("an attribute is named twice in the header", file=file, line=first)
    for _, iri in columns:
        yield Fact(iri, v.TYPE, v.OWL + "AnnotationProperty", file, first)
        yield Fact(iri, v.SUBPROPERTY, v.HAS_ATTRIBUTE, file, first)
    yield from _cells(table, columns, len(header), file)


def _cells(table: Iterator[_Row], columns: list[tuple[int, str]], width: int, file: str) -> Iterator[Fact]:
    seen: dict[str, int] = {}
    for line, row in table:
        if len(row) != width:
            raise OntologyError(f"{len(row)} cells where the header has {width}", file=file, line=line)
        subject = iri_of(row[0], file, line)
        if subject in seen:
            raise OntologyError(f"the class '{row[0]}' is named twice, first on line {seen[subject]}", file=file,
                                line=line, value=row[0])  # fmt: skip
        seen[subject] = line
        for k, attribute in columns:
            cell = row[k].strip()
            if cell:
                number(cell, file, line)
                yield Fact(subject, attribute, Literal(cell, v.XSD + "decimal"), file, line)
