import subprocess
import sys
import time

import pytest

from kgzsl.errors import OntologyError
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import canonical

pyhornedowl = pytest.importorskip("pyhornedowl", reason="py-horned-owl is not installed")

FUNCTIONAL = """\
Prefix(:=<http://x/>)
Ontology(<http://x/o>
Import(<http://127.0.0.1:9/never.owl>)
Declaration(Class(:A))
Declaration(Class(:B))
Declaration(ObjectProperty(:p))
SubClassOf(:A ObjectSomeValuesFrom(:p :B))
AnnotationAssertion(rdfs:label :A "the a"@en)
DisjointClasses(:A :B)
)
"""
MANCHESTER = """\
Prefix: : <http://x/>
Ontology: <http://x/o>
    Import: <http://127.0.0.1:9/never.owl>

ObjectProperty: p

Class: A
    Annotations: rdfs:label "the a"@en
    SubClassOf: p some B
    DisjointWith: B

Class: B
"""
XML = """\
<?xml version="1.0"?>
<!DOCTYPE Ontology [
    <!ENTITY x "http://x/" >
]>
<Ontology xmlns="http://www.w3.org/2002/07/owl#" xml:base="http://x/o" ontologyIRI="http://x/o">
    <Prefix name="" IRI="http://x/"/>
    <Import>http://127.0.0.1:9/never.owl</Import>
    <Declaration><Class IRI="&x;A"/></Declaration>
    <Declaration><Class IRI="&x;B"/></Declaration>
    <Declaration><ObjectProperty abbreviatedIRI=":p"/></Declaration>
    <SubClassOf>
        <Class IRI="&x;A"/>
        <ObjectSomeValuesFrom>
            <ObjectProperty abbreviatedIRI=":p"/>
            <Class IRI="&x;B"/>
        </ObjectSomeValuesFrom>
    </SubClassOf>
    <AnnotationAssertion>
        <AnnotationProperty abbreviatedIRI="rdfs:label"/>
        <IRI>http://x/A</IRI>
        <Literal xml:lang="en">the a</Literal>
    </AnnotationAssertion>
    <DisjointClasses>
        <Class IRI="&x;A"/>
        <Class IRI="&x;B"/>
    </DisjointClasses>
</Ontology>
"""
SYNTAXES = {"a.ofn": FUNCTIONAL, "a.omn": MANCHESTER, "a.owx": XML}


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_all_syntaxes_say_what_turtle_says(tmp_path):
    turtle = written(tmp_path, "a.ttl", f"""\
@prefix : <http://x/> . @prefix owl: <{v.OWL}> . @prefix rdfs: <{v.RDFS}> .
:o a owl:Ontology ; owl:imports <http://127.0.0.1:9/never.owl> .
:A a owl:Class ; rdfs:label "the a"@en ; owl:disjointWith :B ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .
:B a owl:Class . :p a owl:ObjectProperty .
""")  # fmt: skip
    expected = {canonical(f) for f in read_ontology(turtle)}
    for name, text in SYNTAXES.items():
        assert {canonical(f) for f in read_ontology(written(tmp_path, name, text))} == expected, name


@pytest.mark.parametrize("name", SYNTAXES)
def test_the_syntax_is_known_by_its_beginning(tmp_path, name):
    right, other = written(tmp_path, name, SYNTAXES[name]), written(tmp_path, "b.owl", SYNTAXES[name])
    assert read_ontology(right).hash == read_ontology(other).hash


@pytest.mark.parametrize("name", SYNTAXES)
def test_facts_stand_where_they_are_said(tmp_path, name):
    text = SYNTAXES[name]
    rows = text.splitlines()
    facts = read_ontology(written(tmp_path, name, text))
    lines = {f.predicate: f.line for f in facts if f.subject == "http://x/A"}
    types = {f.subject: rows[f.line - 1] for f in facts if f.predicate == v.TYPE}
    some = next(f for f in facts if f.predicate == v.OWL + "someValuesFrom")
    assert "the a" in rows[lines[v.LABEL] - 1]
    said = {"a.ofn": "SubClassOf(:A", "a.omn": "SubClassOf: p some B", "a.owx": ' ' * 12 + "<ObjectProperty"}[name]
    assert rows[lines[v.SUBCLASS] - 1].strip().startswith(said.strip())
    assert rows[lines[v.SUBCLASS] - 1] in [row for row in rows if said in row]
    assert some.line == lines[v.SUBCLASS]
    assert "Disjoint" in "".join(rows[max(lines[v.DISJOINT] - 4, 0) : lines[v.DISJOINT]])
    assert all("Declaration" in types[f"http://x/{c}"] or f"Class: {c}" in types[f"http://x/{c}"] for c in "AB")
    assert "never" in rows[next(f for f in facts if f.predicate == v.IMPORTS).line - 1]


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "words"),
    [
        ("a.ofn", "SubClassOf", "Sub", 7, "expected"),
        ("a.ofn", "(:A Object", "(zz:A Object", 7, "undefined prefix"),
        ("a.ofn", ":B)\n)", ":B", 9, "expected"),
        ("a.omn", "some", "sme", 9, "expected"),
        ("a.omn", "p some", "zz:p some", 9, "undefined prefix"),
        ("a.owx", "</DisjointClasses>", "", 27, "mismatched tag"),
        ("a.owx", "ObjectSomeValuesFrom", "ObjectSome", 13, "Unexpected tag"),
    ],
)
def test_bad_files_name_their_line(tmp_path, name, old, new, line, words):
    text = SYNTAXES[name]
    assert old in text
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(written(tmp_path, name, text.replace(old, new)))
    assert abs(caught.value.line - line) <= (name == "a.owx")
    assert caught.value.file == str(tmp_path / name)


