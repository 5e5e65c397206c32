import socket
import subprocess
import sys

import pytest

from kgzsl.errors import OntologyError
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v

GOOD = """\
{
  "@context": {"ex": "http://x/", "label": "http://www.w3.org/2000/01/rdf-schema#label",
               "Class": "http://www.w3.org/2002/07/owl#Class"},
  "@graph": [
    {"@id": "ex:a", "@type": "Class", "label": {"@value": "hi", "@language": "en"}},
    {"@id": "ex:b", "@type": "Class", "ex:part": {"ex:on": {"@id": "ex:a"}}}
  ]
}
"""


def written(tmp_path, text, name="a.jsonld"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_json_ld_says_what_turtle_says(tmp_path):
    turtle = written(tmp_path, f"""\
@prefix : <http://x/> . @prefix owl: <{v.OWL}> . @prefix rdfs: <{v.RDFS}> .
:a a owl:Class ; rdfs:label "hi"@en . :b a owl:Class ; :part [ :on :a ] .
""", "a.ttl")  # fmt: skip
    found = read_ontology(written(tmp_path, GOOD))
    assert found.hash == read_ontology(turtle).hash
    assert {f.line for f in found.about("http://x/a")} == {5}
    assert read_ontology(written(tmp_path, GOOD, "a.json")).hash == found.hash


def test_json_without_a_context_is_no_ontology(tmp_path):
    with pytest.raises(OntologyError, match="no reader knows this content"):
        read_ontology(written(tmp_path, '{"name": "package"}', "package.json"))
    written(tmp_path, GOOD)
    assert [d.reader for d in read_ontology(tmp_path).documents] == ["rdf"]


@pytest.mark.parametrize(
    "context",
    [
        '"URL"',
        '["URL", {"ex": "http://x/"}]',
        '{"@version": 1.1, "@import": "URL"}',
        '{"label": {"@id": "http://x/l", "@context": "URL"}}',
    ],
)
def test_a_remote_context_is_refused_and_not_asked_for(tmp_path, context):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/context.jsonld"
        text = f'{{"@context": {context.replace("URL", url)}, "@id": "http://x/a", "label": {{"label": "hi"}}}}\n'
        with pytest.raises(OntologyError, match="remote JSON-LD context is refused"):
            read_ontology(written(tmp_path, text))
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("inner", ['{"p":', "["])
def test_deep_nesting_is_one_error(tmp_path, inner):
    """In a process of its own, as an exhausted stack ends the process."""
    closing = "}" if "{" in inner else "]"
    written(tmp_path, '{"@context":{"p":"http://x/p"},\n"p":' + inner * 50_000 + "1" + closing * 50_000 + "}")
    code = (
        "import kgzsl\nfrom kgzsl.errors import OntologyError\n"
        "try: kgzsl.read_ontology('a.jsonld')\nexcept OntologyError as error: print(error.line)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == "2\n", done.stderr[-500:]


def test_what_is_said_of_a_blank_node_stands_with_its_owner(tmp_path):
    text = GOOD.replace('{"@id": "ex:b"', '\n{"@id": "ex:b"')
    lines = {f.line for f in read_ontology(written(tmp_path, text)) if f.subject != "http://x/a"}
    assert lines == {7}
