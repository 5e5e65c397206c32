"""When to look at the files: at once where the system notifies of changes, and every quarter of a second anyway."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

TICK_MS = 250
STEP_MS = 10


class Stop:
    """Set once, from any thread or signal handler: it takes no lock that the interrupted thread may hold."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """Ask to stop."""
        self._set = True

    def is_set(self) -> bool:
        """Return whether it was asked to stop."""
        return self._set


def wakes(folders: Callable[[], Mapping[Path, object]], stop: Stop) -> Iterator[None]:
    """Yield whenever something may have happened in the folders, and at least four times a second, until stopped.

    Network drives, containers and full queues lose notifications, and some systems give none: the regular look makes
    up for that, and is the fallback where watching fails. A folder that is exchanged for another is watched anew.

    Args:
        folders: gives those there are now, with what tells each from one that takes its place.
        stop: ends it.
    """
    import watchfiles

    while not stop.is_set():
        try:
            watched = folders()
            notified = watchfiles.watch(
                *watched, watch_filter=None, debounce=5 * STEP_MS, step=STEP_MS, stop_event=stop, rust_timeout=TICK_MS,
                yield_on_timeout=True, recursive=False,
            )  # fmt: skip
            with closing(notified):
                for _ in notified:
                    yield
                    if folders() != watched:
                        break
        except (OSError, RuntimeError):  # no such folder, no watches left, no back-end: all that is left is looking
            time.sleep(TICK_MS / 1000)
            yield
