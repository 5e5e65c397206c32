"""Catalogue of protocols: name → dotted class. Adding one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgzsl.catalogue import class_of

if TYPE_CHECKING:
    from kgzsl.evaluate.problem import Problem
    from kgzsl.evaluate.protocols.base import Protocol
    from kgzsl.graph.recipe import Recipe
    from kgzsl.learners.base import Progress

PROTOCOLS = {
    "gbu": "kgzsl.evaluate.protocols.gbu.GBU",
    "imagenet-hops": "kgzsl.evaluate.protocols.hops.ImageNetHops",
    "cross-domain": "kgzsl.evaluate.protocols.cross_domain.CrossDomain",
    "text-intents": "kgzsl.evaluate.protocols.intents.TextIntents",
    "multi-label": "kgzsl.evaluate.protocols.multilabel.MultiLabel",
    "own": "kgzsl.evaluate.protocols.own.Own",
}


def protocol_class(name: str) -> type[Protocol]:
    """Return the class of a protocol.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    found: type[Protocol] = class_of(name, PROTOCOLS, "protocol")
    return found


def make_problem(
    protocol: str,
    recipe: str | Path | Recipe,
    options: Mapping[str, Any] | None = None,
    learner: str | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> list[Problem]:
    """Return what a protocol makes of a recipe: one problem, or one a fold.

    Args:
        protocol: its name.
        recipe: a file (a bundled one by its name), or a Recipe; for ``gbu`` a folder does too.
        options: of the protocol, as values or as text.
        learner: instead of the recipe's.
        seed: of the learner, instead of the recipe's.
        progress: called with (stage, done, total).

    Raises:
        UnknownNameError: no such protocol.
        EvaluationError: an option that it does not have, a split that cannot be used, or a leak.
        KgzslError: another file, name or value that cannot be used.
    """
    return protocol_class(protocol)(**dict(options or {})).problems(recipe, learner, seed, progress)
