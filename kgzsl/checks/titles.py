"""What each code is about, as its module says: a title, why it matters, and what to do."""

from __future__ import annotations

import importlib
from typing import NamedTuple

from kgzsl.checks.catalogue import CHECKS


class About(NamedTuple):
    """The docstring of a check, in parts."""

    title: str
    text: str


def about(code: str) -> About:
    """Return what the module of a code says of it."""
    first, _, rest = (importlib.import_module(CHECKS[code]).__doc__ or "").partition("\n\n")
    return About(first.partition(": ")[2].rstrip("."), rest.strip())
