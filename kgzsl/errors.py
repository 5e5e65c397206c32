"""Every public error of kgzsl. Each carries the offending place and value as data, not only as text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggest(value: str, options: Iterable[str]) -> str | None:
    """Return the option nearest in spelling to ``value``, or None when nothing is near."""
    by_lower: dict[str, str] = {}
    for option in options:
        by_lower.setdefault(option.lower(), option)
    near = difflib.get_close_matches(value.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


class KgzslError(Exception):
    """Base of all errors a user can meet.

    Args:
        message: what is wrong, one sentence without the place.
        file: the file it was found in, if any.
        line: the line in that file, counted from 1.
        value: the offending value.
        fix: what the user can do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        value: object = None,
        fix: str | None = None,
    ) -> None:
        self.message, self.file, self.line, self.value, self.fix = message, file, line, value, fix
        super().__init__(message)

    def __str__(self) -> str:
        place = (
            f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        )
        return place + self.message + (f"; {self.fix}" if self.fix else "")


class MissingFileError(KgzslError, FileNotFoundError):
    """A file or folder that was named does not exist."""


class OntologyError(KgzslError, ValueError):
    """An ontology file cannot be read or contradicts itself."""


class ShrunkError(OntologyError):
    """An ontology lost most of its classes between two reads (a truncated save, most likely)."""


class RecipeError(KgzslError, ValueError):
    """A recipe names something that does not exist or holds a value of the wrong kind."""


class FeatureError(KgzslError, ValueError):
    """Features or labels that cannot be used."""


class UnknownNameError(KgzslError, LookupError):
    """A name that no class, learner, relation or encoder answers to, or that several do."""


class LearnerError(KgzslError, ValueError):
    """A learner cannot be fitted or propagated on what it was given."""


class DivergedError(LearnerError):
    """A training whose loss is no longer a number, before any network was worth keeping."""


class BundleError(KgzslError, ValueError):
    """A bundle is missing, truncated, tampered with, or of a newer version."""


class StaleError(KgzslError):
    """An answer or bundle belongs to another state of the graph."""


class QueryError(KgzslError, ValueError):
    """A SPARQL query or class expression that is refused, wrong, or out of time."""
