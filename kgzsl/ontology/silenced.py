"""Comments that switch findings off: ``# kgzsl: ignore W02`` on a line, or ``# kgzsl: ignore-file W02``."""

from __future__ import annotations

import re

_COMMENT = re.compile(rb"kgzsl: *ignore(-file)?[ :]+(\w+(?:[ ,]+[A-Z]\d\d\b)*)")
WHOLE_FILE = 0


def silenced(data: bytes) -> frozenset[tuple[int, str]]:
    """Return (line, code) of every finding that a comment switches off; line 0 stands for the whole file.

    A comment counts for its own line and the next, so that it can stand above what it is about. What follows the
    codes is the reader's; a first word that is no code is given back as it is, for ``kgzsl check`` to tell.
    """
    if b"kgzsl:" not in data:
        return frozenset()
    found: set[tuple[int, str]] = set()
    for match in _COMMENT.finditer(data):
        line = data.count(b"\n", 0, match.start()) + 1
        lines = (WHOLE_FILE,) if match[1] else (line, line + 1)
        codes = re.split(rb"[ ,]+", match[2])
        found |= {(at, code.decode("utf8", "replace")) for at in lines for code in codes}
    return frozenset(found)
