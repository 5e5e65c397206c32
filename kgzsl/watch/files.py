"""What tells that files changed, and that nobody is writing them any more."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Look = Mapping[Path, tuple[int, int, int] | None]
"""Of each file: inode, size and time of its last change; None when it is not there."""

STEP = 0.01
PATIENCE = 10.0


def look(files: Iterable[Path]) -> Look:
    """Return how files look now."""
    return {file: _stat(file) for file in files}


def folders(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the folders in which a change may concern these files, each with what tells it from a new one.

    A file that is a link may be exchanged beside the link or where it leads; a folder may be moved away.
    """
    found = {}
    for place in dict.fromkeys(place for file in files for place in (file, file.parent, file.resolve().parent)):
        if place.is_dir():
            about = place.stat()
            found[place] = (about.st_dev, about.st_ino)
    return found


def settled(looking: Callable[[], Look], settle: float, stopped: Callable[[], bool]) -> Look:
    """Wait until files have been quiet, and return how they look then.

    Args:
        looking: looks at them.
        settle: seconds for which nothing may change, nor be open for writing; after 10 s it waits no longer.
        stopped: says when to stop waiting.
    """
    seen, quiet_since = looking(), time.monotonic()
    patience = quiet_since + PATIENCE
    while not stopped() and time.monotonic() < patience:
        now = looking()
        if now != seen or any(map(is_being_written, now)):
            seen, quiet_since = now, time.monotonic()
        elif time.monotonic() - quiet_since >= settle:
            break
        time.sleep(STEP)
    return seen


def is_being_written(file: Path) -> bool:
    """Return whether some program has this file open for writing; False where that cannot be known.

    Linux gives a read lease on a file only when nobody has it open for writing. It is given back at once; a program
    that opens the file in between waits that long, and this one gets a signal that is ignored by default.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # not our file, or a file system without leases
        return False
    finally:
        os.close(handle)
    return False


def _stat(file: Path) -> tuple[int, int, int] | None:
    try:
        about = file.stat()
    except OSError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns
