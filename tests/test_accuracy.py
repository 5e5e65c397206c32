"""Accuracy on the bundled photos: floors of one seeded run, low enough that nobody hunts for lucky seeds."""

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.cli.figures import Study
from kgzsl.graph import build_graph
from kgzsl.metrics import by_class, ranks


@pytest.mark.parametrize("learner", ["kernel", "gcn"])
def test_on_the_59_unseen_synsets(learner, root):
    study = Study({learner: kgzsl.train(root / "graphs/objects.toml", learner=learner)})
    assert (len(study.unseen), len(study.seen), len(study.above_seen)) == (59, 32, 16)
    assert study.hits(learner)[1].value >= 0.46
    assert study.together(learner)["calibrated"][2] >= 0.50


def test_nothing_is_measured_on_what_was_chosen_on(root, engine):
    study = Study({"kernel": engine})
    assert not set(study.test_rows) & set(study.calibration_rows)
    chosen = {tuple(x) for x in engine.calibration.X[:, :20]}
    assert not chosen & {tuple(x) for x in study.X[study.test_rows][:, :20]}
    assert len(chosen) == 320


def test_on_ten_animals_that_no_synthetic_input_shows(root):
    """The ten test animals of AwA2's proposed split (Xian et al. 2019), on inputs made from attributes."""
    sources = [root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv"]
    graph = build_graph(kgzsl.read_ontology(sources))
    names = "n02411705 n02068974 n02139199 n02076196 n02064816 n02331046 n02374451 n02081571 n02439033 n02127482"
    unseen = [graph.find(name) for name in names.split()]
    features = testing.synthetic_features(graph, seed=0)
    labels = np.array(features.labels)
    fit = ~np.isin(labels, unseen)
    engine = kgzsl.train(root / "graphs/animals.toml", features.X[fit], list(labels[fit]))
    y = np.array([unseen.index(label) for label in labels[~fit]])
    hit = by_class(ranks(engine.scores(features.X[~fit], unseen), y) == 0, y).mean()
    print(f"synthetic animals: {100 * hit:.1f} % of ten unseen classes, chance 10")
    assert hit > 0.3
