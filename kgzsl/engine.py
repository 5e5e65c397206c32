"""The engine: one frozen state that answers, replaced as a whole when the ontology is edited."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl import bundle
from kgzsl.adjusting import Adjusting, candidates_of
from kgzsl.arrays import Array
from kgzsl.asking import Asker, Match
from kgzsl.bank import ClassifierBank
from kgzsl.errors import FeatureError
from kgzsl.explain import Explanation, Setting, explain, refuse_stale
from kgzsl.explain.explain import PATHS
from kgzsl.features import checked
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.graph.expression import parse
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Learner, Propagation
from kgzsl.ontology import Ontology
from kgzsl.ontology.snapshot import read_snapshot, stale_files
from kgzsl.rehearsing import Calibration
from kgzsl.resolve import Answer, Chain
from kgzsl.resolve.decide.desk import Desk
from kgzsl.semantics.sources import make_source
from kgzsl.semantics.space import ClassSpace, build_space
from kgzsl.state import State, Update, described_anew, next_state, refuse_shrunk
from kgzsl.timing import Clock, uncollected

Guard = Callable[[Ontology, Ontology], None]


class Engine(Adjusting):
    """Answers questions about inputs; made by :func:`kgzsl.train` or :func:`kgzsl.load`.

    Args:
        recipe: what it is made of.
        sources: ontology files and folders that ``update`` reads again.
        learner: fitted.
        state: what it answers from.
        chain: adjusters; an empty one answers with plain scores.
        calibration: what adjusters and deciders are chosen on; None in an engine that was loaded.
        desk: deciders; made when first asked where there is a calibration.
    """

    def __init__(
        self,
        recipe: Recipe,
        sources: Sequence[str],
        learner: Learner,
        state: State,
        chain: Chain | None = None,
        calibration: Calibration | None = None,
        desk: Desk | None = None,
    ) -> None:
        self.recipe, self.sources, self.learner = recipe, tuple(sources), learner
        self.chain, self.calibration, self._desk = chain or Chain(), calibration, desk
        self.id = bundle.bundle_id(learner)
        self.seconds = 0.0
        self._state, self._updating = state, threading.Lock()
        self._setting: tuple[State, Setting] | None = None

    def __repr__(self) -> str:
        return f"<Engine {self.recipe.name} ({self.learner.name}), {len(self.bank)} classes, graph {self.graph.hash}>"

    @property
    def state(self) -> State:
        """What it answers from now; keep it to ask several things of the same state."""
        return self._state

    @property
    def graph(self) -> ClassGraph:
        """The class graph."""
        return self._state.graph

    @property
    def bank(self) -> ClassifierBank:
        """Classifiers of all classes."""
        return self._state.bank

    def at(self, state: State) -> Engine:
        """Return an engine that answers from another state; this one goes on as it is."""
        return Engine(self.recipe, self.sources, self.learner, state, self.chain, self.calibration, self._desk)

    def predict(
        self, X: Any, k: int = 5, classes: str | Sequence[str] | None = None, plain: bool = False
    ) -> list[Answer]:
        """Return one answer an input.

        Args:
            X: features (n, d), or one input (d,).
            k: candidates in an answer.
            classes: restricts the candidates to names, or to everything ``below NAME``.
            plain: without adjusters.

        Raises:
            FeatureError: features that cannot be used.
            UnknownNameError: a class that is unknown or ambiguous.
        """
        state = self._state
        X = checked(X, width=state.bank.width)
        return self.resolver(state, plain).answers(X, candidates_of(state, self.recipe, classes), k)

    def scores(self, X: Any, classes: str | Sequence[str] | None = None, gamma: float = 0.0) -> Array:
        """Return scores of all inputs for all candidates, less ``gamma`` for seen ones. Shapes: (n, d) → (n, C)."""
        state = self._state
        rows = state.bank.rows(candidates_of(state, self.recipe, classes))
        scores = state.bank.scores(checked(X, width=state.bank.width), rows)
        return np.asarray(scores - np.float32(gamma) * state.bank.seen[rows]) if gamma else scores

    @property
    def setting(self) -> Setting:
        """What explanations read: the state that answers now, and how answers are chosen; one for each state."""
        state, known = self._state, self._setting
        if known is None or known[0] is not state or known[1].chain is not self.chain:
            candidates = candidates_of(state, self.recipe, None)
            made = Setting(self.learner, state.space, state.propagation, candidates, self.chain, self.id)
            known = self._setting = state, made
        return known[1]

    def explain(
        self,
        x: Any,
        name: str | Answer | None = None,
        against: str | None = None,
        paths: int = PATHS,
        counterfactuals: bool = True,
    ) -> Explanation:
        """Explain why one input scores as it does for a class.

        Args:
            x: features. Shape: (d,).
            name: a class, or an answer of this engine; the input's own answer if None.
            against: name of the class to compare with; the runner-up if None.
            paths: how many to list.
            counterfactuals: whether to search edits that would change the answer, which takes longest.

        Raises:
            FeatureError: features that cannot be used, or more than one input.
            StaleError: an answer of another bundle or of another state of the graph.
            UnknownNameError: a class that is unknown or ambiguous, or compared with itself.
            QueryError: a number of paths that is none.
        """
        setting = self.setting
        X = checked(x, width=setting.propagation.bank.width)
        if len(X) != 1:
            raise FeatureError(f"explains one input, not {len(X)}", value=len(X), fix="explain(X[0])")
        if isinstance(name, Answer):
            refuse_stale(name, setting)
            iri = name.candidates[0].iri
        else:
            iri = self.predict(X, 1)[0].candidates[0].iri if name is None else setting.graph.find(name, "class")
        other = None if against is None else setting.graph.find(against, "class")
        return explain(setting, X[0], iri, other, paths, counterfactuals)

    def ask(self, expression: str, X: Any) -> Match:
        """Score inputs for a class expression, ``vehicle and (hasPart some wing)``; see :mod:`kgzsl.asking`.

        Raises:
            QueryError: an expression that cannot be read, or that no class fits and none can be described by.
            UnknownNameError: a name that the graph does not know.
        """
        state = self._state
        parsed = parse(expression, state.graph)
        X = checked(X, width=state.bank.width)
        candidates = candidates_of(state, self.recipe, None)
        asker = Asker(self.learner, state.space, state.propagation, candidates, self.chain)
        return asker.match(expression, parsed, X, self.id)

    def update(self, force: bool = False, guard: Guard | None = None) -> Update:
        """Read edited ontology files again and propagate to what they describe; no training.

        Until the new state is whole the old one answers; when anything is wrong it goes on answering.

        Args:
            force: accept an ontology that lost most of its classes.
            guard: called with the ontology that answers and the one just read; raises to refuse it.

        Raises:
            OntologyError: an edit that is refused, with file and line.
            ShrunkError: less than half of the classes are left.
        """
        with self._updating, uncollected():
            return self._update(force, guard)

    @property
    def stale(self) -> tuple[str, ...]:
        """Ontology files whose content is no longer what was read; missing ones are not counted."""
        return stale_files(self._state.ontology)

    def save(self, path: str | Path) -> None:
        """Write a bundle.

        Raises:
            BundleError: the place cannot be written.
        """
        state = self._state
        vectors = state.space.source.state() if hasattr(state.space.source, "state") else {}
        contents = bundle.Contents(
            self.recipe, self.sources, state.ontology, self.learner, state.bank, self.chain, self.known_desk(), vectors
        )
        bundle.write(path, contents)

    def _update(self, force: bool, guard: Guard | None) -> Update:
        old, clock = self._state, Clock()
        with clock("read"):
            ontology = read_snapshot(self.sources, old.ontology)
        if ontology.documents == old.ontology.documents:
            return Update(False, before=old.graph.hash, after=old.graph.hash, milliseconds=clock.milliseconds)
        if not force:
            refuse_shrunk(old.ontology, ontology)
        if guard:
            guard(old.ontology, ontology)
        new = next_state(old, ontology, self.learner, self.recipe, clock)
        _warn_described_anew(old, new.space, self.learner.seen_ids)
        with clock("swap"):
            self._state = new
        before, after = set(old.graph.class_ids), set(new.graph.class_ids)
        return Update(True, tuple(sorted(after - before)), tuple(sorted(before - after)), old.graph.hash,
                      new.graph.hash, clock.milliseconds)  # fmt: skip


def load(path: str | Path) -> Engine:
    """Load a bundle; warns when the ontology files it was made from have been edited since.

    Raises:
        MissingFileError: no such file.
        BundleError: truncated, tampered with, or of a newer version.
    """
    contents = bundle.read(path)
    source = make_source(contents.recipe, cached=False)
    if contents.vectors:
        source.restore(contents.vectors)  # type: ignore[attr-defined]
    graph = build_graph(contents.ontology, contents.recipe.reading)
    space = build_space(graph, contents.recipe.ways, source, nearest=contents.recipe.nearest)
    state = State(contents.ontology, graph, space, Propagation(contents.bank, {}))
    engine = Engine(contents.recipe, contents.sources, contents.learner, state, contents.chain, desk=contents.desk)
    if engine.stale:
        files = ", ".join(engine.stale)
        warnings.warn(f"{path} is stale: {files} changed after it was saved; run update", stacklevel=2)
    return engine


def _warn_described_anew(old: State, space: ClassSpace, seen: Sequence[str]) -> None:
    """Say that seen classes keep the classifiers they were given, whatever is said of them now."""
    anew = described_anew(old.space, space, seen)
    if anew:
        names = ", ".join(f"'{space.graph.label(iri)}'" for iri in anew[:3])
        warnings.warn(f"{len(anew)} seen classes are described anew, such as {names}: they keep the classifiers that "
                      "they were given; train again to fit the new descriptions", stacklevel=5)  # fmt: skip
