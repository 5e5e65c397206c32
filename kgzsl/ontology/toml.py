"""TOML from files that nobody vouches for: whatever is wrong with it is one error, with its line."""

from __future__ import annotations

import re
import tomllib
from typing import Any

LARGEST = 1_000_000
"""Characters; a recipe has some thousand."""
_LONG_KEY = re.compile(r"""(?<![\w"'.-])(?:[\w"'-]++\s*+\.\s*+){50}""")
"""Keys of many parts cost the square of their number in time and memory."""


class TomlError(ValueError):
    """No TOML, or more of it than is read.

    Args:
        message: what is wrong.
        line: where, counted from 1.
    """

    def __init__(self, message: str, line: int) -> None:
        self.line = line
        super().__init__(message)


def parse_toml(data: bytes) -> tuple[dict[str, Any], str]:
    """Return the values and the text of a TOML file.

    Raises:
        TomlError: not UTF-8, not TOML, or too large or too deep to be read.
    """
    try:
        text = data.decode("utf8")
    except UnicodeDecodeError as error:
        raise TomlError("not UTF-8 text", data.count(b"\n", 0, error.start) + 1) from None
    if len(text) > LARGEST:
        raise TomlError(f"{len(text):,} characters, and at most {LARGEST:,} are read", 1)
    long = _LONG_KEY.search(text)
    if long:
        raise TomlError("a key of more than 50 parts", text.count("\n", 0, long.start()) + 1)
    try:
        return tomllib.loads(text), text
    except RecursionError:
        raise TomlError("not TOML that is read: nested too deeply", _deepest(text)) from None
    except ValueError as error:  # TOMLDecodeError, and numbers of more digits than Python reads
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1 if "end of document" in str(error) else 1
        said = "a number of thousands of digits" if "digits" in str(error) else str(error)
        raise TomlError(f"not TOML: {said}", line) from None


def _deepest(text: str) -> int:
    """Return the line with the most opening brackets."""
    lines = text.splitlines() or [""]
    return 1 + max(range(len(lines)), key=lambda k: lines[k].count("[") + lines[k].count("{"))
