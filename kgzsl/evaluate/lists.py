"""Lists of class names in files, every name with its line."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgzsl.errors import EvaluationError, MissingFileError, UnknownNameError
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.ontology.toml import TomlError, parse_toml

CLASSES = "classes"
EXAMPLE = 'such as seen = ["otter", "zebra"] and unseen = ["mole", "ox"]'


@dataclass(frozen=True)
class Listed:
    """Lists of class names in a file, and its text, which tells lines.

    Args:
        lists: key → names as written; a list without a key has the key ``classes``.
        text: of the file.
        file: its path.
    """

    lists: dict[str, tuple[str, ...]]
    text: str
    file: str

    def line(self, key: str, name: str) -> int | None:
        """Return the line on which a list names a class, counted from 1."""
        at = self._at(key, name)
        return None if at is None else self.text.count("\n", 0, at) + 1

    def iris(self, key: str, graph: ClassGraph, known_only: bool = False) -> dict[str, str]:
        """Return the IRI of each class of a list → its name as written.

        Args:
            key: of the list.
            graph: knows the classes.
            known_only: leave out what the graph does not know.

        Raises:
            EvaluationError: a class that is unknown, ambiguous or named twice, with its line.
        """
        found = dict[str, str]()
        for name in self.lists.get(key, ()):
            if known_only and not is_known(name, graph):
                continue
            try:
                iri = graph.find(name, "class")
            except UnknownNameError as error:
                raise self.wrong(f"'{key}': {error.message}", key, name, error.fix) from None
            if iri in found:
                raise self.wrong(f"'{key}' names the class '{name}' twice", key, name, "name it once", last=True)
            found[iri] = name
        return found

    def wrong(self, message: str, key: str, name: str, fix: str | None, last: bool = False) -> EvaluationError:
        """Return an error about a class of a list, at its line."""
        line = self.line(key, name)
        if last and line is not None:
            start = self._at(key, name) or 0
            again = _quoted(name).search(self.text, start + 1)
            line = self.text.count("\n", 0, again.start()) + 1 if again else line
        return EvaluationError(message, file=self.file, line=line, value=name, fix=fix)

    def _at(self, key: str, name: str) -> int | None:
        stated = re.search(rf"^[\s{{\[,]*[\"']?{re.escape(key)}[\"']?\s*[=:]|[\"']{re.escape(key)}[\"']\s*:",
                           self.text, re.MULTILINE)  # fmt: skip
        found = _quoted(name).search(self.text, stated.end() if stated else 0)
        return found.start() if found else None


def read_lists(path: str | Path) -> Listed:
    """Read lists of class names: TOML or JSON with one list a key, a JSON list, or a text with one name a line.

    Raises:
        MissingFileError: no such file.
        EvaluationError: not such a file (with its line), or a list that holds other things than names.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("no such file of classes", file=str(path))
    data = path.read_bytes()
    try:
        value, text = _parsed(path.suffix.lower(), data)
    except TomlError as error:
        raise EvaluationError(str(error), file=str(path), line=error.line) from None
    except json.JSONDecodeError as error:
        raise EvaluationError(f"not JSON: {error.msg}", file=str(path), line=error.lineno) from None
    except (ValueError, RecursionError):
        raise EvaluationError("not text in UTF-8 that is read", file=str(path)) from None
    value = {CLASSES: value} if isinstance(value, list) else value
    if not isinstance(value, dict):
        raise EvaluationError("holds no list of classes", file=str(path), fix=EXAMPLE)
    for key, names in value.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise EvaluationError(f"'{key}' is no list of class names", file=str(path), value=key,
                                  line=line_of(text, key), fix=EXAMPLE)  # fmt: skip
    return Listed({key: tuple(names) for key, names in value.items()}, text, str(path))


def is_known(name: str, graph: ClassGraph) -> bool:
    """Say whether a class of the graph has this name."""
    return any(graph.concepts[iri].kind == "class" for iri in graph.names.candidates(name))


def line_of(text: str, key: str) -> int | None:
    """Return the line of a key, counted from 1."""
    found = re.search(rf"^[\s{{,]*[\"']?{re.escape(key)}[\"']?\s*[=:]", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else None


def _parsed(suffix: str, data: bytes) -> tuple[Any, str]:
    if suffix == ".toml":
        return parse_toml(data)
    text = data.decode("utf-8-sig")
    if suffix == ".json":
        return json.loads(text), text
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")], text


def _quoted(name: str) -> re.Pattern[str]:
    spelt = {name, json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1]}
    either = "|".join(map(re.escape, sorted(spelt)))
    return re.compile(rf"[\"'](?:{either})[\"']|^\s*(?:{either})\s*$", re.MULTILINE)
