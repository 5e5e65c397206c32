"""OWL in its functional, XML and Manchester syntaxes, parsed by py-horned-owl and read on as RDF."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.mentions import placed
from kgzsl.ontology.model import Fact
from kgzsl.ontology.obo import is_panic
from kgzsl.ontology.rdf import read_rdf
from kgzsl.ontology.rows import decoded
from kgzsl.ontology.safe_xml import refuse_hostile_xml

FUNCTIONAL, XML, MANCHESTER = "ofn", "owx", "omn"
DEEPEST = 100
"""Expressions nested deeper are refused: the parser's stack does not bear them without end."""
LONGEST_ENTITY = 1000

_START = re.compile(rb"(?m)^\s*(?:\xef\xbb\xbf)?(?:(?P<owx><Ontology\b|<\?xml|<!)|(?P<ofn>(?:Prefix|Ontology)\s*\()"
                    rb"|(?P<omn>[A-Z][A-Za-z]+:))")  # fmt: skip
_SUFFIXES = {".ofn": FUNCTIONAL, ".owx": XML, ".omn": MANCHESTER}
_STANDARD = {"owl": v.OWL, "rdf": v.RDF, "rdfs": v.RDFS, "xsd": v.XSD}
_DECLARED = {FUNCTIONAL: r"Prefix\s*\(\s*{}:", MANCHESTER: r"Prefix:\s*{}:", XML: r"<Prefix\b[^>]*\bname=[\"']{}[\"']"}
_DECLARATION = {FUNCTIONAL: "Prefix({}:=<{}>) ", MANCHESTER: "Prefix: {}: <{}> ", XML: '<Prefix name="{}" IRI="{}"/>'}
_PREFIX = {
    FUNCTIONAL: r"Prefix\s*\(\s*([^:\s]*):\s*=\s*<([^>]*)>",
    MANCHESTER: r"Prefix:\s*([^:\s]*):\s*<([^>]*)>",
    XML: r"<Prefix\b[^>]*\bname=[\"']([^\"']*)[\"'][^>]*\bIRI=[\"']([^\"']*)[\"']",
}
_ENTITY = re.compile(r"""<!ENTITY\s+(\S+)\s+(?:"([^"]*)"|'([^']*)')\s*>""")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_OPAQUE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|<[^<>\s]*>|#[^\n]*')
_NESTING = {
    FUNCTIONAL: re.compile(r"(?P<open>\()|(?P<close>\))"),
    MANCHESTER: re.compile(r"(?P<open>[({])|(?P<close>[)}])|(?P<some>(?<![\w:])(?:some|only|min|max|exactly)(?![\w:]))"
                           r"|(?P<next>,|(?<![\w:])(?:and|or)(?![\w:])|\w:\s)"),
    XML: re.compile(r"(?P<close></)|<(?=[A-Za-z])(?:[^>]*[^/>])?(?P<open>>)"),
}  # fmt: skip
_SECTION = re.compile(r"\s*[A-Z]\w*:(?:\s|$)")
_LINE_AND_COLUMN = re.compile(r"line_col: Pos\(\((\d+), \d+\)\)")
_BYTE = re.compile(r"Byte(?:Position|Span)\((\d+)")


