"""RDF files (Turtle, N-Triples, RDF/XML, …) at parser speed, each fact with its line."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

import pyoxigraph as ox

from kgzsl.errors import OntologyError
from kgzsl.ontology.model import Fact, Literal

_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML, ".xml": ox.RdfFormat.RDF_XML, ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
}  # fmt: skip


class _CountedLines(io.RawIOBase):
    """Hands the parser one line a read, so that the current line is known when a triple arrives."""

    def __init__(self, data: bytes) -> None:
        self._lines = iter(data.splitlines(keepends=True))
        self.line = 0

    def read(self, size: int = -1) -> bytes:
        chunk = next(self._lines, b"")
        self.line += bool(chunk)
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
    if form == ox.RdfFormat.RDF_XML and _is_turtle(data):
        form = ox.RdfFormat.TURTLE
    if form == ox.RdfFormat.RDF_XML:
        _refuse_entities(name, data)
    lines = _CountedLines(data)
    try:
        return tuple(_named_blanks(list(_facts(name, lines, form))))
    except SyntaxError as error:
        line, message = _explained(error, lines.line)
        raise OntologyError(message, file=name, line=line, fix=_hint(data, line)) from None
    except (OSError, ValueError) as error:
        raise OntologyError(f"cannot be parsed: {error}", file=name, line=lines.line or 1) from None


def _is_turtle(data: bytes) -> bool:
    return data.lstrip()[:1] in (b"@", b"P", b"#")


def _facts(name: str, lines: _CountedLines, form: ox.RdfFormat) -> Iterator[Fact]:
    for quad in ox.parse(lines, format=form, base_iri=f"file:///{Path(name).name}"):  # type: ignore[arg-type]
        if not isinstance(quad.subject, (ox.NamedNode, ox.BlankNode)):
            continue
        yield Fact(_term(quad.subject), quad.predicate.value, _object(quad.object), name, lines.line)


def _named_blanks(facts: list[Fact]) -> list[Fact]:
    """Name blank nodes by what is said of them, as the parser's own names differ at every reading."""
    blanks = {term for fact in facts for term in (fact.subject, fact.object) if _is_blank(term)}
    if not blanks:
        return facts
    names: dict[str | Literal, str] = dict.fromkeys(blanks, "_:")
    distinct = 1
    while True:
        said: dict[str, list[str]] = {str(blank): [] for blank in blanks}
        for s, p, o, *_ in facts:
            if _is_blank(s):
                said[s].append(f">{p} {names.get(o, o)}")
            if isinstance(o, str) and _is_blank(o):
                said[o].append(f"<{p} {names.get(s, s)}")
        names = {blank: "_:" + _digest(names[blank] + "|".join(sorted(said[str(blank)]))) for blank in blanks}
        if len(set(names.values())) == distinct:
            break
        distinct = len(set(names.values()))
    return [f._replace(subject=names.get(f.subject, f.subject), object=names.get(f.object, f.object)) for f in facts]


def _is_blank(term: str | Literal) -> bool:
    return isinstance(term, str) and term.startswith("_:")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _term(node: ox.NamedNode | ox.BlankNode) -> str:
    return node.value if isinstance(node, ox.NamedNode) else f"_:{node.value}"


def _object(node: object) -> str | Literal:
    if isinstance(node, ox.Literal):
        return Literal(node.value, node.datatype.value, node.language)
    return _term(node)  # type: ignore[arg-type]


def _explained(error: SyntaxError, current: int) -> tuple[int, str]:
    text = str(error.msg)
    found = re.search(r"line (\d+)", text)
    line = error.lineno or (int(found[1]) if found else current)
    return max(int(line), 1), "syntax error: " + re.sub(r"^Parser error at line.*?: ", "", text)


def _hint(data: bytes, line: int) -> str | None:
    rows = data.splitlines()
    text = rows[line - 1].decode("utf8", "replace").strip() if line <= len(rows) else ""
    return f"near {text[:60]!r}; every block ends in ' .' and lines within it in ' ;'" if text else None


def _refuse_entities(name: str, data: bytes) -> None:
    parser = expat.ParserCreate()

    def declared(
        entity: str, parameter: bool, value: str | None, base: str | None, system: str | None,
        public: str | None, notation: str | None,
    ) -> None:  # fmt: skip
        if parameter or system or public or value is None or "&" in value or "%" in value:
            raise OntologyError(
                f"refuses the XML entity '{entity}': only plain text entities are read",
                file=name, line=parser.CurrentLineNumber, value=entity,
            )  # fmt: skip

    parser.EntityDeclHandler = declared
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise OntologyError(f"syntax error: {error}", file=name, line=error.lineno) from None
