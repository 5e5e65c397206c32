"""The part of an engine that turns scores into answers one can act on: adjusters and deciders."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import AdjusterError
from kgzsl.features import checked
from kgzsl.graph.recipe import Recipe
from kgzsl.rehearsing import Calibration
from kgzsl.resolve import Chain, Query, Rehearsal, Resolver, make_adjuster
from kgzsl.resolve.bias.stacking import CalibratedStacking
from kgzsl.resolve.candidates import by_name, by_policy
from kgzsl.resolve.chain import fit_chain
from kgzsl.resolve.choose import AUTO, choose_chain
from kgzsl.resolve.decide.desk import Desk, fit_desk
from kgzsl.state import State

if TYPE_CHECKING:
    from kgzsl.resolve.decide.decider import Decision


class Rehearsed(NamedTuple):
    """What adjusters are chosen on, scored by banks alone."""

    rehearsals: tuple[Rehearsal, ...]
    final: Query


class Adjusting:
    """Base of the engine.

    Attributes:
        recipe: says which classes may be answers.
        chain: adjusters; an empty one answers with plain scores.
        calibration: what they are chosen on; None where there is nothing, and in an engine that was loaded.
        id: of the bundle.
    """

    recipe: Recipe
    chain: Chain
    calibration: Calibration | None
    id: str
    _state: State
    _desk: Desk | None
    _rehearsed_last: tuple[State, Rehearsed] | None = None

    def candidates(self, classes: str | Sequence[str] | None = None) -> tuple[str, ...]:
        """Return IRIs of the classes that may be answers.

        Args:
            classes: names, ``below NAME``, or None for the recipe's policy.
        """
        return candidates_of(self._state, self.recipe, classes)

    def resolver(self, state: State, plain: bool = False) -> Resolver:
        """Return what answers from a state."""
        chain = Chain() if plain else self.chain
        return Resolver(state.bank, state.graph, chain, self.id, state.undescribed, state.ungrounded)

    def adjusted(self, X: Any, classes: str | Sequence[str] | None = None) -> Array:
        """Return scores of all inputs for all candidates after all adjusters. Shapes: (n, d) → (n, C)."""
        state = self._state
        X = checked(X, width=state.bank.width)
        return self.resolver(state).scores(X, candidates_of(state, self.recipe, classes))

    def resolve(
        self, X: Any, how: str = "back-off", classes: str | Sequence[str] | None = None, consistent: bool = False,
        **options: Any,
    ) -> list[Decision]:  # fmt: skip
        """Return what is said of each input: a class, something broader, a set, several labels, or none of these.

        Args:
            X: features (n, d), or one input (d,).
            how: a decider of :data:`kgzsl.resolve.DECIDERS`.
            classes: restricts the candidates; see :meth:`kgzsl.engine.Engine.predict`.
            consistent: several labels that never contradict the ontology; the same as the decider ``consistent``.
            options: of the decider, such as ``accuracy`` or ``coverage``; nothing is calibrated anew for them.

        Raises:
            FeatureError: features that cannot be used.
            UnknownNameError: a class or decider that is unknown.
            AdjusterError: an option that the decider does not have, or nothing to calibrate on.
        """
        state = self._state
        X = checked(X, width=state.bank.width)
        query = self.chain(self.resolver(state).query(X, candidates_of(state, self.recipe, classes)))
        return self.desk.decide("consistent" if consistent else how, query, state.graph, options)

    @property
    def gamma(self) -> float | None:
        """What calibrated stacking takes from the scores of seen classes; None without it."""
        found = self.chain.named(CalibratedStacking.name)
        return found.gamma if isinstance(found, CalibratedStacking) else None

    def calibrate(self, classes: str | Sequence[str] | None = None) -> float:
        """Return the gamma of calibrated stacking for these candidates, chosen on seen classes that were held out.

        Raises:
            AdjusterError: trained without labelled features of at least four seen classes, or loaded from a bundle.
        """
        return CalibratedStacking().fit(*self.rehearsed(classes)).gamma

    def adjust(self, adjusters: str | Sequence[str], options: Mapping[str, Mapping[str, Any]] | None = None) -> Chain:
        """Answer with other adjusters from now on, chosen on seen classes that were hidden; also returned.

        Args:
            adjusters: names, ``auto`` for those that help on rehearsals (none without any), or none.
            options: of adjusters, by name.

        Raises:
            UnknownNameError: no such adjuster.
            AdjusterError: one that cannot be fitted, or an option that it does not have.
        """
        names = [adjusters] if isinstance(adjusters, str) else list(adjusters)
        rehearsals, final = self.rehearsed()
        if names == [AUTO] and not rehearsals:
            warnings.warn("there is nothing to choose adjusters on: answers are given with plain scores", stacklevel=3)
            self.chain = Chain()
        elif names == [AUTO]:
            self.chain = choose_chain(rehearsals, final, options or {})
        else:
            made = [make_adjuster(name, (options or {}).get(name)) for name in names]
            self.chain = fit_chain(made, rehearsals, final) if made else Chain()
        self._desk = None
        return self.chain

    @property
    def desk(self) -> Desk:
        """Deciders, calibrated on rehearsals that the chain has scored.

        Raises:
            AdjusterError: there is nothing to calibrate them on.
        """
        if self._desk is None:
            rehearsals, final = self.rehearsed()
            if not rehearsals:
                raise AdjusterError("there is nothing to calibrate decisions on",
                                    fix="train with labelled features of seen classes ([validation] in the recipe)")
            self._desk = fit_desk([self.chain.rehearsed(r) for r in rehearsals], self.chain(final), self._state.graph,
                                  self.chain.probable)  # fmt: skip
        return self._desk

    def known_desk(self) -> Desk | None:
        """Return the desk, or None where there is nothing to calibrate it on."""
        if self._desk is None and self.calibration is None:
            return None
        try:
            return self.desk
        except AdjusterError:
            return None

    def rehearsed(self, classes: str | Sequence[str] | None = None) -> Rehearsed:
        """Return what adjusters of these candidates are chosen on; no rehearsals where there is no calibration."""
        state, last = self._state, self._rehearsed_last
        if classes is None and last is not None and last[0] is state:
            return last[1]
        ids = candidates_of(state, self.recipe, classes)
        rows, known = state.bank.rows(ids), self.calibration
        if known is None:
            return Rehearsed((), Query.of(state.bank, rows, np.zeros((0, state.bank.width), np.float32)))
        references = known.references()
        found = Rehearsed(tuple(known.rehearsals(state.space, state.bank, ids)),
                          Query.of(state.bank, rows, references.X, references))  # fmt: skip
        if classes is None:
            self._rehearsed_last = state, found
        return found


def candidates_of(state: State, recipe: Recipe, classes: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return IRIs of the classes that may be answers; see :meth:`Adjusting.candidates`."""
    if classes is not None:
        return by_name(state.graph, classes)
    seen = [iri for iri, known in zip(state.bank.ids, state.bank.seen, strict=True) if known]
    return tuple(iri for iri in by_policy(state.graph, seen, recipe.answers) if iri not in state.blank)
