"""Keeps an engine up to date with its files, and never serves half an edit."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from kgzsl.checks import Finding, check
from kgzsl.engine import Engine
from kgzsl.errors import BundleError, KgzslError, MissingFileError, OntologyError
from kgzsl.graph import ClassGraph
from kgzsl.ontology import Ontology
from kgzsl.ontology.snapshot import files_behind, is_current
from kgzsl.state import State, Update, most_shrunken
from kgzsl.watch.changes import changes, described
from kgzsl.watch.event import Event, Kind
from kgzsl.watch.files import Look, folders, look, settled
from kgzsl.watch.wakes import Stop, wakes

SETTLE, HOLD = 0.05, 2.0
FEWEST, SHARE = 10, 0.05


class _HeldError(OntologyError):
    """So much is gone that the file may not be whole yet."""


class Watcher:
    """Iterate it for one :class:`Event` a save, for as long as it is not stopped.

    Args:
        engine: is updated; questions to it are answered all the time, from the last good state.
        settle: seconds for which files must be quiet, and open for writing nowhere, before they are read.
        hold: seconds for which an edit that removes many classes (10 and 5 %, or a file of a folder) must stand
            before it is taken over: until then it may be half of one.
        force: take over even an edit that removes more than half of the classes.
        save: a bundle that is written anew, as a whole, after each update.
        made_from: the recipe or bundle the engine was made from, to say when it is edited.
        findings: tell what `check` newly warns of.
    """

    def __init__(
        self,
        engine: Engine,
        settle: float = SETTLE,
        hold: float = HOLD,
        force: bool = False,
        save: str | Path | None = None,
        made_from: str | Path | None = None,
        findings: bool = True,
    ) -> None:
        self.engine, self.settle, self.hold, self.force = engine, settle, hold, force
        self.bundle = Path(save) if save else None
        self.made_from = Path(made_from) if made_from else None
        self._in_place = bool(save and made_from and Path(save).resolve() == Path(made_from).resolve())
        self._findings: tuple[Finding, ...] | None = () if findings else None
        self._stop, self._due, self._trouble = Stop(), float("inf"), False
        self._handled, self._made = self._look(), self._look_at_maker()

    def stop(self) -> None:
        """End the iteration, after the update that may be under way; for other threads and signal handlers."""
        self._stop.set()

    def run(self, tell: Callable[[Event], object]) -> None:
        """Call ``tell`` with each event until stopped; to be run in a thread."""
        for event in self:
            tell(event)

    def __iter__(self) -> Iterator[Event]:
        """Yield events.

        Raises:
            BundleError: the bundle to write cannot be written in the first place.
        """
        yield self._begin()
        if not is_current(self.engine.state.ontology, self.engine.sources):
            self._handled = {}
        for _ in wakes(self._folders, self._stop):
            for event in (self._maker_edited(), self._ontology_edited()):
                if event:
                    yield event

    def _ontology_edited(self) -> Event | None:
        """Take an edit over once nobody writes any more, if there is one."""
        due = time.monotonic() >= self._due
        if not due and self._look() == self._handled:
            return None
        now = settled(self._look, self.settle, self._stop.is_set)
        if self._stop.is_set():
            return None
        event = self._update(confirmed=due and now == self._handled)
        if self._trouble and self._look() != now:
            self._handled = {}  # edited again while it was read: what was read is neither of the two
            return None
        self._handled = self._after(now)
        return event

    def _after(self, now: Look) -> Look:
        """Return what was handled: ``now``, unless an import brings files that were not looked at before."""
        seen = self._look()
        if seen.keys() == now.keys():
            return now
        return seen if is_current(self.engine.state.ontology, self.engine.sources) else {}

    def _maker_edited(self) -> Event | None:
        if self._look_at_maker() == self._made:
            return None
        self._made = settled(self._look_at_maker, self.settle, self._stop.is_set)
        return self._event("restart", f"restart: {self.made_from} was edited, and that is read at the start only;")

    def _look(self) -> Look:
        return look(self._files())

    def _look_at_maker(self) -> Look:
        return look([self.made_from] if self.made_from and not self._in_place else ())

    def _folders(self) -> Mapping[Path, object]:
        return folders([*self._files(), *self._made])

    def _files(self) -> list[Path]:
        return files_behind(self.engine.state.ontology, self.engine.sources)

    def _begin(self) -> Event:
        if self.bundle and not self._in_place:
            self.engine.save(self.bundle)
        if self._findings is not None:
            self._findings = self._check(self.engine.graph)
        names = ", ".join(self.engine.state.ontology.paths)
        return self._event("watching", f"watching {names}: {len(self.engine.graph.class_ids)} classes,")

    def _update(self, confirmed: bool) -> Event:
        before, self._due = self.engine.state, float("inf")
        try:
            done = self.engine.update(self.force, None if confirmed else self._guard)
        except _HeldError as error:
            self._due = time.monotonic() + self.hold
            return self._refused("held", error)
        except MissingFileError as error:
            return self._refused("missing", error)
        except KgzslError as error:
            return self._refused("refused", error)
        except Exception as error:  # whatever a parser may raise: an edit must not end the watch
            return self._refused("refused", KgzslError(f"unexpected {type(error).__name__}: {error}"))
        event = self._done(before, self.engine.state, done)
        self._trouble = False
        return self._saved(event) if done.changed else event

    def _done(self, before: State, after: State, done: Update) -> Event:
        """Say what an update did."""
        if done.before == done.after:
            words = "as before" if self._trouble else "no fact changed"
            return self._event("unchanged", words, done.total)
        found = changes(before.graph, after.graph)
        words, findings = described(found, before.graph, after.graph), self._new_findings(after.graph)
        event = self._event("updated", words, done.total)
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        message = f"{event.message}; {findings[0]}{more}" if findings else event.message
        return replace(event, message=message, added=found.added, removed=found.removed, changed=found.changed,
                       findings=findings)  # fmt: skip

    def _new_findings(self, graph: ClassGraph) -> tuple[Finding, ...]:
        if self._findings is None:
            return ()
        known = {finding.about for finding in self._findings}
        try:
            self._findings = self._check(graph)
        except Exception as error:  # the edit is served already
            warnings.warn(f"the findings of this edit are not known: {type(error).__name__}: {error}", stacklevel=2)
            return ()
        return tuple(finding for finding in self._findings if finding.about not in known)

    def _check(self, graph: ClassGraph) -> tuple[Finding, ...]:
        return tuple(check(graph, self.engine.learner.seen_ids, recipe=self.engine.recipe))

    def _saved(self, event: Event) -> Event:
        if self.bundle is None:
            return event
        try:
            self.engine.save(self.bundle)
        except BundleError as error:
            return replace(event, kind="unsaved", error=error, message=f"{event.message}; not saved: {error}")
        return event

    def _refused(self, kind: Kind, error: KgzslError) -> Event:
        self._trouble = True
        event = self._event(kind, f"{kind}: {error}; the last good state stays:")
        return replace(event, error=error)

    def _event(self, kind: Kind, words: str, milliseconds: float = 0.0) -> Event:
        took = f" {milliseconds:.0f} ms" if milliseconds else ""
        message = " ".join(f"{words}{took} graph {self.engine.graph.hash}".split())
        return Event(kind, message, self.engine.graph.hash, milliseconds=milliseconds)

    def _guard(self, old: Ontology, new: Ontology) -> None:
        """Hold an edit back that may be half of one."""
        gone, count = sorted(set(old.paths) - set(new.paths)), len(old.classes)
        lost = len(old.classes - new.classes)
        if lost and (gone or (lost >= FEWEST and lost > SHARE * count)):
            what = f"{lost} of {count} classes are gone" + (f", with {gone[0]}" if gone else "")
            raise _HeldError(what, file=most_shrunken(old, new), value=lost,
                             fix=f"taken over if it stands for {self.hold:g} s")  # fmt: skip
