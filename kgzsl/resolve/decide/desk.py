"""Where decisions are made: probabilities, and every decider that was calibrated on them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kgzsl.arrays import Array
from kgzsl.errors import AdjusterError
from kgzsl.options import validated
from kgzsl.resolve.adjuster import Adjuster
from kgzsl.resolve.catalogue import DECIDERS, decider_class, make_adjuster, make_decider
from kgzsl.resolve.decide.decider import Decider, Decision
from kgzsl.resolve.query import Query, Rehearsal

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

TEMPERATURE = "temperature"


@dataclass(frozen=True, eq=False)
class Desk:
    """Decides.

    Args:
        temperature: turns the scores of a chain into log-probabilities; None where the chain does so itself.
        deciders: calibrated, by name.
    """

    temperature: Adjuster | None
    deciders: dict[str, Decider]

    def decide(self, name: str, query: Query, graph: ClassGraph, options: Mapping[str, Any]) -> list[Decision]:
        """Return one decision an input.

        Args:
            name: of a decider.
            query: scored by the engine's chain.
            graph: of the candidates.
            options: of the decider, instead of those that it was calibrated with.

        Raises:
            UnknownNameError: no such decider.
            AdjusterError: an option that it does not have, or nothing to calibrate on.
        """
        decider_class(name)
        decider = copy.copy(self.deciders[name])
        if options:
            chosen = {**dict(decider.options), **options}
            decider.options = validated(f"decider '{name}'", type(decider).Options, chosen, AdjusterError)
        return decider.decide(self.temperature(query) if self.temperature else query, graph)

    def described(self) -> dict[str, Any]:
        """Return what a bundle's manifest says of it."""
        own = dict(self.temperature.options) if self.temperature else None
        return {"temperature": own, "deciders": {n: dict(d.options) for n, d in self.deciders.items()}}

    def arrays(self) -> dict[str, Array]:
        """Return what a bundle keeps of it."""
        parts: dict[str, Adjuster | Decider] = dict(self.deciders)
        if self.temperature:
            parts[TEMPERATURE] = self.temperature
        return {f"{name}.{key}": array for name, part in parts.items() for key, array in part.state().items()}

    @classmethod
    def restored(cls, described: Mapping[str, Any], arrays: Mapping[str, Array]) -> Desk:
        """Return the desk of which :meth:`described` and :meth:`arrays` told."""

        def own(name: str) -> dict[str, Array]:
            return {key.partition(".")[2]: a for key, a in arrays.items() if key.partition(".")[0] == name}

        about = described["temperature"]
        temperature = None if about is None else make_adjuster(TEMPERATURE, about).restore(own(TEMPERATURE))
        deciders = {n: make_decider(n, options).restore(own(n)) for n, options in described["deciders"].items()}
        return cls(temperature, deciders)


def fit_desk(rehearsals: Sequence[Rehearsal], final: Query, graph: ClassGraph, probable: bool) -> Desk:
    """Calibrate every decider of the catalogue.

    Args:
        rehearsals: scored by a chain.
        final: the references, scored by the same chain.
        graph: of the candidates.
        probable: whether the chain gives log-probabilities.

    Raises:
        AdjusterError: no rehearsals.
    """
    temperature = None if probable else make_adjuster(TEMPERATURE).fit(rehearsals, final)
    if temperature is not None:
        rehearsals = [replace(r, query=temperature(r.query)) for r in rehearsals]
    return Desk(temperature, {name: make_decider(name).fit(rehearsals, graph) for name in DECIDERS})
