"""Where JSON-LD says something: the parser reads the whole file first, so lines are found by ``@id``."""

from __future__ import annotations

import json
import re

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact

_ID = re.compile(rb'"@id"\s*+:\s*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{}\]]', re.DOTALL)
DEEPEST = 500
REMOTE = "LoadDocumentCallback"
"""In the parser's message where a context is not in the file."""


def refuse_deep(name: str, data: bytes) -> None:
    """Refuse braces and brackets more than ``DEEPEST`` inside each other, which would exhaust the parser's stack.

    Raises:
        OntologyError: with the line of the first too deep.
    """
    depth = 0
    for match in _BRACKET.finditer(data):
        depth += (match[0] in b"{[") - (match[0] in b"}]")
        if depth > DEEPEST:
            line = data.count(b"\n", 0, match.start()) + 1
            raise OntologyError(f"more than {DEEPEST} braces inside each other", file=name, line=line, value=depth)


def with_lines(facts: list[Fact], data: bytes) -> list[Fact]:
    """Return the facts with the line of the first ``@id`` that names their subject, else line 1.

    What is said of a blank node stands where its owner does. A subject may stand as an IRI, shortened by a prefix of
    the context, or relative; the last part of its IRI decides.
    """
    lines: dict[str, int] = {}
    line, at = 1, 0
    for match in _ID.finditer(data):
        line += data.count(b"\n", at, match.start())
        at = match.start()
        text = _unescaped(match[1])
        lines.setdefault(text, line)
        lines.setdefault(v.local_name(text), line)
    owner = {f.object: f.subject for f in facts if isinstance(f.object, str) and f.object.startswith("_:")}

    def line_of(subject: str) -> int:
        passed = set()
        while subject in owner and subject not in lines and subject not in passed:
            passed.add(subject)
            subject = owner[subject]
        found = lines.get(subject) or lines.get(v.local_name(subject)) or 1
        lines.update(dict.fromkeys(passed, found))
        return found

    return [f._replace(line=line_of(f.subject)) for f in facts]


def _unescaped(text: bytes) -> str:
    try:
        return str(json.loads(b'"' + text + b'"'))
    except ValueError:
        return text.decode("utf8", "replace")
