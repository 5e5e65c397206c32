"""Taking parts out of a Turtle text without hurting the comments and the layout around them."""

from __future__ import annotations

from collections.abc import Iterable

from kgzsl.ontology.edit.base import Splices
from kgzsl.ontology.edit.syntax import Pair, Statement, Turtle


def cut_statements(turtle: Turtle, statements: Iterable[Statement], splices: Splices) -> None:
    """Take out statements, the white space before them, comments that end their last lines, and headings of them."""
    runs: list[tuple[int, int]] = []
    for statement in sorted(statements, key=lambda s: s.first):
        head = heading(turtle, statement)
        first, last = statement.first if head is None else head, line_end(turtle, statement.last)
        if runs and first - runs[-1][1] <= 2 and turtle.tokens[first - 1].kind == "space":
            first = runs.pop()[0]  # only white space lies between the two: they go as one
        runs.append((first, last))
    for first, last in runs:
        splices.put(*_with_space(turtle, first, last), "")


def _with_space(turtle: Turtle, first: int, last: int) -> tuple[int, int]:
    """Return where to cut, with the white space before; after, where a comment before needs its line end."""
    tokens = turtle.tokens
    start, end = tokens[first].start, tokens[last].end
    alone = last + 1 == len(tokens) or tokens[last + 1].text[0] in "\r\n"
    commented = first > 1 and tokens[first - 2].kind == "comment"
    if first > 1 and tokens[first - 1].kind == "space" and (alone or not commented):
        return tokens[first - 1].start, end
    if last + 1 < len(tokens) and tokens[last + 1].kind == "space":
        return start, tokens[last + 1].end
    return start, end


def heading(turtle: Turtle, statement: Statement) -> int | None:
    """Return the comment on the line above a statement that says its subject's IRI, as Protégé writes them."""
    above = turtle.tokens[max(statement.first - 2, 0) : statement.first]
    if len(above) < 2 or above[0].kind != "comment" or above[1].text.strip(" \t\r") != "\n":
        return None
    return statement.first - 2 if above[0].text.strip("# \t") == statement.subject.term else None


def cut_pair(turtle: Turtle, statement: Statement, index: int, splices: Splices) -> None:
    """Take out a predicate with its objects, one of several of a statement."""
    tokens, pairs = turtle.tokens, statement.pairs
    pair = pairs[index]
    last = pair.objects[-1].last
    if index + 1 < len(pairs):
        mark = next(k for k in range(last, pairs[index + 1].verb.first) if tokens[k].text == ";")
        after = line_end(turtle, mark) + 1
        after += tokens[after].kind == "space"
        splices.put(tokens[pair.verb.first].start, tokens[after].start, "")
    else:
        _cut(turtle, pairs[index - 1].objects[-1].last + 1, last, splices, keep=";")


def cut_object(turtle: Turtle, pair: Pair, index: int, splices: Splices) -> None:
    """Take out one of several objects of a predicate."""
    node = pair.objects[index]
    if index + 1 < len(pair.objects):
        _cut(turtle, node.first, pair.objects[index + 1].first - 1, splices)
    else:
        _cut(turtle, pair.objects[index - 1].last + 1, node.last, splices)


def _cut(turtle: Turtle, first: int, last: int, splices: Splices, keep: str = "") -> None:
    """Take out tokens; where a comment stands among them, it and the white space stay, and so do ``keep``."""
    tokens = turtle.tokens[first : last + 1]
    if not any(token.kind == "comment" for token in tokens):
        splices.put(tokens[0].start, tokens[-1].end, "")
        return
    for token in tokens:
        if token.kind not in ("space", "comment") and token.text != (keep or None):
            splices.put(token.start, token.end, "")


def line_end(turtle: Turtle, index: int) -> int:
    """Return the comment that follows a token on its line, else the token itself."""
    following = turtle.tokens[index + 1 : index + 3]
    if following and following[0].kind == "comment":
        return index + 1
    if len(following) == 2 and "\n" not in following[0].text and following[1].kind == "comment":
        return index + 2 if following[0].kind == "space" else index
    return index
