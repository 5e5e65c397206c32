"""RDF files (Turtle, N-Triples, RDF/XML, …) at parser speed, each fact with its line."""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from kgzsl.errors import OntologyError, one_line
from kgzsl.ontology.blanks import named_blanks
from kgzsl.ontology.jsonld import REMOTE, refuse_deep, with_lines
from kgzsl.ontology.model import Fact, Literal
from kgzsl.ontology.safe_xml import refuse_hostile_xml

_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML, ".xml": ox.RdfFormat.RDF_XML, ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS, ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
}  # fmt: skip


class _CountedLines(io.RawIOBase):
    """Hands the parser at most one line a read, so that the current line is known when a triple arrives.

    Never more than the parser asked for: a longer answer aborts the process.
    """

    def __init__(self, data: bytes) -> None:
        self._lines = iter(data.splitlines(keepends=True))
        self._left = b""
        self.line = 0

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            self._left = next(self._lines, b"")
            self.line += bool(self._left)
        if size < 0 or len(self._left) <= size:
            chunk, self._left = self._left, b""
        else:
            chunk, self._left = self._left[:size], self._left[size:]
        return chunk


def read_rdf(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Parse one RDF file.

    Args:
        path: names the file and, by its suffix, the format.
        data: its content.

    Raises:
        OntologyError: a syntax error (with its line), or XML entities that are not plain.
    """
    name, form = str(path), _FORMATS[path.suffix.lower()]
    data = data.removeprefix(codecs.BOM_UTF8)
    if form == ox.RdfFormat.RDF_XML and _is_turtle(data):
        form = ox.RdfFormat.TURTLE
    if form == ox.RdfFormat.RDF_XML:
        refuse_hostile_xml(name, data)
    if form == ox.RdfFormat.JSON_LD:
        refuse_deep(name, data)
    lines = _CountedLines(data)
    try:
        facts = list(_facts(name, lines, form))
    except SyntaxError as error:
        line, message = _explained(error, lines.line)
        raise OntologyError(message, file=name, line=line, fix=_hint(data, line, form, message)) from None
    except (OSError, ValueError) as error:
        raise OntologyError(f"cannot be parsed: {error}", file=name, line=lines.line or 1) from None
    return tuple(named_blanks(with_lines(facts, data) if form == ox.RdfFormat.JSON_LD else facts))


def _is_turtle(data: bytes) -> bool:
    return data.lstrip()[:1] in (b"@", b"P", b"#")


def _facts(name: str, lines: _CountedLines, form: ox.RdfFormat) -> Iterator[Fact]:
    """Yield the facts; written for speed, as every fact of every file comes through here."""
    terms: dict[str, str] = {}  # one string for each IRI, however often it stands in the file
    one, new = terms.setdefault, tuple.__new__
    base = f"file:///{quote(os.fsencode(Path(name).name))}"
    for quad in ox.parse(lines, format=form, base_iri=base):  # type: ignore[arg-type]
        subject, obj = _term(quad.subject), quad.object
        said = new(Literal, (obj.value, obj.datatype.value, obj.language)) if type(obj) is ox.Literal else _term(obj)
        if subject and said:
            predicate = quad.predicate.value
            said = one(said, said) if isinstance(said, str) else said
            yield new(Fact, (one(subject, subject), one(predicate, predicate), said, name, lines.line))


def _term(node: object) -> str:
    """Return the IRI or blank node; nothing for a triple within a triple, which is passed over."""
    if type(node) is ox.NamedNode:
        return node.value
    return f"_:{node.value}" if isinstance(node, ox.BlankNode) else ""


def _explained(error: SyntaxError, current: int) -> tuple[int, str]:
    text = str(error.msg)
    if REMOTE in text:
        return 1, "a remote JSON-LD context is refused: nothing is fetched from the network"
    found = re.search(r"line (\d+)", text)
    line = error.lineno or (int(found[1]) if found else current)
    return max(int(line), 1), "syntax error: " + one_line(re.sub(r"^Parser error (?:at|between) line.*?: ", "", text))


def _hint(data: bytes, line: int, form: ox.RdfFormat, message: str) -> str | None:
    if "JSON-LD context" in message:
        return "write the context into the file"
    rows = data.splitlines()
    text = rows[line - 1].decode("utf8", "replace").strip() if line <= len(rows) else ""
    advice = "; every block ends in ' .' and lines within it in ' ;'" if form == ox.RdfFormat.TURTLE else ""
    return f"near {text[:60]!r}{advice}" if text else None
