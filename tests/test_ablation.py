from dataclasses import replace

import numpy as np
import pytest

from kgzsl import testing
from kgzsl.ablation import ablate
from kgzsl.bank import ClassifierBank
from kgzsl.graph import build_graph
from kgzsl.graph.classgraph import Relation
from kgzsl.graph.recipe import Learning, Nearest
from kgzsl.ontology import read_ontology
from kgzsl.semantics.derived import NEAREST
from kgzsl.semantics.space import build_space
from kgzsl.training import Material

GROUPS, MEMBERS, WIDTH = 12, 8, 16


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """Rows depend on the kind alone, glosses say nothing: only the hierarchy helps, and `misleads` does not."""
    path = tmp_path_factory.mktemp("ablation") / "world.ttl"
    path.write_text(testing.world(GROUPS, MEMBERS))
    ontology = read_ontology(path)
    graph = build_graph(ontology)
    classes = [iri for iri in graph.class_ids if "/c" in iri]
    rng = np.random.default_rng(0)
    wrong = tuple(Relation(str(a), "misleads", str(b), 3.0) for a, b in rng.choice(classes, (400, 2)) if a != b)
    graph = replace(graph, relations=graph.relations + tuple(dict.fromkeys(wrong)))
    space = build_space(graph, {"subClassOf": 1.0}, testing.HashSource())
    kinds = {iri: rng.normal(size=WIDTH) for iri in graph.class_ids if "/kind" in iri}
    means = np.array([kinds[graph.parents(iri)[0]] for iri in classes])
    weights = (means + 0.3 * rng.normal(size=means.shape)).astype(np.float32)
    seen = ClassifierBank(tuple(classes), weights, np.zeros(len(classes), np.float32), np.ones(len(classes), bool),
                          metric="dot")  # fmt: skip
    recipe = testing.recipe_of(path, learner=Learning(name="ppr", options={"restart": 0.2}))
    return Material(recipe, (str(path),), ontology, graph, space, seen, None, False)


def test_a_relation_that_hurts_is_shown_to_hurt_and_one_that_helps_to_help(material):
    effects = {effect.relation: effect for effect in ablate(material).effects}
    assert set(effects) == {"subClassOf", "misleads"}
    assert effects["subClassOf"].change == "left out"
    assert effects["subClassOf"].verdict == "helps: keep it"
    assert effects["misleads"].change == "added"
    assert effects["misleads"].verdict == "hurts: leave it out"
    for effect in effects.values():
        assert effect.low <= effect.effect <= effect.high


def test_derived_edges_are_a_relation_like_any_other(material):
    near = build_space(material.graph, {"subClassOf": 1.0}, testing.HashSource(), nearest=Nearest(neighbours=2))
    found = ablate(replace(material, space=near))
    assert [e.relation for e in found.effects if e.change == "left out"] == ["subClassOf", NEAREST]
