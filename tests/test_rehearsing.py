"""Rehearsals: nothing real and unseen has an input in them, and seen and unseen compete as they do in reality."""

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.errors import AdjusterError
from kgzsl.graph.recipe import Recipe
from kgzsl.rehearsing import MOST, _playing, _references


def test_hidden_seen_classes_play_unseen(engine):
    rehearsals, final = engine.rehearsed()
    candidates = engine.candidates()
    real = engine.bank.seen[engine.bank.rows(candidates)]
    assert len(rehearsals) == 3
    known, hidden = set(engine.learner.seen_ids), set()
    for rehearsal in rehearsals:
        query, y = rehearsal.query, rehearsal.y
        assert {query.ids[k] for k in y} <= known
        own = {query.ids[k] for k in y[~rehearsal.of_seen]}
        assert not own & hidden
        hidden |= own
        assert (~query.seen).sum() / query.seen.sum() == pytest.approx((~real).sum() / real.sum(), rel=0.02)
        references = {row.tobytes() for row in query.references.X}
        assert not references & {row.tobytes() for row in query.X}
        assert not set(query.references.labels) & own
    assert hidden == set(engine.calibration.labels)
    assert final.ids == candidates
    assert len(final.references) == len(final.X) == 160


@pytest.mark.parametrize(("seen", "unseen", "hidden", "left", "due"), [
    (150, 50, 50, 100, 33), (1000, 42, 11, 989, 42), (10, 0, 4, 6, 4), (10, 1, 5, 5, 2), (10, 90, 5, 5, 45),
])  # fmt: skip
def test_the_ratio_is_the_real_one(seen, unseen, hidden, left, due):
    real = np.arange(seen + unseen) < seen
    names = [f"h{k}" for k in range(hidden)]
    found = _playing(names, [f"o{k}" for k in range(500)], real, left, np.random.default_rng(0))
    assert len(set(found)) == due
    assert set(names) <= set(found) or due < hidden


def test_references_are_drawn_class_by_class():
    labels = [f"c{k // 100}" for k in range(1000)]
    found = _references(np.arange(1000.0)[:, None], labels, np.arange(1000), 0)
    assert len(found) == MOST
    counts = np.unique(found.labels, return_counts=True)[1]
    assert counts.max() - counts.min() <= 1
    assert not len(_references(np.zeros((3, 1)), ["a"] * 3, np.zeros(0, int), 0))


def test_a_rehearsal_does_not_change_with_the_order_of_inputs(engine):
    calibration = engine.calibration
    order = np.random.default_rng(0).permutation(len(calibration.X))
    other = type(calibration)(calibration.learners, calibration.X[order], tuple(np.array(calibration.labels)[order]))
    one, two = (c.rehearsals(engine.state.space, engine.bank, engine.candidates()) for c in (calibration, other))
    assert [r.query.ids for r in one] == [r.query.ids for r in two]


def test_a_loaded_engine_has_nothing_to_choose_on(bundle):
    engine = kgzsl.load(bundle)
    assert engine.gamma
    with pytest.raises(AdjusterError, match="there are none to hide"):
        engine.adjust("calibrated-stacking")
    with pytest.raises(AdjusterError, match="there are none to hide"):
        engine.calibrate()


def test_without_validation_gamma_is_refused_where_it_is_asked_for(tmp_path):
    path = tmp_path / "world.ttl"
    path.write_text(testing.world(2, 3) + testing.attribute_facts(2, 3))
    features = testing.synthetic_features(testing.attribute_space_of(path).graph, 4)
    kept = np.isin(features.labels, sorted(set(features.labels))[:3])
    given = features.X[kept], list(np.array(features.labels)[kept])
    assert not kgzsl.train(testing.recipe_of(path), *given, learner="eszsl").chain.adjusters
    wanted = Recipe(**testing.recipe_of(path).model_dump() | {"resolver": {"adjusters": ["calibrated-stacking"]}})
    with pytest.raises(AdjusterError, match=r"none to hide.*\[validation\]"):
        kgzsl.train(wanted, *given, learner="eszsl")
    either = Recipe(**wanted.model_dump() | {"resolver": {"adjusters": "auto"}})
    with pytest.warns(UserWarning, match="nothing to choose adjusters on"):
        assert not kgzsl.train(either, *given, learner="eszsl").chain.adjusters
