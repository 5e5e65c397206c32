"""WordNet dictionary directories, of the versions that people have."""

from pathlib import Path

import pytest

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal
from kgzsl.ontology.wndb import namespace, read_dictionary

DEBIAN = Path("/usr/share/wordnet")
LICENCE = "  1 This software and database is being provided to you  \n  2 WordNet {} Copyright by Princeton  \n"
LINES = (
    "00001740 03 n 01 entity 0 001 ~ 00002137 n 0000 | that which is  \n"
    "00002137 03 n 02 pit_viper 0 viper 0 007 @ 00001740 n 0000 %p 00003000 n 0000 #m 00001740 n 0000"
    " ;c 00001740 n 0000 + 00694095 v 0101 @i 00003000 n 0000 %s 00003000 n 0000 | a | b; \"bites\"  \n"
    "00003000 03 n 01 fang 0 000 | a tooth  \n"
)


def dictionary(folder, version="3.1", lines=LINES):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.noun").write_text(LICENCE.format(version) + lines)
    (folder / "index.noun").write_text("entity n 1 0 1 0 00001740\n")
    return folder


def test_a_synset_is_read_with_its_words_gloss_and_pointers(tmp_path):
    ontology = read_ontology(dictionary(tmp_path, "3.0"))
    about = ontology.about(v.WN + "n00002137")
    assert {fact.line for fact in about} == {4}
    assert {fact.file for fact in about} == {str(tmp_path / "data.noun")}
    english = [(f.predicate, f.object.value, f.object.language) for f in about if isinstance(f.object, Literal)]
    assert english == [(v.PREF_LABEL, "pit viper", "en"), (v.ALT_LABEL, "viper", "en"),
                       (v.DEFINITION, 'a | b; "bites"', "en")]  # fmt: skip
    pointers = [(f.predicate.removeprefix(v.KG), v.local_name(f.object)) for f in about if f.predicate != v.TYPE
                and isinstance(f.object, str)]  # fmt: skip
    assert pointers == [(v.SUBCLASS, "n00001740"), ("hasPart", "n00003000"), ("hasTopic", "n00001740"),
                        (v.SUBCLASS, "n00003000"), ("hasSubstance", "n00003000")]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "folder", "prefix"),
    [("3.0", "dict", "wn30"), ("3.1", "dict", "wn31"), ("3.1", "WordNet-3.0", "wn31"), ("2022", "dict", "wn2022"),
     ("", "wordnet31/dict", "wn31"), ("", "WordNet-2.1", "wn21"), ("", "dict", "wn30")],
)  # fmt: skip
def test_the_version_names_the_classes(tmp_path, version, folder, prefix):
    path = dictionary(tmp_path / folder, version) / "data.noun"
    assert namespace(path, path.read_bytes()) == f"https://w3id.org/kgzsl/{prefix}/"


def test_versions_are_not_mixed_up(tmp_path):
    old, new = dictionary(tmp_path / "a", "3.0"), dictionary(tmp_path / "b", "3.1")
    assert not read_ontology(old).classes & read_ontology(new).classes


@pytest.mark.parametrize(
    "line",
    ["00001740 03 n 01 entity 0 002 @ 00002137 n 0000 | x", "00001740 03 n 01", "entity n 1 0 1 0 00001740",
     "1740 03 n 01 entity 0 000 | x", "00001740 03 n 01 entity 0 001 @ ../evil n 0000 | x"],
)  # fmt: skip
def test_other_lines_are_refused(tmp_path, line):
    dictionary(tmp_path, lines=LINES + line + "\n")
    with pytest.raises(OntologyError, match="not a WordNet data line") as caught:
        read_ontology(tmp_path)
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "data.noun"), 6)


def test_bytes_that_are_not_utf8_are_one_error(tmp_path):
    path = dictionary(tmp_path) / "data.noun"
    path.write_bytes(path.read_bytes() + b"00009999 03 n 01 caf\xe9 0 000 | x\n")
    with pytest.raises(OntologyError, match="not UTF-8") as caught:
        read_ontology(path)
    assert (caught.value.line, caught.value.value) == (6, b"\xe9")


def test_a_folder_without_nouns_is_missing(tmp_path):
    with pytest.raises(MissingFileError):
        read_dictionary(tmp_path)


@pytest.mark.skipif(not (DEBIAN / "data.noun").exists(), reason="needs Debian's wordnet-base")
def test_all_of_wordnet():
    ontology = read_ontology(DEBIAN)
    assert len(ontology.classes) == 82115
    (okapi,) = (f for f in ontology if isinstance(f.object, Literal) and f.object.value == "okapi")
    assert v.local_name(okapi.subject) == "n02439398"
    parents = sum(fact.predicate == v.SUBCLASS for fact in ontology)
    pointers = sum(line.count(" @ ") + line.count(" @i ") for line in
                   (row.partition(" | ")[0] for row in (DEBIAN / "data.noun").read_text().splitlines()))  # fmt: skip
    assert parents == pointers
