"""SPARQL endpoints, asked over the network of this machine: a real server with a real store, started here."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from kgzsl import testing
from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import endpoint_http, read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.endpoint import read_endpoint
from kgzsl.ontology.endpoint_query import pages

GRAPH = "http://x/graph"
TRIPLES = 25
BOMB = b"<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><r>&b;</r>"


class Flaky:
    """Stands before the server and gives the answers it is told to, before it lets the server speak."""

    def __init__(self, app):
        self.app, self.answers, self.requests, self.headers = app, [], 0, []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.requests += 1
        self.headers.append(dict(scope["headers"]))
        answer = self.answers.pop(0) if self.answers else None
        if answer is None:
            await self.app(scope, receive, send)
        elif callable(answer):
            await answer(send)
        else:
            await say(send, *answer)


async def say(send, status, body, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(app):
    """Run the app on a free port until the block ends."""
    uvicorn = pytest.importorskip("uvicorn")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    for _ in range(500):
        if server.started:
            break
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="module")
def running():
    rdflib = pytest.importorskip("rdflib")
    endpoint = pytest.importorskip("rdflib_endpoint")
    store = rdflib.Dataset()
    triples = "".join(f"<http://x/c{k:02}> a <{v.OWL}Class> .\n" for k in range(TRIPLES))
    store.default_graph.parse(data=triples, format="turtle")
    store.graph(rdflib.URIRef(GRAPH)).parse(data=testing.world(), format="turtle")
    store.graph(rdflib.URIRef("http://x/blank")).parse(
        data="<http://x/a> <http://x/p> _:b .\n_:b <http://x/q> _:c .\n_:c <http://x/r> \"x\" .\n", format="nt"
    )
    app = Flaky(endpoint.SparqlEndpoint(graph=store, path="/"))
    with serving(app) as url:
        yield app, url, store


@pytest.fixture
def server(running, monkeypatch):
    monkeypatch.setattr(endpoint_http, "BACKOFF", 0.01)
    app, url, _ = running
    app.answers, app.requests, app.headers = [], 0, []
    return app, url


def refused(url, **options):
    with pytest.raises(OntologyError) as caught:
        read_endpoint(url, **options)
    return caught.value


@pytest.mark.parametrize(("page", "requests"), [(1, TRIPLES + 1), (10, 4), (TRIPLES, 2), (10_000, 2), (0, 1)])
def test_pages_together_are_everything(server, page, requests):
    app, url = server
    ontology = read_endpoint(url, page=page)
    assert ontology.classes == {f"http://x/c{k:02}" for k in range(TRIPLES)}
    assert len(ontology) == TRIPLES
    assert {(f.file, f.line) for f in ontology} == {(url, 0)}
    assert app.requests == requests


def test_an_address_is_read_and_read_again(running, server):
    app, url = server
    ontology = read_ontology(f"sparql:{url}")
    assert ontology.paths == (f"sparql:{url}",)
    assert ontology.hash == read_endpoint(url, page=7).hash
    again = read_ontology(f"sparql:{url}", ontology)
    assert again.documents == ontology.documents, "the server was asked and says the same"
    assert app.requests == 2 + 5 + 2
    rdflib = pytest.importorskip("rdflib")
    added = rdflib.URIRef("http://x/new"), rdflib.RDF.type, rdflib.OWL.Class
    running[2].default_graph.add(added)
    try:
        assert len(read_ontology(f"sparql:{url}", ontology)) == TRIPLES + 1
    finally:
        running[2].default_graph.remove(added)


def test_a_named_graph_is_the_file_it_was_loaded_from(server, tmp_path):
    path = tmp_path / "world.ttl"
    path.write_text(testing.world())
    assert read_endpoint(server[1], graph=GRAPH).hash == read_ontology(path).hash
    assert not len(read_endpoint(server[1], graph="http://x/nothing"))


def test_a_query_makes_the_facts(server):
    query = f"CONSTRUCT {{ ?s a <{v.SKOS}Concept> ; <{v.LABEL}> ?name }} WHERE {{ ?s a ?o BIND(STR(?s) AS ?name) }}"
    ontology = read_endpoint(server[1], query=query, page=10)
    assert len(ontology) == 2 * TRIPLES
    assert server[0].requests == 4
    few = read_endpoint(server[1], query=query + " ORDER BY ?s LIMIT 3", page=1)
    assert sorted({f.subject for f in few}) == ["http://x/c00", "http://x/c01", "http://x/c02"]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c . ?c ?d ?e }", "ORDER BY ?c ?s"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "ORDER BY ?o ?p ?s"),
        ("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } ORDER BY ?c", ""),
        ("CONSTRUCT { ?s a ?c } WHERE { { SELECT * { ?s a ?c } ORDER BY ?c LIMIT 5 } } # why", "ORDER BY ?c ?s"),
    ],
)
def test_pages_are_ordered(query, order):
    plan = pages(query, 100)
    assert plan.at(200) == f"{query}\n{order}\nLIMIT 100 OFFSET 200"


@pytest.mark.parametrize(
    ("query", "words"),
    [("SELECT * { ?s ?p ?o }", "CONSTRUCT"), ("CONSTRUCT { ?s }", "not SPARQL"), ("DROP ALL", "not SPARQL"),
     ("CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } VALUES ?o { <http://x/a> }", "move VALUES"), ("ASK {}", "CONSTRUCT")],
)  # fmt: skip
def test_other_queries_are_refused_before_they_are_sent(server, query, words):
    assert words in str(refused(server[1], query=query))
    assert server[0].requests == 0


def test_blank_nodes_are_read_from_one_page_and_refused_from_several(server, tmp_path):
    path = tmp_path / "blank.nt"
    path.write_text("<http://x/a> <http://x/p> _:b .\n_:b <http://x/q> _:c .\n_:c <http://x/r> \"x\" .\n")
    for page in (0, 3, 100):
        assert read_endpoint(server[1], graph="http://x/blank", page=page).hash == read_ontology(path).hash
    assert "page = 0" in str(refused(server[1], graph="http://x/blank", page=2))


def test_a_server_that_caps_its_answers_loses_nothing(server, monkeypatch):
    app, url = server
    real = app.app

    async def capped(scope, receive, send):
        message = await receive()
        body = message["body"].replace(b"LIMIT+10", b"LIMIT+4")
        headers = [(k, str(len(body)).encode() if k == b"content-length" else value) for k, value in scope["headers"]]

        async def changed():
            return message | {"body": body}

        await real(scope | {"headers": headers}, changed, send)

    monkeypatch.setattr(app, "app", capped)
    assert len(read_endpoint(url, page=10)) == TRIPLES
    assert app.requests == 8


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(server, status):
    server[0].answers = [(status, b"busy"), (status, b"busy"), (status, b"busy")]
    assert len(read_endpoint(server[1])) == TRIPLES
    assert server[0].requests == 5


def test_a_broken_connection_is_tried_again(server):
    async def broken(send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"<http://x/a> "})

    server[0].answers = [broken]
    assert len(read_endpoint(server[1])) == TRIPLES
    server[0].answers = [broken, broken]
    assert "connection broke" in str(refused(server[1], retries=1))


def test_a_server_that_stays_busy_is_given_up(server):
    server[0].answers = [(503, b"down for <b>maintenance</b>")] * 9
    error = refused(server[1], retries=2)
    assert server[0].requests == 3
    assert error.file == server[1]
    assert "503 Service Unavailable: down for maintenance" in str(error)


def test_retry_after_is_kept_to(server):
    server[0].answers = [(429, b"slowly", [(b"retry-after", b"1")])]
    start = time.monotonic()
    assert len(read_endpoint(server[1])) == TRIPLES
    assert time.monotonic() - start >= 1
    server[0].answers = [(429, b"slowly", [(b"retry-after", b"3600")])]
    start = time.monotonic()
    error = refused(server[1], timeout=5)
    assert time.monotonic() - start < 2, "it does not wait for what comes too late"
    assert "due in 3600 seconds" in str(error)
    server[0].answers = [(503, b"slowly", [(b"retry-after", b"Fri, 31 Dec 2100 23:59:59 GMT")])]
    assert "due in" in str(refused(server[1], timeout=5))


def test_the_time_limit_is_for_the_whole_reading(server):
    async def silent(send):
        import asyncio

        await asyncio.sleep(1.5)

    async def dripping(send):
        import asyncio

        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/turtle")]})
        for _ in range(40):
            await send({"type": "http.response.body", "body": b"# \n", "more_body": True})
            await asyncio.sleep(0.05)

    for answer in (silent, dripping):
        server[0].answers = [answer]
        start = time.monotonic()
        error = refused(server[1], timeout=0.5)
        assert time.monotonic() - start < 1.4
        assert "no complete answer within 0.5 seconds" in str(error)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((400, b"Parse error: '?p'\x1b[31m at line 1"), "400 Bad Request: Parse error: '?p' [31m at line 1"),
        ((401, b""), "401 Unauthorized: (no words)"),
        ((404, b"x" * 5000), "404 Not Found: " + "x" * 200 + "…"),
        ((200, b"<html><h1>Welcome</h1></html>", [(b"content-type", b"text/html")]), "'text/html', not RDF: Welcome"),
        ((200, b"{}", [(b"content-type", b"application/sparql-results+json")]), "is this the address"),
        ((200, b"x", []), "of no type"),
        ((200, b"<http://x/a> <http://", [(b"content-type", b"text/turtle")]), "not well-formed"),
        ((200, b"\xff\xfe", [(b"content-type", b"application/n-triples")]), "not well-formed"),
        ((200, b"no gzip", [(b"content-type", b"text/turtle"), (b"content-encoding", b"gzip")]), "cannot be unpacked"),
        ((301, b"", [(b"location", b"http://169.254.169.254/")]), "has moved to http://169.254.169.254/"),
        ((200, BOMB, [(b"content-type", b"application/rdf+xml")]), "entity 'b'"),
    ],
)  # fmt: skip
def test_what_a_server_answers_amiss_is_one_error(server, answer, words):
    server[0].answers = [answer]
    error = refused(server[1])
    assert words in str(error)
    assert error.file == server[1]
    assert server[0].requests == 1
    assert "\x1b" not in str(error)


def test_too_much_is_refused(server, monkeypatch):
    assert len(read_endpoint(server[1], max_facts=TRIPLES)) == TRIPLES
    assert "more than 24 facts" in str(refused(server[1], max_facts=TRIPLES - 1, page=10))
    monkeypatch.setattr(endpoint_http, "ANSWER", 100)
    assert "more than 100 bytes" in str(refused(server[1]))


def test_nobody_there_is_one_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/sparql"
        error = refused(url)
    assert "cannot be reached" in str(error)
    assert error.file == url


@pytest.mark.parametrize("url", ["ftp://x/", "x", "http://", "http://a b/", "http://[::1", "http://x:99999/"])
def test_other_addresses_are_refused(url):
    with pytest.raises(OntologyError, match="no address of a SPARQL endpoint"):
        read_ontology(f"sparql:{url}")


def test_a_password_in_an_address_is_refused_and_not_repeated():
    error = refused("http://me:secret@127.0.0.1:1/")
    assert "token_env" in str(error)
    assert "secret" not in str(error)


def description(folder, url, more=""):
    path = folder / "remote.endpoint.toml"
    path.write_text(f'# the live taxonomy\nurl = "{url}"\n{more}')
    return path


def test_a_description_passes_the_shared_case(server, tmp_path):
    bad = tmp_path / "bad.endpoint.toml"
    bad.write_text("page = 3\nurl = \n")
    testing.check_reader(description(tmp_path, server[1], "page = 10\ntimeout = 20.5\n"), bad)


def test_a_description_is_asked_at_every_reading(running, server, tmp_path):
    path = description(tmp_path, server[1], f'graph = "{GRAPH}"\n')
    ontology = read_ontology(tmp_path)
    assert ontology.paths == (str(path),)
    assert {(f.file, f.line) for f in ontology} == {(str(path), 2)}
    assert build_graph(ontology).class_ids
    before = server[0].requests
    assert read_ontology(path, ontology).documents == ontology.documents
    assert server[0].requests > before
    description(tmp_path, server[1], "page = 3\n")
    assert len(read_ontology(path, ontology)) == TRIPLES


def test_a_description_may_name_a_token(server, tmp_path, monkeypatch):
    path = description(tmp_path, server[1], 'token_env = "KGZSL_TEST_TOKEN"\n')
    monkeypatch.delenv("KGZSL_TEST_TOKEN", raising=False)
    with pytest.raises(OntologyError, match="'KGZSL_TEST_TOKEN' is not set") as caught:
        read_ontology(path)
    assert caught.value.file == str(path)
    monkeypatch.setenv("KGZSL_TEST_TOKEN", "s3cret")
    assert len(read_ontology(path)) == TRIPLES
    assert server[0].headers[-1][b"authorization"] == b"Bearer s3cret"
    monkeypatch.setenv("KGZSL_TEST_TOKEN", "s3\ncret")
    with pytest.raises(OntologyError, match="no header takes"):
        read_ontology(path)


@pytest.mark.parametrize(
    ("more", "line", "words"),
    [
        ("pages = 3\n", 3, "did you mean 'page'"),
        ("page = '3'\n", 3, "whole number"),
        ("page = -1\n", 3, "not negative"),
        ("timeout = true\n", 3, "a number"),
        ("timeout = nan\n", 3, "a number"),
        ("query = 1\n", 3, "text"),
        ("graph = 'a> } DROP ALL'\n", 3, "no IRI"),
        ("\n[deep]\npage = 1\n", 4, "unknown key 'deep'"),
        ("page = 1\npage = 2\n", 4, "not TOML"),
        ('query = """\n', 4, "not TOML"),
        ("\nquery = 'SELECT * {}'\n", 4, "CONSTRUCT"),
    ],
)
def test_a_wrong_description_names_its_line(tmp_path, more, line, words):
    path = description(tmp_path, "http://127.0.0.1:1/", more)
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(path)
    assert (caught.value.file, caught.value.line) == (str(path), line)


def test_a_description_without_an_address_or_in_other_bytes_is_refused(tmp_path):
    path = tmp_path / "a.endpoint.toml"
    path.write_text("page = 3\n")
    with pytest.raises(OntologyError, match="no 'url'"):
        read_ontology(path)
    path.write_bytes(b"page = 3\nurl = 'http://caf\xe9/'\n")
    with pytest.raises(OntologyError, match="not UTF-8") as caught:
        read_ontology(path)
    assert caught.value.line == 2
