"""W18: a comment that switches off a code that does not exist.

The comment does nothing: the finding it was written for is told all the same, or is gone.

Correct the code, or remove the comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.catalogue import CHECKS
from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.errors import suggest


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a code and comment."""
    for document in context.graph.ontology.documents:
        lines: dict[str, list[int]] = {}
        for line, code in sorted(document.silenced):
            if code not in CHECKS:
                lines.setdefault(code, []).append(line)
        for code, those in lines.items():
            for line in those:
                if line - 1 not in those:  # a comment counts for the line after it, too
                    near = suggest(code, CHECKS)
                    yield Finding("W18", f"there is no check '{code}' to switch off", document.path, line or 1, code,
                                  f"did you mean '{near}'?" if near else "see docs/checks.md")  # fmt: skip
