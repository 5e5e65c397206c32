"""WN-LMF files of every version, and those that are hostile or broken."""

import gzip

import pytest

from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.lmf import EXACT_MATCH, ILI, SYNSETS, read_lmf
from kgzsl.ontology.model import Literal

DOCTYPE = '<!DOCTYPE LexicalResource SYSTEM "http://globalwordnet.github.io/schemas/WN-LMF-{}.dtd">'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n' + DOCTYPE.format("1.1") + "\n"
TEXT = HEAD + """<LexicalResource xmlns:dc="https://globalwordnet.github.io/schemas/dc/">
<Lexicon id="t" label="Tiny" language="en" email="a@b.c" license="x" version="1">
<LexicalEntry id="t-e1"><Lemma writtenForm="viper" partOfSpeech="n"/>
<Sense id="t-e1-1" synset="t-2-n"/></LexicalEntry>
<LexicalEntry id="t-e2"><Lemma writtenForm="pit viper" partOfSpeech="n"/>
<Sense id="t-e2-1" synset="t-2-n"/></LexicalEntry>
<LexicalEntry id="t-e3"><Lemma writtenForm="snake &amp; co" partOfSpeech="n"/>
<Sense id="t-e3-1" synset="t-1-n"/></LexicalEntry>
<LexicalEntry id="t-e4"><Lemma writtenForm="bite" partOfSpeech="v"/>
<Sense id="t-e4-1" synset="t-3-v"/></LexicalEntry>
<Synset id="t-1-n" ili="i10" partOfSpeech="n">
<Definition>a limbless
  reptile</Definition>
<SynsetRelation relType="hyponym" target="t-2-n"/>
</Synset>
<Synset id="t-2-n" ili="in" partOfSpeech="n" members="t-e2 t-e1">
<Definition language="de">eine Viper</Definition>
<SynsetRelation relType="hypernym" target="t-1-n"/>
<SynsetRelation relType="mero_part" target="t-4-n"/>
<SynsetRelation relType="similar" target="t-4-n"/>
</Synset>
<Synset id="t-3-v" ili="" partOfSpeech="v"><Definition>to bite</Definition></Synset>
<Synset id="t-4-n" ili="" partOfSpeech="n">
<SynsetRelation relType="holo_member" target="t-1-n"/>
<SynsetRelation relType="domain_topic" target="t-1-n"/></Synset>
</Lexicon>
</LexicalResource>
"""


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "tiny.xml"
    made.write_text(TEXT, encoding="utf8")
    return made


def said(ontology, synset):
    return {(f.predicate, f.object.value if isinstance(f.object, Literal) else f.object, f.line)
            for f in ontology.about(SYNSETS + synset)}  # fmt: skip


def line_of(words):
    return next(k for k, row in enumerate(TEXT.splitlines(), 1) if words in row)


def test_nouns_are_classes_with_the_lines_of_their_elements(path):
    ontology = read_ontology(path)
    assert ontology.documents[0].reader == "lmf"
    assert ontology.classes == {SYNSETS + name for name in ("t-1-n", "t-2-n", "t-4-n")}
    assert said(ontology, "t-1-n") == {
        (v.TYPE, v.OWL + "Class", line_of('Synset id="t-1-n"')),
        (EXACT_MATCH, ILI + "i10", line_of('Synset id="t-1-n"')),
        (v.PREF_LABEL, "snake & co", line_of('"t-e3-1"')),
        (v.DEFINITION, "a limbless reptile", line_of("limbless")),
        (v.KG + "hasMember", SYNSETS + "t-4-n", line_of("holo_member")),
    }
    assert said(ontology, "t-2-n") == {
        (v.TYPE, v.OWL + "Class", line_of('Synset id="t-2-n"')),
        (v.PREF_LABEL, "pit viper", line_of('"t-e2-1"')),
        (v.ALT_LABEL, "viper", line_of('"t-e1-1"')),
        (v.DEFINITION, "eine Viper", line_of("eine")),
        (v.SUBCLASS, SYNSETS + "t-1-n", line_of('"hypernym"')),
        (v.KG + "hasPart", SYNSETS + "t-4-n", line_of("mero_part")),
    }
    assert said(ontology, "t-4-n") >= {(v.KG + "hasTopic", SYNSETS + "t-1-n", line_of("domain_topic"))}


def test_languages_are_the_lexicons_unless_a_definition_has_its_own(path):
    texts = [f.object for f in read_ontology(path) if isinstance(f.object, Literal)]
    assert {t.value: t.language for t in texts}["eine Viper"] == "de"
    assert {t.language for t in texts if t.value != "eine Viper"} == {"en"}


