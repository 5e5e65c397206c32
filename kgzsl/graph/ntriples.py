"""Facts as N-Triples, the form in which they reach the store of the query worker."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kgzsl.ontology.model import Literal

Value = str | Literal
Triple = tuple[str, str, Value]

_IRI_BAD = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_TEXT_BAD = re.compile(r'["\\\n\r]')
_TEXT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?")
_LANGUAGE = re.compile(r"[A-Za-z]+(?:-[A-Za-z0-9]+)*")


def ntriples(triples: Iterable[Triple]) -> tuple[bytes, bytes]:
    """Return the triples without blank nodes, and those with: the store takes the former in bulk.

    Whatever a reader let through, each triple is one well-formed line: no text can end an IRI or a literal.
    """
    plain: list[str] = []
    blank: list[str] = []
    written: dict[str, str] = {}
    for subject, predicate, obj in triples:
        line = f"{_node(subject, written)} {_node(predicate, written)} {_object(obj, written)} .\n"
        bulk = not subject.startswith("_:") and (isinstance(obj, Literal) or not obj.startswith("_:"))
        (plain if bulk else blank).append(line)
    return _bytes(plain), _bytes(blank)


def lines(triples: Iterable[Triple]) -> Iterator[str]:
    """Yield each triple as a line of N-Triples."""
    written: dict[str, str] = {}
    for subject, predicate, obj in triples:
        yield f"{_node(subject, written)} {_node(predicate, written)} {_object(obj, written)} ."


def _bytes(rows: list[str]) -> bytes:
    return "".join(rows).encode("utf8", "replace")


def _node(value: str, written: dict[str, str]) -> str:
    found = written.get(value)
    if found is None:
        found = written[value] = _blank(value) if value.startswith("_:") else f"<{_IRI_BAD.sub(_code, value)}>"
    return found


def _object(value: Value, written: dict[str, str]) -> str:
    if isinstance(value, str):
        return _node(value, written)
    text = value.value
    if _TEXT_BAD.search(text):
        text = _TEXT_BAD.sub(lambda match: _TEXT_ESCAPES[match.group()], text)
    if value.language and _LANGUAGE.fullmatch(value.language):
        return f'"{text}"@{value.language}'
    # A tag that is none, such as ``en_US`` in a table, is left out: the text is worth more than its language.
    return f'"{text}"' if value.language else f'"{text}"^^{_node(value.datatype, written)}'


def _blank(value: str) -> str:
    label = value[2:]
    return value if _LABEL.fullmatch(label) else "_:x" + label.encode("utf8", "replace").hex()


def _code(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04X}"
