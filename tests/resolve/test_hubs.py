"""Cures of hubness: by hand, on hubs that were put there, and what must not change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.metrics import by_class, hub_report, ranks
from kgzsl.resolve import Query, References, Rehearsal
from kgzsl.resolve.catalogue import ADJUSTERS, adjuster_class, make_adjuster
from kgzsl.resolve.hubs.columns import Columns, reference_columns
from kgzsl.resolve.hubs.transductive import answered_otherwise
from kgzsl.resolve.hubs.worth import Setting, Worth, best_setting

INDUCTIVE = ("csls", "inverted-softmax", "nicdm", "local-scaling", "centring")
TRANSDUCTIVE = tuple(f"{name}-batch" for name in INDUCTIVE)
NEAREST = tuple(name for name in (*INDUCTIVE, *TRANSDUCTIVE) if name.startswith(("csls", "nicdm", "local")))
SEEN, CLASSES, WIDTH = 20, 30, 16


def bank_with_hubs(seed=0, hubs=True, shift=0.0, scale=1.0):
    """Return classifiers, two of each group with a bias that makes them answers of most inputs, and true centres."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(CLASSES, WIDTH)).astype(np.float32)
    bias = np.zeros(CLASSES, np.float32)
    bias[[2, 9, SEEN + 1, SEEN + 6]] = 3.0 * hubs
    ids = tuple(f"urn:{k:02d}" for k in range(CLASSES))
    bank = ClassifierBank(ids, scale * centres, scale * bias + shift, np.arange(CLASSES) < SEEN, metric="dot")
    return bank, centres


def inputs(centres, of, each, seed=0):
    rng = np.random.default_rng([seed, 7])
    y = np.repeat(of, each)
    return (centres[y] + 0.8 * rng.normal(size=(len(y), WIDTH))).astype(np.float32), y


def query_of(seed=0, each=8, **about):
    """Return test inputs of all classes and references of the seen ones, of a world with four hubs."""
    bank, centres = bank_with_hubs(seed, **about)
    X, y = inputs(centres, np.arange(CLASSES), each, seed)
    R, labels = inputs(centres, np.arange(SEEN), 6, seed + 100)
    references = References(R, [bank.ids[k] for k in labels])
    return Query.of(bank, np.arange(CLASSES), X, references), y


@pytest.fixture(scope="module")
def rehearsals():
    return [Rehearsal(*query_of(seed)) for seed in (1, 2)]


def hit(scores, y):
    return by_class(ranks(scores, y) == 0, y).mean()


def test_all_cures_say_what_they_are():
    for names, transductive in ((INDUCTIVE, False), (TRANSDUCTIVE, True)):
        for name in names:
            kind = adjuster_class(name)
            assert (kind.name, kind.cures, kind.place) == (name, "hubness", "hubs")
            assert kind.transductive is transductive
            assert kind.uses_references is not transductive
    assert {n for n in ADJUSTERS if adjuster_class(n).cures == "hubness"} == {*INDUCTIVE, *TRANSDUCTIVE}


@pytest.mark.parametrize("name", [*INDUCTIVE, *TRANSDUCTIVE])
def test_hubs_that_were_put_there_are_cured_and_answers_get_better(name, rehearsals):
    cure = make_adjuster(name).fit(rehearsals, rehearsals[0].query)
    query, y = query_of(5)
    adjusted = cure(query).scores
    before, after = hub_report(query.scores, 5), hub_report(adjusted, 5)
    assert cure.setting.strength > 0
    assert after.share < before.share
    assert after.skewness < before.skewness - 0.2
    assert hit(adjusted, y) > hit(query.scores, y) + 0.1
    assert cure.chosen()["strength"] == cure.setting.strength


@pytest.mark.parametrize("name", [*INDUCTIVE, *TRANSDUCTIVE])
def test_no_setting_is_taken_that_costs_something_on_rehearsals(name):
    found = [Rehearsal(*query_of(seed, hubs=False)) for seed in (3, 4)]
    cure = make_adjuster(name).fit(found, found[0].query)
    before, after = ([Worth.of(r, scores) for r, scores in zip(found, each, strict=True)]
                     for each in ([r.query.scores for r in found], [cure(r.query).scores for r in found]))  # fmt: skip
    for what in ("hit", "balance"):
        first, second = (np.mean([getattr(worth, what) for worth in worths]) for worths in (before, after))
        assert second >= first - 1e-6, what


