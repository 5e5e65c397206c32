"""A world in which kinds are easy to tell and their members hard, and rehearsals in it."""

import numpy as np

from kgzsl import testing
from kgzsl.bank import ClassifierBank
from kgzsl.graph import build_graph
from kgzsl.input_map import InputMap
from kgzsl.ontology import read_ontology
from kgzsl.resolve.decide.subtree import renormalised
from kgzsl.resolve.query import Query, Rehearsal

EX, AS_IT_IS = "http://example.org/", InputMap(normalise=False)


def graph_of(tmp_path, text):
    path = tmp_path / "world.ttl"
    path.write_text(text)
    return build_graph(read_ontology(path))


def turtle(parents):
    """Return the Turtle text of {name: parents}."""
    return "\n".join([testing.PREFIXES, *(testing.block(name, above) for name, above in parents.items())])


def bank_of(ids, groups, members, seed=0, width=16):
    """Return classifiers whose softmax is the truth of :func:`inputs`: Gaussian classes of unit spread."""
    rng = np.random.default_rng(seed)
    kinds = np.repeat(rng.normal(size=(groups, width)), members, axis=0)
    weights = (kinds + 0.4 * rng.normal(size=kinds.shape)).astype(np.float32)
    bias = -0.5 * (weights**2).sum(axis=1)
    return ClassifierBank(tuple(ids), weights, bias, np.ones(len(ids), bool), AS_IT_IS, "dot")


def inputs(bank, y, seed=0):
    rng = np.random.default_rng(seed)
    return (bank.weights[y] + rng.normal(size=(len(y), bank.width))).astype(np.float32)


def asked(bank, rows, X):
    query = Query.of(bank, rows, X)
    return query.scored(renormalised(query.scores.astype(np.float64)))


def rehearsals_of(bank, folds=2, per_class=20, seed=0):
    """Return one rehearsal a fold: every ``folds``-th class plays unseen."""
    made = []
    for fold in range(folds):
        seen = np.arange(len(bank)) % folds != fold
        other = ClassifierBank(bank.ids, bank.weights, bank.bias, seen, AS_IT_IS, "dot")
        y = np.repeat(np.arange(len(bank)), per_class)
        made.append(Rehearsal(asked(other, np.arange(len(bank)), inputs(bank, y, seed + fold)), y))
    return made


def members_of(graph):
    return [iri for iri in graph.class_ids if iri.startswith(EX + "c")]
