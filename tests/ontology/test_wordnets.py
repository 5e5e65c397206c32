"""WordNets that a user has installed: lexicons of wn, dictionaries of NLTK."""

import sys
import threading
import zipfile

import pytest

from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.lmf import SYNSETS
from kgzsl.ontology.model import Literal
from kgzsl.ontology.snapshot import is_current, read_snapshot
from tests.ontology.test_lmf import HEAD, TEXT
from tests.ontology.test_wndb import LINES, dictionary

FRENCH = HEAD + """<LexicalResource>
<Lexicon id="f" label="Petit" language="fr" email="a@b.c" license="x" version="2">
<Requires id="base" version="1"/>
<LexicalEntry id="f-e1"><Lemma writtenForm="serpent" partOfSpeech="n"/><Sense id="f-s1" synset="f-1-n"/></LexicalEntry>
<LexicalEntry id="f-e2"><Lemma writtenForm="vipère" partOfSpeech="n"/><Sense id="f-s2" synset="f-2-n"/></LexicalEntry>
<Synset id="f-1-n" ili="i10" partOfSpeech="n"/>
<Synset id="f-2-n" ili="i30" partOfSpeech="n"/>
</Lexicon></LexicalResource>
"""
BASE = HEAD + """<LexicalResource>
<Lexicon id="base" label="Base" language="en" email="a@b.c" license="x" version="1">
<Synset id="base-1-n" ili="i10" partOfSpeech="n"/>
<Synset id="base-2-n" ili="i20" partOfSpeech="n"><SynsetRelation relType="hypernym" target="base-1-n"/></Synset>
<Synset id="base-3-n" ili="i30" partOfSpeech="n"><SynsetRelation relType="hypernym" target="base-2-n"/></Synset>
</Lexicon></LexicalResource>
"""


@pytest.fixture
def wn(tmp_path, monkeypatch):
    library = pytest.importorskip("wn")
    before = library.config.data_directory
    library.config.data_directory = tmp_path / "wn"
    yield library
    library.config.data_directory = before


def add(library, folder, *texts):
    for number, text in enumerate(texts):
        path = folder / f"{number}.xml"
        path.write_text(text, encoding="utf8")
        library.add(path, progress_handler=None)


def refused(address):
    with pytest.raises(OntologyError) as caught:
        read_ontology(address)
    return caught.value


def test_a_lexicon_says_what_its_file_says(wn, tmp_path):
    add(wn, tmp_path, TEXT)
    ontology = read_ontology("wn:t:1")
    assert ontology.hash == read_ontology(tmp_path / "0.xml").hash
    assert {(f.file, f.line) for f in ontology} == {("wn:t:1", 0)}
    assert read_ontology("wn:t").hash == ontology.hash
    assert read_ontology("wn:t:1", ontology).documents == ontology.documents
    add(wn, tmp_path, TEXT.replace('id="t"', 'id="u"').replace("t-", "u-"))
    assert read_ontology("wn:t:1", ontology).hash == ontology.hash, "another lexicon makes no difference"


def test_a_lexicon_takes_the_hierarchy_of_the_one_it_requires(wn, tmp_path):
    add(wn, tmp_path, BASE, FRENCH)
    ontology = read_ontology("wn:f:2")
    parents = [(f.subject, f.object) for f in ontology if f.predicate == v.SUBCLASS]
    assert parents == [(SYNSETS + "f-2-n", SYNSETS + "f-1-n")], "over i20, which French has no word for"
    labels = {f.object for f in ontology if f.predicate == v.PREF_LABEL}
    assert labels == {Literal("serpent", v.RDF + "langString", "fr"), Literal("vipère", v.RDF + "langString", "fr")}


def test_a_lexicon_that_is_not_there_is_one_error(wn, tmp_path):
    assert "python -m wn download oewn:2024" in str(refused("wn:oewn:2024"))
    assert not wn.config.database_path.exists(), "looking makes no database"
    add(wn, tmp_path, TEXT, TEXT.replace('version="1"', 'version="2"'))
    assert "did you mean 't:1'" in str(refused("wn:t:3")).replace("t:2", "t:1")
    assert "name one: t:1, t:2" in str(refused("wn:t"))


def test_a_lexicon_of_another_thread_is_one_error(wn, tmp_path):
    add(wn, tmp_path, TEXT)
    read_ontology("wn:t:1")
    said = []
    thread = threading.Thread(target=lambda: said.append(refused("wn:t:1")))
    thread.start()
    thread.join()
    assert "allow_multithreading" in str(said[0])


@pytest.mark.parametrize(
    ("library", "address"), [("wn", "wn:t:1"), ("nltk", "nltk:wordnet"), ("nltk.data", "nltk:wordnet")]
)
def test_a_missing_library_says_what_to_install(monkeypatch, library, address):
    monkeypatch.setitem(sys.modules, library, None)
    assert "pip install 'kgzsl[wordnet]'" in str(refused(address))


@pytest.fixture
def corpora(tmp_path, monkeypatch):
    data = pytest.importorskip("nltk.data")
    monkeypatch.setattr(data, "path", [str(tmp_path)])
    (tmp_path / "corpora").mkdir(mode=0o700)
    return tmp_path / "corpora"


def test_an_nltk_corpus_is_a_dictionary(corpora):
    dictionary(corpora / "wordnet", "3.0")
    dictionary(corpora / "wordnet31", "3.1")
    old, new = read_ontology("nltk:wordnet"), read_ontology("nltk:wordnet31")
    assert old.classes == read_ontology(corpora / "wordnet").classes
    assert {f.file for f in new} == {str(corpora / "wordnet31" / "data.noun")}
    assert {f.line for f in new} == {3, 4, 5}
    assert build_graph(new).find("pit viper").startswith("https://w3id.org/kgzsl/wn31/")
    assert read_ontology("nltk:wordnet", old).documents == old.documents
    dictionary(corpora / "wordnet", "3.0", LINES.replace("fang", "tooth"))
    assert read_ontology("nltk:wordnet", old).hash != old.hash


def test_an_nltk_corpus_may_be_the_zip_it_comes_in(corpora, tmp_path):
    folder = dictionary(tmp_path / "elsewhere")
    with zipfile.ZipFile(corpora / "wordnet31.zip", "w") as file:
        file.write(folder / "data.noun", "wordnet31/data.noun")
    ontology = read_ontology("nltk:wordnet31")
    assert {f.file for f in ontology} == {f"{corpora / 'wordnet31.zip'}!wordnet31/data.noun"}
    assert ontology.hash == read_ontology(folder).hash


@pytest.mark.parametrize("name", ["wordnet31", "../secret", "brown/x", "a b"])
def test_an_nltk_corpus_that_is_not_there_is_one_error(corpora, name):
    error = refused(f"nltk:{name}")
    assert error.file == f"nltk:{name}"
    assert "python -m nltk.downloader" in str(error) or "letters" in str(error)


def test_a_broken_nltk_corpus_is_one_error(corpora):
    dictionary(corpora / "wordnet", lines="00001740 03 n zz\n")
    assert refused("nltk:wordnet").line == 3
    (corpora / "wordnet31.zip").write_text("no zip")
    assert refused("nltk:wordnet31").file


def test_an_address_does_not_count_as_a_file_that_changes(corpora):
    dictionary(corpora / "wordnet", "3.0")
    ontology = read_snapshot(["nltk:wordnet"])
    assert is_current(ontology, ["nltk:wordnet"])
    assert read_snapshot(["nltk:wordnet"], ontology).documents == ontology.documents