DEEP = 20_000
BOMBS = {
    "a.ofn": FUNCTIONAL.replace(":B))", "ObjectComplementOf(" * DEEP + ":B" + ")" * DEEP + "))"),
    "a.omn": MANCHESTER.replace("p some B", "p some (" * DEEP + "B" + ")" * DEEP),
    "b.omn": MANCHESTER.replace("p some B", "p some " * DEEP + "B"),
    "c.omn": MANCHESTER.replace("p some B", ("p some " * 60 + "(") * 60 + "B" + ")" * 60),
    "a.owx": XML.replace('<Class IRI="&x;B"/>', "<ObjectComplementOf>" * 200 + "</ObjectComplementOf>" * 200),
    "b.owx": XML.replace("http://x/", "&y;").replace("<!ENTITY x", '<!ENTITY y "z"><!ENTITY x'),
    "c.owx": XML.replace('"http://x/" >', 'SYSTEM "file:///etc/passwd">'),
    "d.owx": XML.replace('"http://x/" >', f'"{"z" * 2000}">'),
}


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_files_are_one_error(tmp_path, name):
    """In a process of its own, as an exhausted stack ends the process."""
    written(tmp_path, name, BOMBS[name])
    code = (
        "import kgzsl\nfrom kgzsl.errors import OntologyError\n"
        f"try: kgzsl.read_ontology({name!r})\nexcept OntologyError as error: print('refused', error.line > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == "refused True\n", done.stderr[-500:]


def test_many_restrictions_side_by_side_are_no_nesting(tmp_path):
    text = MANCHESTER.replace("p some B", ", ".join(["p some B"] * 300) + ", B" + " and (p some B)" * 300)
    assert len(read_ontology(written(tmp_path, "a.omn", text)))


def test_a_long_literal_is_read(tmp_path):
    path = written(tmp_path, "a.ofn", FUNCTIONAL.replace("the a", "a" * 10_000_000))
    assert {f.line for f in read_ontology(path) if f.predicate == v.LABEL} == {8}


def test_a_missing_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyhornedowl", None)
    with pytest.raises(OntologyError, match=r'pip install "kgzsl\[owl\]"'):
        read_ontology(written(tmp_path, "a.ofn", FUNCTIONAL))


def test_a_parser_that_panics_is_one_error(tmp_path, monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(*_):
        raise PanicException("unreachable")

    monkeypatch.setattr(pyhornedowl, "open_ontology_from_string", panic)
    with pytest.raises(OntologyError, match="unreachable"):
        read_ontology(written(tmp_path, "a.ofn", FUNCTIONAL))


def test_rdf_xml_in_an_owl_file_stays_with_the_rdf_reader(tmp_path):
    text = f"Prefix(rdfs:=<{v.RDFS}>)\n" + FUNCTIONAL
    ontology = pyhornedowl.open_ontology_from_string(text, "ofn")
    found = read_ontology(written(tmp_path, "a.owl", ontology.save_to_string("rdf")))
    assert found.documents[0].reader == "rdf"


def test_a_chain_of_properties_stands_on_its_own_line(tmp_path):
    path = tmp_path / "a.ofn"
    chain = "SubObjectPropertyOf(ObjectPropertyChain(:p :p) :p)\n)"
    path.write_text(FUNCTIONAL.removesuffix(")\n") + chain)
    assert {f.line for f in read_ontology(path) if f.predicate == v.CHAIN} == {10}


def test_many_statements_about_one_class_are_placed_in_time(tmp_path):
    path = tmp_path / "a.ofn"
    rows = [f'AnnotationAssertion(rdfs:comment :A "text {k}")' for k in range(15_000)]
    path.write_text("\n".join(["Prefix(:=<http://x/>)", "Ontology(<http://x/o>", *rows, ")"]))
    begun = time.process_time()
    facts = [f for f in read_ontology(path) if f.predicate == v.COMMENT]
    assert time.process_time() - begun < 3  # 5 seconds, and 200 for 100,000, where each looks at all others
    assert all(f.line == int(f.object.value.removeprefix("text ")) + 3 for f in facts)
