"""OBO files (GO, Cell Ontology, Uberon), parsed by fastobo; each fact with the line of its own clause."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kgzsl.errors import OntologyError, suggest
from kgzsl.ontology.blanks import named_blanks
from kgzsl.ontology.model import Fact, Literal
from kgzsl.ontology.obo_terms import TAGS, Translator, Triple
from kgzsl.ontology.rows import decoded

_FRAME = re.compile(r"\[(Term|Typedef|Instance)\]")
_BACKSLASH = "\ue05c"
"""Stands for an escaped backslash while fastobo reads, which stops at one before a closing quote."""


class _Frame(NamedTuple):
    """Where a frame and its clauses stand; the header is the frame before the first."""

    kind: str
    line: int
    lines: list[int]
    tags: list[str]


def read_obo(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read an OBO 1.2 or 1.4 file by its mapping to OWL; ``obo_terms`` says what becomes of each clause.

    Raises:
        OntologyError: a syntax error, or bytes that are not UTF-8 (with the line).
    """
    file = str(path)
    text, frames = _scanned(decoded(file, data))
    document = _parsed(file, text)
    if len(document) != len(frames) - 1:
        raise OntologyError(f"{len(frames) - 1} frames, of which {len(document)} are understood", file=file, line=1)
    instances = {str(frame.id) for frame, at in _pairs(document, frames) if at.kind == "Instance"}
    translator = Translator(document, path.stem, instances)
    facts = [Fact(*triple, file, line) for line, triple in _triples(translator, document, frames)]
    if _BACKSLASH in text:
        facts = [Fact(_restored(s), _restored(p), _restored(o), file, line) for s, p, o, _, line in facts]
    return tuple(_stable(facts))


def _scanned(text: str) -> tuple[str, list[_Frame]]:
    """Find the line of every clause, and write what fastobo cannot read so that it can, line for line.

    It stops at lines that are only a comment, which are emptied, at instances, which are passed as terms, and at
    escaped backslashes, which are set aside.
    """
    frames = [_Frame("header", 1, [], [])]
    kept = []
    continued = False
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r").replace("\\\\", _BACKSLASH)
        head = _FRAME.match(line.strip())
        if not continued and line.lstrip().startswith("!"):
            line = ""
        elif head:
            frames.append(_Frame(head[1], number, [], []))
            line = line.replace("[Instance]", "[Term]")
        elif not continued and line.strip():
            frames[-1].lines.append(number)
            frames[-1].tags.append(line.partition(":")[0].strip())
            if frames[-1].kind == "Instance":
                line = re.sub(r"^\s*instance_of:", "is_a:", line)
        continued = line.endswith("\\")
        kept.append(line)
    return "\n".join(kept).rstrip("\n") + "\n", frames


def _restored(term: Any) -> Any:
    if isinstance(term, Literal):
        return term._replace(value=term.value.replace(_BACKSLASH, "\\"))
    return term.replace(_BACKSLASH, "%5C")


def _parsed(file: str, text: str) -> Any:
    import fastobo

    try:
        return fastobo.load(io.BytesIO(text.encode()), ordered=True, threads=1)
    except SyntaxError as error:
        near = (error.text or "").strip().replace(_BACKSLASH, "\\\\")[:60]
        raise OntologyError(f"syntax error: {error.msg}", file=file, line=error.lineno or 1, value=near,
                            fix=_hint(near)) from None  # fmt: skip
    except BaseException as error:
        if isinstance(error, Exception) or is_panic(error):
            raise OntologyError(f"cannot be parsed: {str(error)[:200]}", file=file, line=1) from None
        raise


def _hint(near: str) -> str | None:
    tag = near.partition(":")[0].strip("[]")
    meant = None if tag in TAGS or not tag else suggest(tag, TAGS)
    return f"did you mean '{meant}'?" if meant else f"near {near!r}" if near else None


def is_panic(error: BaseException) -> bool:
    """Return whether a library written in Rust gave up; pyo3 derives that from BaseException."""
    return type(error).__name__ == "PanicException"


def _pairs(document: Any, frames: list[_Frame]) -> Iterator[tuple[Any, _Frame]]:
    return zip(document, frames[1:], strict=True)


def _triples(translator: Translator, document: Any, frames: list[_Frame]) -> Iterator[tuple[int, Triple]]:
    yield from _placed(translator.header(document.header), [clause.raw_tag() for clause in document.header], frames[0])
    for frame, at in _pairs(document, frames):
        yield from _placed(translator.frame(frame, at.kind), ["id", *(clause.raw_tag() for clause in frame)], at)


def _placed(found: Iterable[tuple[int, Triple]], tags: list[str], at: _Frame) -> Iterator[tuple[int, Triple]]:
    """Give each triple the line of its clause, or that of the frame should the scan and fastobo disagree."""
    asserted = ["is_a" if tag == "instance_of" else tag for tag in at.tags]
    lines = at.lines if asserted == tags else [at.line] * len(tags)
    for clause, triple in found:
        yield lines[clause] if clause < len(lines) else at.line, triple


def _stable(facts: list[Fact]) -> list[Fact]:
    """Name blank nodes as the RDF reader does, so that the same axioms in OWL make the same facts."""
    at = [k for k, (s, _, o, *_) in enumerate(facts) if s.startswith("_:") or _blank(o)]
    for k, fact in zip(at, named_blanks([facts[k] for k in at]), strict=True):
        facts[k] = fact
    return facts


def _blank(term: object) -> bool:
    return isinstance(term, str) and term.startswith("_:")
