"""Findings as SARIF 2.1.0, which code hosts and editors show beside the lines."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kgzsl.checks.catalogue import CHECKS
from kgzsl.checks.finding import Finding, severity_of
from kgzsl.checks.titles import about

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:")  # a scheme has two letters or more, a drive has one
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """Return one run of a log; files are named relative to the working directory where they lie below it.

    Args:
        findings: in the order to show them.
        version: of kgzsl.
    """
    codes = [code for code in CHECKS if any(finding.code == code for finding in findings)]
    driver = {"name": "kgzsl check", "version": version, "rules": [_rule(code) for code in codes]}
    results = [_result(finding, codes.index(finding.code)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints",
           "originalUriBaseIds": {"ROOT": {"uri": f"{Path.cwd().as_uri()}/"}}, "results": results}  # fmt: skip
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    said = about(code)
    return {
        "id": code, "name": CHECKS[code].rpartition(".")[2].title().replace("_", ""),
        "shortDescription": {"text": said.title}, "fullDescription": {"text": said.text},
        "help": {"text": said.text.rpartition("\n\n")[2] or said.text},
        "defaultConfiguration": {"level": _LEVELS[severity_of(code)]},
    }  # fmt: skip


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    text = finding.message + (f"; {finding.fix}" if finding.fix else "")
    place: dict[str, Any] = {"artifactLocation": location(finding.file)}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    properties = {"value": finding.value} | ({"fix": finding.fix} if finding.fix else {})
    return {"ruleId": finding.code, "ruleIndex": rule, "level": _LEVELS[finding.severity], "message": {"text": text},
            "locations": [{"physicalLocation": place}], "properties": properties}  # fmt: skip


def location(file: str) -> dict[str, str]:
    """Return an artifact location: relative to the working directory where the file lies below it."""
    path = relative(file)
    if _ADDRESS.match(path):
        return {"uri": quote(path, safe=":/?&=#%")}
    if os.path.isabs(path):
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(Path(path).as_posix()), "uriBaseId": "ROOT"}


def relative(file: str) -> str:
    """Return a path from the working directory where it lies below it, else the whole path; addresses as they are."""
    if _ADDRESS.match(file):
        return file
    path = os.path.normpath(os.path.join(Path.cwd(), file))
    return os.path.relpath(path) if Path(path).is_relative_to(Path.cwd()) else path
