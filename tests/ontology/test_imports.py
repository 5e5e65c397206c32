"""owl:imports: answered by catalogs and by files at hand, never by the network."""

import pytest

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology import read_ontology
from kgzsl.ontology.imports import unresolved

HEAD = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix : <http://x/> .\n"
CATALOG = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
  <group id="g" prefer="public" xml:base=""><uri id="i" name="http://x/other" uri="{}"/></group>
</catalog>
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.ttl").write_text(HEAD + "<http://x/main> a owl:Ontology ; owl:imports <http://x/other> .\n")
    (tmp_path / "parts/other.ttl").write_text(HEAD + ":imported a owl:Class .\n")
    (tmp_path / "catalog-v001.xml").write_text(CATALOG.format("parts/other.ttl"))
    return tmp_path


def test_a_catalog_says_where_an_import_lies(folder):
    ontology = read_ontology(folder / "main.ttl")
    assert ontology.paths == (str(folder / "main.ttl"), str(folder / "parts/other.ttl"))
    assert "http://x/imported" in ontology.classes
    assert not unresolved(ontology.documents)
    again = read_ontology(folder / "main.ttl", ontology)
    assert again.documents == ontology.documents
    assert all(a is b for a, b in zip(again.documents, ontology.documents, strict=True)), "nothing is read twice"


def test_a_file_at_hand_answers_by_its_header(folder):
    (folder / "catalog-v001.xml").unlink()
    assert [f.object for f in unresolved(read_ontology(folder / "main.ttl").documents)] == ["http://x/other"]
    (folder / "parts/other.ttl").write_text(HEAD + "<http://x/other> a owl:Ontology .\n")
    both = read_ontology([folder / "main.ttl", folder / "parts/other.ttl"])
    assert not unresolved(both.documents)
    assert len(both.documents) == 2


def test_imports_of_imports_and_circles(folder):
    (folder / "parts/catalog-v001.xml").write_text(CATALOG.replace("x/other", "x/main").format("back.ttl"))
    (folder / "parts/other.ttl").write_text(HEAD + "<http://x/other> a owl:Ontology ; owl:imports <http://x/main2> .\n")
    (folder / "parts/catalog-v001.xml").write_text(CATALOG.replace("x/other", "x/main2").format("back.ttl"))
    (folder / "parts/back.ttl").write_text(HEAD + "<http://x/main2> a owl:Ontology ; owl:imports <http://x/main> .\n")
    assert len(read_ontology(folder / "main.ttl").documents) == 3


@pytest.mark.parametrize("place", ["../outside.ttl", "/etc/hostname", "file:///etc/hostname"])
def test_a_catalog_cannot_lead_out_of_its_folder(folder, place):
    (folder.parent / "outside.ttl").write_text(HEAD)
    (folder / "catalog-v001.xml").write_text(CATALOG.format(place))
    with pytest.raises(OntologyError, match="leads out of its folder") as caught:
        read_ontology(folder / "main.ttl")
    assert caught.value.file.endswith("catalog-v001.xml")


def test_what_a_catalog_sends_to_the_network_is_left_unresolved(folder):
    (folder / "catalog-v001.xml").write_text(CATALOG.format("http://localhost:1/other.ttl"))
    ontology = read_ontology(folder / "main.ttl")
    assert len(ontology.documents) == 1
    assert unresolved(ontology.documents)


def test_a_catalog_that_names_a_missing_file_or_is_broken_or_hostile(folder):
    (folder / "catalog-v001.xml").write_text(CATALOG.format("parts/gone.ttl"))
    with pytest.raises(MissingFileError, match="not there"):
        read_ontology(folder / "main.ttl")
    (folder / "catalog-v001.xml").write_text("<catalog")
    with pytest.raises(OntologyError, match="syntax error"):
        read_ontology(folder / "main.ttl")
    bomb = '<!DOCTYPE c [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><c>&b;</c>'
    (folder / "catalog-v001.xml").write_text(bomb)
    with pytest.raises(OntologyError, match="entity 'b'"):
        read_ontology(folder / "main.ttl")