def test_a_hierarchy_comes_of_it(path):
    graph = build_graph(read_ontology(path))
    assert graph.parents(graph.find("pit viper")) == (graph.find("snake & co"),)
    assert graph.find("viper") == SYNSETS + "t-2-n"


def test_other_parts_of_speech_are_there_for_the_asking(path):
    facts = read_lmf(path, path.read_bytes(), parts={"n", "v"})
    assert any(isinstance(f.object, Literal) and f.object.value == "bite" for f in facts)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4"])
def test_every_version_is_read_with_its_doctype(tmp_path, path, version):
    other = tmp_path / "other.xml"
    other.write_text(TEXT.replace(DOCTYPE.format("1.1"), DOCTYPE.format(version)), encoding="utf8")
    packed = tmp_path / "other.xml.gz"
    packed.write_bytes(gzip.compress(other.read_bytes()))
    assert read_ontology(other).hash == read_ontology(packed).hash == read_ontology(path).hash


def test_what_wn_writes_is_read_alike(tmp_path, path):
    lmf = pytest.importorskip("wn.lmf")
    written = tmp_path / "written.xml"
    lmf.dump(lmf.load(path, progress_handler=None), written)
    assert read_ontology(written).hash == read_ontology(path).hash


def test_an_extension_adds_to_another_lexicon(tmp_path, path):
    extension = tmp_path / "more.xml"
    extension.write_text(
        HEAD + '<LexicalResource>\n<LexiconExtension id="m" language="en" version="1"><Extends id="t" version="1"/>\n'
        '<ExternalLexicalEntry id="t-e1"><Sense id="m-1" synset="t-4-n"/></ExternalLexicalEntry>\n'
        '<LexicalEntry id="m-e"><Lemma writtenForm="crotaline" partOfSpeech="n"/><Sense id="m-2" synset="t-2-n"/>'
        '</LexicalEntry>\n<ExternalSynset id="t-2-n"><SynsetRelation relType="mero_member" target="t-1-n"/>'
        "</ExternalSynset>\n</LexiconExtension></LexicalResource>", encoding="utf8",
    )  # fmt: skip
    both = read_ontology([path, extension])
    assert both.classes == read_ontology(path).classes
    assert (v.ALT_LABEL, "crotaline") in {entry[:2] for entry in said(both, "t-2-n")}
    assert (v.KG + "hasMember", SYNSETS + "t-1-n") in {entry[:2] for entry in said(both, "t-2-n")}


def test_rdf_keeps_its_xml(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x/">\n'
                    '<rdf:Description rdf:about="http://x/a"><x:b rdf:resource="http://x/c"/></rdf:Description></rdf:RDF>')
    assert read_ontology(path).documents[0].reader == "rdf"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("</Synset>\n<Synset id=\"t-3-v\"", "<Synset id=\"t-3-v\"", 27, "syntax error"),
        ('<Synset id="t-1-n"', "<Synset", 13, "needs a 'id'"),
        ('<Synset id="t-1-n"', '<Synset id="t 1&gt;"', 13, "needs a 'id'"),
        ('"hypernym" target="t-1-n"', '"hypernym"', 20, "needs a 'target'"),
        ("a limbless", "a &nbsp; limbless", 14, "entity 'nbsp'"),
        (DOCTYPE.format("1.1"), "<!DOCTYPE LexicalResource [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>", 2, "DOCTYPE"),
        (DOCTYPE.format("1.1"), "<!DOCTYPE LexicalResource [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", 2, "DOCTYPE"),
        (DOCTYPE.format("1.1"), "<!DOCTYPE LexicalResource [<!ATTLIST Sense n CDATA 'x'>]>", 2, "DOCTYPE"),
        ('partOfSpeech="n"', 'partOfSpeech="r"', 1, "no synset"),
    ],
)
def test_broken_and_hostile_files_name_their_line(tmp_path, old, new, line, words):
    path = tmp_path / "bad.xml"
    path.write_text(TEXT.replace(old, new), encoding="utf8")
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(path)
    assert (caught.value.file, caught.value.line) == (str(path), line)


def test_bytes_that_are_not_utf8_are_one_error(tmp_path):
    path = tmp_path / "bad.xml"
    path.write_bytes(TEXT.encode().replace(b"limbless", b"limb\xffless"))
    with pytest.raises(OntologyError, match="syntax error") as caught:
        read_ontology(path)
    assert caught.value.line == 14


def test_deep_nesting_is_read_without_a_stack(tmp_path):
    path = tmp_path / "deep.xml"
    depth = 200_000
    path.write_text(HEAD + "<LexicalResource>" + "<x>" * depth + "</x>" * depth + "</LexicalResource>")
    with pytest.raises(OntologyError, match="no synset"):
        read_ontology(path)
