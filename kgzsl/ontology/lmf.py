"""WordNets as WN-LMF XML (1.0 to 1.4): their noun synsets as classes, each fact with the line of its element."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal

SYNSETS = "https://w3id.org/kgzsl/wordnet/"
"""What the IRI of a synset begins with; its id follows, which begins with its lexicon's: ``…/oewn-02084442-n``."""
ILI = "http://globalwordnet.org/ili/"
EXACT_MATCH = v.SKOS + "exactMatch"
NOUNS = frozenset("n")

RELATIONS = {
    "hypernym": v.SUBCLASS, "instance_hypernym": v.SUBCLASS,
    "mero_part": v.KG + "hasPart", "mero_member": v.KG + "hasMember", "mero_substance": v.KG + "hasSubstance",
    "mero_portion": v.KG + "hasPortion", "domain_topic": v.KG + "hasTopic", "domain_region": v.KG + "hasRegion",
    "exemplifies": v.KG + "hasUsage",
}  # fmt: skip
INVERSES = {
    "hyponym": v.SUBCLASS, "instance_hyponym": v.SUBCLASS,
    "holo_part": v.KG + "hasPart", "holo_member": v.KG + "hasMember", "holo_substance": v.KG + "hasSubstance",
    "holo_portion": v.KG + "hasPortion", "has_domain_topic": v.KG + "hasTopic",
    "has_domain_region": v.KG + "hasRegion", "is_exemplified_by": v.KG + "hasUsage",
}  # fmt: skip
"""Relations that say the same from the other end, for lexicons that write only that one down."""

_FORBIDDEN = re.compile(r'[\x00-\x20<>"{}|\\^`]')


class Word(NamedTuple):
    """A lemma of a synset, and the line of the sense that makes it one."""

    form: str
    language: str | None
    line: int
    keys: tuple[str, str]


class Text(NamedTuple):
    """A definition; ``language`` is None where none is given."""

    text: str
    language: str | None
    line: int


@dataclass
class Synset:
    """A synset as it is written down.

    Args:
        id: its name in the lexicon.
        line: of its element; 0 where it comes from no file.
        part: of speech; empty when not told.
        ili: its concept in the interlingual index; empty when it has none.
        members: ids of its senses or entries in their order.
        external: described in another lexicon, to which this one only adds.
        words, definitions, relations: what is said of it; a relation is its type, target and line.
    """

    id: str
    line: int = 0
    part: str = ""
    ili: str = ""
    members: tuple[str, ...] = ()
    external: bool = False
    words: list[Word] = field(default_factory=list)
    definitions: list[Text] = field(default_factory=list)
    relations: list[tuple[str, str, int]] = field(default_factory=list)


def read_lmf(path: Path, data: bytes, parts: Collection[str] = NOUNS) -> tuple[Fact, ...]:
    """Read the synsets of a WN-LMF file; nothing that it refers to is fetched.

    Args:
        path: names the file.
        data: its content.
        parts: of speech that are read, ``n`` for nouns.

    Raises:
        OntologyError: not well-formed, a synset or relation without its id, declarations of its own in the DOCTYPE
            (entities among them), or no such synset.
    """
    parser = _Parser(str(path), parts)
    facts = tuple(facts_of(parser.parse(data), str(path), parts))
    if not facts:
        raise OntologyError("no synset of these parts of speech: " + ", ".join(sorted(parts)), file=str(path), line=1)
    return facts


def iri(synset: str) -> str:
    """Return the IRI of the synset with this id."""
    return SYNSETS + synset


def facts_of(synsets: Collection[Synset], file: str, parts: Collection[str] = NOUNS) -> Iterator[Fact]:
    """Return the facts about synsets of these parts of speech.

    Args:
        synsets: of one or several lexicons.
        file: what the facts name as their file.
        parts: of speech; a synset that tells none is what its words are.
    """
    chosen = [synset for synset in synsets if synset.part in parts or (not synset.part and synset.words)
              or synset.external]  # fmt: skip
    forward: set[tuple[str, str, str]] = set()
    for synset in chosen:
        yield from _described(synset, file)
        for kind, target, line in synset.relations:
            if kind in RELATIONS:
                forward.add((synset.id, RELATIONS[kind], target))
                yield Fact(iri(synset.id), RELATIONS[kind], iri(target), file, line)
    for synset in chosen:
        for kind, target, line in synset.relations:
            if kind in INVERSES and (target, INVERSES[kind], synset.id) not in forward:
                yield Fact(iri(target), INVERSES[kind], iri(synset.id), file, line)


