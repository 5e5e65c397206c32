"""A difference as lines of KGCL, the change language of ontology editors (https://w3id.org/kgcl)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kgzsl.diff.classes import Deprecated
from kgzsl.diff.compare import Diff
from kgzsl.diff.expressions import Expression
from kgzsl.diff.facts import Changed, Statement
from kgzsl.diff.side import Described
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal

_SYNONYMS = {
    v.ALT_LABEL: "", v.EXACT_SYNONYM: "exact ", v.BROAD_SYNONYM: "broad ", v.NARROW_SYNONYM: "narrow ",
    v.RELATED_SYNONYM: "related ",
}  # fmt: skip
_DEFINITIONS = {v.DEFINITION, v.IAO_DEFINITION}
_SOME = re.compile(r"<([^<>]+)> some <([^<>]+)>")
_OBO_ID = re.compile(r"[A-Za-z]+_\d+")
_LOCAL = re.compile(r"[A-Za-z0-9_][\w.-]*")


def kgcl(diff: Diff) -> tuple[list[str], int]:
    """Return the change lines, and the number of changed facts that KGCL has no words for.

    KGCL renames labels, not IRIs: make the difference with ``renames=False``. It states an existential restriction as
    an edge, has neither quotes nor line breaks within text (they become ’ and spaces), and no words for other class
    expressions or for types.

    Args:
        diff: of two ontologies.
    """
    created = {item.iri: item for item in diff.classes.added}
    deleted = {item.iri for item in diff.classes.removed}
    obsolete = {item.iri: item for item in diff.classes.deprecated}
    lines = [f"create node {_id(item.iri)} {_quoted(item.label)}" for item in diff.classes.added]
    unsaid = 0
    for change in diff.asserted.changed:
        found = _changed(change)
        lines += found or ()
        unsaid += found is None
    for fact in diff.asserted.removed:
        if fact.subject not in deleted and not _is_told(fact, obsolete):
            line = _single(fact, "delete")
            lines += [line] if line else []
            unsaid += line is None
    for fact in diff.asserted.added:
        if not _is_told(fact, obsolete) and not _is_declaration(fact, created):
            line = _single(fact, "create")
            lines += [line] if line else []
            unsaid += line is None
    return [*lines, *_farewells(diff)], unsaid


def _farewells(diff: Diff) -> Iterator[str]:
    """Yield what makes classes go, after everything that moves others away from them."""
    for change in diff.classes.deprecated:
        replaced = f" with replacement {_id(change.replaced_by[0])}" if len(change.replaced_by) == 1 else ""
        yield f"{'obsolete' if change.deprecated else 'unobsolete'} {_id(change.iri)}{replaced}"
    for item in diff.classes.removed:
        yield f"delete {_id(item.iri)}"


def _is_told(fact: Statement, obsolete: Mapping[str, Deprecated]) -> bool:
    """Return whether an ``obsolete`` or ``unobsolete`` line says this fact."""
    told = obsolete.get(fact.subject)
    return told is not None and (
        fact.predicate == v.DEPRECATED
        or (fact.predicate in v.REPLACEMENTS and (not told.deprecated or told.replaced_by == (fact.object,)))
    )


def _is_declaration(fact: Statement, created: Mapping[str, Described]) -> bool:
    """Return whether a ``create node`` line says this fact: its type, or the label it is created with."""
    node = created.get(fact.subject)
    if node is None:
        return False
    if fact.predicate == v.TYPE:
        return fact.object in v.CONCEPT_TYPES
    return fact.predicate in v.LABELS and isinstance(fact.object, Literal) and fact.object.value == node.label


def _changed(change: Changed) -> list[str] | None:
    before, after = change.before, change.after
    predicate, old, new = after.predicate, before.object, after.object
    if isinstance(old, Literal) and isinstance(new, Literal):
        return [_reworded(_id(after.subject), predicate, old, new)]
    if predicate in v.PARENTS and isinstance(old, str) and isinstance(new, str):
        one, other = _id(old), _id(new)
        return [f"move {_id(after.subject)} {_id(predicate)} {one} from {one} to {other}"]
    lines = _single(before, "delete"), _single(after, "create")
    return [line for line in lines if line] if all(lines) else None


def _reworded(subject: str, predicate: str, old: Literal, new: Literal) -> str:
    if predicate in v.LABELS:
        return f"rename {subject} from {_text(old)} to {_text(new)}"
    if predicate in _DEFINITIONS:
        return f"change definition of {subject} from {_quoted(old.value)} to {_quoted(new.value)}"
    if predicate in _SYNONYMS:
        return f"change {_SYNONYMS[predicate]}synonym {_text(old)} for {subject} to {_quoted(new.value)}"
    return f'change annotation of {subject} with {_id(predicate)} from "{_bare(old.value)}" to "{_bare(new.value)}"'


def _single(fact: Statement, verb: str) -> str | None:
    """Return the line of one fact that came (``create``) or went (``delete``); None where KGCL has no words for it."""
    subject, predicate, obj = fact.subject, fact.predicate, fact.object
    if predicate == v.TYPE or not subject or subject.startswith("_:"):
        return None
    if isinstance(obj, Expression):
        some = _SOME.fullmatch(obj.expression) if predicate == v.SUBCLASS else None
        return f"{verb} edge {_id(subject)} {_id(some[1])} {_id(some[2])}" if some else None
    if not isinstance(obj, Literal):
        return f"{verb} edge {_id(subject)} {_id(predicate)} {_id(obj)}"
    if predicate in _DEFINITIONS:
        definition = f"add definition {_quoted(obj.value)} to" if verb == "create" else "remove definition for"
        return f"{definition} {_id(subject)}"
    if predicate in _SYNONYMS:
        kind = f"create {_SYNONYMS[predicate]}" if verb == "create" else "remove "
        return f"{kind}synonym {_text(obj)} for {_id(subject)}"
    return f"{verb} edge {_id(subject)} {_id(predicate)} {_quoted(obj.value)}"


def _id(iri: str) -> str:
    """Return a CURIE of a known prefix (those of OBO as it writes them, ``CL:0000540``), or the IRI in ``<>``."""
    fitting = (p for p, space in v.PREFIXES.items() if iri.startswith(space) and _LOCAL.fullmatch(iri[len(space) :]))
    prefix = max(fitting, key=lambda p: len(v.PREFIXES[p]), default=None)
    if prefix is None:
        return f"<{iri}>"
    local = iri[len(v.PREFIXES[prefix]) :]
    return local.replace("_", ":") if prefix == "obo" and _OBO_ID.fullmatch(local) else f"{prefix}:{local}"


def _text(literal: Literal) -> str:
    return _quoted(literal.value) + (f"@{literal.language}" if literal.language else "")


def _quoted(text: str) -> str:
    return f"'{_bare(text)}'"


def _bare(text: str) -> str:
    return " ".join(text.replace("'", "’").replace('"', "”").split())
