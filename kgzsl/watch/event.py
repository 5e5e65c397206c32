"""What a watcher has to tell: one event for each save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kgzsl.checks import Finding
from kgzsl.errors import KgzslError

Kind = Literal["watching", "updated", "unchanged", "refused", "missing", "held", "unsaved", "restart"]


@dataclass(frozen=True)
class Event:
    """One thing that happened to the files, and what came of it.

    Args:
        kind: ``watching`` (the first event); ``updated``; ``unchanged`` (saved, but no fact differs); ``refused`` (a
            broken edit), ``missing`` (a file is gone) and ``held`` (many classes are gone): the last good state goes
            on answering; ``unsaved`` (updated, but the bundle could not be written); ``restart`` (the recipe was
            edited, which a running engine does not take over).
        message: all of it in one line.
        graph_hash: of the graph that answers now.
        added: classes (IRIs) that are new.
        removed: classes that are gone.
        changed: classes of which other facts are stated now.
        milliseconds: that the update took, from reading to the swap; 0 where nothing was updated.
        error: what is wrong, with file, line and fix where they are known.
        findings: what `check` warns of since this edit and did not before.
    """

    kind: Kind
    message: str
    graph_hash: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    milliseconds: float = 0.0
    error: KgzslError | None = None
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        return self.message
