"""Findings as workflow commands of GitHub Actions, which turn into annotations of the changed lines."""

from __future__ import annotations

from kgzsl.checks.finding import Finding
from kgzsl.checks.sarif import relative
from kgzsl.checks.titles import about
from kgzsl.errors import visible

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def annotation(finding: Finding) -> str:
    """Return ``::error file=…,line=…,title=…::…`` with what would end a field or the command escaped."""
    text = finding.message + (f"; {finding.fix}" if finding.fix else "")
    fields = {"file": relative(finding.file), "line": str(finding.line) if finding.line else "",
              "title": f"{finding.code}: {about(finding.code).title}"}  # fmt: skip
    stated = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in fields.items() if value)
    return f"::{_COMMANDS[finding.severity]} {stated}::{_escaped(text, _DATA)}"


def _escaped(text: str, those: dict[str, str]) -> str:
    return "".join(those.get(character, character) for character in visible(text))
