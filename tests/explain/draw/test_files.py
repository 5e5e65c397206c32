"""The suffix says what is written; it is written whole or not at all."""

import json
import xml.etree.ElementTree as ET

import pytest

from kgzsl.errors import DrawingError
from kgzsl.explain.draw import KINDS, write
from kgzsl.explain.draw.text import from_here, near, shortened
from tests.explain.draw import made


def test_every_kind(tmp_path):
    for suffix in KINDS:
        path = tmp_path / f"okapi{suffix}"
        write(made.full(), path)
        assert path.stat().st_size
    ET.parse(tmp_path / "okapi.svg")
    assert (tmp_path / "okapi.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "okapi.json").read_text())["id"] == "okapi"
    write(made.full(), tmp_path / "OKAPI.SVG")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("okapi.pdf", ".svg, .png, .html, .dot, .md, .json"), ("okapi.htm", "did you mean '.html'"),
     ("okapi", "no suffix says what to write"), ("none/okapi.svg", "no such folder")],
)  # fmt: skip
def test_what_cannot_be_written(tmp_path, name, words):
    with pytest.raises(DrawingError) as caught:
        write(made.full(), tmp_path / name)
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_its_place(tmp_path):
    (tmp_path / "okapi.svg").mkdir()
    with pytest.raises(DrawingError, match="cannot be written"):
        write(made.full(), tmp_path / "okapi.svg")


def test_places_are_named_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    below, beside = str(tmp_path / "ontologies/objects.ttl"), str(tmp_path.parent / "other/objects.ttl")
    assert near(below) == near("ontologies/objects.ttl") == "ontologies/objects.ttl"
    assert near(beside) == near("../other/objects.ttl") == "objects.ttl"
    facts = [made.fact("a", "subClassOf", "b", 3, file=file) for file in (below, beside)]
    text = f"without {facts[0].where} and {facts[1].where}"
    assert shortened(text, facts) == "without ontologies/objects.ttl:3 and objects.ttl:3"
    assert from_here(f"kgzsl move a --file {below}") == "kgzsl move a --file ontologies/objects.ttl"
    assert from_here(f"{beside}:3: take out") == f"{beside}:3: take out", "a command must find its file"


def test_no_kind_but_json_names_folders_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = "/somewhere/private/objects.ttl"
    full = made.full()
    fact = made.fact("okapi", "subClassOf", "giraffe", 212, file=file)
    ways = [path._replace(facts=tuple((fact,) for _ in path.facts)) for path in full.paths]
    edits = (full.counterfactuals[0].edits[0]._replace(fact=fact),)
    change = full.counterfactuals[0]._replace(edits=edits, text=f"without {fact.where} the answer would be gerenuk")
    found = made.explanation(full.contributions, ways, counterfactuals=(change,), rival=full.rival)
    for suffix in KINDS:
        write(found, tmp_path / f"okapi{suffix}")
        if suffix != ".png":
            assert ("private" in (tmp_path / f"okapi{suffix}").read_text()) == (suffix == ".json"), suffix
