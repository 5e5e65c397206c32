"""The whole measurement: which answers, the same for all methods, intervals over classes, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from kgzsl.errors import FeatureError, LearnerError, UnknownNameError
from kgzsl.explain.faithfulness import MEASURES, Plan, faithfulness
from kgzsl.explain.faithfulness.answers import choose_answers
from kgzsl.explain.faithfulness.catalogue import CONTROL, METHODS
from kgzsl.explain.faithfulness.deletions import Deletions
from kgzsl.explain.faithfulness.randomised import randomised
from kgzsl.learners.base import Propagation
from kgzsl.metrics import by_class, interval
from tests.explain.faithfulness.toys import PARTS, Sums, inputs, toy, trained

CHEAP = ("paths", "random path", "random", "occlusion")


@pytest.fixture(scope="module")
def found():
    return faithfulness(trained("sgc"), inputs(40), CHEAP, plan=Plan(answers=30, checks=8))


def test_the_best_unseen_candidate_of_each_input_and_its_rival():
    setting, X = trained("sgc"), inputs(50)
    chosen, scores = choose_answers(setting, X, 20, 0), setting.scores(X)
    assert len(set(chosen.inputs)) == 20
    for k, row in enumerate(chosen.inputs):
        order = [setting.candidates[i] for i in np.argsort(-scores[row])]
        assert chosen.classes[k] == next(iri for iri in order if iri not in setting.learner.seen_row)
        assert chosen.rivals[k] == next(iri for iri in order if iri != chosen.classes[k])
        assert chosen.answered[k] == (order[0] == chosen.classes[k])
    assert 0 < chosen.answered.sum() < 20
    assert list(choose_answers(setting, X, 99, 0).inputs) == list(range(50))
    assert list(choose_answers(setting, X, 20, 1).inputs) != list(chosen.inputs)


def test_every_method_on_the_same_answers(found):
    assert tuple(found.values) == CHEAP
    assert len(found) == 30
    assert {len(values) for each in found.values.values() for values in each.values()} == {30}
    for method in CHEAP:
        for measure in MEASURES:
            known = np.isfinite(found.values[method][measure.name])
            few = measure.name in ("stability", "randomised")
            assert known.sum() <= 8 if few else known.all()


def test_intervals_are_over_classes_and_differences_are_paired(found):
    row = next(row for row in found.rows if row.method == "paths")
    values = found.values["paths"]["deletion"]
    assert row.measures["deletion"] == interval(by_class(values, found.classes), 0)
    apart = values - found.values[CONTROL]["deletion"]
    assert row.over_control["deletion"] == interval(by_class(apart, found.classes), 0)
    control = next(row for row in found.rows if row.method == CONTROL)
    assert (control.over_control["deletion"].low, control.over_control["deletion"].high) == (0, 0)


def test_more_inputs_of_the_same_classes_make_no_interval_narrower(found):
    again = np.tile(np.arange(len(found)), 5)
    values = {method: {name: v[again] for name, v in each.items()} for method, each in found.values.items()}
    other = replace(found, classes=found.classes[again], values=values)
    one, five = (f.rows[0].measures["deletion"] for f in (found, replace(other, **_repeated(found, again))))
    assert five.value == pytest.approx(one.value)
    assert five.high - five.low == pytest.approx(one.high - one.low)


def _repeated(found, again):
    return {"milliseconds": {m: v[again] for m, v in found.milliseconds.items()},
            "outside": {m: v[again] for m, v in found.outside.items()}}  # fmt: skip


def test_a_seed_says_all():
    setting, X = trained("kernel"), inputs(4)
    one, other = (faithfulness(setting, X, CHEAP, plan=Plan(checks=2)) for _ in range(2))
    for method in CHEAP:
        for measure in MEASURES:
            np.testing.assert_array_equal(one.values[method][measure.name], other.values[method][measure.name])


def test_as_much_from_a_bundle_which_holds_no_cache():
    setting, X = trained("absorb"), inputs(2)
    bare = replace(setting, propagation=Propagation(setting.propagation.bank, {}))
    one, other = (faithfulness(s, X, ("occlusion",), plan=Plan(checks=0)) for s in (setting, bare))
    assert one.values["occlusion"]["deletion"] == pytest.approx(other.values["occlusion"]["deletion"], abs=1e-5)


def test_what_decides_is_found_and_told():
    """On sums occlusion is the truth: as good as greedy, better than the controls, and so it is told."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.uniform(0.5, 1, 40), rng.normal(size=40)]).astype(np.float32)
    found = faithfulness(toy(), X, ("random", "occlusion", "greedy"), plan=Plan(checks=0))
    rows = {row.method: row for row in found.rows}
    assert rows["occlusion"].measures["deletion"].value == pytest.approx(rows["greedy"].measures["deletion"].value)
    assert rows["occlusion"].measures["deletion"].value > rows["random"].measures["deletion"].value
    assert found.difference("occlusion", "fidelity+").value > 0
    assert rows["occlusion"].measures["stability"] is None
    assert found.facts.max() == len(PARTS) + 1


