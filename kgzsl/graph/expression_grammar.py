"""The grammar of class expressions: text to a tree of names, and syntax errors in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from kgzsl.errors import KgzslError, QueryError

if TYPE_CHECKING:
    from lark import Lark, Token

LONGEST, DEEPEST, SHOWN = 100_000, 50, 70
KEYWORDS = ("and", "that", "or", "not", "some", "only", "value", "min", "max", "exactly", "Self", "inverse")
LETTER = r"[^\s()<>=,'\"{}\[\]]"
PLAIN = rf"(?!(?i:{'|'.join(KEYWORDS)})(?!{LETTER})){LETTER}+"

GRAMMAR = rf"""
start: any
?any: all ("or"i all)*
?all: one (("and"i | "that"i) one)*
?one: "not"i one                                -> negation
    | "(" any ")"
    | name                                      -> named
    | name "some"i one                          -> some
    | name "value"i name                        -> value
    | name "value"i number                      -> strength
    | name "value"i COMPARISON number           -> measure
    | name "value"i name COMPARISON number      -> compare
    | name "only"i one                          -> only
    | name ("min"i | "max"i | "exactly"i) number [one] -> cardinality
    | name "Self"i                              -> itself
    | "inverse"i one                            -> inverse
name: PLAIN | QUOTED | IRI
number: NUMBER
COMPARISON.2: /[<>]=?(?!\w+:)|=/
PLAIN: /{PLAIN}/
QUOTED: /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/s
IRI.3: /<[^\s<>=]+>/
NUMBER.1: /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!{LETTER})/
%ignore /\s+/
"""
KINDS = ("any", "all", "negation", "named", "some", "value", "strength", "measure", "compare", "only", "cardinality",
         "itself", "inverse")  # fmt: skip
WORDS = {"PLAIN": "a name", "QUOTED": "a name", "IRI": "a name", "NUMBER": "a number", "LPAR": "'('", "RPAR": "')'",
         "COMPARISON": "a comparison", "$END": "the end", "AND": "'and'", "OR": "'or'", "NOT": "'not'",
         "SOME": "'some'", "VALUE": "'value'"}  # fmt: skip
ORDER = tuple(dict.fromkeys(WORDS.values()))


class Raw(NamedTuple):
    """A node before names are looked up.

    Args:
        kind: the rule of the grammar, ``name``, ``number`` or ``comparison``.
        text: of a name, number or comparison.
        start: place of its first character.
        end: place after its last.
        inner: nodes it is made of.
        depth: of the tree below it.
    """

    kind: str
    text: str
    start: int
    end: int
    inner: tuple[Raw, ...] = ()
    depth: int = 0


def read(text: str) -> Raw:
    """Return the tree of an expression.

    Raises:
        QueryError: a syntax error, with its place; too long or nested too deeply.
    """
    from lark.exceptions import UnexpectedInput

    if len(text) > LONGEST:
        raise QueryError(f"the expression is {len(text):,} characters long, at most {LONGEST:,} are read",
                         value=text[:SHOWN] + "…")  # fmt: skip
    try:
        return cast(Raw, _parser().parse(text))
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None


def is_plain(name: str) -> bool:
    """Say whether a name can stand without quotes."""
    return re.fullmatch(PLAIN, name) is not None


def pointed(error: KgzslError, text: str, start: int, end: int) -> KgzslError:
    """Return the error with the line of the expression and a mark under what is wrong added to it.

    Args:
        error: as raised.
        text: the whole expression.
        start: place of the first wrong character.
        end: place after the last.
    """
    return type(error)(f"{error.message}, at character {start + 1}", value=error.value,
                       fix=f"{error.fix or 'it is here:'}\n{picture(text, start, end)}")  # fmt: skip


def picture(text: str, start: int, end: int) -> str:
    """Return the part of the text around a place, and a line with carets under it."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    line, at = text[first : last if last >= 0 else len(text)], start - first
    left = max(0, at - SHOWN // 2) if len(line) > SHOWN else 0
    shown = "".join(c if c.isprintable() else " " for c in line[left : left + SHOWN])
    lead, tail = "…" if left else "", "…" if left + SHOWN < len(line) else ""
    carets = "^" * max(1, min(end - start, SHOWN - (at - left)))
    return f"  {lead}{shown}{tail}\n  {' ' * (len(lead) + at - left)}{carets}"


@lru_cache(maxsize=1)
def _parser() -> Lark:
    """Nodes are built while the text is parsed, so that no depth of nesting meets Python's own limit."""
    from lark import Lark, Transformer

    def of(kind: str) -> Callable[[Any, list[Any]], Raw]:
        return lambda _, parts: _node(kind, parts)

    build = {kind: of(kind) for kind in KINDS}
    build["start"] = lambda _, parts: parts[0]
    build["name"] = lambda _, parts: _name(parts[0])
    build["number"] = lambda _, parts: _leaf("number", str(parts[0]), parts[0])
    return Lark(GRAMMAR, parser="lalr", transformer=type("Build", (Transformer,), build)())


def _name(token: Token) -> Raw:
    if token.type == "QUOTED":
        return _leaf("name", re.sub(r"(?s)\\(.)", r"\1", token[1:-1]), token)
    return _leaf("name", token[1:-1] if token.type == "IRI" else str(token), token)


def _leaf(kind: str, text: str, token: Token) -> Raw:
    start = token.start_pos or 0
    return Raw(kind, text, start, token.end_pos or start + len(token))


def _node(kind: str, parts: list[Raw | Token | None]) -> Raw:
    given = (part for part in parts if part is not None)
    inner = tuple(part if isinstance(part, Raw) else _leaf("comparison", str(part), part) for part in given)
    depth = 1 + max(part.depth for part in inner)
    if depth > DEEPEST:
        raise QueryError(f"the expression is nested more than {DEEPEST} deep", value=kind, fix="simplify it")
    return Raw(kind, "", inner[0].start, inner[-1].end, inner, depth)


def _syntax_error(text: str, error: Any) -> KgzslError:
    token = getattr(error, "token", None)
    at_end = token is not None and token.type == "$END"
    start = len(text.rstrip()) if at_end else error.pos_in_stream if token is None else token.start_pos
    found = "" if at_end else text[start] if token is None else str(token)
    wrong = QueryError(_message(found, text[:start]), value=text, fix=_fix(error, found))
    return pointed(wrong, text, start, start + max(1, len(found)))


def _message(found: str, before: str) -> str:
    if not found:
        return "a name is missing" if _wants_name(before) else "the expression ends too early"
    if found in ("'", '"'):
        return "a quote is not closed"
    if found in ("{", "[", ","):
        return f"'{found}' is not read: neither individuals nor datatypes are represented"
    return f"a name is missing before '{found}'" if _wants_name(before) else f"'{found}' does not belong here"


def _wants_name(before: str) -> bool:
    last = re.findall(r"[()]|[^\s()]+", before)[-1:]
    return not last or last[0] == "(" or last[0].lower() in ("and", "or", "not", "that", "some", "value", "only")


def _fix(error: Any, found: str) -> str | None:
    if found in ("'", '"', "{", "[", ","):
        return None
    if found[:1] in ("<", ">", "="):
        return f"a strength is compared so: hasAttribute value NAME {found} 0.5"
    names = getattr(error, "accepts", None) or getattr(error, "allowed", None) or ()
    there = {WORDS[name] for name in names if name in WORDS}
    words = [word for word in ORDER if word in there]
    return f"expected {', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else f"expected {''.join(words)}"
