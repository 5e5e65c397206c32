"""Turtle as tokens that together are the text, so that an edit touches some and leaves the rest as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_INNER = _BASE + r"_0-9\-" + "\u00b7\u0300-\u036f\u203f\u2040"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LOCAL = rf"(?:[{_BASE}_:0-9]|{_ESCAPED})(?:(?:[{_INNER}.:]|{_ESCAPED})*(?:[{_INNER}:]|{_ESCAPED}))?"
_PREFIX = rf"[{_BASE}](?:[{_INNER}.]*[{_INNER}])?"
_PLAIN_LOCAL = re.compile(rf"[{_BASE}_0-9](?:[{_INNER}.]*[{_INNER}])?")
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<comment>\#[^\r\n]*)"
    r'|(?P<string>"""[^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'{1,2}(?!'))[^'\\]*)*'''"
    r'|"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"'
    r"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*')"
    r'|(?P<iri><[^\x00-\x20<>"{}|^`]*>)'
    r"|(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)"
    r"|(?P<number>[+-]?(?:\d+\.\d*[eE][+-]?\d+|\.?\d+[eE][+-]?\d+|\d*\.\d+|\d+))"
    r"|(?P<mark>\^\^|[.;,\[\]()])"
    rf"|(?P<blank>_:[{_BASE}_0-9](?:[{_INNER}.]*[{_INNER}])?)"
    rf"|(?P<name>(?:{_PREFIX})?:(?:{_LOCAL})?)"
    r"|(?P<word>[A-Za-z]+)",
    re.DOTALL,
)
_STRING_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_WRITTEN = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Token(NamedTuple):
    """A piece of the text: ``kind`` is the name of its group in the grammar."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next token starts."""
        return self.start + len(self.text)


def tokenize(text: str, file: str = "") -> list[Token]:
    """Cut a whole Turtle text into tokens; joined they are the text again.

    Raises:
        OntologyError: a character that starts no token of Turtle (with its line).
    """
    return list(_tokens(text, file))


def _tokens(text: str, file: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            line = text.count("\n", 0, at) + 1
            raise OntologyError(f"cannot be edited: {text[at : at + 20]!r} is no Turtle that the editor knows",
                                file=file, line=line, value=text[at])  # fmt: skip
        yield Token(str(found.lastgroup), found[0], at)
        at = found.end()


def unescaped(text: str) -> str:
    r"""Return the characters that ``\n``, ``\u00e9`` and the like stand for."""
    return _STRING_ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _LETTERS.get(code, code)


def string_value(token: str) -> str:
    """Return what a quoted string says."""
    width = 3 if token[:3] in ('"""', "'''") and len(token) >= 6 else 1
    return unescaped(token[width:-width])


def quoted(value: str, mark: str = '"') -> str:
    """Return a string between ``"`` or ``'``, on one line whatever it holds."""
    plain = _WRITTEN | {mark: "\\" + mark}
    written = (plain.get(c) or (f"\\u{ord(c):04X}" if ord(c) < 32 or ord(c) == 127 else c) for c in value)
    return f"{mark}{''.join(written)}{mark}"


def number_of(token: str) -> Literal:
    """Return the literal that a bare number is."""
    kind = "double" if "e" in token.lower() else "decimal" if "." in token else "integer"
    return Literal(token, v.XSD + kind)


def is_local(text: str) -> bool:
    """Return whether this can follow a prefix without escapes."""
    return _PLAIN_LOCAL.fullmatch(text) is not None


def is_iri(text: str) -> bool:
    """Return whether this is an absolute IRI that can be written between angle brackets."""
    return re.fullmatch(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|^`\\]+', text) is not None