@pytest.mark.parametrize("name", [*INDUCTIVE, *TRANSDUCTIVE])
def test_the_ranking_does_not_depend_on_units_or_zero_of_scores(name):
    plain, other = (make_adjuster(name, {"strength": 0.5})(query_of(5, **about)[0]).scores
                    for about in ({}, {"shift": 40.0, "scale": 3.0}))  # fmt: skip
    assert np.allclose(other, 3 * plain + 40, atol=0.02)


@pytest.mark.parametrize("name", INDUCTIVE)
def test_an_inductive_cure_scores_an_input_the_same_in_any_batch(name):
    cure, (query, _) = make_adjuster(name, {"strength": 0.5}), query_of(5)
    whole = cure(query).scores
    assert np.allclose(cure(query.take(np.array([3]))).scores, whole[[3]], atol=1e-4)
    flipped = cure(query.take(np.arange(len(whole))[::-1])).scores
    assert np.allclose(flipped[::-1], whole, atol=1e-4)


@pytest.mark.parametrize("name", ["csls", "inverted-softmax", "centring"])
def test_what_is_taken_from_each_class_is_said_beforehand(name):
    cure, (query, _) = make_adjuster(name, {"strength": 0.5}), query_of(5)
    offsets = cure.offsets(query.bank, query.rows, query.references)
    assert np.allclose(query.scores + offsets, cure(query).scores, atol=1e-4)
    assert abs(offsets).max() > 0.5
    assert not make_adjuster(name).offsets(query.bank, query.rows, query.references).any()


@pytest.mark.parametrize("name", ["nicdm", "local-scaling", *TRANSDUCTIVE])
def test_what_is_no_number_a_class_says_so(name):
    query, _ = query_of(5)
    assert make_adjuster(name, {"strength": 0.5}).offsets(query.bank, query.rows, query.references) is None


@pytest.mark.parametrize("name", [*INDUCTIVE, *TRANSDUCTIVE])
def test_what_is_chosen_is_kept(name, rehearsals):
    cure, (query, _) = make_adjuster(name).fit(rehearsals, rehearsals[0].query), query_of(5)
    other = make_adjuster(name).restore(cure.state())
    assert np.array_equal(other(query).scores, cure(query).scores)
    assert other.chosen() == cure.chosen()


@pytest.mark.parametrize("name", TRANSDUCTIVE)
def test_too_small_a_batch_is_left_alone_and_that_is_said(name):
    query, _ = query_of(5)
    few = query.take(np.arange(49))
    left = make_adjuster(name, {"strength": 0.5})(few)
    assert np.array_equal(left.scores, few.scores)
    assert [note.declined for note in left.notes] == [True]
    assert "49" in left.notes[0].text
    assert not make_adjuster(name, {"strength": 0.5})(query).notes


@pytest.mark.parametrize("name", INDUCTIVE)
def test_without_inputs_of_seen_classes_scores_are_left_alone_and_that_is_said(name):
    query, _ = query_of(5)
    for references in (References(), References(query.references.X[:9], query.references.labels[:9])):
        bare = Query.of(query.bank, query.rows, query.X, references)
        cure = make_adjuster(name, {"strength": 0.5})
        assert np.array_equal(cure(bare).scores, bare.scores)
        note = cure(bare).notes[0]
        assert note.declined
        assert note.adjuster == name
        offsets = cure.offsets(bare.bank, bare.rows, references)
        assert offsets is None or not offsets.any()


def test_no_inputs_stay_no_inputs():
    query, _ = query_of(5)
    for name in (*INDUCTIVE, *TRANSDUCTIVE):
        assert make_adjuster(name, {"strength": 0.5})(query.take(np.arange(0))).scores.shape == (0, CLASSES)


def test_nothing_to_choose_by_is_refused_unless_all_is_given():
    query, _ = query_of(5)
    for name in (*INDUCTIVE, *TRANSDUCTIVE):
        with pytest.raises(AdjusterError, match="hide"):
            make_adjuster(name).fit([], query)
    given = make_adjuster("csls", {"strength": 0.5, "k": 10, "apart": True}).fit([], query)
    assert given.chosen() == {"strength": 0.5, "k": 10, "apart": 1, "own": 0}
    with pytest.raises(AdjusterError, match="strength"):
        make_adjuster("csls", {"strengh": 0.5})
    with pytest.raises(AdjusterError):
        make_adjuster("csls", {"k": 0})


def test_a_strength_that_is_given_is_used_and_the_rest_is_chosen(rehearsals):
    cure = make_adjuster("inverted-softmax", {"strength": 0.4}).fit(rehearsals, rehearsals[0].query)
    assert cure.setting.strength == 0.4
    assert cure.chosen()["temperature"] in type(cure).reaches


