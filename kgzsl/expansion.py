"""How far compressed data may expand before it is taken for a bomb."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from kgzsl.errors import KgzslError

RATIO, UNSUSPECTED = 250, 64 * 1024**2
"""What expands to more than this many times its size is taken for a bomb, from so many bytes on."""


def refuse_bomb(archive: zipfile.ZipFile, path: Path, error: type[KgzslError]) -> None:
    """Refuse a zip file whose members would expand too far; no member expands beyond the size it states.

    Args:
        archive: opened, nothing read yet.
        path: its file.
        error: what to raise.

    Raises:
        KgzslError: of that type.
    """
    expanded = sum(member.file_size for member in archive.infolist())
    if expanded > max(UNSUSPECTED, RATIO * os.path.getsize(path)):
        raise error(f"expands to {expanded:,} bytes, more than {RATIO} times its size, as decompression bombs do",
                    file=str(path), value=expanded, fix="write it without compression if you trust it")  # fmt: skip
