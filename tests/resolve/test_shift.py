"""Cures of domain shift: what they change, what they leave alone, and where they decline."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.arrays import softmax, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.input_map import InputMap
from kgzsl.metrics import by_class, ranks
from kgzsl.resolve.catalogue import ADJUSTERS, adjuster_class, make_adjuster
from kgzsl.resolve.query import Query, References, Rehearsal
from kgzsl.resolve.shift.alignment import Cloud
from kgzsl.resolve.shift.coral import powered
from kgzsl.resolve.shift.focus import Focus, margin, standard
from kgzsl.resolve.shift.guarded import best_threshold
from kgzsl.resolve.shift.prior import occurrence
from kgzsl.resolve.shift.propagation import neighbours, propagated
from kgzsl.resolve.shift.trials import DRAWS, MIXES, MOST, Mix, drawn, trials

BATCH = ("prototypes", "label-propagation", "prior")
FEATURES = ("align-centring", "coral")
CURES = BATCH + FEATURES
ALWAYS = -1e9
WIDTH, SEEN, HIDDEN = 24, 12, 8


def scene(seed, each=12, shift=1.0, wrong=1.3, unseen=HIDDEN, away=0.0):
    """Return a rehearsal: classifiers of hidden classes are off, inputs share a shift, and the batch has its own."""
    rng = np.random.default_rng(seed)
    centres = unit_rows(rng.normal(size=(SEEN + unseen, WIDTH)))
    off = unit_rows(rng.normal(size=centres.shape)) * np.repeat([0.1, wrong], [SEEN, unseen])[:, None]
    seen = np.arange(len(centres)) < SEEN
    bank = ClassifierBank(tuple(f"c{k}" for k in range(len(centres))), unit_rows(centres + off),
                          np.zeros(len(centres), np.float32), seen, InputMap())  # fmt: skip
    common = shift * unit_rows(rng.normal(size=(1, WIDTH)))

    def inputs(y):
        return (centres[y] + common + 0.1 * rng.normal(size=(len(y), WIDTH))).astype(np.float32)

    own, y = np.repeat(np.arange(SEEN), 8), np.repeat(np.arange(len(centres)), each)
    references = References(inputs(own), [bank.ids[k] for k in own])
    X = inputs(y) + np.float32(away) * unit_rows(rng.normal(size=(1, WIDTH)))
    return Rehearsal(Query.of(bank, np.arange(len(centres)), X, references), y)


def unseen_only(rehearsal):
    """Return the query of unseen classes among themselves, and the columns of their inputs."""
    query, at = rehearsal.query, np.flatnonzero(~rehearsal.of_seen)
    part = Query.of(query.bank, np.flatnonzero(~query.seen), query.X[at], query.references)
    return part, rehearsal.y[at] - SEEN


@cache
def fitted(name, away=0.0, centring=None):
    rehearsals = [scene(seed, away=away) for seed in range(2)]
    chosen = centring is None or "centring" not in adjuster_class(name).GRID
    options = {} if chosen else {"fixed": {"centring": centring}}
    return make_adjuster(name, options).fit(rehearsals, rehearsals[0].query)


def accuracy(query, y):
    return by_class(ranks(query.scores, y) == 0, y).mean()


def same(query, other):
    return np.array_equal(query.scores, other.scores) and np.array_equal(query.X, other.X)


@pytest.mark.parametrize("name", CURES)
def test_is_what_it_says(name):
    kind = adjuster_class(name)
    assert name in ADJUSTERS
    assert kind.name == name
    assert kind.cures == "domain shift"
    assert kind.transductive
    assert kind.place == ("batch" if name in BATCH else "features")
    assert kind.citation


@pytest.mark.parametrize("name", CURES)
def test_the_query_is_left_alone_and_the_order_of_candidates_does_not_count(name):
    query = scene(11).query
    scores, X = query.scores.copy(), query.X.copy()
    found = fitted(name)(query)
    assert found.scores.shape == scores.shape
    assert np.array_equal(query.scores, scores)
    assert np.array_equal(query.X, X)
    order = np.random.default_rng(0).permutation(len(query.rows))
    other = fitted(name)(replace(query, rows=query.rows[order], scores=query.scores[:, order]))
    assert np.allclose(other.scores, found.scores[:, order], atol=1e-4)


@pytest.mark.parametrize("name", CURES)
def test_what_was_chosen_comes_back_from_arrays(name):
    made = fitted(name)
    state = made.state()
    assert all(isinstance(array, np.ndarray) for array in state.values())
    again = make_adjuster(name).restore(state)
    query = scene(12).query
    assert again.chosen() == made.chosen()
    assert same(again(query), made(query))
    assert again(query).notes[0].text == made(query).notes[0].text


@pytest.mark.parametrize("name", ["prototypes", "label-propagation"])
def test_inputs_without_labels_mend_the_classifiers_of_unseen_classes(name):
    gains = []
    for seed in range(20, 24):
        query, y = unseen_only(scene(seed))
        found = fitted(name)(query)
        assert not found.notes[0].declined
        gains.append(accuracy(found, y) - accuracy(query, y))
    assert np.mean(gains) > 0.05
    assert min(gains) > -0.02


@pytest.mark.parametrize("name", FEATURES)
def test_alignment_mends_a_batch_that_lies_away_from_the_references(name):
    gains = []
    for seed in range(20, 24):
        trial = scene(seed, away=2.0, wrong=0.4)
        kind = np.where(trial.query.seen[None, :] == trial.of_seen[:, None], 0, -np.inf)
        found = fitted(name, 2.0)(trial.query)
        assert not found.notes[0].declined
        assert found.notes[0].figures["movement"] > 0
        gains.append(accuracy(found.scored(found.scores + kind), trial.y)
                     - accuracy(trial.query.scored(trial.query.scores + kind), trial.y))  # fmt: skip
    assert np.mean(gains) > 0.05


@pytest.mark.parametrize("name", ["prototypes", "label-propagation"])
def test_says_what_moved(name):
    query, _ = unseen_only(scene(20))
    found = fitted(name)(query)
    note = found.notes[-1]
    changed = (query.scores.argmax(axis=1) != found.scores.argmax(axis=1)).sum()
    assert note.adjuster == name
    assert note.figures["changed"] == changed > 0
    assert note.figures["share"] == pytest.approx(changed / len(query.X))
    assert note.text.startswith(f"{changed} of {len(query.X)} answers changed")


def test_says_how_far_prototypes_moved():
    query, _ = unseen_only(scene(20))
    note = fitted("prototypes")(query).notes[-1]
    assert 0 < note.figures["movement"] < 2
    assert f"{note.figures['movement']:.2f}" in note.text


@pytest.mark.parametrize("name", CURES)
def test_declines_a_batch_that_is_too_small_and_says_what_is_needed(name):
    made = fitted(name)
    query, _ = unseen_only(scene(13))
    few = query.take(np.arange(made.options.least - 1))
    found = made(few)
    note = found.notes[-1]
    assert note.declined
    assert same(found, few)
    assert f"{made.options.least - 1} inputs to go by, and {made.options.least} are needed" in note.text
    assert note.figures["needed"] == made.options.least


def test_label_propagation_declines_a_batch_that_is_too_large():
    made = make_adjuster("label-propagation", {"most": 20}).restore(fitted("label-propagation").state())
    query, _ = unseen_only(scene(13))
    found = made(query)
    assert found.notes[-1].declined
    assert same(found, query)
    assert "20 at most" in found.notes[-1].text


@pytest.mark.parametrize("name", FEATURES)
def test_alignment_declines_a_batch_of_one_class(name):
    for seed in range(30, 36):
        query, y = unseen_only(scene(seed, each=40))
        one = query.take(y == 3)
        found = fitted(name)(one)
        assert found.notes[-1].declined
        assert same(found, one)


@pytest.mark.parametrize("name", ["prototypes", "label-propagation"])
def test_one_class_about_its_mean_would_be_torn_apart_and_is_declined(name):
    losses, made = [], fitted(name, centring=1.0)
    bold = make_adjuster(name, dict(made.options)).restore(made.state())
    bold.threshold = ALWAYS
    for seed in range(30, 36):
        query, y = unseen_only(scene(seed, each=40, wrong=0.4))
        one, at = query.take(y == 3), y[y == 3]
        losses.append(accuracy(one, at) - accuracy(bold(one), at))
        assert made(one).notes[-1].declined
        assert same(made(one), one)
    assert np.mean(losses) > 0.1


@pytest.mark.parametrize("name", ["prototypes", "label-propagation"])
def test_one_class_loses_little_where_it_is_not_declined(name):
    losses = []
    for seed in range(30, 42):
        query, y = unseen_only(scene(seed, each=40, wrong=0.8))
        one, at = query.take(y == 3), y[y == 3]
        losses.append(accuracy(one, at) - accuracy(fitted(name)(one), at))
    assert np.mean(losses) < 0.02


def test_settings_that_are_fixed_are_not_chosen():
    made = fitted("label-propagation", centring=0.5)
    assert made.settings["centring"] == 0.5
    with pytest.raises(AdjusterError, match="no setting 'glue'"):
        make_adjuster("prototypes", {"fixed": {"glue": 1.0}})


def test_the_prior_is_applied_to_few_classes_only():
    made, helped = fitted("prior"), []
    for seed in range(40, 46):
        query, y = unseen_only(scene(seed, each=40, wrong=0.8))
        assert made(query).notes[-1].declined
        one = query.take(y == 2)
        helped.append(accuracy(made(one), y[y == 2]) - accuracy(one, y[y == 2]))
    assert np.mean(helped) > 0
    assert min(helped) > -0.05


@pytest.mark.parametrize("name", CURES)
def test_always_declines_where_it_never_paid(name):
    right = [scene(seed, shift=0.0, wrong=0.0) for seed in range(1)]
    rehearsals = [Rehearsal(replace(r.query, scores=10 * np.eye(len(r.query.rows), dtype=np.float32)[r.y]), r.y)
                  for r in right] if name in BATCH else [_blank(r) for r in right]  # fmt: skip
    made = make_adjuster(name).fit(rehearsals, rehearsals[0].query)
    query, _ = unseen_only(scene(14))
    assert made.chosen() == {"strength": 0.0}
    assert made(query).notes[-1].declined
    assert same(made(query), query)
    assert same(make_adjuster(name).restore(made.state())(query), query)


def _blank(rehearsal):
    """Return the rehearsal with classifiers that know nothing, so that no alignment can help."""
    bank = rehearsal.query.bank
    none = ClassifierBank(bank.ids, np.zeros_like(bank.weights), bank.bias, bank.seen, bank.input_map)
    query = rehearsal.query
    return Rehearsal(Query.of(none, query.rows, query.X, query.references), rehearsal.y)


@pytest.mark.parametrize("name", BATCH)
@given(seed=st.integers(0, 10_000), gamma=st.floats(-2, 2))
@settings(max_examples=15, deadline=None)
def test_seen_classes_neither_lose_nor_win_an_input(name, seed, gamma):
    query = scene(15).query
    noise = np.random.default_rng(seed).normal(size=query.scores.shape)
    query = query.scored((query.scores + 0.2 * noise - gamma * query.seen).astype(np.float32))
    made = make_adjuster(name).restore(fitted(name).state())
    made.threshold = ALWAYS
    found = made(query)
    before, after = query.seen[query.scores.argmax(axis=1)], query.seen[found.scores.argmax(axis=1)]
    assert np.array_equal(before, after)
    assert np.array_equal(query.scores[before], found.scores[before])
    assert np.array_equal(query.scores[:, query.seen], found.scores[:, query.seen])
    assert np.allclose(query.scores.max(axis=1), found.scores.max(axis=1), atol=1e-5)


@pytest.mark.parametrize("name", BATCH)
def test_there_is_nothing_to_choose_between_one_class(name):
    query = scene(16).query
    one = Query.of(query.bank, np.array([SEEN]), query.X, query.references)
    found = fitted(name)(one)
    assert found.notes[-1].declined
    assert same(found, one)


@pytest.mark.parametrize("name", CURES)
def test_no_inputs_are_no_trouble(name):
    query = scene(16).query
    none = query.take(np.zeros(0, np.int64))
    found = fitted(name)(none)
    assert found.notes[-1].declined
    assert found.scores.shape == (0, len(query.rows))


@pytest.mark.parametrize("name", BATCH)
def test_seen_candidates_alone_are_refined_like_unseen_ones(name):
    query = scene(16).query
    seen = Query.of(query.bank, np.flatnonzero(query.seen), query.X, query.references)
    made = make_adjuster(name).restore(fitted(name).state())
    made.threshold = ALWAYS
    assert not np.allclose(made(seen).scores, seen.scores)


@pytest.mark.parametrize("name", FEATURES)
def test_alignment_needs_references(name):
    query, _ = unseen_only(scene(17))
    bare = replace(query, references=References())
    found = fitted(name)(bare)
    assert found.notes[-1].declined
    assert same(found, bare)


@pytest.mark.parametrize("name", CURES)
def test_cannot_be_chosen_without_hidden_classes(name):
    query = scene(0).query
    with pytest.raises(AdjusterError, match="hidden"):
        make_adjuster(name).fit([], query)


@pytest.mark.parametrize("name", CURES)
def test_the_same_seed_chooses_the_same(name):
    rehearsals = [scene(seed) for seed in range(2)]
    assert make_adjuster(name).fit(rehearsals, rehearsals[0].query).chosen() == fitted(name).chosen()


def test_unknown_options_are_refused():
    with pytest.raises(AdjusterError, match="anchors"):
        make_adjuster("prototypes", {"anchors": 3})
    with pytest.raises(AdjusterError, match="least"):
        make_adjuster("coral", {"least": 0})


def test_a_firm_anchor_holds_prototypes_and_grows_with_the_batch():
    query, _ = unseen_only(scene(18, each=40))
    made = make_adjuster("prototypes").restore(fitted("prototypes").state())
    made.threshold = ALWAYS
    found = []
    for anchor, most in ((1e9, made.most), (4.0, 1e9), (4.0, made.most)):
        made.settings["anchor"], made.most = anchor, most
        found.append(made(query).notes[-1].figures["movement"])
    firm, loose, scaled = found
    assert firm < 1e-6
    assert firm < scaled < loose


def test_centring_brings_the_mean_to_that_of_the_references():
    made = make_adjuster("align-centring")
    query = scene(19).query
    own, references = made.prepared(query)
    whole = made.aligned(own, references, {"strength": 1.0, "shrinkage": 0.0})
    half = made.aligned(own, references, {"strength": 0.5, "shrinkage": 0.0})
    assert np.allclose(whole.mean(axis=0), references.mean, atol=1e-5)
    assert np.allclose(half.mean(axis=0), (own.mean + references.mean) / 2, atol=1e-5)
    few = made.aligned(own, references, {"strength": 1.0, "shrinkage": 1e9})
    assert np.allclose(few, query.X, atol=1e-5)


def test_coral_brings_the_covariance_to_that_of_the_references():
    made, rng = make_adjuster("coral"), np.random.default_rng(0)
    own, references = (Cloud(rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6)) + k) for k in (0, 5))
    found = made.aligned(own, references, {"strength": 1.0, "shrinkage": 1e-9})
    assert np.allclose(found.mean(axis=0), references.mean)
    assert np.allclose(np.cov(found.T), np.cov(references.X.T), atol=1e-5)
    assert np.allclose(made.aligned(own, references, {"strength": 0.0, "shrinkage": 0.5}), own.X)


@given(n=st.integers(3, 12), d=st.integers(2, 9), shrinkage=st.floats(0.05, 1), power=st.sampled_from([-0.5, 0.5]))
@settings(max_examples=30, deadline=None)
def test_powers_of_covariances_equal_the_dense_ones(n, d, shrinkage, power):
    X = np.random.default_rng(n * d).normal(size=(n, d))
    dense = (1 - shrinkage) * np.cov(X.T) + shrinkage * np.trace(np.cov(X.T)) / d * np.eye(d)
    values, vectors = np.linalg.eigh(dense)
    assert np.allclose(powered(Cloud(X), X, shrinkage, power), X @ (vectors * values**power) @ vectors.T, atol=1e-6)


def test_labels_propagate_as_the_closed_form_says():
    rng = np.random.default_rng(0)
    inputs, start = unit_rows(rng.normal(size=(30, 5))), rng.normal(size=(30, 4)).astype(np.float32)
    chosen = {"strength": 0.5, "neighbours": 4.0, "temperature": 0.5, "balance": 0.0}
    graph = neighbours(inputs, 4).toarray()
    labels = 0.5 * np.linalg.solve(np.eye(30) - 0.5 * graph, softmax(start / 0.5))
    assert np.allclose(graph, graph.T)
    assert not graph.diagonal().any()
    assert np.allclose(propagated(inputs, start, chosen), standard(0.5 * np.log(labels))[0], atol=1e-4)


def test_neighbours_are_found_in_chunks(monkeypatch):
    inputs = unit_rows(np.random.default_rng(0).normal(size=(50, 5)))
    whole = neighbours(inputs, 4).toarray()
    monkeypatch.setattr("kgzsl.resolve.shift.propagation.CHUNK", 7)
    assert np.allclose(neighbours(inputs, 4).toarray(), whole, atol=1e-6)


def test_the_prior_of_a_skewed_mix_is_found():
    rng, true = np.random.default_rng(0), np.array([0.7, 0.2, 0.1])
    y = rng.choice(3, 3000, p=true)
    points = np.eye(3)[y] * 2 + rng.normal(size=(3000, 3))
    logits = 2 * points - 2  # log-odds of unit Gaussians about 2 e_c, up to what is common
    assert np.allclose(occurrence(logits, 1.0), true, atol=0.04)
    assert np.allclose(occurrence(np.zeros((5, 4)), 1.0), 0.25)


@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 5)), min_size=1, max_size=12), st.floats(1, 4))
def test_the_threshold_is_the_best_of_all(pairs, caution):
    gains, safety = (np.array(column, float) for column in zip(*pairs, strict=True))
    worth = np.where(gains < 0, caution * gains, gains)
    best = max(worth[safety >= t].sum() for t in safety)
    found, threshold = best_threshold(gains, safety, caution)
    if best <= 0:
        assert (found, threshold) == (0.0, np.inf)
        return
    assert worth[safety >= threshold].sum() == pytest.approx(best)
    assert found == pytest.approx(gains[safety >= threshold].sum() / len(gains))
    assert threshold in safety


def test_the_threshold_leaves_out_what_loses():
    gain, threshold = best_threshold(np.array([0.1, 0.2, -0.1, -0.5]), np.array([2.0, 1.0, 0.5, 0.1]), 2.0)
    assert threshold == 1.0
    assert gain == pytest.approx(0.3 / 4)
    gain, threshold = best_threshold(np.array([0.3, -0.1, 0.3]), np.array([3.0, 2.0, 1.0]), 2.0)
    assert threshold == 1.0
    assert gain == pytest.approx(0.5 / 3)
    assert best_threshold(np.array([0.3, -0.1, 0.3]), np.array([3.0, 2.0, 1.0]), 4.0)[1] == 3.0


def test_batches_are_what_their_mixes_say():
    y, rng = np.repeat(np.arange(10), 30), np.random.default_rng(0)
    own = y < 5
    counts = {mix.name: np.bincount(y[drawn(y, own, mix, rng)], minlength=10) for mix in MIXES}
    assert (counts["all"] == 30).all()
    assert (counts["five a class"] == 5).all()
    assert (counts["one a class"] == 1).all()
    assert (counts["half of the classes"] > 0).sum() == 4
    assert (counts["two classes"] > 0).reshape(2, 5).sum(axis=1).tolist() == [2, 2]
    assert (counts["one class"] > 0).reshape(2, 5).sum(axis=1).tolist() == [1, 1]
    assert sorted(counts["skewed"][:5]) == [6, 8, 10, 15, 30]
    assert len(drawn(np.repeat(np.arange(10), 300), own[:1].repeat(3000), Mix("all"), rng)) == MOST
    assert len(drawn(y, own, Mix("all"), rng, 40)) == 40


def test_trials_hold_no_class_that_is_no_candidate():
    found = trials([scene(0)])
    assert {trial.mix for trial in found} == {mix.name for mix in MIXES}
    for trial in found:
        assert trial.query.scores.shape == (len(trial.y), len(trial.query.rows))
        assert (~trial.query.seen[trial.y]).any()
        assert np.allclose(trial.query.scores, trial.query.bank.scores(trial.query.X, trial.query.rows), atol=1e-5)


def test_accuracy_within_a_kind_does_not_depend_on_the_bias_to_seen_classes():
    trial = trials([scene(0)])[-len(MIXES) * DRAWS]
    biased = trial.query.scores + 5 * trial.query.seen
    assert trial.query.seen.any()
    assert trial.right_of_kind(biased) == trial.right_of_kind(trial.query.scores)
    assert trial.right(biased) < trial.right(trial.query.scores)


def test_a_focus_is_what_unseen_classes_won():
    query = scene(15).query
    focus = Focus.of(query)
    assert not query.seen[focus.columns].any()
    assert np.array_equal(focus.inputs, np.flatnonzero(~query.seen[query.scores.argmax(axis=1)]))
    assert margin(np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 5.0]])) == 0.5
