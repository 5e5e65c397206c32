import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kgzsl.errors import QueryError
from kgzsl.graph import build_graph, workers
from kgzsl.graph.results import Rows, Triples
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Document, Fact, Literal, Ontology

ROOT = Path(__file__).resolve().parents[2]
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?d && ?b = ?i) }"
WORDNET = Path("/usr/share/wordnet")


def graph_of(*triples):
    facts = tuple(Fact(*triple, "made.ttl", 1) for triple in triples)
    return build_graph(Ontology((Document("made.ttl", facts, "", "rdf"),)))


@pytest.fixture(scope="module")
def objects():
    return build_graph(read_ontology(ROOT / "ontologies/objects.ttl"))


@pytest.fixture(scope="module")
def typed():
    one, two = "http://x/one", "http://x/two"
    return graph_of(
        (one, v.LABEL, Literal("eins", v.RDF + "langString", "de")),
        (one, "http://x/size", Literal("1.5", v.XSD + "decimal")),
        (one, "http://x/legs", Literal("4", v.XSD + "integer")),
        (one, "http://x/tame", Literal("true", v.XSD + "boolean")),
        (one, "http://x/part", "_:b7"),
        ("_:b7", "http://x/of", two),
    )


def test_rows_are_text_and_keep_their_types(typed):
    rows = typed.sparql("SELECT ?p ?o { <http://x/one> ?p ?o } ORDER BY ?p")
    assert isinstance(rows, Rows)
    assert rows.columns == ("p", "o")
    assert [row["o"] for row in rows] == ["eins", "4", "_:b7", "1.5", "true"]
    assert rows.terms[0][1] == Literal("eins", v.RDF + "langString", "de")
    bound = json.loads(rows.to_json())["results"]["bindings"]
    assert [row["o"] for row in bound] == [
        {"type": "literal", "value": "eins", "xml:lang": "de"},
        {"type": "literal", "value": "4", "datatype": v.XSD + "integer"},
        {"type": "bnode", "value": "b7"},
        {"type": "literal", "value": "1.5", "datatype": v.XSD + "decimal"},
        {"type": "literal", "value": "true", "datatype": v.XSD + "boolean"},
    ]
    assert rows.to_csv().splitlines()[:2] == ["p,o", f"{v.LABEL},eins"]


def test_the_json_is_what_other_tools_read(typed):
    import io

    from rdflib.query import Result

    rows = typed.sparql("SELECT * { ?s ?p ?o OPTIONAL { ?o ?q ?r } }")
    read = Result.parse(io.BytesIO(rows.to_json().encode()), format="json")
    assert len(read) == len(rows)
    assert {str(name) for name in read.vars} == set(rows.columns)


def test_frames_have_numbers(typed):
    pytest.importorskip("pandas")
    frame = typed.sparql("SELECT ?size ?legs ?tame ?none { ?s <http://x/size> ?size ; <http://x/legs> ?legs ; "
                         "<http://x/tame> ?tame OPTIONAL { ?s <http://x/none> ?none } }").to_pandas()  # fmt: skip
    assert frame.to_dict("records") == [{"size": 1.5, "legs": 4, "tame": True, "none": None}]
    assert frame["legs"].dtype.kind == "i"


def test_a_frame_without_pandas_says_what_to_install(typed, monkeypatch):
    from kgzsl.errors import KgzslError

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(KgzslError, match=r"kgzsl\[frames\]"):
        typed.sparql("SELECT * { ?s ?p ?o }").to_pandas()


def test_construct_and_describe(typed):
    made = typed.sparql("CONSTRUCT { ?s rdfs:seeAlso ?o } { ?s <http://x/part> ?b . ?b <http://x/of> ?o }")
    assert isinstance(made, Triples)
    assert made == [("http://x/one", v.RDFS + "seeAlso", "http://x/two")]
    assert made.to_ntriples() == f"<http://x/one> <{v.RDFS}seeAlso> <http://x/two> .\n"
    assert len(made.to_rdflib()) == 1
    assert ("http://x/one", "http://x/legs", Literal("4", v.XSD + "integer")) in typed.sparql("DESCRIBE <http://x/one>")
    assert len(typed.sparql("CONSTRUCT { <http://x/a> a <http://x/b> } { ?s ?p ?o }")) == 1


