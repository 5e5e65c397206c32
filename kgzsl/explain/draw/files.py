"""Explanations as files: the suffix says of which kind."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from kgzsl.errors import DrawingError, suggest
from kgzsl.explain.explanation import Explanation
from kgzsl.whole import written_whole

KINDS = {
    ".svg": "kgzsl.explain.draw.svg:svg", ".png": "kgzsl.explain.draw.png:png",
    ".html": "kgzsl.explain.draw.html:html", ".dot": "kgzsl.explain.draw.dot:dot",
    ".md": "kgzsl.explain.draw.markdown:markdown", ".json": "kgzsl.explain.schema:text",
}  # fmt: skip
"""Suffix → what makes the content."""


def write(explanation: Explanation, path: str | Path) -> None:
    """Write an explanation as ``.svg``, ``.png``, ``.html``, ``.dot``, ``.md`` or ``.json``, whole or not at all.

    Raises:
        DrawingError: another suffix, a place that cannot be written, or a PNG without what draws it.
    """
    path = Path(path)
    check(path)
    module, _, function = KINDS[path.suffix.lower()].partition(":")
    made = getattr(import_module(module), function)(explanation)
    try:
        with written_whole(path) as file:
            file.write(made if isinstance(made, bytes) else made.encode("utf8"))
    except OSError as error:
        raise DrawingError(f"cannot be written: {error.strerror}", file=str(path)) from None


def check(path: Path) -> None:
    """Refuse a file that could not be written, before anything is computed.

    Raises:
        DrawingError: a suffix of no known kind, a folder that does not exist or may not be written to, a folder where
            the file would be, or a PNG without what draws it.
    """
    if path.suffix.lower() not in KINDS:
        near = suggest(path.suffix, KINDS) if path.suffix else None
        fix = f"use one of {', '.join(KINDS)}" + (f"; did you mean '{near}'?" if near else "")
        what = f"an explanation cannot be written as '{path.suffix}'" if path.suffix else "no suffix says what to write"
        raise DrawingError(what, file=str(path), value=path.suffix, fix=fix)
    if not path.parent.is_dir():
        raise DrawingError("no such folder", file=str(path.parent), value=str(path.parent), fix="make it first")
    if path.is_dir():
        raise DrawingError("cannot be written: it is a folder", file=str(path), value=str(path), fix="name a file")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise DrawingError("cannot be written: no permission to write to its folder", file=str(path), value=str(path),
                           fix="name a file in another folder")  # fmt: skip
    if path.suffix.lower() == ".png":
        from kgzsl.explain.draw.png import fonts

        fonts()
