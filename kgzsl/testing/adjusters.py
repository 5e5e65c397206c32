"""The cases that every adjuster and decider must pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.graph import ClassGraph
from kgzsl.graph.classgraph import SUBCLASS, Concept, Relation
from kgzsl.ontology.model import Ontology
from kgzsl.resolve.adjuster import PLACES, Adjuster
from kgzsl.resolve.catalogue import make_adjuster, make_decider
from kgzsl.resolve.decide.decider import Decision
from kgzsl.resolve.query import Query, References, Rehearsal

CLOSE = 1e-5
CLASSES, SEEN, WIDTH, EACH, NOISE = 24, 16, 12, 12, 0.4
CURES = ("bias to seen classes", "hubness", "domain shift", "miscalibration")


def rehearsals(count: int = 3, seed: int = 0) -> list[Rehearsal]:
    """Return synthetic rehearsals: clouds around class rows, seen classes scored higher than they deserve."""
    return [_rehearsal(seed + k) for k in range(count)]


def final_query(seed: int = 100) -> Query:
    """Return references scored by a real bank, as adjusters are given them."""
    made = _rehearsal(seed).query
    return Query.of(made.bank, made.rows, made.references.X, made.references)


def check_adjuster(name: str, seed: int = 0) -> None:
    """Hold an adjuster of the catalogue to its contract.

    Shapes stay, inputs are untouched, the order of candidates does not count, what is saved answers the same, and an
    inductive adjuster scores an input the same in any batch.
    """
    adjuster = make_adjuster(name).fit(rehearsals(seed=seed), final_query(seed + 100))
    assert adjuster.name == name
    assert adjuster.place in PLACES
    assert adjuster.cures in CURES
    assert adjuster.citation
    query = _rehearsal(seed + 200).query
    kept = query.scores.copy(), query.X.copy()
    adjusted = adjuster(query).scores
    assert adjusted.shape == query.scores.shape
    assert np.isfinite(adjusted).all()
    assert np.array_equal(query.scores, kept[0])
    assert np.array_equal(query.X, kept[1])
    _check_order(adjuster, query, adjusted, seed)
    other = make_adjuster(name, dict(adjuster.options)).restore(adjuster.state())
    assert np.allclose(other(query).scores, adjusted, atol=CLOSE)
    assert other.chosen() == adjuster.chosen()
    if not adjuster.transductive:
        assert np.allclose(adjuster(query.take(np.arange(3))).scores, adjusted[:3], atol=CLOSE)
    offsets = adjuster.offsets(query.bank, query.rows, query.references)
    if offsets is not None:
        assert offsets.shape == query.rows.shape
        assert np.allclose(query.scores + offsets, adjusted, atol=CLOSE)


def check_decider(name: str, seed: int = 0) -> None:
    """Hold a decider of the catalogue to its contract: one decision an input, of known classes, saved or not."""
    made = [probable(r) for r in rehearsals(seed=seed)]
    graph = graph_of(made[0].query.bank.ids)
    decider = make_decider(name).fit(made, graph)
    query = probable(_rehearsal(seed + 200)).query
    found = decider.decide(query, graph)
    assert len(found) == len(query.X)
    for decision in found:
        assert len(decision.ids) == len(decision.iris) == len(decision.labels)
        assert all(iri in graph.concepts for iri in decision.iris)
        assert 0 <= decision.probability <= 1 + CLOSE
    again = make_decider(name, dict(decider.options)).restore(decider.state()).decide(query, graph)
    assert [_said(d) for d in again] == [_said(d) for d in found]


def probable(rehearsal: Rehearsal) -> Rehearsal:
    """Return a rehearsal with the log-probabilities of a softmax for scores."""
    scores = 4 * rehearsal.query.scores.astype(np.float64)
    log = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return replace(rehearsal, query=rehearsal.query.scored(log))


def graph_of(ids: tuple[str, ...], group: int = 4) -> ClassGraph:
    """Return a graph of these classes in groups under one root."""
    groups = [f"http://example.org/group{k}" for k in range((len(ids) + group - 1) // group)]
    root = "http://example.org/root"
    concepts = {iri: Concept(iri, "class", iri.rpartition("/")[2], ()) for iri in sorted((*ids, *groups, root))}
    edges = [Relation(iri, SUBCLASS, groups[k // group], 1.0) for k, iri in enumerate(ids)]
    edges += [Relation(iri, SUBCLASS, root, 1.0) for iri in groups]
    return ClassGraph(concepts, tuple(sorted(edges)), (), "synthetic", Ontology(()))


def _check_order(adjuster: Adjuster, query: Query, adjusted: Array, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(query.rows))
    moved = replace(query, rows=query.rows[order], scores=query.scores[:, order])
    assert np.allclose(adjuster(moved).scores, adjusted[:, order], atol=CLOSE)


def _said(decision: Decision) -> tuple[object, ...]:
    return decision.kind, decision.iris, round(decision.probability, 6), round(decision.information, 6)


def _rehearsal(seed: int) -> Rehearsal:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(CLASSES, WIDTH))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    seen = np.arange(CLASSES) < SEEN
    ids = tuple(f"http://example.org/class{k:02d}" for k in range(CLASSES))
    weights = (rows * np.where(seen, 1.6, 1.0)[:, None]).astype(np.float32)
    bank = ClassifierBank(ids, weights, np.zeros(CLASSES, np.float32), seen)
    y, own = np.repeat(np.arange(CLASSES), EACH), np.repeat(np.arange(SEEN), EACH // 2)
    X, kept = (rows[at] + NOISE * rng.normal(size=(len(at), WIDTH)) for at in (y, own))
    references = References(kept.astype(np.float32), [ids[k] for k in own])
    return Rehearsal(Query.of(bank, np.arange(CLASSES), X.astype(np.float32), references), y)
