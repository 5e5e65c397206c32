"""Compressed files and archives: what is inside, unpacked in memory, within bounds, and never written to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, NoReturn, cast

from kgzsl.errors import OntologyError
from kgzsl.expansion import RATIO, UNSUSPECTED

EXPANDED = 2 * 1024**3
"""Bytes that one compressed file or archive may expand to, all members together."""

_SINGLE: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    ".gz": lambda file: cast(IO[bytes], gzip.GzipFile(fileobj=file)), ".bz2": bz2.BZ2File, ".xz": lzma.LZMAFile,
}  # fmt: skip
_TAR = {
    ".tar": "", ".tar.gz": ".gz", ".tgz": ".gz", ".tar.bz2": ".bz2", ".tbz2": ".bz2", ".tar.xz": ".xz", ".txz": ".xz",
}  # fmt: skip
ARCHIVES = (".zip", *_TAR)
_BROKEN = (
    OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip
_CHUNK = 1 << 20
_Wanted = Callable[[list[str]], list[str]]
_Check = Callable[[int], None]


class Part(NamedTuple):
    """One file to be read, once everything around it is unpacked.

    Args:
        file: what its facts name as their file: ``words.ttl.gz``, ``words.zip!animals.ttl``.
        inside: its path as if it lay unpacked beside what holds it; its name decides the reader.
        data: its content.
    """

    file: str
    inside: Path
    data: bytes


class _Bounded(io.RawIOBase):
    """Reads through a decompressor and counts, so that a bomb is found before it fills the memory."""

    def __init__(self, file: IO[bytes], check: _Check) -> None:
        self._file, self._check, self._count = file, check, 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(_CHUNK if size < 0 else size)
        self._count += len(chunk)
        self._check(self._count)
        return chunk


def is_archive(path: Path) -> bool:
    """Return whether the name is that of an archive with members."""
    return path.name.lower().endswith(ARCHIVES)


def inner(path: Path) -> Path:
    """Return the path less the suffix of its compression: ``animals.ttl.gz`` → ``animals.ttl``."""
    return path.with_suffix("") if path.suffix.lower() in _SINGLE and not is_archive(path) else path


def unpack(path: Path, data: bytes, wanted: _Wanted, limit: int = EXPANDED) -> list[Part]:
    """Unpack a file as far as it is compressed; any other is its own only part.

    Args:
        path: its name, by whose suffix it is told what it is.
        data: its content.
        wanted: given the names of an archive's members, returns those to be read.
        limit: bytes that it may expand to.

    Raises:
        OntologyError: broken, bigger than allowed, or with members that could lead out of their folder.
    """
    if is_archive(path):
        return _members(path, _read(path, data, wanted, limit), wanted, limit)
    if inner(path) == path:
        return [Part(str(path), path, data)]
    try:
        file = _SINGLE[path.suffix.lower()](io.BytesIO(data))
        return [Part(str(path), inner(path), _whole(_Bounded(file, _check(path, len(data), limit))))]
    except _BROKEN as error:
        raise _broken(path, error) from None


def _read(path: Path, data: bytes, wanted: _Wanted, limit: int) -> dict[str, bytes]:
    read = _zip if path.name.lower().endswith(".zip") else _tar
    try:
        members = read(path, data, _check(path, len(data), limit), wanted)
    except _BROKEN as error:
        raise _broken(path, error) from None
    if not members:
        raise OntologyError("no ontology file in this archive", file=str(path))
    return members


def _members(path: Path, members: dict[str, bytes], wanted: _Wanted, limit: int) -> list[Part]:
    """Name each member as one of its archive; one that is compressed itself counts for the archive's limit."""
    parts: list[Part] = []
    left = limit - sum(map(len, members.values()))
    for name, content in members.items():
        try:
            part = unpack(path.parent / name, content, wanted, left)[0]
        except OntologyError as error:
            error.file = f"{path}!{name}"
            raise
        left -= len(part.data) if part.data is not content else 0
        parts.append(part._replace(file=f"{path}!{name}"))
    return parts


def _broken(path: Path, error: Exception) -> OntologyError:
    if isinstance(error, OntologyError):
        return error
    return OntologyError(f"broken or not compressed as its name says: {error or type(error).__name__}", file=str(path))


def _check(path: Path, compressed: int, limit: int) -> _Check:
    def check(expanded: int) -> None:
        if expanded > limit:
            raise OntologyError(f"expands to more than {limit:,} bytes", file=str(path), value=expanded)
        if expanded > max(UNSUSPECTED, RATIO * compressed):
            raise OntologyError(
                f"expands to more than {RATIO} times its size, as decompression bombs do",
                file=str(path), value=expanded, fix="unpack it by hand if you trust it",
            )  # fmt: skip

    return check


def _whole(file: _Bounded) -> bytes:
    return b"".join(iter(lambda: file.read(_CHUNK), b""))


def _zip(path: Path, data: bytes, check: _Check, wanted: _Wanted) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        for name, info in members.items():
            _refuse(path, name, link=stat.S_ISLNK(info.external_attr >> 16))
        read: dict[str, bytes] = {}
        for name in wanted(list(members)):
            check_here = partial(_after, check, sum(map(len, read.values())))
            with archive.open(members[name]) as file:
                read[name] = _whole(_Bounded(file, check_here))
    return read


def _after(check: _Check, before: int, count: int) -> None:
    check(before + count)


def _tar(path: Path, data: bytes, check: _Check, wanted: _Wanted) -> dict[str, bytes]:
    """Go through a tar file twice: once for its names, once for what is wanted; both are counted."""
    compression = next(_TAR[end] for end in sorted(_TAR, key=len, reverse=True) if path.name.lower().endswith(end))

    def opened() -> tarfile.TarFile:
        raw: IO[bytes] = io.BytesIO(data)
        file = _Bounded(_SINGLE[compression](raw) if compression else raw, check)
        return tarfile.open(fileobj=cast(IO[bytes], file), mode="r|", bufsize=_CHUNK)

    names = []
    with opened() as archive:
        for info in archive:
            _refuse(path, info.name, link=info.issym() or info.islnk())
            if info.issparse():
                _unsafe(path, info.name, "is sparse: it expands to more than is written")
            names += [info.name] if info.isfile() else []
    chosen = set(wanted(names))
    read: dict[str, bytes] = {}
    with opened() as archive:
        for info in archive:
            if info.isfile() and info.name in chosen:
                content = archive.extractfile(info)
                read[info.name] = content.read() if content else b""
    return dict(sorted(read.items()))


def _refuse(path: Path, name: str, link: bool) -> None:
    parts = re.split(r"[/\\]", name)
    if parts[0] == "" or ":" in parts[0] or ".." in parts:
        _unsafe(path, name, "leads out of its folder")
    if link:
        _unsafe(path, name, "is a link")


def _unsafe(path: Path, name: str, why: str) -> NoReturn:
    raise OntologyError(f"the archive is refused: its member '{name}' {why}", file=str(path), value=name)
