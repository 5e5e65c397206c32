"""A finding: what is wrong, where, and what can be done about it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from kgzsl.errors import KgzslError, OntologyError, shown

_NUMBER = re.compile(r"\d+")

SEVERITIES = {"E": "error", "W": "warning", "I": "info", "S01": "error", "S02": "warning", "S03": "info"}
"""Severity of a code, or of all codes that start so; the gravest first."""


def severity_of(code: str) -> str:
    """Return ``error``, ``warning`` or ``info``."""
    return SEVERITIES.get(code) or SEVERITIES[code[0]]


class Finding(NamedTuple):
    """One thing that is wrong; ``line`` is 0 where the source has no lines."""

    code: str
    message: str
    file: str
    line: int
    value: str
    fix: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{shown(place)}: {self.code} {shown(self.message)}" + (f"; {shown(self.fix)}" if self.fix else "")

    @property
    def severity(self) -> str:
        """``error``, ``warning`` or ``info``."""
        return severity_of(self.code)

    @property
    def about(self) -> tuple[str, str, str]:
        """What tells it from others, whatever lines an edit above moves: code, file, and the text less its numbers."""
        return self.code, self.file, _NUMBER.sub("#", f"{self.value} {self.message}")

    def error(self) -> OntologyError:
        """Return the finding as an error to raise."""
        message = f"{self.code} {self.message}"
        return OntologyError(message, file=self.file, line=self.line, value=self.value, fix=self.fix)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields and the severity, for JSON."""
        return {"code": self.code, "severity": self.severity, **self._asdict()}


def of_error(error: KgzslError, code: str = "E00") -> Finding:
    """Return an error that names a file as a finding."""
    value = "" if error.value is None else str(error.value)
    return Finding(code, error.message, error.file or "", error.line or 1, value, error.fix)
