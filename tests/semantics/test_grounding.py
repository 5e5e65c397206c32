import numpy as np
import pytest

import kgzsl
from kgzsl.bank import ClassifierBank
from kgzsl.semantics.grounding import ungrounded
from tests.conftest import small_engine
from tests.learners.worlds import World, space_of

ISLAND = """
wn:island a owl:Class ; skos:prefLabel "island"@en .
wn:islet a owl:Class ; skos:prefLabel "islet"@en ; rdfs:subClassOf wn:island ; att:stripes 0.9 .
"""


@pytest.mark.parametrize("learner", ["kernel", "ppr", "absorb"])
def test_classes_without_a_path_to_a_seen_one_are_flagged_and_not_made_up(learner, tmp_path):
    engine, path, features = small_engine(tmp_path, learner)
    assert not engine.state.ungrounded
    path.write_text(path.read_text() + ISLAND)
    engine.update()
    lost = {iri.rsplit("/", 1)[-1] for iri in engine.state.ungrounded}
    assert lost == {"island", "islet"}
    answers = engine.predict(features.X[:20], k=200)
    found = {c.id: c for answer in answers for c in answer.candidates}
    if learner == "ppr":  # reads relations only: it can say nothing of them, so they are no answers
        assert {iri.rsplit("/", 1)[-1] for iri in engine.state.blank} == lost
        assert not {"island", "islet"} & set(found)
    else:  # described: an answer, and one can tell on what it rests
        assert not found["islet"].grounded
    assert all(c.grounded for name, c in found.items() if name not in lost)
    assert np.isfinite(engine.bank.weights).all()


def test_directions_and_weights_of_relations_count():
    """What a class does not read leads nowhere, and an edge of weight zero is none."""
    edges = {("seen", "root"): 1.0, ("leaf", "seen"): 1.0, ("loose", "root"): 0.0}
    names = {name: name for name in ("root", "seen", "leaf", "loose")}
    world = World(names, {(a, "subClassOf", b): weight for (a, b), weight in edges.items()})
    found = {}
    for way in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        space = space_of(world, {"subClassOf": way})
        seen = np.array([iri == "seen" for iri in space.graph.class_ids])
        rows = np.zeros((4, 3), np.float32)
        found[way] = ungrounded(space, ClassifierBank(space.graph.class_ids, rows, rows[:, 0], seen))
    assert found == {(1.0, 0.0): {"root", "loose"}, (0.0, 1.0): {"leaf", "loose"}, (1.0, 1.0): {"loose"}}


def test_training_says_which_classes_have_no_path(root, tmp_path):
    engine, path, features = small_engine(tmp_path)
    path.write_text(path.read_text() + ISLAND)
    with pytest.warns(UserWarning, match="2 classes have no path to a seen class .* such as 'island'"):
        kgzsl.train(engine.recipe, features.X, features.labels)
