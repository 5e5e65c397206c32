"""An edit before it is written: old and new bytes, verified to change just the facts it is meant to change."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology.blanks import named_blanks
from kgzsl.ontology.edit.base import Intent
from kgzsl.ontology.edit.writing import Change, write
from kgzsl.ontology.model import Document, Fact, Ontology, canonical
from kgzsl.ontology.read import HEAD, READERS, reader_of
from kgzsl.ontology.silenced import silenced

_SHOWN = 3


@dataclass(frozen=True)
class Plan:
    """A verified edit of one or several files; nothing is written until ``apply``.

    Args:
        subject: IRI of the class it is about, as it is afterwards.
        changes: old and new bytes of each file that changes.
        before: the facts of the edited files and of those read beside them.
        after: the same after the edit.
    """

    subject: str
    changes: tuple[Change, ...]
    before: Ontology
    after: Ontology

    @cached_property
    def added(self) -> tuple[Fact, ...]:
        """Facts that are new, with the lines on which they will stand."""
        return _new(self.before, self.after)

    @cached_property
    def removed(self) -> tuple[Fact, ...]:
        """Facts that go, with the lines on which they stand."""
        return _new(self.after, self.before)

    @property
    def diff(self) -> str:
        """The change of the text, as a unified diff of all files."""
        return "".join(_diff(change) for change in self.changes)

    def apply(self) -> None:
        """Write the files, each by one rename.

        Raises:
            OntologyError: a file that changed meanwhile or cannot be written; nothing is changed then.
        """
        write(self.changes)


def document(path: Path, data: bytes) -> Document:
    """Read a file from these bytes instead of its own."""
    name = reader_of(path, data[:HEAD])
    module, _, function = READERS[name].function.rpartition(".")
    facts: tuple[Fact, ...] = getattr(importlib.import_module(module), function)(path, data)
    return Document(str(path), facts, hashlib.sha256(data).hexdigest(), name, silenced(data))


def verified(path: Path, data: bytes, before: Document, intent: Intent, implied: Iterable[str] = ()) -> Document:
    """Read the new text of a file and hold it against what the edit is to do.

    Args:
        path: of the file.
        data: its new content.
        before: what it stated.
        intent: what is to be otherwise.
        implied: predicates whose facts follow from others in this format, and come and go with them.

    Raises:
        OntologyError: the text cannot be read again, or says more or less than intended.
    """
    try:
        after = document(path, data)
    except OntologyError as error:
        raise OntologyError(f"this edit would break the file ({error.message}); nothing was written", file=str(path),
                            line=error.line, fix="edit it by hand") from None  # fmt: skip
    wanted, found = (_comparable(facts, implied) for facts in (intent.applied(before.facts), after.facts))
    if wanted != found:
        lost, more = sorted(wanted - found), sorted(found - wanted)
        said = "; ".join([*(f"not stated: {_said(x)}" for x in lost[:_SHOWN]),
                          *(f"stated: {_said(x)}" for x in more[:_SHOWN])])  # fmt: skip
        raise OntologyError(f"this edit would change other facts than it is to ({said}); nothing was written",
                            file=str(path), fix="edit it by hand")  # fmt: skip
    return after


def _comparable(facts: Iterable[Fact], implied: Iterable[str]) -> frozenset[str]:
    """Facts as a set, blank nodes named by what is said of them on either side alike."""
    implied = frozenset(implied)
    once = {canonical(fact): fact for fact in facts if fact.predicate not in implied}
    return frozenset(map(canonical, named_blanks(list(once.values()))))


def _said(fact: str) -> str:
    return fact.replace("\t", " ")[:160]


def _new(old: Ontology, new: Ontology) -> tuple[Fact, ...]:
    known = frozenset[str]().union(*(d.canonical for d in old.documents))
    changed = (document for document in new.documents if document not in old.documents)
    return tuple(fact for document in changed for fact in document.facts if canonical(fact) not in known)


def _diff(change: Change) -> str:
    old, new = (_lines(data) for data in (change.before, change.after))
    around = 0 if change.path.suffix.lower() in (".csv", ".tsv") else 3  # rows of tables are long, and say nothing here
    rows = difflib.unified_diff(old, new, f"{change.path}", f"{change.path}", n=around)
    return "".join(row if row.endswith("\n") else row + "\n\\ no newline at the end of the file\n" for row in rows)


def _lines(data: bytes) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", data.decode("utf8", "replace").replace("\r\n", "\n"))
