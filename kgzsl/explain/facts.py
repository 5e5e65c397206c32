"""What goes over each stated fact: the sum of the paths that use it, without listing them.

What the biases of lower layers send over it counts too. A path's value counts whole at each of its facts, so these
sums do not add up to the score, and none of them is the effect of deleting the fact: norms and activations are held
as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.explain.by_seen import walked
from kgzsl.explain.descriptions import Described, Descriptions
from kgzsl.explain.opened import OpenPart, opened
from kgzsl.explain.setting import Setting
from kgzsl.explain.steps import told
from kgzsl.explain.trace import Layer
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, Relation
from kgzsl.propagation.operators import LEVELS, Inheriting, Itself, Neighbours, Operator

BLOCK = 1 << 22
COVERED = 0.9999
MOST, LISTED = 2000, 5000
Values = dict[Relation, float]
Flow = tuple[Operator, int, int, float]  # operator, slot that reads, slot that is read, what goes over it


def fact_values(setting: Setting, x: Array, iri: str) -> Values:
    """Return each stated fact on a path that carries the score, and the sum over these paths.

    Exact where the learner has an exact split over paths, else as good as its estimate; empty where no fact has a
    part: a given classifier, or one that rests on a description alone.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the class.
    """
    if setting.given(iri):
        return {}
    walks = _over_walks(setting, x, iri)
    if walks is not None:
        return walks
    found = opened(setting, x, iri)
    total: Values = defaultdict(float)
    for part in found.parts if found else ():
        for fact, value in over_steps(setting, _flows(part)):
            total[fact] += value
        for fact, value in over_descriptions(setting, part.descriptions, *part.described):
            total[fact] += value
    return dict(total)


def _over_walks(setting: Setting, x: Array, iri: str) -> Values | None:
    """Sums over walks that end at seen classes; None where the learner has none."""
    found = walked(setting, x, iri)
    if found is None:
        return None
    fits = found[1]
    total: Values = defaultdict(float)
    learner, space = setting.learner, setting.space
    flows = learner.flows(space, iri, fits)
    if flows is not None:
        names = space.graph.ids
        for j, i, value in _strong(flows.coords[0], flows.coords[1], flows.data):
            for fact, share in setting.steps.between(Neighbours(), names[j], names[i]).facts:
                total[fact] += share * value
        return dict(total)
    for walk in learner.walks(space, iri, LISTED, fits, setting.propagation) or ():
        value = walk.share * float(fits[learner.seen_row[walk.nodes[-1]]])
        for here, there, said in zip(walk.nodes, walk.nodes[1:], walk.relations, strict=False):
            for fact in told(space, said, here, there):
                total[fact] += value
    return dict(total)


def over_steps(setting: Setting, flows: Iterable[Flow]) -> Iterator[tuple[Relation, float]]:
    """Yield what goes over facts between descriptions and the classifier."""
    names = setting.snapshot.ids
    for operator, j, i, value in flows:
        for fact, share in setting.steps.between(operator, names[j], names[i]).facts:
            yield fact, share * value


def over_descriptions(
    setting: Setting, descriptions: Descriptions, at: Array, derivative: Array
) -> Iterator[tuple[Relation, float]]:
    """Yield what goes over facts as descriptions are inherited, and made of attributes.

    Args:
        setting: what is explained.
        descriptions: of one part.
        at: slots of the descriptions that count. Shape: (k,).
        derivative: of the score with respect to each. Shape: (k, e).
    """
    found = descriptions.described(at)
    yield from _over_hierarchy(setting, descriptions, found, derivative)
    yield from _made_of(setting, found, derivative)


def _flows(part: OpenPart) -> Iterator[Flow]:
    """Yield operator, slot that reads, slot that is read and what goes over it, the strongest of each operator."""
    for number, layer in enumerate(part.layers):
        below = part.layers[number - 1] if number else part.descriptions
        for t, term in enumerate(layer.stage.terms):
            if isinstance(term.operator, Itself):
                continue
            rows, columns, values = _flow(layer, t, part.swept.before[number], below)
            yield from strongest(term.operator, layer.at[rows], columns, values)


def _flow(layer: Layer, t: int, before: Array, below: Layer | Descriptions) -> tuple[Array, Array, Array]:
    """Return places of rows, slots of columns and what goes over each entry of a term."""
    term, matrix = layer.stage.terms[t], sparse.coo_array(layer.matrices[t])
    rows, columns = matrix.coords
    handed = before @ term.weight.T if term.weight is not None else before
    values = np.zeros(len(rows))
    block = max(1, BLOCK // max(1, handed.shape[1]))
    for start in range(0, len(rows), block):
        at = slice(start, start + block)
        values[at] = np.einsum("nw,nw->n", handed[rows[at]], below.rows(columns[at]))
    return rows, columns, term.factor * matrix.data * values


def _over_hierarchy(
    setting: Setting, descriptions: Descriptions, found: Described, derivative: Array
) -> Iterator[tuple[Relation, float]]:
    r"""Yield what goes over subclass facts as descriptions are inherited.

    ``Σ_l d^l P^l v`` is ``v + dP(v + dP(v + …))``; what goes over an edge is summed level by level.
    """
    operator, snapshot = descriptions.operator, setting.snapshot
    if not isinstance(operator, Inheriting) or not operator.decay:
        return
    slots, parents = found.read, snapshot.links.out[SUBCLASS]
    lengths, columns, weights = parents.rows(slots)
    rows = np.repeat(np.arange(len(slots)), lengths)
    place = np.searchsorted(slots, columns)
    inside = slots[np.minimum(place, len(slots) - 1)] == columns
    scale = weights / np.maximum(np.bincount(rows, weights, len(slots)), 1e-12)[rows]
    rows, place, scale = rows[inside], place[inside], scale[inside]
    step = sparse.csr_array((operator.decay * scale, (rows, place)), shape=(len(slots),) * 2).astype(np.float32)
    own = snapshot.vectors[slots]
    above = [own]
    for _ in range(LEVELS - 1):
        above.append(own + step @ above[-1])
    handed = np.zeros_like(own)
    handed[np.searchsorted(slots, found.at)] = found.gate * derivative
    flow = np.zeros(len(rows))
    for level in range(LEVELS):
        flow += operator.decay * scale * np.einsum("nw,nw->n", handed[rows], above[LEVELS - 1 - level][place])
        handed = sparse.csr_array(step.T) @ handed
    names = snapshot.ids
    for b, p, value in _strong(slots[rows], slots[place], flow):
        facts = [fact for fact in setting.graph.out(names[b], SUBCLASS) if fact.target == names[p]]
        whole = sum(fact.weight for fact in facts)
        yield from ((fact, value * fact.weight / whole) for fact in facts)


def _made_of(setting: Setting, found: Described, derivative: Array) -> Iterator[tuple[Relation, float]]:
    """Yield attribute facts that vectors are made of, and subclass facts by which undescribed concepts have theirs."""
    names, graph = setting.snapshot.ids, setting.graph
    vectors = found.matrix.T @ (found.gate * derivative)
    yield from _taken_over(setting, {names[slot]: row for slot, row in zip(found.read, vectors, strict=True)})
    made = setting.made
    if made is None:
        return
    rows = np.array([graph.index[names[slot]] for slot in found.read], np.int64)
    values = np.asarray(made.mixture[rows].T @ vectors.astype(np.float64)) * made.stated
    for row in np.flatnonzero(values.any(axis=1)):
        for fact in graph.out(graph.ids[row], ATTRIBUTE):
            value = float(values[row, made.columns[fact.target]])
            if value:
                yield fact, value


def _taken_over(setting: Setting, derivatives: dict[str, Array]) -> Iterator[tuple[Relation, float]]:
    """Yield what goes over the subclass facts by which concepts without a description have their parents' vectors."""
    space, graph = setting.space, setting.graph
    todo = [iri for iri in derivatives if not space.described[graph.index[iri]]]
    for _ in range(len(graph)):
        if not todo:
            return
        iri = todo.pop()
        derivative = derivatives.pop(iri, None)
        facts = [fact for fact in graph.out(iri, SUBCLASS) if space.vectors[graph.index[fact.target]].any()]
        mean = sum(fact.weight * space.vectors[graph.index[fact.target]] for fact in facts)
        length = float(np.linalg.norm(mean)) if facts else 0.0
        if derivative is None or not length:
            continue
        for fact in facts:
            part = (fact.weight / length) * derivative
            yield fact, float(part @ space.vectors[graph.index[fact.target]])
            if not space.described[graph.index[fact.target]]:
                derivatives[fact.target] = derivatives.get(fact.target, 0) + part
                todo.append(fact.target)


def strongest(operator: Operator, rows: Array, columns: Array, values: Array) -> Iterator[Flow]:
    """Yield what goes over the steps of an operator between different concepts, the strongest first."""
    apart = rows != columns
    for j, i, value in _strong(rows[apart], columns[apart], values[apart]):
        yield operator, j, i, value


def _strong(rows: Array, columns: Array, values: Array) -> Iterator[tuple[int, int, float]]:
    """Yield entries, the largest first, until next to nothing is left, or there are too many to name."""
    size = np.abs(values)
    order = np.argsort(-size, kind="stable")
    enough = int(np.searchsorted(np.cumsum(size[order]), COVERED * size.sum())) + 1
    for k in order[: min(enough, MOST)]:
        if values[k]:
            yield int(rows[k]), int(columns[k]), float(values[k])
