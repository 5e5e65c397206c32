import tomllib

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from kgzsl.asking import LIMIT, Asker
from kgzsl.errors import QueryError
from kgzsl.graph.expression import parse
from kgzsl.graph.subsumed import named_classes
from kgzsl.ontology import vocabulary as v


def asker(engine, **changes):
    state = engine.state
    given = {"candidates": engine.candidates(), "chain": engine.chain} | changes
    return Asker(engine.learner, state.space, state.propagation, **given)


def asked(engine, text, X, **changes):
    return asker(engine, **changes).match(text, parse(text, engine.graph), X)


@pytest.fixture(scope="module")
def X(photos):
    return photos.X[::5]


def precision(photos, scores, *names):
    return average_precision_score(np.isin(photos.labels, names), scores)


def test_a_class_scores_the_log_odds_of_being_it(engine, X):
    rows = engine.bank.rows(engine.candidates())
    scores = engine.bank.scores(X, rows).astype(float)
    logits = (scores - engine.gamma * engine.bank.seen[rows]) / scores.std(axis=1, keepdims=True) / 0.5
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    at = engine.candidates().index(engine.graph.find("okapi"))
    own = p[:, at] / p.sum(axis=1)
    assert np.allclose(engine.ask("okapi", X).scores, np.log(own) - np.log1p(-own), atol=1e-6)


def test_and_or_not_are_those_of_sets(engine, X):
    okapi, horse = (engine.ask(name, X).scores for name in ("okapi", "gazelle"))
    odds = [np.exp(s) / (1 + np.exp(s)) for s in (okapi, horse)]
    either = sum(odds)
    assert np.allclose(engine.ask("okapi or gazelle", X).scores, np.log(either / (1 - either)), atol=1e-6)
    assert np.allclose(engine.ask("not okapi", X).scores, -okapi)
    both = engine.ask("ungulate and (hasPart some rumen)", X)
    assert set(both.classes) < set(engine.ask("ungulate", X).classes)
    assert (both.scores <= engine.ask("ungulate", X).scores + 1e-9).all()
    order = [engine.ask(text, X).scores for text in ("bird and not 'wading bird'", "not 'wading bird' and bird")]
    assert np.allclose(*order)


def test_an_input_alone_scores_as_in_a_batch(engine, X):
    for text in ("bird and not penguin", "vehicle and (hasPart some feather)"):
        batch = engine.ask(text, X[:40]).scores
        alone = [engine.ask(text, X[k]).scores[0] for k in range(5)]
        assert batch[:5] == pytest.approx(alone, abs=1e-4)
    many = np.tile(X, (6, 1))
    assert np.allclose(engine.ask("bird", many).scores[-len(X) :], engine.ask("bird", X).scores, atol=1e-4)


def test_it_ranks_better_than_the_class_that_it_names(engine, photos):
    insects = ("n02219486", "n02262449", "n02268443", "n02274259")
    ask = precision(photos, engine.ask("animal and (hasPart some wing) and not bird", photos.X).scores, *insects)
    named = precision(photos, engine.scores(photos.X, ["insect"])[:, 0], *insects)
    assert ask > 0.6
    assert ask > named + 0.2


def test_what_no_class_is_known_to_fit_becomes_a_class_of_its_own(engine, photos):
    match = engine.ask("vehicle and (hasPart some feather)", photos.X)
    assert match.classes == ()
    assert match.described == ("vehicle with feather",)
    vehicles = ("n02691156", "n02958343", "n03329663", "n03512147", "n03612010", "n03790512", "n04147183")
    assert precision(photos, match.scores, *vehicles) > 3 * np.isin(photos.labels, vehicles).mean()
    told = engine.ask("okapi or (vehicle and (hasPart some feather))", photos.X)
    assert [engine.graph.label(iri) for iri in told.classes] == ["okapi"]
    assert told.described == match.described
    assert (told.scores >= np.maximum(match.scores, engine.ask("okapi", photos.X).scores) - 1e-6).all()


def test_fewer_candidates_know_less(engine, photos):
    """Without the candidates that fit, a described class ranks; better than chance, and worse than they do."""
    text, boats = "vehicle and (hasPart some sail)", ("n03612010", "n04147183")
    whole = engine.ask(text, photos.X)
    left = [iri for iri in engine.candidates() if iri not in whole.classes]
    described = asked(engine, text, photos.X, candidates=left)
    assert described.described == ("vehicle with sail",)
    assert precision(photos, whole.scores, *boats) > precision(photos, described.scores, *boats) > 0.1


def test_an_ambiguous_filler_means_what_the_parents_have(engine, X):
    wings = asker(engine)
    for parent, wing in (("bird", "n02151625"), ("airplane", "n04592741")):
        parts = parse(f"{parent} and (hasPart some wing)", engine.graph).parts
        assert list(wings._relations([parts[0].iri], parts[1])) == [("hasPart", v.WN + wing)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bird and (hasPart some (wheel and not rotor))", "relate only to things that have a name"),
        ("hasPart some (wheel and feather)", "relate only to things that have a name"),
        ("not entity and not okapi", "only what a class is not"),
        ("not entity", "only what a class is not"),
        ("bird and not entity", "only what a class is not"),
    ],
)
def test_what_cannot_be_represented_is_refused(engine, X, text, why):
    with pytest.raises(QueryError, match="true of no candidate that the graph knows") as caught:
        engine.ask(text, X)
    assert why in str(caught.value)


def test_nothing_but_a_denial_of_the_unknown(engine, X):
    feathered = "vehicle and (hasPart some feather)"
    assert np.allclose(engine.ask(f"not ({feathered})", X).scores, -engine.ask(feathered, X).scores)


def test_what_is_true_of_all_or_of_one_candidate_stays_finite(engine, X):
    assert (engine.ask("entity", X).scores == LIMIT).all()
    assert (engine.ask("not not entity", X).scores == LIMIT).all()
    okapi = engine.graph.find("okapi")
    assert np.isfinite(asked(engine, "okapi", X, candidates=[okapi]).scores).all()


def test_attributes(small):
    engine, _, features = small
    X, labels = features.X, np.array(features.labels)
    graph = engine.graph
    striped = [iri for iri in graph.classes("hasAttribute value stripes >= 0.5") if iri in set(labels)]
    match = engine.ask("hasAttribute value stripes >= 0.5", X)
    assert len(striped) >= 2
    truth = np.isin(labels, striped)
    assert average_precision_score(truth, match.scores) > 2 * truth.mean()
    none = "(hasAttribute value stripes >= 0.9) and (hasAttribute value swims >= 0.9)"
    assert engine.ask(none, X).described == ("thing with stripes, swims",)
    with pytest.raises(QueryError, match="only what a class is not"):
        engine.ask("hasAttribute value stripes < 0", X)


def test_the_expressions_that_are_measured(engine, photos, root):
    """Each is true of two or more photo classes of which one is unseen, and the class picked instead is there."""
    listed = tomllib.loads((root / "benchmarks/expressions.toml").read_text())["expression"]
    assert len({item["text"] for item in listed}) == len(listed) >= 20
    classes = {v.WN + name for name in photos.labels}
    for item in listed:
        true = set(named_classes(engine.graph, item["text"])) & classes
        assert len(true) >= 2, item["text"]
        assert true - set(engine.learner.seen_ids), item["text"]
        engine.graph.find(item["named"], "class")
