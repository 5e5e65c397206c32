"""What is printed for programs."""

import json

import pytest

from kgzsl.cli.output import as_json
from kgzsl.graph import ClassGraph, Concept, Relation
from kgzsl.graph.export import to_json
from kgzsl.ontology.model import Ontology


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_has_no_word_for_are_null(capsys, number):
    as_json({"weights": [number, 0.5]})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {"weights": [None, 0.5]}


def test_a_graph_written_as_json_is_json():
    concepts = {name: Concept(name, kind, name) for name, kind in (("a", "class"), ("s", "attribute"))}
    edge = Relation("a", "hasAttribute", "s", float("nan"), "a.ttl", 1)
    text = to_json(ClassGraph(concepts, (edge,), (), "", Ontology(())))
    assert json.loads(text, parse_constant=pytest.fail)["relations"][0]["weight"] is None
