"""Operators that a propagation multiplies by: which slots a row reads, and with what weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.propagation.slots import Links, Touch
from kgzsl.versions import csr, gathered

FAR = 10**6
LEVELS = 8


class Operator(Protocol):
    """Rows of a sparse matrix over slots, computed where they are asked for."""

    def rows(self, links: Links, at: Array) -> sparse.csr_array:
        """Return the rows ``at``. Shape: (len(at), n)."""
        ...

    def changed(self, old: Links, new: Links, touch: Touch) -> Array:
        """Return the slots whose rows an edit changed."""
        ...

    def readers(self, links: Links, at: Array) -> Array:
        """Return the slots whose rows read any of ``at``."""
        ...


class Itself:
    """The identity."""

    def rows(self, links: Links, at: Array) -> sparse.csr_array:
        """See the protocol."""
        return csr(np.ones(len(at), np.int64), at, np.ones(len(at)), links.n)

    def changed(self, old: Links, new: Links, touch: Touch) -> Array:
        """See the protocol."""
        return np.zeros(0, np.int64)

    def readers(self, links: Links, at: Array) -> Array:
        """See the protocol."""
        return at


class Neighbours:
    """All relations of the recipe, both ways, and itself: ``D⁻¹ (A + I)``, or ``D^-½ (A + I) D^-½``.

    Row-normalised, an edit changes the rows at the ends of the edge (Wang, Ye, Gupta 2018); symmetric, those of all
    their neighbours too (Kipf & Welling 2017, eq. 2). Without loops, ``D⁻¹ A``: the steps of a random walk.
    """

    def __init__(self, symmetric: bool = False, loops: bool = True) -> None:
        self.symmetric, self.loops = symmetric, loops

    def rows(self, links: Links, at: Array) -> sparse.csr_array:
        """See the protocol."""
        k = np.arange(len(at))
        parts = [(k, at, np.ones(len(at)))] if self.loops else [(k[:0], at[:0], np.zeros(0))]
        for relation, (along, against) in sorted(links.weights.items()):
            for rows, factor in ((links.out[relation], along), (links.into[relation], against)):
                if factor:
                    lengths, columns, values = rows.rows(at)
                    parts.append((np.repeat(k, lengths), columns, factor * values))
        i, j, value = (np.concatenate(part) for part in zip(*parts, strict=True))
        degree = links.degree if self.loops else links.degree - 1
        value = value / np.sqrt(degree[at[i]] * degree[j]) if self.symmetric else value / degree[at[i]]
        return gathered(i, j, value, (len(at), links.n))

    def changed(self, old: Links, new: Links, touch: Touch) -> Array:
        """See the protocol."""
        ends = touch.ends(new.weights)
        if not self.symmetric:
            return ends
        return np.union1d(self.readers(new, ends), self.readers(old, ends[ends < old.n]))

    def readers(self, links: Links, at: Array) -> Array:
        """See the protocol; a weight may be given one way only, so both are followed."""
        near = [at]
        for relation in links.weights:
            near += [links.out[relation].rows(at)[1], links.into[relation].rows(at)[1]]
        return np.unique(np.concatenate(near))


class Parents:
    """A child reads its parents and itself, row-normalised: an edit below a class never reaches that class."""

    def rows(self, links: Links, at: Array) -> sparse.csr_array:
        """See the protocol."""
        lengths, columns, values = links.out[SUBCLASS].rows(at)
        k = np.arange(len(at))
        i, j = np.concatenate([k, np.repeat(k, lengths)]), np.concatenate([at, columns])
        value = np.concatenate([np.ones(len(at)), values])
        value = value / np.bincount(i, value, len(at))[i]
        return gathered(i, j, value, (len(at), links.n))

    def changed(self, old: Links, new: Links, touch: Touch) -> Array:
        """See the protocol."""
        return touch.sources(SUBCLASS)

    def readers(self, links: Links, at: Array) -> Array:
        """See the protocol."""
        return np.unique(np.concatenate([at, links.into[SUBCLASS].rows(at)[1]]))


class Related:
    """One relation, along or against it, row-normalised, without itself (Schlichtkrull et al. 2018, eq. 2)."""

    def __init__(self, relation: str, backward: bool = False) -> None:
        self.relation, self.backward = relation, backward

    def rows(self, links: Links, at: Array) -> sparse.csr_array:
        """See the protocol."""
        mine = (links.into if self.backward else links.out).get(self.relation)
        if mine is None:
            return sparse.csr_array((len(at), links.n))
        lengths, columns, values = mine.rows(at)
        k = np.repeat(np.arange(len(at)), lengths)
        return csr(lengths, columns, values / np.bincount(k, values, len(at))[k], links.n)

    def changed(self, old: Links, new: Links, touch: Touch) -> Array:
        """See the protocol."""
        return touch.sources(self.relation, self.backward)

    def readers(self, links: Links, at: Array) -> Array:
        """See the protocol."""
        back = (links.out if self.backward else links.into).get(self.relation)
        return np.unique(back.rows(at)[1]) if back is not None else at[:0]


class Inheriting:
    """``Σ_l d^l P^l`` up to eight levels, P = row-normalised child → parent: a description and what it inherits."""

    def __init__(self, decay: float) -> None:
        self.decay = decay

    def rows(self, links: Links, at: Array) -> sparse.csr_array:
        """See the protocol."""
        i, j, value = np.arange(len(at)), at, np.ones(len(at))
        parts, parents = [(i, j, value)], links.out[SUBCLASS]
        for _ in range(LEVELS if self.decay else 0):
            lengths, columns, weights = parents.rows(j)
            if not len(columns):
                break
            k = np.repeat(np.arange(len(j)), lengths)
            total = np.bincount(k, weights, len(j))
            i, j, value = i[k], columns, self.decay * value[k] * weights / total[k]
            parts.append((i, j, value))
        i, j, value = (np.concatenate(part) for part in zip(*parts, strict=True))
        return gathered(i, j, value, (len(at), links.n))

    def changed(self, old: Links, new: Links, touch: Touch) -> Array:
        """See the protocol."""
        return self.readers(new, touch.sources(SUBCLASS))

    def readers(self, links: Links, at: Array) -> Array:
        """See the protocol."""
        return below(links, at) if self.decay else at


class AtDistance:
    """Ancestors (or descendants) whose shortest way is ``first`` to ``last`` steps, row-normalised.

    Source: Kampffmeyer et al. 2019, sec. 3.3, the groups A_k of the dense graph propagation.
    """

    def __init__(self, first: int, last: int = FAR, descendants: bool = False) -> None:
        self.first, self.last, self.descendants = first, last, descendants

    def rows(self, links: Links, at: Array) -> sparse.csr_array:
        """See the protocol."""
        return self.at_distance(list(distances(links, at, self.descendants, self.last)), links, at)

    def at_distance(
        self, found_at: Sequence[tuple[int, tuple[Array, Array]]], links: Links, at: Array
    ) -> sparse.csr_array:
        """Return the rows, given the pairs at each distance."""
        found = [pair for d, pair in found_at if self.first <= d <= self.last]
        i = np.concatenate([np.zeros(0, np.int64), *(a for a, _ in found)])
        j = np.concatenate([np.zeros(0, np.int64), *(b for _, b in found)])
        count = np.bincount(i, minlength=len(at))
        return gathered(i, j, 1 / count[i], (len(at), links.n))

    def changed(self, old: Links, new: Links, touch: Touch) -> Array:
        """See the protocol."""
        ends = touch.sources(SUBCLASS, backward=self.descendants)
        reach = above if self.descendants else below
        return np.union1d(reach(new, ends), reach(old, ends[ends < old.n]))

    def readers(self, links: Links, at: Array) -> Array:
        """See the protocol."""
        return above(links, at) if self.descendants else below(links, at)


def rows_of(operators: Sequence[Operator], links: Links, at: Array) -> list[sparse.csr_array]:
    """Return the rows of several operators; those at distances share one walk over the hierarchy."""
    apart = {id(op): op for op in operators if isinstance(op, AtDistance)}
    shared: dict[bool, list[tuple[int, tuple[Array, Array]]]] = {}
    for down in {op.descendants for op in apart.values()}:
        most = max(op.last for op in apart.values() if op.descendants == down)
        shared[down] = list(distances(links, at, down, most))
    return [op.at_distance(shared[op.descendants], links, at) if isinstance(op, AtDistance) else op.rows(links, at)
            for op in operators]  # fmt: skip


class Mixed:
    """A fixed mixture of operators."""

    def __init__(self, operators: Sequence[Operator], shares: Sequence[float]) -> None:
        self.operators, self.shares = tuple(operators), tuple(map(float, shares))

    def rows(self, links: Links, at: Array) -> sparse.csr_array:
        """See the protocol."""
        parts = [share * op.rows(links, at) for op, share in zip(self.operators, self.shares, strict=True) if share]
        return sparse.csr_array(sum(parts[1:], parts[0]) if parts else sparse.csr_array((len(at), links.n)))

    def changed(self, old: Links, new: Links, touch: Touch) -> Array:
        """See the protocol."""
        return _union([op.changed(old, new, touch) for op in self.operators])

    def readers(self, links: Links, at: Array) -> Array:
        """See the protocol."""
        return _union([op.readers(links, at) for op in self.operators])


def below(links: Links, at: Array) -> Array:
    """Return these slots and all their descendants."""
    return _closure(links.into[SUBCLASS], at)


def above(links: Links, at: Array) -> Array:
    """Return these slots and all their ancestors."""
    return _closure(links.out[SUBCLASS], at)


def distances(links: Links, at: Array, down: bool, last: int) -> Iterator[tuple[int, tuple[Array, Array]]]:
    """Yield each distance with the pairs (place in ``at``, slot) that are so far apart."""
    steps, n = (links.into if down else links.out)[SUBCLASS], links.n
    i, j = np.arange(len(at)), np.asarray(at, np.int64)
    known = np.sort(i * n + j)
    for distance in range(last + 1):
        yield distance, (i, j)
        lengths, columns, _ = steps.rows(j)
        codes = np.unique(np.repeat(i, lengths) * n + columns)
        place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        codes = codes[known[place] != codes] if len(known) else codes
        if not len(codes):
            return
        known = np.union1d(known, codes)
        i, j = codes // n, codes % n


def _closure(steps: object, at: Array) -> Array:
    found = frontier = np.unique(at)
    while len(frontier):
        frontier = np.setdiff1d(steps.columns(frontier), found)  # type: ignore[attr-defined]
        found = np.union1d(found, frontier)
    return found


def _union(parts: Sequence[Array]) -> Array:
    return np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))