def test_rows_are_cut_at_the_limit_and_say_so(objects):
    few = objects.sparql("SELECT * { ?s ?p ?o }", limit=7)
    assert (len(few), few.cut) == (7, True)
    exact = objects.sparql("SELECT * { ?s ?p ?o } LIMIT 7", limit=7)
    assert (len(exact), exact.cut) == (7, False)
    every = objects.sparql("SELECT * { ?s ?p ?o }", limit=None)
    assert len(every) == len({f[:3] for f in objects.ontology})
    assert objects.sparql("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", limit=3).cut


REFUSED = {
    "SELECT * { SERVICE <http://x> { ?s ?p ?o } }": (1, 12, "SERVICE is refused"),
    "SELECT * {\n  ?s ?p ?o FILTER EXISTS { SERVICE <http://x> { ?s ?p ?o } } }": (2, 28, "SERVICE is refused"),
    "SELECT * { { SELECT ?s { service silent <http://x> { ?s ?p ?o } } } }": (1, 26, "SERVICE is refused"),
    "SELECT * FROM <http://x> { ?s ?p ?o }": (1, 10, "FROM is refused"),
    "SELECT * FROM NAMED <http://x> { ?s ?p ?o }": (1, 10, "FROM is refused"),
    "LOAD <http://x>": (1, 1, "LOAD is refused"),
    "PREFIX a: <http://a/>\nDELETE WHERE { ?s ?p ?o }": (2, 1, "DELETE is refused"),
    "INSERT DATA { <http://a> <http://b> 1 }": (1, 1, "INSERT is refused"),
    "SELECT * { ?s ?p ?o } ; DROP ALL": (1, 23, "';' is not expected here"),
    "": (1, 1, "SELECT, ASK, CONSTRUCT or DESCRIBE is missing"),
    "SELECT": (1, 7, "ends too early"),
    "SELEC * { ?s ?p ?o }": (1, 1, "did you mean 'SELECT'"),
    "SELECT * { ?s ?p ?o FILTR(?o > 1) }": (1, 21, "'FILTR' is not expected here; did you mean 'FILTER'"),
    "SELECT * {\n ?s ?p ?o\n FILTER(?o >) }": (3, 13, "')' is not expected"),
    "SELECT * { ?s ?p ?o": (1, 10, "'{' is never closed"),
    "SELECT * { ?s ?p ?o ) }": (1, 21, "')' closes nothing"),
    "SELECT * { ?s ?p 'o }": (1, 18, "never ends"),
    "SELECT * { ?s rdsf:label ?o }": (1, 15, "unknown prefix 'rdsf:'"),
    "SELECT * { ?s skoss:altLabel ?o }": (1, 15, "did you mean 'skos:'"),
    "SELECT ?s { ?s ?p ?o } GROUP BY ?p": (1, None, "unbound"),
    "SELECT * { ?s ?p ?o BIND(1 AS ?o) }": (1, None, "given a value twice"),
}


@pytest.mark.parametrize("query", REFUSED)
def test_errors_name_the_place(objects, query):
    line, column, words = REFUSED[query]
    with pytest.raises(QueryError) as caught:
        objects.sparql(query)
    message, excerpt, pointer = str(caught.value).split("\n")
    assert words in message
    assert message.startswith(f"line {line}, column {column or ''}")
    assert caught.value.line == line
    if column:
        shown = query.split("\n")[line - 1]
        assert excerpt == "  " + shown
        assert pointer.index("^") == column + 1


