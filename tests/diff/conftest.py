import pytest

import kgzsl

HEAD = """\
@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix obo: <http://purl.obolibrary.org/obo/> .
"""


@pytest.fixture
def turtle(tmp_path):
    """Return a function that reads Turtle text, of files named 0.ttl, 1.ttl, …"""
    count = iter(range(1000))

    def read(text, head=HEAD):
        path = tmp_path / f"{next(count)}.ttl"
        path.write_text(head + text)
        return kgzsl.read_ontology(path)

    return read
