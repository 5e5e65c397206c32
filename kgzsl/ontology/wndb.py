"""WordNet dictionary directories: the noun hierarchy of ``data.noun`` as facts (wndb(5WN))."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal

POINTERS = {
    "@": v.SUBCLASS, "@i": v.SUBCLASS,
    "%p": v.KG + "hasPart", "%m": v.KG + "hasMember", "%s": v.KG + "hasSubstance",
}  # fmt: skip


def read_dictionary(folder: Path, data: bytes | None = None) -> tuple[Fact, ...]:
    """Read ``data.noun`` of a WordNet directory; the line of a fact is that of its synset.

    Args:
        folder: a directory with ``data.noun`` in it, or that file.
        data: its content, when already read.

    Raises:
        MissingFileError: there is no ``data.noun``.
        OntologyError: a line is not in WordNet's format.
    """
    path = folder / "data.noun" if folder.is_dir() else folder
    if data is None:
        if not path.is_file():
            raise MissingFileError("no data.noun in this folder", file=str(folder))
        data = path.read_bytes()
    return tuple(_facts(str(path), data.decode("utf8")))


def _facts(file: str, text: str) -> Iterator[Fact]:
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.startswith("  "):
            try:
                yield from _synset(file, number, line)
            except (IndexError, ValueError):
                raise OntologyError(
                    "not a WordNet data line", file=file, line=number, value=line[:60]
                ) from None


def _synset(file: str, number: int, line: str) -> Iterator[Fact]:
    data, _, gloss = line.partition(" | ")
    fields = data.split(" ")
    subject, words = v.WN + "n" + fields[0], int(fields[3], 16)
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
            yield Fact(subject, POINTERS[symbol], v.WN + "n" + offset, file, number)
