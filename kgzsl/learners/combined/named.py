"""Learners that are named in options: by a name, or by a table of a name and options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from kgzsl.learners.base import Learner
from kgzsl.learners.catalogue import LEARNERS, learner_class, make_learner


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    options: dict[str, Any] = {}


def _parted(value: Any) -> Any:
    """Take a text with commas, as a command line gives it, for a list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """Return what was validated as JSON can hold it: bundles keep options."""
    entries = _parted(value)
    if not isinstance(entries, Sequence):
        return entries
    return [_Table(**entry).model_dump() if isinstance(entry, Mapping) else entry for entry in entries]


Named = Annotated[tuple[str | dict[str, Any], ...], BeforeValidator(_plain)]
Numbers = Annotated[tuple[float, ...], BeforeValidator(_parted)]


def named(entry: str | Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return name and options of an entry."""
    return (entry, {}) if isinstance(entry, str) else (entry["name"], dict(entry["options"]))


def made(entry: str | Mapping[str, Any]) -> Learner:
    """Return an unfitted learner.

    Raises:
        UnknownNameError: not in the catalogue.
        LearnerError: an option that it does not have, or of the wrong kind.
    """
    return make_learner(*named(entry))


def quick(without: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of learners that are not trained in epochs, in the order of the catalogue."""
    return tuple(name for name in LEARNERS if name not in without
                 and "epochs" not in learner_class(name).Options.model_fields)  # fmt: skip
