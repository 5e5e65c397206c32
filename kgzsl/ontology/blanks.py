"""Blank nodes named by what is said of them, as a parser's own names differ at every reading."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from kgzsl.ontology.model import Fact, Literal

ROUNDS = 16
"""Rounds of refinement for blank nodes in a circle; more than any real ontology needs to tell them apart."""

Links = dict[str, list[tuple[str, str]]]


def is_blank(term: str | Literal) -> bool:
    """Return whether a term is a blank node."""
    return isinstance(term, str) and term.startswith("_:")


def named_blanks(facts: list[Fact]) -> list[Fact]:
    """Name blank nodes by their content, then by what leads to them; linear in the number of facts.

    Two nodes of the same content under the same subject become one, which says the same. Circles of blank nodes are
    told apart by a bounded refinement (as in colour refinement).
    """
    content, down, up = _read(facts)
    if not content:
        return facts
    inner = _digests({blank: _joined(said) for blank, said in content.items()}, down)
    owners: dict[str, list[str]] = {blank: [inner[blank]] for blank in content}
    for subject, predicate, obj, *_ in facts:
        if isinstance(obj, str) and obj.startswith("_:") and not subject.startswith("_:"):
            owners[obj].append(f"<{predicate} {subject}")
    names = _digests({blank: _joined(said) for blank, said in owners.items()}, up)
    renamed: dict[str | Literal, str] = {blank: "_:" + name for blank, name in names.items()}
    return [
        f._replace(subject=renamed.get(f.subject, f.subject), object=renamed.get(f.object, f.object))
        if f.subject in renamed or f.object in renamed else f
        for f in facts
    ]  # fmt: skip


def _read(facts: list[Fact]) -> tuple[dict[str, list[str]], Links, Links]:
    """Return what is said of each blank node without naming others, its links to blank nodes, and those to it."""
    content: dict[str, list[str]] = {}
    down: Links = {}
    up: Links = {}
    for subject, predicate, obj, *_ in facts:
        if subject.startswith("_:"):
            said = content.setdefault(subject, [])
            if not is_blank(obj):
                said.append(f">{predicate} {obj}")
        if isinstance(obj, str) and obj.startswith("_:"):
            content.setdefault(obj, [])
            if subject.startswith("_:"):
                down.setdefault(subject, []).append((predicate, obj))
                up.setdefault(obj, []).append((predicate, subject))
    return content, down, up


def _digests(own: dict[str, str], links: Links) -> dict[str, str]:
    """Return a digest of each node's own text and of the digests it links to, the linked ones first."""
    waiting = {node: len(links.get(node, ())) for node in own}
    back: dict[str, list[str]] = {}
    for node, those in links.items():
        for _, other in those:
            back.setdefault(other, []).append(node)
    found: dict[str, str] = {}
    ready = [node for node, count in waiting.items() if not count]
    while ready:
        node = ready.pop()
        found[node] = _digest(own[node], ((p, found[o]) for p, o in links.get(node, ())))
        for other in back.get(node, ()):
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return found | _circles({node: text for node, text in own.items() if node not in found}, links, found)


def _circles(own: dict[str, str], links: Links, known: dict[str, str]) -> dict[str, str]:
    names, distinct = dict.fromkeys(own, ""), 1
    for _ in range(ROUNDS if own else 0):
        before = names
        names = {
            node: _digest(text, ((p, before[o] if o in before else known[o]) for p, o in links[node]))
            for node, text in own.items()
        }
        if len(set(names.values())) == distinct:
            break
        distinct = len(set(names.values()))
    return names


def _joined(said: Iterable[str]) -> str:
    return "|".join(sorted(said))


def _digest(text: str, linked: Iterable[tuple[str, str]]) -> str:
    whole = text + "".join(sorted(f"/{predicate} {name}" for predicate, name in linked))
    return hashlib.blake2b(whole.encode("utf8", "surrogatepass"), digest_size=8).hexdigest()
