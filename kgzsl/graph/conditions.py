"""Conditions on the strengths of attributes, ``stripes >= 0.5 and not domestic < 0.2``, and which classes meet them.

What is not stated is not known: a class of which nothing is said about an attribute meets no comparison of it, nor
the ``not`` of one, as with NULL in SQL. An attribute alone, ``stripes``, asks whether anything is stated at all.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

from kgzsl.errors import QueryError

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

Operator = Literal[">=", ">", "<=", "<", "=", "!="]
Comparison = tuple[Operator, float]
Conditions = Mapping[str, Comparison | list[Comparison] | float]
Strengths = Mapping[str, float]
Test = Callable[[Strengths], bool | None]

ATTRIBUTE = "hasAttribute"
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
GRAMMAR = r"""
    ?either: both ("or"i both)*
    ?both: part ("and"i part)*
    ?part: "not"i part -> negation | "(" either ")" | name COMPARE NUMBER -> comparison | name -> stated
    name: (WORD | QUOTED)+
    COMPARE: ">=" | "<=" | "!=" | ">" | "<" | "="
    WORD: /(?!(?:and|or|not)(?![\w:\/.#+%-]))[^\s()<>=!"']+/i
    QUOTED: /"[^"]+"/ | /'[^']+'/
    NUMBER: /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/
    %ignore /\s+/
"""
LONGEST = 1_000  # no text this short is nested too deeply for Python


def where(
    graph: ClassGraph, conditions: str | Conditions, below: str | None = None, inherited: bool = False
) -> tuple[str, ...]:
    """Return the classes that meet the conditions; see ``ClassGraph.where``."""
    test = parsed(graph, conditions) if isinstance(conditions, str) else compared(graph, conditions)
    wanted = graph.class_ids
    if below is not None:
        under = graph.descendants(below)
        wanted = tuple(iri for iri in wanted if iri in under)
    return tuple(iri for iri in wanted if test(strengths(graph, iri, inherited)))


def strengths(graph: ClassGraph, iri: str, inherited: bool = False) -> dict[str, float]:
    """Return attribute → strength of a class, with those that it has by default where ``inherited``."""
    own = {edge.target: edge.weight for edge in graph.out(iri, ATTRIBUTE)}
    if not inherited:
        return own
    return {name: default.strength for name, default in graph.defaults(iri).items()} | own


def compared(graph: ClassGraph, conditions: Conditions) -> Test:
    """Return the test that all of a mapping's comparisons hold.

    Raises:
        QueryError: an operator that is none, or no number beside it.
        UnknownNameError: no attribute of that name.
    """
    tests = []
    for name, given in conditions.items():
        iri = graph.find(name, "attribute")
        tests += [_comparison(iri, *_checked(one)) for one in (given if isinstance(given, list) else [given])]
    return _all(tests)


def _checked(given: Any) -> tuple[str, float]:
    sign, number = given if isinstance(given, tuple) and len(given) == 2 else ("=", given)
    if sign not in OPERATORS:
        raise QueryError(f"'{sign}' compares nothing", value=sign, fix=f"use one of {' '.join(OPERATORS)}")
    if not isinstance(number, Real) or math.isnan(number):
        raise QueryError(f"{number!r} is no strength to compare with", value=number, fix='write such as (">=", 0.5)')
    return sign, float(number)


def parsed(graph: ClassGraph, text: str) -> Test:
    """Return the test that a text stands for.

    Raises:
        QueryError: a syntax error, with its column.
        UnknownNameError: no attribute of that name.
    """
    return _test(graph, _tree(text))


def mentioned(graph: ClassGraph, text: str) -> tuple[str, ...]:
    """Return the IRIs of the attributes that a text asks about, in its order."""
    return tuple(dict.fromkeys(_attribute(graph, name) for name in _tree(text).iter_subtrees_topdown()
                               if name.data == "name"))  # fmt: skip


def _tree(text: str) -> Any:
    from lark.exceptions import UnexpectedInput

    from kgzsl.graph.query_text import error_at

    if len(text) > LONGEST:
        raise QueryError(f"a condition of {len(text):,} characters is refused; the most is {LONGEST:,}")
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        ended = getattr(getattr(error, "token", None), "type", "") == "$END"
        at = len(text) if ended or error.pos_in_stream is None else error.pos_in_stream
        raise error_at(text, at, f"not a condition: {_wrong(text[at:])}") from None


@lru_cache(maxsize=1)
def _parser() -> Any:
    from lark import Lark

    return Lark(GRAMMAR, start="either", parser="lalr", lexer="contextual")


def _test(graph: ClassGraph, tree: Any) -> Test:
    parts = [_test(graph, part) for part in tree.children] if tree.data in _COMBINED else []
    if parts:
        return _COMBINED[tree.data](parts)
    iri = _attribute(graph, tree.children[0])
    if tree.data == "stated":
        return lambda has: iri in has
    return _comparison(iri, str(tree.children[1]), float(tree.children[2]))


def _attribute(graph: ClassGraph, name: Any) -> str:
    return graph.find(" ".join(token.strip("\"'") for token in name.children), "attribute")


def _comparison(iri: str, sign: str, number: float) -> Test:
    holds = OPERATORS[sign]
    return lambda has: holds(has[iri], number) if iri in has else None


def _all(tests: list[Test]) -> Test:
    def test(has: Strengths) -> bool | None:
        found = [one(has) for one in tests]
        return False if False in found else None if None in found else True

    return test


def _any(tests: list[Test]) -> Test:
    return _not([_all([_not([test]) for test in tests])])


def _not(tests: list[Test]) -> Test:
    def test(has: Strengths) -> bool | None:
        found = tests[0](has)
        return None if found is None else not found

    return test


_COMBINED: dict[str, Callable[[list[Test]], Test]] = {"either": _any, "both": _all, "negation": _not}


def _wrong(rest: str) -> str:
    if not rest.strip():
        return "it ends too early"
    return f"'{rest.split()[0]}' is not expected here; write such as \"stripes >= 0.5 and not domestic < 0.2\""
