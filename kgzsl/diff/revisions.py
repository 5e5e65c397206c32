"""``HEAD~1:ontologies/animals.ttl`` → an ontology: files as a git repository has them in another revision."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from kgzsl.data import bundled
from kgzsl.errors import KgzslError, MissingFileError, OntologyError
from kgzsl.ontology.imports import CATALOG
from kgzsl.ontology.model import Document, Ontology
from kgzsl.ontology.read import READERS, is_address, read_ontology

SECONDS = 60
BUNDLE = ".kgzsl"
_REVISION = re.compile(r"([^:]+):(.+)")


def read_side(source: str) -> Ontology:
    """Read one side of a comparison.

    Args:
        source: a file, folder, dictionary, bundle or address, or ``REVISION:PATH`` in the git repository here.

    Raises:
        MissingFileError: nothing of this name; no such revision, or no such path in it.
        OntologyError: it cannot be read, with the line; or there is no repository here.
    """
    path = bundled(source)
    if path.exists():
        return _bundled(path) if path.suffix == BUNDLE and path.is_file() else read_ontology(path)
    revision = _REVISION.fullmatch(source)
    if is_address(source) or not revision:
        return read_ontology(source)
    return _read_revision(revision[1], revision[2], source)


def _bundled(path: Path) -> Ontology:
    from kgzsl.bundle import read

    return read(path).ontology


def _read_revision(revision: str, path: str, source: str) -> Ontology:
    folder, path = _located(path)
    _known(folder, revision, source)
    kind = _git(folder, "cat-file", "-t", f"{revision}:{path}")
    if kind.returncode:
        raise _missing(folder, revision, path, source)
    with tempfile.TemporaryDirectory() as held:
        root = Path(held).resolve()
        if kind.stdout.strip() == b"tree":
            _unpack(folder, f"{revision}:{path}", root, source)
            return _read(root, root, f"{source.rstrip('/')}/", source)
        above, _, name = path.rpartition("/")
        around = f"{revision}:{above}" + ("/" if above == "." else "")
        if _is_read_with_others(folder, around):
            _unpack(folder, around, root, source)
        else:
            (root / name).write_bytes(_content(folder, f"{revision}:{path}", source))
        return _read(root / name, root, source.removesuffix(name), source)


def _missing(folder: str | None, revision: str, path: str, source: str) -> MissingFileError:
    beside = not path.startswith("./") and not _git(folder, "cat-file", "-e", f"{revision}:./{path}").returncode
    fix = (f"paths start at the top of the repository: use '{revision}:./{path}'" if beside
           else f"see what is there with: git ls-tree -r --name-only {revision}")  # fmt: skip
    return MissingFileError(f"revision '{revision}' has no '{path}'", file=source, value=path, fix=fix)


def _read(path: Path, root: Path, shown: str, source: str) -> Ontology:
    """Read what was unpacked, and say the revision wherever the place of a temporary file would be said."""

    def named(file: str) -> str:
        return file.replace(f"{root}/", shown, 1)

    try:
        found = read_ontology(path)
    except KgzslError as error:
        error.file = named(error.file) if error.file and str(root) in error.file else source
        raise
    return Ontology(tuple(_renamed(document, named(document.path)) for document in found.documents))


def _renamed(document: Document, path: str) -> Document:
    return replace(document, path=path, facts=tuple(fact._replace(file=path) for fact in document.facts))


def _is_read_with_others(folder: str | None, around: str) -> bool:
    """Return whether a folder holds files that belong to others: a catalog of imports, parts of a dictionary."""
    names = set(map(os.fsdecode, _git(folder, "ls-tree", "-z", "--name-only", around).stdout.split(b"\0")))
    return not names.isdisjoint({CATALOG, *(name for reader in READERS.values() for name in reader.beside)})


def _unpack(folder: str | None, spec: str, root: Path, source: str) -> None:
    """Write the files of a folder and of those below it; links and submodules are left out."""
    for entry in _git(folder, "ls-tree", "-r", "-z", spec).stdout.split(b"\0"):
        head, _, name = entry.partition(b"\t")
        place = (root / os.fsdecode(name)).resolve()
        if head.startswith(b"100") and place.is_relative_to(root):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_content(folder, head.split(b" ")[2].decode(), source))


def _content(folder: str | None, spec: str, source: str) -> bytes:
    found = _git(folder, "cat-file", "blob", spec)
    if found.returncode:
        raise OntologyError(f"git cannot give its content: {_said(found)}", file=source)
    return found.stdout


def _located(path: str) -> tuple[str | None, str]:
    """Return where to ask git, and the path as git takes it: an absolute path is asked for in its own folder."""
    if not os.path.isabs(path):
        return None, path
    folder, name = os.path.split(path.rstrip(os.sep))
    if not os.path.isdir(folder):
        raise MissingFileError("no such folder", file=folder)
    return folder, f"./{name}"


def _known(folder: str | None, revision: str, source: str) -> None:
    repository = _git(folder, "rev-parse", "--git-dir")
    if repository.returncode and b"not a git repository" not in repository.stderr:
        raise OntologyError(f"git refuses: {_said(repository)}", file=source)
    if repository.returncode:
        raise MissingFileError("no such file, and no git repository here to look for a revision in", file=source,
                               fix="name a file, or go to the repository")  # fmt: skip
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if _git(folder, *asked).returncode:
        raise MissingFileError(f"unknown revision '{revision}'", file=source, value=revision,
                               fix="see the revisions with: git log --oneline --all")  # fmt: skip


def _git(folder: str | None, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run git without a shell, and without its fetching or asking anything."""
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        return subprocess.run(["git", "--no-pager", *words], cwd=folder, capture_output=True, timeout=SECONDS,
                              env=environment, check=False, stdin=subprocess.DEVNULL)  # fmt: skip
    except FileNotFoundError:
        raise OntologyError("revisions need git, which is not installed", fix="name two files") from None
    except subprocess.TimeoutExpired:
        raise OntologyError(f"git gave no answer in {SECONDS} seconds", value=" ".join(words)) from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else "no reason given"
