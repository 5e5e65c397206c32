"""The JSON of explanations keeps to its schema, and the schema names every field."""

import json
from dataclasses import fields

import pytest

from kgzsl.explain import explanation as values
from kgzsl.explain.schema import DEFS, SCHEMA, document, text
from tests.explain.draw import made
from tests.explain.draw.test_pictures import ALL, evil

jsonschema = pytest.importorskip("jsonschema")
CHECKER = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ALL)
def test_explanations_made_by_hand(name):
    CHECKER.validate(json.loads(text(ALL[name])))


def test_a_real_explanation(small):
    engine, _, features = small
    for name in (None, engine.learner.seen_ids[0]):
        found = engine.explain(features.X[0], name, counterfactuals=name is None)
        data = json.loads(text(found))
        CHECKER.validate(data)
        assert data["score"] == pytest.approx(found.score)
        assert data["sentence"]


def test_what_is_wrong_is_refused():
    data = document(made.full())
    for broken in ({"score": "high"}, {"seen": None}, {"paths": [{}]}, {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            CHECKER.validate(json.loads(json.dumps(data | broken)))
    with pytest.raises(jsonschema.ValidationError):
        CHECKER.validate({key: value for key, value in data.items() if key != "graph_hash"})


def test_every_field_is_described():
    assert set(SCHEMA["properties"]) - {"sentence"} == {field.name for field in fields(values.Explanation)}
    pairs = {"path": values.Path, "contribution": values.Contribution, "total": values.Total, "edit": values.Edit,
             "fact_share": values.FactShare, "attribute_share": values.AttributeShare, "rival": values.Rival,
             "counterfactual": values.Counterfactual, "fact": values.Relation}  # fmt: skip
    assert set(pairs) == set(DEFS)
    for name, kind in pairs.items():
        assert set(DEFS[name]["properties"]) == set(kind._fields), name


def test_names_and_numbers_that_json_has_no_word_for():
    assert json.loads(text(ALL["nan"]))["contributions"][0]["value"] is None
    assert json.loads(text(evil()))["label"] == evil().label