def test_csls_by_hand():
    """Each class's best input of another class scores 0.8, 0.6 and 0.28; half of what is above 0.6 is undone."""
    bank = ClassifierBank(("a", "b", "c"), np.eye(3, dtype=np.float32), np.zeros(3, np.float32), np.ones(3, bool))
    X = np.tile(np.array([[0.96, 0, 0.28], [0.8, 0.6, 0], [0, 0.6, 0.8]], np.float32), (6, 1))
    query = Query.of(bank, np.arange(3), X[:1], References(X, ["a", "b", "c"] * 6))
    found = make_adjuster("csls", {"k": 1, "strength": 0.5})(query).scores
    assert np.allclose(found, [[0.96 - 0.1, 0, 0.28 + 0.16]])


def test_nicdm_and_local_scaling_by_hand():
    scores = np.array([[4.0, 1], [3, 1], [2, 1], [1, 1]])
    columns = Columns(scores, np.ones(2, bool))
    spread = np.sqrt(np.mean([1.5**2, 1, 0.25, 0]))
    zero = 4 + spread
    for name, levels in (("nicdm", [zero - 3.5, zero - 1]), ("local-scaling", [zero - 3, zero - 1])):
        level = make_adjuster(name, {"k": 2}).level(columns, Setting(0.5, 0.0))
        assert level.zero == pytest.approx(zero)
        assert level.classes == pytest.approx(np.array(levels) / np.median(levels))
        done = make_adjuster(name).rescored(scores, level, 0.5)
        assert done == pytest.approx(zero - (zero - scores) / np.sqrt(level.classes))


def test_inverted_softmax_is_a_softmax_over_inputs():
    scores = np.random.default_rng(0).normal(size=(60, 12))
    columns, setting = Columns(scores, np.ones(12, bool)), Setting(1.0, 0.7)
    cure = make_adjuster("inverted-softmax")
    unit = scores / (0.7 * np.sqrt(scores.var(axis=1).mean()))
    published = np.exp(unit) / np.exp(unit).sum(axis=0)
    found = cure.rescored(scores, cure.level(columns, setting), 1.0)
    assert np.array_equal(np.argsort(found, axis=1), np.argsort(published, axis=1))


def test_centring_moves_the_origin_of_inputs():
    query, _ = query_of(5)
    weights, unit = query.bank.weights, query.X / np.linalg.norm(query.X, axis=1, keepdims=True)
    cure = make_adjuster("centring")
    level = cure.level(Columns(unit @ weights.T, query.seen), Setting(1.0, 1.0, 0.0))
    found = cure.rescored(unit @ weights.T, level, 1.0)
    centred = (unit - unit.mean(axis=0)) @ weights.T
    assert np.ptp(found - centred, axis=1).max() < 1e-4, "but for what all classes of an input have alike"


def test_inputs_that_are_answered_as_a_class_do_not_count_for_it():
    query, _ = query_of(5)
    columns = answered_otherwise(query)
    often = np.bincount(query.scores.argmax(axis=1), minlength=CLASSES)
    assert (~columns.counted).sum(axis=0).tolist() == often.tolist()


@pytest.mark.parametrize("name", TRANSDUCTIVE)
def test_a_batch_of_one_class_is_left_alone_and_that_is_said(name):
    bank, centres = bank_with_hubs(hubs=False)
    X, _ = inputs(centres, np.array([4]), 80)
    query = Query.of(bank, np.arange(CLASSES), 0.1 * X + 2 * centres[4])
    left = make_adjuster(name, {"strength": 0.5})(query)
    assert np.array_equal(left.scores, query.scores)
    assert left.notes[0].declined
    assert "alike" in left.notes[0].text


def test_a_class_is_not_measured_against_its_own_inputs():
    query, _ = query_of(5, hubs=False)
    columns = reference_columns(query.bank, query.rows, query.references)
    assert columns.counted.sum(axis=0).tolist() == [6 * (SEEN - 1)] * SEEN + [6 * SEEN] * (CLASSES - SEEN)
    own, blind = columns.best(5).mean(axis=0), Columns(columns.scores, columns.seen).best(5).mean(axis=0)
    apart = [level[:SEEN].mean() - level[SEEN:].mean() for level in (own, blind)]
    assert apart[1] > 5 * abs(apart[0]), "their own inputs make hubs of seen classes"
    assert np.isfinite(own).all()
    masked = np.where(columns.counted, columns.scores, np.nan)
    assert columns.mean() == pytest.approx(np.nanmean(masked, axis=0), rel=1e-4, abs=1e-5)
    assert columns.soft(2.0) == pytest.approx(2 * np.log(np.nanmean(np.exp(masked / 2), axis=0)), rel=1e-4, abs=1e-5)


