"""WordNets that the user has installed: lexicons of the ``wn`` library and dictionaries of NLTK. Nothing is fetched."""

from __future__ import annotations

import importlib
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kgzsl.errors import OntologyError, suggest
from kgzsl.ontology.compressed import unpack
from kgzsl.ontology.lmf import Synset, Text, Word, facts_of
from kgzsl.ontology.model import Fact
from kgzsl.ontology.wndb import read_dictionary

_INFERRED = "*INFERRED*"
_HYPERNYMS = ("hypernym", "instance_hypernym")


def read_wn(lexicon: str) -> tuple[Fact, ...]:
    """Read the nouns of a lexicon of the ``wn`` library's database.

    A lexicon without a hierarchy of its own takes that of the lexicon it requires, as ``wn`` does. The facts have no
    line: they stand in a database.

    Args:
        lexicon: its name, ``oewn:2024``.

    Raises:
        OntologyError: the library or the lexicon is not installed.
    """
    file, wn = f"wn:{lexicon}", _library("wn", f"wn:{lexicon}")
    try:
        wordnet = _wordnet(wn, file, lexicon)
        language = wordnet.lexicons()[0].language
        synsets = [_synset(synset, language) for synset in wordnet.synsets(pos="n")]
    except (wn.Error, sqlite3.Error) as error:
        thread = "wn.config.allow_multithreading = True lets several threads read" if "thread" in str(error) else None
        raise OntologyError(f"wn cannot read this lexicon: {error}", file=file, value=lexicon, fix=thread) from None
    return tuple(facts_of(synsets, file))


def stamp_wn(lexicon: str) -> str:
    """Return the size and time of the database, which every added lexicon changes; empty where there is none."""
    return _stamp(_library("wn", f"wn:{lexicon}").config.database_path)


def read_nltk(corpus: str) -> tuple[Fact, ...]:
    """Read an installed WordNet of NLTK, as a folder or as the zip file it comes in.

    Args:
        corpus: its name, ``wordnet`` or ``wordnet31``.

    Raises:
        OntologyError: NLTK or the corpus is not installed, or it is no WordNet dictionary.
    """
    path, entry = _corpus(corpus)
    if not entry:
        return read_dictionary(path)
    (part,) = unpack(path, path.read_bytes(), lambda names: [entry])
    return tuple(fact._replace(file=part.file) for fact in read_dictionary(part.inside, part.data))


def stamp_nltk(corpus: str) -> str:
    """Return the size and time of the file that the corpus is read from."""
    return _stamp(_corpus(corpus)[0])


def _corpus(corpus: str) -> tuple[Path, str]:
    """Return the file of a corpus, and the member where that is an archive."""
    file = f"nltk:{corpus}"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", corpus):
        raise OntologyError("the name of a corpus has only letters, digits, - and _", file=file, value=corpus)
    data = _library("nltk.data", file)
    try:
        found = data.find(f"corpora/{corpus}/data.noun")
    except LookupError:
        raise OntologyError(f"NLTK has no corpus '{corpus}' with a WordNet's data.noun", file=file, value=corpus,
                            fix=f"install it with: python -m nltk.downloader {corpus}") from None  # fmt: skip
    except (OSError, zipfile.BadZipFile) as error:
        raise OntologyError(f"NLTK cannot read this corpus: {error}", file=file, value=corpus) from None
    if isinstance(found, data.ZipFilePathPointer):
        return Path(found.zipfile.filename), found.entry
    return Path(str(found)), ""


def _library(name: str, file: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        library = name.partition(".")[0]
        raise OntologyError(f"this is read by the library {library}, which is not installed", file=file,
                            fix="pip install 'kgzsl[wordnet]'") from None  # fmt: skip


def _stamp(path: Path) -> str:
    if not path.is_file():
        return ""
    about = path.stat()
    return f"{path}:{about.st_size}:{about.st_mtime_ns}"


def _wordnet(wn: Any, file: str, lexicon: str) -> Any:
    """Return the wordnet of exactly one lexicon; looking for it makes no database where there is none."""
    download = f"install it with: python -m wn download {lexicon}"
    if not wn.config.database_path.is_file():
        raise OntologyError("wn has no lexicons here", file=file, value=lexicon, fix=download)
    installed = {known.specifier(): known.id for known in wn.lexicons()}
    asked = [name for name, id_ in installed.items() if lexicon in (name, id_)]
    if not asked:
        near = suggest(lexicon, installed)
        raise OntologyError(f"wn has no lexicon '{lexicon}'", file=file, value=lexicon,
                            fix=(f"did you mean '{near}'? else " if near else "") + download)  # fmt: skip
    if len(asked) > 1:
        raise OntologyError(f"wn has several versions of '{lexicon}'", file=file, value=lexicon,
                            fix="name one: " + ", ".join(asked))  # fmt: skip
    return wn.Wordnet(asked[0])


def _synset(synset: Any, language: str) -> Synset:
    words = [Word(lemma, language, 0, ("", "")) for lemma in synset.lemmas()]
    definitions = [Text(d.text, d.language or language, 0) for d in synset.definitions(data=True) if d.text]
    relations = [(kind, target, 0) for kind, target in dict.fromkeys(_relations(synset))]
    ili = getattr(synset.ili, "id", synset.ili) or ""
    return Synset(synset.id, 0, "n", ili, words=words, definitions=definitions, relations=relations)


def _relations(synset: Any) -> Iterator[tuple[str, str]]:
    """Return what it relates to; to ask for all and leave some is four times as fast as to name them to wn."""
    for kind, targets in synset.relations().items():
        for target in targets:
            if target.id != _INFERRED:
                yield kind, target.id
            elif kind in _HYPERNYMS:
                yield from ((kind, ancestor) for ancestor in _nearest(target, set()))


def _nearest(synset: Any, seen: set[str]) -> Iterator[str]:
    """Climb over what this language has no word for to the nearest that it has one for."""
    if synset.ili in seen:
        return
    seen.add(synset.ili)
    for targets in synset.relations(*_HYPERNYMS).values():
        for target in targets:
            yield from _nearest(target, seen) if target.id == _INFERRED else iter([target.id])
