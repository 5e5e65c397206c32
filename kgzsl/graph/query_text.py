"""The text of a SPARQL query: what is refused in it, which prefixes it uses, and errors that show the place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from kgzsl.errors import QueryError, suggest
from kgzsl.ontology import vocabulary as v

FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
UPDATES = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
PROLOGUE = frozenset({"PREFIX", "BASE"})
REFUSED = frozenset({"SERVICE", "LOAD", "FROM"})
KEYWORDS = FORMS | {
    "WHERE", "FILTER", "OPTIONAL", "UNION", "MINUS", "BIND", "VALUES", "DISTINCT", "ORDER", "GROUP", "HAVING", "LIMIT",
    "OFFSET",
}  # fmt: skip
LONGEST = 100_000
EXCERPT = 100
_CLOSES = {"}": "{", ")": "(", "]": "["}

# A name with a colon is one token, so that a bare SERVICE is the keyword and ``x:SERVICE`` is not. IRIs and strings
# come first: what looks like a keyword or a comment in them is neither.
_TOKEN = re.compile(
    r"""(?P<iri><[^<>"{}|^`\\\x00-\x20]*>|<(?:[^<>"{}|^`\\\x00-\x20]|\\[uU][0-9A-Fa-f]+)*>)
    |(?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
       |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    |(?P<comment>\#[^\n\r]*)
    |(?P<space>\s+)
    |(?P<variable>[?$]\w+)
    |(?P<language>@[A-Za-z0-9-]+)
    |(?P<name>(?:[^\W\d_](?:[\w.\-]*[\w\-])?|_)?:(?:[\w.\-:]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*)
    |(?P<word>\w+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a query: its kind, its text and where it begins, counted from 0."""

    kind: str
    text: str
    at: int


def tokens(query: str) -> Iterator[Token]:
    """Yield the pieces of a query, less spaces and comments."""
    for match in _TOKEN.finditer(query):
        if match.lastgroup not in ("space", "comment"):
            yield Token(match.lastgroup or "other", match.group(), match.start())


def check_text(query: str) -> None:
    """Refuse what writes, what reaches outside, and prefixes that nobody knows.

    Raises:
        QueryError: with line, column and an excerpt.
    """
    if len(query) > LONGEST:
        raise QueryError(f"a query of {len(query):,} characters is refused; the most is {LONGEST:,}")
    pieces = list(tokens(query))
    _check_closed(query, pieces)
    form = _form(pieces)
    if form is None:
        raise error_at(query, len(query), "no query: SELECT, ASK, CONSTRUCT or DESCRIBE is missing")
    if form.text.upper() in UPDATES:
        raise error_at(query, form.at, f"{form.text.upper()} is refused: a query only reads; ask with SELECT, ASK, "
                                       "CONSTRUCT or DESCRIBE")  # fmt: skip
    if form.text.upper() not in FORMS:
        raise error_at(query, form.at, f"not a SPARQL query: {_unexpected(form.text)}")
    for piece in pieces:
        if piece.kind == "word" and piece.text.upper() in REFUSED:
            word = piece.text.upper()
            raise error_at(query, piece.at, f"{word} is refused: a query reads this graph and nothing else")
    _check_prefixes(query, pieces)


def _check_closed(query: str, pieces: list[Token]) -> None:
    opened: list[Token] = []
    for piece in pieces:
        if piece.text in ("'", '"'):
            raise error_at(query, piece.at, "a text begins here and never ends")
        if piece.text in _CLOSES.values():
            opened.append(piece)
        elif piece.text in _CLOSES and (not opened or opened.pop().text != _CLOSES[piece.text]):
            raise error_at(query, piece.at, f"'{piece.text}' closes nothing")
    if opened:
        raise error_at(query, opened[-1].at, f"'{opened[-1].text}' is never closed")


def _form(pieces: list[Token]) -> Token | None:
    """Return the first keyword after the declarations of prefixes and base."""
    words = (p for p in pieces if p.kind in ("word", "other"))
    return next((word for word in words if word.text.upper() not in PROLOGUE), None)


def _check_prefixes(query: str, pieces: list[Token]) -> None:
    known = set(v.PREFIXES) | {"_"}
    for before, piece in zip([Token("", "", 0), *pieces], pieces, strict=False):
        if piece.kind != "name":
            continue
        prefix = piece.text.partition(":")[0]
        if before.text.upper() == "PREFIX":
            known.add(prefix)
        elif prefix not in known:
            near = suggest(prefix, known)
            fix = f"did you mean '{near}:'?" if near and near != "_" else f"say PREFIX {prefix}: <…> first"
            raise error_at(query, piece.at, f"unknown prefix '{prefix}:'; {fix}")


def ends(query: str) -> list[int]:
    """Return where the pieces of a query end, characters from 0."""
    return [piece.at + len(piece.text) for piece in tokens(query)]


def syntax_error(query: str, wrong: int, parser: str, grammatical: bool) -> QueryError:
    """Say what is wrong with a query that the engine cannot parse.

    Args:
        query: the whole text.
        wrong: the number of the first piece that no query could go on with.
        parser: the engine's message; among all that it expected it hides plain sentences that say what is wrong.
        grammatical: whether the grammar of SPARQL allows it, so that its variables must be at fault.
    """
    piece = next(islice(tokens(query), wrong, None), None)
    at = piece.at if piece else len(query)
    said = re.findall(r"(?<=[ ,])[A-Z][a-z]+(?: [\w']+){2,}", parser)
    if said:
        return error_at(query, at, f"not a SPARQL query: {said[0]}")
    if grammatical:
        return error_at(query, at, "a variable is given a value twice here, or has none where one is needed")
    what = _unexpected(piece.text) if piece else "it ends too early"
    return error_at(query, at, f"not a SPARQL query: {what}")


def error_at(query: str, at: int, message: str) -> QueryError:
    """Return an error that names line and column of the query and shows them.

    Args:
        query: the whole text.
        at: where it is wrong, characters from 0.
        message: what is wrong.
    """
    start = query.rfind("\n", 0, at) + 1
    line, column = query.count("\n", 0, at) + 1, at - start + 1
    whole = query[start:].split("\n", 1)[0]
    first = max(0, at - start - EXCERPT // 2)
    excerpt = whole[first : first + EXCERPT].replace("\t", " ")
    pointer = " " * (at - start - first) + "^"
    return QueryError(f"line {line}, column {column}: {message}\n  {excerpt}\n  {pointer}", line=line, value=query)


def _unexpected(text: str) -> str:
    near = suggest(text, KEYWORDS) if text.isalpha() else None
    fix = f"; did you mean '{near}'?" if near not in (None, text.upper()) else ""
    return f"{_shown(text)} is not expected here{fix}"


def _shown(text: str) -> str:
    return f"'{text[:30]}…'" if len(text) > 30 else f"'{text}'"
