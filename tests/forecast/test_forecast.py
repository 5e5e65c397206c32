"""A forecast looks at descriptions alone, and ranks classes better than chance where descriptions tell."""

import json

import numpy as np
import pytest
from scipy.stats import spearmanr

import kgzsl
from kgzsl import testing
from kgzsl.errors import LearnerError
from kgzsl.forecast import forecast
from kgzsl.forecast.signs import SIGNS, signs
from kgzsl.training import read_material
from tests.cli.test_cli import run


@pytest.fixture(scope="module")
def material(root):
    return read_material(root / "graphs/objects.toml")


def test_signs_of_a_small_world(tmp_path):
    path = tmp_path / "world.ttl"
    path.write_text(testing.world(2, 3) + testing.block("bare", ["kind0"]))
    space = testing.space_of(path)
    ids = [space.graph.find(name) for name in ("c00", "bare")]
    found = signs(space, ids, [space.graph.find("c01")], ids)
    column = {sign.name: k for k, sign in enumerate(SIGNS)}
    assert list(found[:, column["hops to the nearest seen class"]]) == [2, 2]
    assert np.allclose(found[:, column["seen classes below its parents"]], np.log(2))
    words = found[:, column["words of its description"]]
    assert words[0] > words[1]
    assert found[0, column["seen classes below it"]] == 0
    kind = space.graph.find("kind0")
    assert signs(space, [kind], [space.graph.find("c01")], [kind])[0, column["seen classes below it"]] == np.log(2)
    assert list(signs(space, ids, [], ids)[:, 0]) == [8, 8]


def test_it_ranks_the_59_unseen_synsets(root, engine, material, photos):
    labels = np.array([engine.graph.find(name) for name in photos.labels], dtype=object)
    unseen = sorted(set(labels) - set(engine.learner.seen_ids))
    found = forecast(engine, material, unseen)
    assert [e.accuracy for e in found.classes] == sorted(e.accuracy for e in found.classes)
    assert found.learnt_on == "rows"
    assert found.classes_seen > 900
    expected = {e.iri: e.accuracy for e in found.classes}
    scores = engine.scores(photos.X, unseen)
    right = [(scores[labels == iri].argmax(axis=1) == k).mean() for k, iri in enumerate(unseen)]
    assert spearmanr([expected[iri] for iri in unseen], right).statistic > 0.4
    assert all(e.rival and e.rival != e.label for e in found.classes)


def test_the_order_of_classes_does_not_count(engine, material):
    ids = engine.candidates("below animal")[:30]
    one, other = (forecast(engine, material, list(group)) for group in (ids, ids[::-1]))
    assert {e.iri: e.missing for e in one.classes} == {e.iri: e.missing for e in other.classes}


def test_too_few_seen_classes(root, tmp_path):
    path = tmp_path / "world.ttl"
    path.write_text(testing.world(2, 3) + testing.attribute_facts(2, 3))
    graph = testing.attribute_space_of(path).graph
    features = testing.synthetic_features(graph, 8)
    kept = np.isin(features.labels, sorted(set(features.labels))[:5])
    recipe, X, y = testing.recipe_of(path), features.X[kept], list(np.array(features.labels)[kept])
    engine = kgzsl.train(recipe, X, y, learner="eszsl")
    material = read_material(recipe, X, y, learner="eszsl")
    with pytest.raises(LearnerError, match="too few to learn a forecast"):
        forecast(engine, material)


def test_from_the_shell(root):
    done = run("forecast", str(root / "graphs/objects.toml"), "-n", "3")
    assert done.returncode == 0
    assert "what would help" in done.stdout
    assert "rank correlation" in done.stdout
    said = json.loads(run("forecast", str(root / "graphs/objects.toml"), "-c", "okapi,gazelle", "--json").stdout)
    assert 0 <= said["classes"][0]["accuracy"] <= 1
