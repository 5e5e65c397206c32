"""What all cures of hubness share: a level of each class, and how much of it is undone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.options import Options
from kgzsl.resolve.adjuster import Adjuster, required
from kgzsl.resolve.hubs.columns import Columns
from kgzsl.resolve.hubs.worth import Setting, Worth, best_setting, remembered
from kgzsl.resolve.query import Note, Query, Rehearsal

STRENGTHS = (0.125, 0.25, 0.5, 0.75, 1.0)
PARTS = (0.03, 0.1, 0.3)
"""Of the inputs measured against, how many count as near to a class."""


class CureOptions(Options):
    """Settings of every cure."""

    strength: float | None = Field(None, ge=0, le=2, description="how much is undone; chosen on rehearsals unless "
                                   "given, and 0 leaves scores alone")  # fmt: skip
    apart: bool | None = Field(None, description="whether seen and unseen classes are levelled each among themselves, "
                               "so that the balance between them stays; chosen unless given")  # fmt: skip
    own: bool | None = Field(None, description="whether inputs of a class count for its level; in a batch, those that "
                             "are answered as it, and chosen unless given")  # fmt: skip


class NearOptions(CureOptions):
    """Settings of cures that count the nearest inputs."""

    k: int | None = Field(None, ge=1, description="how many of the inputs nearest to a class make its level; unless "
                          "given, a part of those measured against, chosen on rehearsals")  # fmt: skip


class Level(NamedTuple):
    """How near each class is to inputs at large.

    Args:
        classes: a number for each. Shape: (C,).
        zero: the score from which distances count, where they do.
        reason: why there is none; then scores are left as they are.
    """

    classes: Array
    zero: float = 0.0
    reason: str = ""


class HubCure(Adjuster):
    """Base of cures: a class that is near to many inputs must be nearer to one before it is the answer.

    How near a class is to inputs at large is its *level*, read off a column of scores: those of references, which are
    inputs of seen classes, or those of the batch itself. ``strength`` says how much of it is undone, from 0 for
    nothing, ``reach`` how far around a class is looked, ``apart`` whether seen and unseen classes are levelled each
    among themselves, and ``own`` whether the inputs of a class count for its level; see
    :func:`kgzsl.resolve.hubs.worth.best_setting` for how they are chosen.
    """

    cures = "hubness"
    place = "hubs"
    Options: ClassVar[type[Options]] = CureOptions
    reaches: ClassVar[Sequence[float]] = (1.0,)
    """Those that are tried; what the number means is the cure's affair."""
    owns: ClassVar[Sequence[float]] = (0.0,)
    """Whether a class's own inputs count: what is tried."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        given = self.options
        self.setting = Setting(given.strength or 0.0, self.tried[0], float(given.apart is not False),
                               float(bool(given.own)))  # fmt: skip

    @property
    def tried(self) -> Sequence[float]:
        """The reaches to choose among."""
        return self.reaches

    @abstractmethod
    def level(self, columns: Columns, setting: Setting) -> Level:
        """Return the level of each class. Shapes: (m, C) → (C,)."""

    @abstractmethod
    def rescored(self, scores: Array, level: Level, strength: float) -> Array:
        """Return scores of which this much of the level is undone. Shapes: (n, C) → (n, C)."""

    @abstractmethod
    def measured(self, query: Query, setting: Setting) -> Level:
        """Return the level of the query's candidates, or the reason why there is none."""

    def fit(self, rehearsals: Sequence[Rehearsal], final: Query) -> Self:
        """See the base class."""
        settings = self._settings()
        if len(settings) > 1:
            useful = required(self.name, rehearsals)
            plain = Setting(0.0, *settings[0][1:])
            worths = [self._worths(rehearsal, [plain, *settings]) for rehearsal in useful]
            self.setting = best_setting(worths, [plain, *settings], self.options.strength is not None)
        return self

    def __call__(self, query: Query) -> Query:
        """See the base class."""
        if not self.setting.strength or not len(query.scores):
            return query
        level = self.measured(query, self.setting)
        if level.reason:
            return query.scored(query.scores, Note(self.name, level.reason, declined=True))
        return query.scored(self.rescored(query.scores, level, self.setting.strength).astype(query.scores.dtype))

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"setting": np.array(self.setting)}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.setting = Setting(*(float(number) for number in arrays["setting"]))
        return self

    def chosen(self) -> dict[str, float]:
        """See the base class."""
        return {"strength": self.setting.strength, "apart": self.setting.apart, "own": self.setting.own}

    def _settings(self) -> list[Setting]:
        given = self.options
        strengths = STRENGTHS if given.strength is None else (given.strength,)
        groups = (1.0, 0.0) if given.apart is None else (float(given.apart),)
        owns = self.owns if given.own is None else (float(given.own),)
        return [Setting(s, reach, apart, own) for reach in self.tried for apart in groups for own in owns
                for s in strengths]  # fmt: skip

    def _worths(self, rehearsal: Rehearsal, settings: Sequence[Setting]) -> list[Worth]:
        """Return what each setting is worth; levels are measured once for all strengths."""
        query, own = rehearsal.query, f"{self.name} {self.options}"
        levels: dict[tuple[float, ...], Level] = {}

        def found(setting: Setting) -> Worth:
            level = levels.get(setting[1:]) or levels.setdefault(setting[1:], self.measured(query, setting))
            left = not setting.strength or level.reason
            return Worth.of(rehearsal, query.scores if left else self.rescored(query.scores, level, setting.strength))

        return [remembered(query, own, setting, partial(found, setting)) for setting in settings]


class Near(HubCure):
    """A cure that looks at the inputs nearest to a class; ``reach`` is their part of all that are measured against."""

    Options: ClassVar[type[Options]] = NearOptions
    reaches = PARTS

    @property
    def tried(self) -> Sequence[float]:
        """The reaches to choose among."""
        return self.reaches if self.options.k is None else (0.0,)

    def nearest(self, columns: Columns, reach: float) -> Array:
        """Return the scores of the inputs nearest to each class, in no order. Shapes: (m, C) → (k, C)."""
        return columns.best(self.options.k or max(1, round(reach * len(columns.scores))))

    def chosen(self) -> dict[str, float]:
        """See the base class."""
        return {**super().chosen(), **({"k": self.options.k} if self.options.k else {"part": self.setting.reach})}


class Taken(HubCure):
    """A cure that takes a number from the scores of each class, whatever the input."""

    @abstractmethod
    def nearness(self, columns: Columns, reach: float) -> Array:
        """Return how near each class is to inputs at large, in units of scores. Shapes: (m, C) → (C,)."""

    def level(self, columns: Columns, setting: Setting) -> Level:
        """See the base class."""
        found = self.nearness(columns, setting.reach)
        return Level(found - columns.typical(found, setting.apart))

    def rescored(self, scores: Array, level: Level, strength: float) -> Array:
        """See the base class."""
        return np.asarray(scores - strength * level.classes)
