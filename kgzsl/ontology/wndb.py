"""WordNet dictionary directories: the noun hierarchy of ``data.noun`` as facts (wndb(5WN)), of any version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal

POINTERS = {
    "@": v.SUBCLASS, "@i": v.SUBCLASS,
    "%p": v.KG + "hasPart", "%m": v.KG + "hasMember", "%s": v.KG + "hasSubstance",
    ";c": v.KG + "hasTopic", ";r": v.KG + "hasRegion", ";u": v.KG + "hasUsage",
}  # fmt: skip
"""What is read of a synset's pointers. Holonyms, hyponyms and members of a topic are the same facts, seen from the
other end; antonyms and derivations relate words, not classes."""

_NAMED = re.compile(r"WordNet[ _-]?(\d{4}|\d\.\d|\d\d)\b", re.IGNORECASE)
_HEADER = 4096


def read_dictionary(folder: Path, data: bytes | None = None) -> tuple[Fact, ...]:
    """Read ``data.noun`` of a WordNet directory; the line of a fact is that of its synset.

    Offsets mean something else in every version of WordNet, so each has IRIs of its own: ``wn30/n02439398``.

    Args:
        folder: a directory with ``data.noun`` in it, or that file.
        data: its content, when already read.

    Raises:
        MissingFileError: there is no ``data.noun``.
        OntologyError: a line is not in WordNet's format, or not UTF-8.
    """
    path = folder / "data.noun" if data is None and folder.is_dir() else folder
    if data is None:
        if not path.is_file():
            raise MissingFileError("no data.noun in this folder", file=str(folder))
        data = path.read_bytes()
    return tuple(_facts(str(path), _text(str(path), data), namespace(path, data)))


def namespace(path: Path, data: bytes) -> str:
    """Return what the IRIs of this dictionary begin with.

    Args:
        path: of ``data.noun``; its folder names the version where the licence at the head of the file does not.
        data: the file's content. Without any version it is taken for WordNet 3.0.
    """
    for text in (data[:_HEADER].decode("utf8", "replace"), *reversed(path.parts[:-1])):
        found = _NAMED.search(text)
        if found:
            return v.WN.replace("wn30", "wn" + found[1].replace(".", ""))
    return v.WN


def _text(file: str, data: bytes) -> str:
    try:
        return data.decode("utf8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise OntologyError("not UTF-8 text", file=file, line=line, value=data[error.start : error.end]) from None


def _facts(file: str, text: str, base: str) -> Iterator[Fact]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.startswith("  "):
            try:
                yield from _synset(file, number, line, base)
            except (IndexError, ValueError):
                raise OntologyError(
                    "not a WordNet data line", file=file, line=number, value=line[:60]
                ) from None


def _synset(file: str, number: int, line: str, base: str) -> Iterator[Fact]:
    data, _, gloss = line.partition(" | ")
    fields = data.split()
    subject, words = base + "n" + _offset(fields[0]), int(fields[3], 16)
    lemmas = [word.replace("_", " ") for word in fields[4 : 4 + 2 * words : 2]]
    yield Fact(subject, v.TYPE, v.OWL + "Class", file, number)
    yield Fact(subject, v.PREF_LABEL, Literal(lemmas[0], v.RDF + "langString", "en"), file, number)
    for lemma in lemmas[1:]:
        yield Fact(subject, v.ALT_LABEL, Literal(lemma, v.RDF + "langString", "en"), file, number)
    yield Fact(subject, v.DEFINITION, Literal(gloss.strip(), v.RDF + "langString", "en"), file, number)
    start = 4 + 2 * words
    for k in range(int(fields[start])):
        symbol, offset, part = fields[start + 1 + 4 * k : start + 4 + 4 * k]
        if symbol in POINTERS and part == "n":
            yield Fact(subject, POINTERS[symbol], base + "n" + _offset(offset), file, number)


def _offset(text: str) -> str:
    if len(text) != 8 or not text.isdecimal():
        raise ValueError(text)
    return text
