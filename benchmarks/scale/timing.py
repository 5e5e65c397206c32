"""A clock."""

from __future__ import annotations

import time


def timed(function):
    """Return seconds and the value."""
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value
