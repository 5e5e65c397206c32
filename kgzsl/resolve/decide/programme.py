"""The best of the sets of classes that an ontology allows, by integer programming."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.decide.legality import Legality


def best_set(gains: Array, legality: Legality, most: int = 0) -> list[int]:
    """Return the legal set of candidates with the largest sum of gains; empty where none has a gain above 0.

    Args:
        gains: of each candidate. Shape: (C,).
        legality: what they say of one another.
        most: members at the most, those that another member implies not counted; 0 for any number.
    """
    worth = {k for k in range(len(gains)) if gains[k] > 0 and k not in legality.impossible}
    at = sorted(worth.union(*(legality.implied[k] for k in worth)))
    free = not any(legality.excluded[k] & set(at) for k in at)
    if free and all(gains[k] > 0 for k in at) and (not most or len(ends_of(at, legality)) <= most):
        return at
    return [at[k] for k in _programme(gains[at], at, legality, most)] if at else []


def _programme(gains: Array, at: list[int], legality: Legality, most: int) -> list[int]:
    """Solve it for the candidates ``at``: first a variable for each, then one for each that no member implies."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    count = len(at)
    rows = list(_rows(at, legality, most))
    places = [(n, k, value) for n, (entries, _) in enumerate(rows) for k, value in entries]
    constraints = []
    if places:
        n, k, values = zip(*places, strict=True)
        matrix = csr_array((values, (n, k)), shape=(len(rows), 2 * count))
        constraints = [LinearConstraint(matrix, -np.inf, np.array([limit for _, limit in rows]))]
    kind = np.r_[np.ones(count), np.zeros(count)]
    done = milp(np.r_[-gains, np.zeros(count)], constraints=constraints, integrality=kind, bounds=Bounds(0, 1))
    assert done.x is not None, done.message
    return [k for k in range(count) if done.x[k] > 0.5]


def _rows(at: list[int], legality: Legality, most: int) -> Iterator[tuple[list[tuple[int, float]], float]]:
    """Yield the entries (column, value) of each constraint, and what they may add up to.

    What two classes exclude because those above them do, among ``at`` as well, is not said again.
    """
    place, count, out = {k: n for n, k in enumerate(at)}, len(at), legality.excluded
    higher = {k: [a for a in legality.implied[k] if k not in legality.implied[a]] for k in at}
    for n, k in enumerate(at):
        yield from (([(n, 1.0), (place[a], -1.0)], 0.0) for a in sorted(legality.implied[k]))
        for d in (d for d in sorted(out[k]) if place.get(d, -1) > n):
            if not any(d in out[a] for a in higher[k]) and not any(k in out[a] for a in higher[d]):
                yield [(n, 1.0), (place[d], 1.0)], 1.0
        if most:
            below = [(place[d], -1.0) for d in sorted(legality.implying[k]) if d in place]
            yield [(n, 1.0), (count + n, -1.0), *below], 0.0
    if most:
        yield [(count + n, 1.0) for n in range(count)], float(most)


def ends_of(chosen: list[int], legality: Legality) -> list[int]:
    """Return the members that no other member implies, unless they imply each other."""
    return [k for k in chosen if not any(k in legality.implied[d] and d not in legality.implied[k] for d in chosen)]
