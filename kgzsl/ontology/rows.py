"""Rows of CSV and TSV files with the line each begins on; every way they can be broken is one clear error."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v


def rows(file: str, data: bytes, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of every row that is not blank; a quoted cell may span lines.

    Args:
        file: its name, for errors.
        data: UTF-8, with or without a byte order mark, with any line ends.
        delimiter: between cells.

    Raises:
        OntologyError: bytes that are not UTF-8, a quote that is never closed, or a cell beyond csv's limit.
    """
    reader = csv.reader(io.StringIO(decoded(file, data), newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        fix = 'a quoted cell ends in a single ", and a quote within it is doubled'
        raise OntologyError(f"not a table: {error}", file=file, line=line, fix=fix) from None


def decoded(file: str, data: bytes) -> str:
    """Return the text of a UTF-8 file.

    Raises:
        OntologyError: it is not UTF-8 (with the line of the first wrong byte).
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise OntologyError(f"not UTF-8: byte 0x{data[error.start]:02x}", file=file, line=line,
                            value=data[error.start], fix="save the file as UTF-8") from None  # fmt: skip


def iri_of(name: str, file: str, line: int, prefixes: dict[str, str] = v.PREFIXES) -> str:
    """Return the IRI of a cell that holds an IRI or ``prefix:name``.

    Raises:
        OntologyError: it is neither, or holds characters that no IRI may.
    """
    iri = v.expand(name.strip(), prefixes)
    if iri is None:
        raise OntologyError(f"'{name[:80]}' is neither an IRI nor prefix:name", file=file, line=line, value=name,
                            fix=f"known prefixes are {', '.join(prefixes)}")  # fmt: skip
    if not is_iri(iri):
        raise OntologyError(f"{name[:80]!r} holds characters that no IRI may", file=file, line=line, value=name,
                            fix="percent-encode blanks, quotes, angle brackets and control characters")  # fmt: skip
    return iri


def is_iri(iri: str) -> bool:
    """Return whether this has none of the characters that RDF forbids in IRIs."""
    return not any(character <= " " or character in '<>"{}|^`\\' or "\x7f" <= character < "\xa0" for character in iri)


def number(cell: str, file: str, line: int) -> float:
    """Return the number in a cell.

    Raises:
        OntologyError: it holds none, or one that is not finite.
    """
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if value - value != 0:
        raise OntologyError(f"'{cell[:80]}' is not a number", file=file, line=line, value=cell)
    return value
