"""Writing edited files: whole or not at all, and never over what somebody else wrote meanwhile."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kgzsl.errors import KgzslError, MissingFileError, OntologyError


class Change(NamedTuple):
    """What one file holds, and what it is to hold."""

    path: Path
    before: bytes
    after: bytes


def write(changes: Sequence[Change]) -> None:
    """Replace files, each by one rename in its folder; symbolic links stay and lead to the new content.

    All new files are written and flushed to the disk before the first takes its place. The renames of several
    files come one after another: should one fail, those before it are put back, but a reader may have seen them,
    and a crash between two leaves the first replaced.

    Raises:
        OntologyError: a file that changed meanwhile or may not be written, or a full disk; nothing is changed then.
    """
    staged: list[tuple[Change, Path, Path]] = []
    done: list[tuple[Change, Path]] = []
    try:
        for change in changes:
            target = change.path.resolve()
            _refuse_changed(change, target)
            staged.append((change, target, _stage(target, change.after)))
        for change, target, temporary in staged:
            _refuse_changed(change, target)
            os.replace(temporary, target)
            done.append((change, target))
    except BaseException as error:
        for change, target in done:
            os.replace(_stage(target, change.before), target)
        if isinstance(error, OSError) and not isinstance(error, KgzslError):
            raise _explained(error, changes) from None
        raise
    finally:
        for _, _, temporary in staged:
            temporary.unlink(missing_ok=True)
    for folder in {target.parent for _, target in done}:
        _flush_folder(folder)


def _refuse_changed(change: Change, target: Path) -> None:
    if not target.is_file():
        raise MissingFileError("the file is gone", file=str(change.path))
    if target.read_bytes() != change.before:
        raise OntologyError("the file changed while it was edited; nothing was written", file=str(change.path),
                            fix="give the command again")  # fmt: skip
    if not target.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(target, os.W_OK):
        raise OntologyError("the file is read-only; nothing was written", file=str(change.path),
                            fix="give yourself the right to write it, or edit a copy")  # fmt: skip


def _stage(target: Path, data: bytes) -> Path:
    """Write a temporary file beside the target, with its mode, down to the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _flush_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems know no fsync of folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _explained(error: OSError, changes: Sequence[Change]) -> OntologyError:
    names = ", ".join(str(change.path) for change in changes)
    return OntologyError(f"cannot be written: {error.strerror or error}; nothing was changed", file=names,
                         fix="the folder needs room and the right to write in it")  # fmt: skip