def read_owl(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read an OWL file that is not RDF; the syntax is what the file begins with, or else its suffix.

    The line of a fact is found by looking for a statement that names its subject and its objects, as the parser
    keeps no lines. Imports are stated as facts and not followed.

    Raises:
        OntologyError: py-horned-owl is missing, a syntax error (with its line), XML entities that are not plain,
            or expressions nested deeper than ``DEEPEST``.
    """
    file, form = str(path), _syntax(path, data)
    text = decoded(file, data)
    if form == XML:
        refuse_hostile_xml(file, data)
        text = _without_entities(file, text)
    _refuse_depth(file, text, form)
    triples = _as_rdf(path, _parsed(file, text, form))
    return tuple(placed(triples, text, _prefixes(text, form), _statements(text, form)))


def _syntax(path: Path, data: bytes) -> str:
    found = _START.search(data[:4096])
    by_suffix = _SUFFIXES.get(path.suffix.lower())
    return by_suffix or (found.lastgroup if found and found.lastgroup else FUNCTIONAL)


def _parsed(file: str, text: str, form: Any) -> Any:
    try:
        import pyhornedowl
    except ImportError:
        raise OntologyError("OWL in this syntax is read by py-horned-owl, which is not installed", file=file,
                            fix='pip install "kgzsl[owl]"') from None  # fmt: skip
    source, shift = _with_standard_prefixes(text, form)
    try:
        return pyhornedowl.open_ontology_from_string(source, form)
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        message = str(error)
        line = _line(message, text, shift)
        near = text.split("\n")[line - 1].strip()[:60]
        raise OntologyError(f"syntax error: {_reason(message)}", file=file, line=line, value=near,
                            fix=f"near {near!r}" if near else None) from None  # fmt: skip


def _with_standard_prefixes(text: str, form: str) -> tuple[str, int]:
    """Declare the prefixes that OWL 2 knows without being told; return by how many bytes the text moved."""
    added = "".join(
        _DECLARATION[form].format(prefix, iri) for prefix, iri in _STANDARD.items()
        if not re.search(_DECLARED[form].format(prefix), text)
    )  # fmt: skip
    if form != XML:
        return added + text, len(added)
    head = re.search(r"<Ontology\b[^>]*[^/]>", text)
    return (text[: head.end()] + added + text[head.end() :], len(added)) if head else (text, 0)


def _line(message: str, text: str, shift: int) -> int:
    exact, byte = _LINE_AND_COLUMN.search(message), _BYTE.search(message)
    last = text.count("\n") + 1
    if exact:
        return min(int(exact[1]), last)
    if byte:
        return min(text.encode()[: max(int(byte[1]) - shift, 0)].count(b"\n") + 1, last)
    return last if "Unclosed" in message or "EoF" in message else 1


def _reason(message: str) -> str:
    expected = re.search(r"positives: \[([^\]]*)\]", message)
    if expected:
        return f"expected {' or '.join(expected[1].split(', ')[:6])}"
    said = re.search(r'ValidityError\("([^"]*)"', message)
    return said[1] if said else message.removeprefix("Failed to open ontology: ")[:200]


def _as_rdf(path: Path, ontology: Any) -> tuple[Fact, ...]:
    """Read py-horned-owl's RDF/XML; its lines are not those of the file."""
    try:
        text = ontology.save_to_string("rdf")
        facts = read_rdf(path.with_suffix(".rdf"), text.encode())
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        message = error.message if isinstance(error, OntologyError) else str(error)
        raise OntologyError(f"cannot be turned into RDF: {message[:200]}", file=str(path), line=1) from None
    return tuple(fact._replace(file=str(path)) for fact in facts)


def _prefixes(text: str, form: str) -> dict[str, str]:
    declared = _STANDARD | dict(re.findall(_PREFIX[form], text))
    base = re.search(r"\b(?:xml:base|ontologyIRI)=[\"']([^\"']*)[\"']", text) if form == XML else None
    return declared | ({"#": base[1] + "#"} if base else {})


def _without_entities(file: str, text: str) -> str:
    """Write out the plain entities that Protégé abbreviates namespaces with, keeping every line where it is."""
    entities = {name: double or single for name, double, single in _ENTITY.findall(text)}
    long = next((name for name, value in entities.items() if len(value) > LONGEST_ENTITY), None)
    if long:
        raise OntologyError(f"refuses the XML entity '{long}': longer than {LONGEST_ENTITY} characters", file=file,
                            line=1, value=long)  # fmt: skip
    text = _DOCTYPE.sub(lambda found: "\n" * found[0].count("\n"), text, count=1)
    return re.sub(r"&([\w.-]+);", lambda found: entities.get(found[1], found[0]), text) if entities else text


def _refuse_depth(file: str, text: str, form: str) -> None:
    """Refuse what would exhaust the parser's stack: brackets, elements, or ``p some q some …`` inside each other."""
    hidden = _bare(text, form)
    outer: list[int] = []
    chain = depth = 0
    for mark in _NESTING[form].finditer(hidden):
        kind = mark.lastgroup
        if kind == "open":
            outer.append(chain + 1)
            depth, chain = depth + chain + 1, 0
        elif kind == "close":
            chain = outer.pop() - 1 if outer else 0
            depth = sum(outer)
        else:
            chain = chain + 1 if kind == "some" else 0
        if depth + chain > DEEPEST:
            line = text.count("\n", 0, mark.start()) + 1
            raise OntologyError(f"expressions nested more than {DEEPEST} deep", file=file, line=line,
                                value=depth + chain, fix="give inner expressions names of their own")  # fmt: skip


def _bare(text: str, form: str) -> str:
    """Blank out strings, IRIs and comments, in which brackets mean nothing."""
    if form == XML:
        return text
    return _OPAQUE.sub(lambda found: "\n".join(" " * len(part) for part in found[0].split("\n")), text)


def _statements(text: str, form: str) -> list[int]:
    """Return the lines on which axioms begin, in Manchester syntax those of frames and their sections."""
    if form == MANCHESTER:
        return [k for k, line in enumerate(text.split("\n"), 1) if _SECTION.match(line)]
    starts, depth, line, at = [1], 0, 1, 0
    bare = _bare(text, form)
    for mark in _NESTING[form].finditer(bare):
        passed = bare.count("\n", at, mark.start())
        if passed and depth <= 1:
            starts += range(line + 1, line + passed + 1)
        line, at = line + passed, mark.start()
        depth += 1 if mark.lastgroup == "open" else -1
    return starts