def test_table_and_json(found):
    headers, rows = found.table()
    assert [row[0] for row in rows] == list(CHEAP)
    assert {len(row) for row in rows} == {len(headers)}
    data = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert data["answers"] == 30
    assert data["classes"] == len(set(found.classes))
    assert [each["method"] for each in data["methods"]] == list(CHEAP)
    deletion = data["methods"][0]["measures"]["deletion"]
    assert deletion["low"] <= deletion["value"] <= deletion["high"]
    assert len(data["methods"][0]["drops"]) == len(data["points"])


def test_progress_is_told():
    told = []
    faithfulness(trained("sgc"), inputs(5), ("random",), plan=Plan(checks=0), progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == [1, 2, 3, 4, 5]
    assert {total for *_, total in told} == {5}


def test_methods_that_a_learner_does_not_allow_are_named():
    found = faithfulness(trained("kernel"), inputs(3), ("random", "gnnexplainer"), plan=Plan(checks=0))
    assert tuple(found.values) == (CONTROL, "random")
    assert "gcn and sgcn" in found.unavailable["gnnexplainer"]


def test_refusals():
    with pytest.raises(UnknownNameError, match="did you mean 'greedy'"):
        faithfulness(trained("sgc"), inputs(3), ("greddy",))
    with pytest.raises(FeatureError, match="features are 3 wide"):
        faithfulness(trained("sgc"), inputs(3)[:, :3])
    seen = replace(trained("sgc"), candidates=("n00", "n03"))
    with pytest.raises(LearnerError, match="no candidate is unseen"):
        faithfulness(seen, inputs(3))
    with pytest.raises(LearnerError, match="no fact has a part"):
        faithfulness(toy(Sums({("nobody", "p0"): 1.0})), np.eye(2, dtype=np.float32))


@pytest.mark.parametrize(
    "name", ["kernel", "sgc", "absorb", "ppr", "laplacian", "gcn", "rgcn", "dgp", "gat", "residual", "shared"]
)
def test_a_learner_in_disorder_keeps_its_structure_and_forgets_the_rest(name):
    setting = trained(name)
    other = randomised(setting, 0)
    ours, theirs = setting.propagation.bank, other.propagation.bank
    unseen = ~ours.seen
    assert np.abs(ours.weights[unseen] - theirs.weights[unseen]).max() > 0.05
    before, after = setting.learner.state(), other.learner.state()
    assert before.keys() == after.keys()
    for key in before:
        assert np.array_equal(np.sort(before[key], axis=None), np.sort(after[key], axis=None)), "nothing new came"
        assert np.array_equal(before[key] == 0, after[key] == 0) or key == "rows", "what was zero stays zero"
    assert np.array_equal(randomised(setting, 0).propagation.bank.weights, theirs.weights)
    assert not np.array_equal(randomised(setting, 1).propagation.bank.weights, theirs.weights)


@pytest.mark.parametrize("name", ["kernel", "sgcn", "dgp", "ppr", "laplacian", "absorb"])
def test_deletions_are_propagations_from_scratch(name):
    setting, rng = trained(name), np.random.default_rng(0)
    deletions, facts = Deletions(setting), setting.graph.relations
    for size in (1, 3, len(facts) // 2, len(facts)):
        gone = [facts[k] for k in rng.permutation(len(facts))[:size]]
        bank = setting.learner.propagate(setting.space.edited(gone)).bank
        ids = ("n22", "n03", "n16")
        assert deletions.rows(ids, gone) == pytest.approx(bank.weights[bank.rows(ids)], abs=2e-6)


def test_every_way_to_rank_runs_on_a_network():
    found = faithfulness(trained("sgcn"), inputs(1), plan=Plan(checks=1))
    assert list(found.values) == list(METHODS)
    assert all(np.isfinite(each["deletion"]).all() for each in found.values.values())
