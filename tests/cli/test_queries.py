"""Questions on the command line, as a user types them."""

import csv
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.cli.test_cli import run

ANIMALS = ("-o", "ontologies/animals.ttl", "-o", "ontologies/animals-attributes.csv")
OKAPI = "https://w3id.org/kgzsl/wn30/n02439398"


def labels(*words):
    return [one["label"] for one in json.loads(run(*words, "--json").stdout)]


def test_relatives():
    assert labels("graph", "common", "okapi", "gazelle") == ["ruminant"]
    assert "ruminant" in labels("graph", "ancestors", "okapi")
    assert labels("graph", "descendants", "giraffe") == ["okapi"]
    assert run("graph", "descendants", "okapi").stdout == "none\n"
    shown = run("graph", "neighbours", "giraffe", "--direction", "out").stdout
    assert "–subClassOf→" in shown
    assert "objects.ttl:" in shown
    assert "okapi" not in shown
    assert json.loads(run("graph", "neighbours", "okapi", "--relation", "hasPart", "--json").stdout) == []
    assert "did you mean 'subClassOf'" in run("graph", "ancestors", "okapi", "--relation", "subclassof", code=2).stderr


def test_paths_take_options():
    assert "4 hops" in run("graph", "paths", "okapi", "ungulate", "--directed", "--most", "4").stdout
    assert run("graph", "paths", "okapi", "ungulate", "--directed", "--most", "3").stdout == "no path\n"
    assert run("graph", "paths", "ungulate", "okapi", "--directed").stdout == "no path\n"
    assert run("graph", "paths", "okapi", "gazelle", "--relation", "hasPart").stdout == "no path\n"


def test_similar(tmp_path):
    found = json.loads(run("graph", "similar", "okapi", "-k", "2", "--json").stdout)
    assert [one["label"] for one in found] == ["giraffe", "ruminant"]
    counts = tmp_path / "counts.txt"
    counts.write_text("n02439398 5\nn02423022 3\nnobody 1\n")
    done = run("graph", "similar", "okapi", "--by", "lin", "--counts", counts, "-k", "2")
    assert "giraffe" in done.stdout
    assert "1 counts are of no concept here" in done.stderr
    vectors = tmp_path / "v.npz"
    np.savez(vectors, X=np.eye(3)[[0, 0, 1]] + 0.1, labels=np.array(["okapi", "giraffe", "gazelle"]))
    assert labels("graph", "similar", "okapi", "--by", "cosine", "--vectors", vectors)[0] == "giraffe"
    np.savez(vectors, X=np.eye(3), labels=np.array(["okapi", "giraffe", "nobody"]))
    done = run("graph", "similar", "okapi", "--by", "cosine", "--vectors", vectors)
    assert "1 labels are of no concept here, such as 'nobody'" in done.stderr
    assert "needs counts" in run("graph", "similar", "okapi", "--by", "lin", code=2).stderr


def test_where_and_classes():
    shown = run("graph", "where", "stripes >= 0.8 and not fierce < 0.5", *ANIMALS).stdout
    assert "tiger" in shown
    assert "0.893" in shown
    found = json.loads(run("graph", "where", "stripes >= 0.8", "--below", "ungulate", *ANIMALS, "--json").stdout)
    assert [(one["label"], one["attributes"]) for one in found] == [("zebra", {"stripes": 0.9886})]
    wrong = run("graph", "where", "stripes >", *ANIMALS, code=2).stderr
    assert "line 1, column 10" in wrong
    assert "okapi" in labels("graph", "classes", "giraffe")


@pytest.mark.parametrize("suffix", [".ttl", ".nt", ".graphml", ".json"])
def test_subgraphs_are_written(tmp_path, suffix):
    out = tmp_path / f"part{suffix}"
    done = run("graph", "subgraph", "okapi", "--hops", "2", "--out", out)
    assert "written to" in done.stdout
    assert "okapi" in out.read_text()
    if suffix in (".ttl", ".nt"):
        assert "okapi" in labels("graph", "descendants", "giraffe", "-o", out)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_subgraphs_are_shown():
    part = json.loads(run("graph", "subgraph", "--below", "giraffe", "--hops", "0", "--json").stdout)
    assert part["concepts"] == ["https://w3id.org/kgzsl/wn30/n02439033", OKAPI]
    assert [edge["source"] for edge in part["edges"]] == [OKAPI]
    assert "giraffe" in run("graph", "subgraph", "okapi").stdout
    assert "needs names" in run("graph", "subgraph", code=2).stderr


QUERY = "SELECT ?c ?l { ?c rdfs:subClassOf wn:n02439033 ; skos:prefLabel ?l }"


def test_query_formats(tmp_path):
    bound = json.loads(run("query", QUERY, "--format", "json").stdout)["results"]["bindings"]
    assert bound == [{"c": {"type": "uri", "value": OKAPI},
                      "l": {"type": "literal", "value": "okapi", "xml:lang": "en"}}]  # fmt: skip
    assert json.loads(run("query", QUERY, "--json").stdout) == [{"c": OKAPI, "l": "okapi"}]
    assert list(csv.reader(io.StringIO(run("query", QUERY, "-f", "csv").stdout))) == [["c", "l"], [OKAPI, "okapi"]]
    assert "okapi" in run("query", QUERY).stdout
    made = "CONSTRUCT { ?c rdfs:label ?l } { ?c rdfs:subClassOf wn:n02439033 ; skos:prefLabel ?l }"
    line = f'<{OKAPI}> <http://www.w3.org/2000/01/rdf-schema#label> "okapi"@en .\n'
    assert run("query", made, "-f", "ntriples").stdout == line
    assert "predicate" in run("query", made).stdout
    assert json.loads(run("query", made, "--json").stdout)[0]["subject"] == OKAPI
    assert json.loads(run("query", "ASK {}", "-f", "json").stdout) == {"head": {}, "boolean": True}
    file = tmp_path / "q.rq"
    file.write_text(QUERY)
    assert "okapi" in run("query", file).stdout
    assert "ask with CONSTRUCT" in run("query", QUERY, "-f", "ntriples", code=2).stderr
    assert run("query", "SELECT * { ?s ?p 'none' }").stdout == "no rows\n"


def test_query_from_standard_input():
    command = [sys.executable, "-m", "kgzsl", "query", "-", "-f", "csv"]
    done = subprocess.run(command, input=QUERY, capture_output=True, text=True, env=os.environ, check=True)
    assert "okapi" in done.stdout


def test_query_limits():
    done = run("query", "SELECT * { ?s ?p ?o }", "--limit", "2", "-f", "csv")
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr == "only the first 2 are shown; --limit 0 shows all\n"
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?d && ?b = ?i) }"
    assert "stopped after 0.3 s" in run("query", endless, "--timeout", "0.3", code=2).stderr


def test_query_errors_show_the_place(tmp_path):
    error = run("query", "SELECT * {\n ?s ?p ?o FILTR(?o > 1) }", code=2).stderr.splitlines()
    assert error[0] == ("error: line 2, column 11: not a SPARQL query: 'FILTR' is not expected here; "
                        "did you mean 'FILTER'?")  # fmt: skip
    assert error[1][error[2].index("^"):].startswith("FILTR")
    (tmp_path / "latin.rq").write_bytes(b"SELECT * { ?s ?p '\xe9' }")
    assert "must be UTF-8" in run("query", tmp_path / "latin.rq", code=2).stderr
    assert "no such query file" in run("query", tmp_path / "none.rq", code=2).stderr
