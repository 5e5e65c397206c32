"""Refusal of what does not fit into memory, before it is begun."""

from __future__ import annotations

from pathlib import Path

from kgzsl.errors import LearnerError

LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
USED = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")
CACHED = ("inactive_file ", "total_inactive_file ")
FIX = "use a closed form (sgc), which holds no more than classes × width, fewer hidden units, or a part of the graph"


def require(wanted: int, what: str, free: int | None = None) -> None:
    """Refuse what needs more memory than there is; where nobody can say how much there is, nothing is refused.

    Args:
        wanted: bytes.
        what: needs them.
        free: bytes of the device that it runs on; None for the memory of the machine.

    Raises:
        LearnerError: with the estimate.
    """
    free = available() if free is None else free
    if free is not None and wanted > free:
        message = f"{what} needs about {wanted / 2**30:.1f} GB of memory, {free / 2**30:.1f} GB are free"
        raise LearnerError(message, value=wanted, fix=FIX)


def available() -> int | None:
    """Return bytes that can be had, or None where the system does not say."""
    found = [value for value in (_meminfo(), _container()) if value is not None]
    return min(found) if found else None


def _meminfo() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), None)


def _reclaimable(group: Path) -> int:
    """Bytes of cached files, which count as used and are given back when asked for."""
    try:
        lines = (group / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(CACHED)), 0)


def _container() -> int | None:
    for limit, used in zip(LIMITS, USED, strict=True):
        try:
            return int(Path(limit).read_text()) - int(Path(used).read_text()) + _reclaimable(Path(used).parent)
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return None
