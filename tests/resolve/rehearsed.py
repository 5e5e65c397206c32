"""Rehearsals with known properties: inputs are their own scores."""

import numpy as np

from kgzsl.bank import ClassifierBank
from kgzsl.resolve.query import Query, References, Rehearsal


def bank_of(seen):
    """Return a bank of as many classes."""
    count = len(seen)
    ids = tuple(f"http://x/c{k}" for k in range(count))
    return ClassifierBank(ids, np.eye(count, dtype=np.float32), np.zeros(count, np.float32), np.asarray(seen, bool),
                          metric="dot")  # fmt: skip


def query_of(scores, seen, references=None):
    """Return the query with these scores."""
    scores = np.asarray(scores, np.float32)
    return Query(bank_of(seen), np.arange(len(seen)), scores, scores, references or References())


def rehearsal(seed, seen=12, unseen=6, per_class=20, bias=1.0, sharp=(4.0, 2.0)):
    """Return a rehearsal whose true probabilities are known.

    Scores of an input are noise over which its class stands out by ``sharp`` (of seen and of unseen classes); all seen
    classes score ``bias`` too much. Half of the inputs of seen classes are references.
    """
    rng = np.random.default_rng(seed)
    kinds = np.arange(seen + unseen) < seen
    y = np.repeat(np.arange(seen + unseen), per_class)
    scores = rng.normal(size=(len(y), len(kinds)))
    scores[np.arange(len(y)), y] += np.where(kinds[y], *sharp)
    scores += bias * kinds
    held = kinds[y] & (np.arange(len(y)) % 2 == 0)
    labels = [f"http://x/c{k}" for k in y[held]]
    query = query_of(scores[~held], kinds, References(scores[held], labels))
    return Rehearsal(query, y[~held])


def final_of(rehearsal):
    """Return the references scored among the same candidates."""
    query = rehearsal.query
    return query_of(query.references.X, query.seen, query.references)
