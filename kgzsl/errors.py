"""Every public error of kgzsl. Each carries the offending place and value as data, not only as text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

LONGEST_SHOWN = 4000
"""Characters of a message or a cell that are shown; of a longer one its beginning and end."""

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)")
_BREAK = re.compile(r"\r\n|\n(?!  )")


def suggest(value: str, options: Iterable[str]) -> str | None:
    """Return the option nearest in spelling to ``value``, or None when nothing is near."""
    by_lower: dict[str, str] = {}
    for option in options:
        by_lower.setdefault(option.lower(), option)
    near = difflib.get_close_matches(value.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def visible(text: str) -> str:
    """Return text with every character that a terminal obeys, instead of showing it, as its ``\\u001b``.

    Those are control characters, line breaks and tabs excepted, and marks that turn the direction of writing.
    """
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    """Return text of any origin as one line of a terminal.

    Line breaks are written ``\\n``, save before two spaces: those set a picture or a list below the line.
    """
    return visible(_BREAK.sub(r"\\n", text))


def shown(text: str) -> str:
    """Return text of any origin as one line of a terminal, of a long one its beginning and end."""
    return one_line(cut(text))


def cut(text: str) -> str:
    """Return the text, or the beginning and end of one longer than ``LONGEST_SHOWN``."""
    half = LONGEST_SHOWN // 2
    return text if len(text) <= LONGEST_SHOWN else f"{text[:half]} … ({len(text):,} characters) … {text[-half:]}"


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
        return shown(place) + shown(self.message) + (f"; {shown(self.fix)}" if self.fix else "")


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


class AdjusterError(KgzslError, ValueError):
    """An adjuster or decider that cannot be fitted, or has nothing to work on."""


class EvaluationError(KgzslError, ValueError):
    """A protocol, split or report that cannot be used, or an evaluation that would not be fair."""


class BundleError(KgzslError, ValueError):
    """A bundle is missing, truncated, tampered with, or of a newer version."""


class StaleError(KgzslError):
    """An answer or bundle belongs to another state of the graph."""


class DrawingError(KgzslError, ValueError):
    """A picture that cannot be drawn or written here, or not of this kind."""


class QueryError(KgzslError, ValueError):
    """A SPARQL query or class expression that is refused, wrong, or out of time."""
