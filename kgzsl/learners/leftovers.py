"""Checkpoint files of a training, which are removed once what was trained is safe."""

from __future__ import annotations

import glob
from pathlib import Path


def forget(path: Path | None) -> None:
    """Remove the checkpoints of a training, finished ones and those that were being written."""
    if path is None:
        return
    for file in path.parent.glob(f"{glob.escape(path.name)}.*"):
        if file.name.removeprefix(f"{path.name}.").removesuffix(".unfinished").isdigit():
            file.unlink(missing_ok=True)