def test_the_balance_of_seen_and_unseen_is_left_to_others():
    """A cure moves no group as a whole: what is typical of a group stays."""
    query, _ = query_of(5)
    for name in ("csls", "inverted-softmax", "centring"):
        offsets = make_adjuster(name, {"strength": 0.5}).offsets(query.bank, query.rows, query.references)
        assert [np.median(offsets[group]) for group in (query.seen, ~query.seen)] == pytest.approx([0, 0])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([*INDUCTIVE, *TRANSDUCTIVE]), st.floats(0.1, 1.0))
def test_the_order_of_candidates_does_not_count_and_a_class_keeps_its_order(seed, name, strength):
    query, _ = query_of(seed, each=2)
    cure, order = make_adjuster(name, {"strength": strength}), np.random.default_rng(seed).permutation(CLASSES)
    found = cure(query).scores
    other = cure(Query.of(query.bank, query.rows[order], query.X, query.references)).scores
    assert np.allclose(other, found[:, order], atol=1e-4)
    for c in (0, SEEN + 1):
        assert (np.diff(found[np.argsort(query.scores[:, c]), c]) >= -1e-4).all()


@pytest.mark.parametrize("name", NEAREST)
def test_more_inputs_than_there_are_count_as_all(name):
    query, _ = query_of(5)
    assert np.isfinite(make_adjuster(name, {"strength": 0.5, "k": 10_000})(query).scores).all()


def test_one_group_alone_and_one_class_alone_are_fine():
    query, _ = query_of(5)
    for rows in (np.arange(SEEN), np.arange(SEEN, CLASSES), np.array([3])):
        for name in (*INDUCTIVE, *TRANSDUCTIVE):
            part = Query.of(query.bank, rows, query.X, query.references)
            assert np.isfinite(make_adjuster(name, {"strength": 0.5})(part).scores).all()


def test_the_setting_with_fewest_hubs_among_those_that_cost_nothing():
    choices = [Setting(0.0, 1.0), Setting(0.5, 1.0), Setting(0.5, 2.0), Setting(1.0, 2.0)]
    worths = [[Worth(0.5, 0.3, 0.4), Worth(0.6, 0.3, 0.3), Worth(0.5, 0.4, 0.2), Worth(0.4, 0.3, 0.1)]]
    assert best_setting(worths, choices) == choices[2]
    worths[0][2] = Worth(0.5, 0.2, 0.2)
    assert best_setting(worths, choices) == choices[1], "a loss of balance is a cost too"
    worse = [[Worth(0.5, 0.3, 0.4), Worth(0.3, 0.3, 0.3), Worth(0.4, 0.3, 0.2), Worth(0.2, 0.3, 0.1)]]
    assert best_setting(worse, choices) == choices[0]
    assert best_setting(worse, choices, used=True) == choices[2], "the one that costs least"


def test_whether_own_inputs_count_is_chosen_in_a_batch_and_can_be_given(rehearsals):
    query, _ = query_of(5)
    assert {setting.own for setting in make_adjuster("csls-batch")._settings()} == {0, 1}
    assert {setting.own for setting in make_adjuster("csls")._settings()} == {0}
    for name in ("csls", "csls-batch"):
        without, with_own = (make_adjuster(name, {"strength": 0.5, "own": own})(query).scores for own in (False, True))
        assert abs(without - with_own).max() > 0.1


def test_levelled_together_a_whole_group_may_move(rehearsals):
    query, _ = query_of(5)
    cure = make_adjuster("csls", {"strength": 0.5, "apart": False, "k": 10})
    offsets = cure.offsets(query.bank, query.rows, query.references)
    assert np.median(offsets) == pytest.approx(0)
    assert abs(np.median(offsets[query.seen])) > 0.01
    apart = make_adjuster("csls", {"strength": 0.5, "apart": True, "k": 10})
    apart = apart.offsets(query.bank, query.rows, query.references)
    for group in (query.seen, ~query.seen):
        assert np.ptp((offsets - apart)[group]) < 1e-6, "within a group both are alike"


def test_worths_are_found_once_for_a_rehearsal(rehearsals, monkeypatch):
    first = make_adjuster("csls").fit(rehearsals, rehearsals[0].query)
    monkeypatch.setattr(Worth, "of", None)
    assert make_adjuster("csls").fit(rehearsals[:1], rehearsals[0].query)
    assert make_adjuster("csls").fit(rehearsals, rehearsals[0].query).setting == first.setting