def test_words_in_texts_names_and_comments_are_no_keywords(objects):
    query = """prefix Wn: <https://w3id.org/kgzsl/wn30/>
        # SERVICE <http://x> fo:o
        SELECT ?from ?service { ?from rdfs:subClassOf Wn:n02439033 . # LOAD
          FILTER("SERVICE 'fo:o' #" != '''it's "LOAD" \\'''' && <http://x/SERVICE#FROM> != ?from && 1 < 2) }"""
    assert objects.sparql(query) == [{"from": v.WN + "n02439398"}]


def test_known_prefixes_can_be_declared_otherwise(typed):
    assert typed.sparql("PREFIX wn: <http://x/> ASK { wn:one wn:legs 4 }") is True
    assert typed.sparql("BASE <http://x/> ASK { <one> <legs> 4 }") is True


def test_what_the_second_parser_cannot_read_is_refused(objects):
    with pytest.raises(QueryError, match=r"not a SPARQL 1\.1 query"):
        objects.sparql("SELECT * { << ?s ?p ?o >> ?q ?r }")
    with pytest.raises(QueryError):
        objects.sparql("SELECT * " + "{" * 3000 + "}" * 3000)


def test_the_worker_reaches_nothing_even_if_asked(objects):
    """Past both checks, as if they had missed it: the process has no room for a socket."""
    objects.sparql("ASK {}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        query = f"SELECT * {{ SERVICE <http://127.0.0.1:{server.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
        message = {"query": query, "prefixes": {}, "limit": None, "ends": []}
        reply = workers.ask((objects.ontology.hash, False), lambda: pytest.fail("a new worker"), message, 20)
        assert "error" in reply
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_query_without_end_is_killed(objects):
    objects.sparql("ASK {}")
    process = workers._workers[objects.ontology.hash, False].process
    began = time.perf_counter()
    with pytest.raises(QueryError, match=r"stopped after 0\.3 s"):
        objects.sparql(ENDLESS, timeout=0.3)
    assert time.perf_counter() - began < 5
    assert process.poll() is not None
    assert objects.sparql("ASK { wn:n02439398 ?p ?o }") is True


def test_a_query_too_large_for_memory_ends_in_one_error(objects, monkeypatch):
    workers.stop_all()
    monkeypatch.setattr(workers, "MEMORY", 1 << 29)
    with pytest.raises(QueryError, match=r"more than 0\.5 GB"):
        objects.sparql("SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c", timeout=60)
    assert objects.sparql("ASK { wn:n02439398 ?p ?o }") is True
    workers.stop_all()


def test_limits_that_are_none(typed):
    for words in ({"timeout": 0}, {"timeout": float("nan")}, {"limit": -1}):
        with pytest.raises(QueryError, match="a query needs more than 0 s"):
            typed.sparql("ASK {}", **words)


def test_a_worker_that_dies_is_told_from_one_without_memory(typed):
    typed.sparql("ASK {}")
    workers._workers[typed.ontology.hash, False].process.send_signal(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(typed.sparql, "ASK {}")
        time.sleep(0.2)
        workers._workers[typed.ontology.hash, False].process.send_signal(signal.SIGSEGV)
        workers._workers[typed.ontology.hash, False].process.send_signal(signal.SIGCONT)
        with pytest.raises(QueryError, match="its process ended with code -11"):
            asked.result()
    assert typed.sparql("ASK {}") is True


def test_threads_over_several_graphs(objects, typed):
    def ask(n):
        graph, query = [(objects, "SELECT (COUNT(*) AS ?n) { ?s a owl:Class }"),
                        (typed, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")][n % 2]  # fmt: skip
        return int(graph.sparql(query)[0]["n"])

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(24))) == [1948, 6] * 12


def test_at_most_a_few_workers_are_kept(typed):
    for n in range(workers.KEPT + 2):
        assert graph_of(("http://x/a", "http://x/p", f"http://x/{n}")).sparql(f"ASK {{ ?s ?p <http://x/{n}> }}") is True
    assert len(workers._workers) <= workers.KEPT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_asks_a_worker_of_its_own(typed):
    typed.sparql("ASK {}")
    ours = [worker.process.pid for worker in workers._workers.values()]
    child = os.fork()
    if child == 0:
        right = typed.sparql("ASK { <http://x/one> ?p ?o }") is True and not workers._workers.keys() - {
            (typed.ontology.hash, False)}  # fmt: skip
        workers.stop_all()
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert typed.sparql("ASK { <http://x/one> ?p ?o }") is True
    assert [worker.process.pid for worker in workers._workers.values()] == ours


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
@pytest.mark.parametrize("query", ["ASK {}", ENDLESS])
def test_no_worker_outlives_its_parent(query):
    """Idle or amid a query without end, a worker ends when its parent is killed."""
    program = f"""if True:
        import threading, time
        from kgzsl.graph import ClassGraph, build_graph, workers
        from kgzsl.ontology import read_ontology
        graph = build_graph(read_ontology({str(ROOT / "ontologies/objects.ttl")!r}))
        graph.sparql("ASK {{}}")
        threading.Thread(target=graph.sparql, args=({query!r}, 600)).start()
        time.sleep(0.3)
        print(*(w.process.pid for w in workers._workers.values()), flush=True)
        time.sleep(600)"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    assert Path(f"/proc/{worker}").exists()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    ended = time.monotonic() + 10
    while _runs(worker) and time.monotonic() < ended:
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


TEXTS, LANGUAGES = st.text(max_size=12), st.sampled_from([None, "en", "en_US", "x>y", ""])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, LANGUAGES), min_size=1, max_size=5))
@example([("a> <b> <c> .\n<x", '"\\', "\r\n\x00\u2028", None)])
def test_any_text_reaches_the_store_as_one_fact(rows):
    """No IRI, blank node, text or language, however odd, breaks or adds a line."""
    import pyoxigraph as ox

    from kgzsl.graph.ntriples import ntriples

    triples = [("http://x/" + a, "_:" + b, Literal(c, v.XSD + "string", language)) for a, b, c, language in rows]
    triples = [(s, "http://p/" + str(n), o) for n, (s, _, o) in enumerate(triples)]
    triples += [("_:" + b, "http://q/" + str(n), "http://x/" + a) for n, (a, b, _, _) in enumerate(rows)]
    plain, blank = ntriples(triples)
    store = ox.Store()
    for data in (plain, blank):
        store.load(data, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    assert len(store) == len(triples)
    for n, (a, _, text, _) in enumerate(rows):
        found = next(iter(store.quads_for_pattern(None, ox.NamedNode(f"http://p/{n}"), None)))
        assert (found.subject.value, found.object.value) == ("http://x/" + a, text)


def test_tables_and_dictionaries_are_queried_like_rdf(tmp_path):
    graph = build_graph(read_ontology([ROOT / "ontologies/animals.ttl", ROOT / "ontologies/animals-attributes.csv"]))
    found = graph.sparql("SELECT ?c { ?c att:stripes ?s FILTER(?s > 0.8) }")
    assert {graph.label(row["c"]) for row in found} == {"zebra", "tiger", "skunk"}


def test_inferred_facts_are_asked_when_wanted(objects):
    query = "SELECT ?c { ?c rdfs:subClassOf wn:n02399000 }"
    assert {row["c"] for row in objects.sparql(query)} == set(objects.children("n02399000"))
    assert {row["c"] for row in objects.sparql(query, inferred=True)} >= objects.descendants("n02399000")
    assert {row["c"] for row in objects.sparql(query)} == set(objects.children("n02399000"))


def test_a_thread_that_waits_survives_the_end_of_the_worker(typed, objects):
    """One thread's endless query kills the worker that another waits for: the other gets its answer all the same."""
    with ThreadPoolExecutor(2) as pool:
        endless = pool.submit(objects.sparql, ENDLESS, 0.5)
        time.sleep(0.1)
        other = pool.submit(objects.sparql, "ASK { ?s ?p ?o }")
        assert other.result() is True
        with pytest.raises(QueryError, match="stopped"):
            endless.result()