def _described(synset: Synset, file: str) -> Iterator[Fact]:
    subject = iri(synset.id)
    if not synset.external:
        yield Fact(subject, v.TYPE, v.OWL + "Class", file, synset.line)
    if re.fullmatch(r"i\d+", synset.ili):
        yield Fact(subject, EXACT_MATCH, ILI + synset.ili, file, synset.line)
    order = {member: k for k, member in enumerate(synset.members)}
    words = sorted(synset.words, key=lambda word: min(order.get(key, len(order)) for key in word.keys))
    for k, word in enumerate(words):
        predicate = v.ALT_LABEL if k or synset.external else v.PREF_LABEL
        yield Fact(subject, predicate, _literal(word.form, word.language), file, word.line)
    for text in synset.definitions:
        yield Fact(subject, v.DEFINITION, _literal(text.text, text.language), file, text.line)


def _literal(text: str, language: str | None) -> Literal:
    return Literal(text, v.RDF + "langString", language) if language else Literal(text)


class _Parser:
    """Goes through the elements of one file; entries stand before the synsets that their senses belong to."""

    def __init__(self, file: str, parts: Collection[str]) -> None:
        self._file, self._parts = file, parts
        self._language: str | None = None
        self._entry, self._form, self._part = "", "", ""
        self._words: dict[str, list[Word]] = {}
        self._synsets: dict[str, Synset] = {}
        self._open: Synset | None = None
        self._definition: tuple[str | None, int] | None = None
        self._text: list[str] = []
        self._expat = expat.ParserCreate()
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.SkippedEntityHandler = self._skipped
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end

    def parse(self, data: bytes) -> list[Synset]:
        try:
            self._expat.Parse(data, True)
        except expat.ExpatError as error:
            message = f"syntax error: {expat.ErrorString(error.code)}"
            raise OntologyError(message, file=self._file, line=max(error.lineno, 1)) from None
        except OntologyError:
            raise
        except (ValueError, LookupError) as error:  # an encoding that expat does not know
            raise OntologyError(f"cannot be decoded: {error}", file=self._file, line=1) from None
        for id_, words in self._words.items():
            if id_ in self._synsets:
                self._synsets[id_].words = words
        return list(self._synsets.values())

    @property
    def _line(self) -> int:
        return self._expat.CurrentLineNumber

    def _refuse(self, message: str, value: str) -> OntologyError:
        return OntologyError(message, file=self._file, line=self._line, value=value)

    def _doctype(self, name: str, system: str | None, public: str | None, subset: bool) -> None:
        if subset:
            raise self._refuse("refuses declarations inside the DOCTYPE: WN-LMF has none of its own", name)

    def _skipped(self, name: str, parameter: bool) -> None:
        raise self._refuse(f"refuses the XML entity '{name}': only those of XML itself are read", name)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element in ("Lexicon", "LexiconExtension"):
            self._language = attributes.get("language")
        elif element in ("LexicalEntry", "ExternalLexicalEntry"):
            self._entry, self._form, self._part = attributes.get("id", ""), "", ""
        elif element == "Lemma":
            self._form, self._part = attributes.get("writtenForm", ""), attributes.get("partOfSpeech", "")
        elif element == "Sense" and self._form and self._part in self._parts:
            synset = self._attribute(attributes, "synset", element)
            word = Word(self._form, self._language, self._line, (self._entry, attributes.get("id", "")))
            self._words.setdefault(synset, []).append(word)
        elif element in ("Synset", "ExternalSynset"):
            self._synset(attributes, external=element != "Synset")
        elif element == "SynsetRelation" and self._open:
            kind = self._attribute(attributes, "relType", element)
            self._open.relations.append((kind, self._attribute(attributes, "target", element), self._line))
        elif element == "Definition" and self._open:
            self._definition, self._text = (attributes.get("language") or self._language, self._line), []
            self._expat.CharacterDataHandler = self._text.append

    def _end(self, element: str) -> None:
        if element == "Definition" and self._open and self._definition:
            self._expat.CharacterDataHandler = None
            text = " ".join("".join(self._text).split())
            if text:
                self._open.definitions.append(Text(text, *self._definition))
        elif element in ("Synset", "ExternalSynset"):
            self._open = None

    def _synset(self, attributes: dict[str, str], external: bool) -> None:
        name = self._attribute(attributes, "id", "Synset")
        made = Synset(name, self._line, attributes.get("partOfSpeech", ""), attributes.get("ili", ""),
                      tuple(attributes.get("members", "").split()), external)  # fmt: skip
        self._open = self._synsets.setdefault(name, made)

    def _attribute(self, attributes: dict[str, str], name: str, element: str) -> str:
        value = attributes.get(name, "")
        if not value or _FORBIDDEN.search(value):
            raise self._refuse(f"a {element} needs a '{name}' without spaces or signs that no IRI holds", value)
        return value
