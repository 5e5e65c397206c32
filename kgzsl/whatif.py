"""What an edited ontology would do to classifiers and answers, before anything takes it over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.effect import Confused, Effect, Moved, Named, Near, Newcomer, Relabelled
from kgzsl.engine import Engine
from kgzsl.errors import LearnerError, UnknownNameError
from kgzsl.features import checked
from kgzsl.graph import ClassGraph
from kgzsl.ontology import Ontology
from kgzsl.resolve import Answer
from kgzsl.state import described_anew, next_state

__all__ = ["Effect", "preview"]

TOLERANCE = 1e-5
CHUNK = 4096


def preview(
    engine: Engine,
    after: Ontology,
    X: Any = None,
    classes: str | Sequence[str] | None = None,
    k: int = 5,
    tolerance: float = TOLERANCE,
) -> Effect:
    """Say what an edited ontology would do; the engine goes on as it is.

    Args:
        engine: answers from the ontology before the edit.
        after: all of the ontology after it.
        X: features of inputs, to see which answers change. Shape: (n, d).
        classes: restricts candidates for answers, as for ``Engine.predict``; a name needs to be known on one side.
        k: how many nearest classes are shown, and among how many first candidates of an input a class counts.
        tolerance: distance, relative change of length and change of bias up to which a classifier has not moved.

    Raises:
        OntologyError: an edit that is refused, with file and line.
        LearnerError: descriptions that the learner was not fitted on.
        FeatureError: features that cannot be used.
        UnknownNameError: a class that neither side knows.
    """
    now = engine.at(engine.state)
    then = engine.at(next_state(now.state, after, now.learner, now.recipe))
    old, new = set(now.graph.class_ids), set(then.graph.class_ids)
    candidates = _candidates(now, then, classes)
    was, is_now = _answers(now, X, candidates[0], k), _answers(then, X, candidates[1], k)
    anew = described_anew(now.state.space, then.state.space, now.learner.seen_ids)
    return Effect(
        now.graph.hash, then.graph.hash, len(then.bank),
        _newcomers(then, sorted(new - old), candidates[1], was, is_now, k),
        _named(now.graph, old - new),
        _moved(now.bank, then, sorted(old & new), tolerance),
        _named(then.graph, anew),
        _named(then.graph, (set(candidates[0]) - set(candidates[1])) & new),
        _named(then.graph, (set(candidates[1]) - set(candidates[0])) & old),
        len(was), _changed(was, is_now),
    )  # fmt: skip


def _candidates(
    now: Engine, then: Engine, classes: str | Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the candidates of both sides; what a name means on one side serves the other where it is unknown there."""
    if classes is None:
        return now.candidates(), then.candidates()
    before: dict[str, None] = {}
    after: dict[str, None] = {}
    for name in [classes] if isinstance(classes, str) else classes:
        old, new = _found(now, name), _found(then, name)
        if isinstance(old, UnknownNameError) and isinstance(new, UnknownNameError):
            raise new
        for own, other, side, found in ((old, new, now, before), (new, old, then, after)):
            known = other if isinstance(own, UnknownNameError) else own
            assert not isinstance(known, UnknownNameError)
            found.update(dict.fromkeys(iri for iri in known if iri in side.bank.row))
    return tuple(before), tuple(after)


def _found(engine: Engine, name: str) -> tuple[str, ...] | UnknownNameError:
    try:
        return engine.candidates([name])
    except UnknownNameError as error:
        return error


def _answers(engine: Engine, X: Any, candidates: tuple[str, ...], k: int) -> list[Answer | None]:
    if X is None:
        return []
    if not candidates:
        return [None] * len(checked(X, width=engine.bank.width))
    return list(engine.predict(X, k, candidates))


def _changed(was: list[Answer | None], now: list[Answer | None]) -> tuple[Relabelled, ...]:
    found = []
    for n, (old, new) in enumerate(zip(was, now, strict=True)):
        before, after = _first(old), _first(new)
        if (before and before.iri) != (after and after.iri):
            scores = old.score if old else None, new.score if new else None
            found.append(Relabelled(n, before, after, *scores))
    return tuple(found)


def _first(answer: Answer | None) -> Named | None:
    return Named(answer.id, answer.candidates[0].iri, answer.label) if answer else None


def _moved(old: ClassifierBank, then: Engine, ids: list[str], tolerance: float) -> tuple[Moved, ...]:
    new, found = then.bank, []
    if old.table.shape[1] != new.table.shape[1]:
        raise LearnerError(f"classifiers are {new.table.shape[1]} wide after the edit, {old.table.shape[1]} before it",
                           fix="train again: the edit changed what describes classes")  # fmt: skip
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        rows = old.rows(chunk), new.rows(chunk)
        distance, ratio = _compared(old.table[rows[0]], new.table[rows[1]])
        bias = new.bias[rows[1]] - old.bias[rows[0]]
        far = (distance > tolerance) | (np.abs(ratio - 1) > tolerance) | (np.abs(bias) > tolerance)
        for n in np.flatnonzero(far):
            length = float(ratio[n]) if np.isfinite(ratio[n]) else None
            found.append(Moved(*_name(then.graph, chunk[n]), float(distance[n]), length, float(bias[n])))
    return tuple(sorted(found, key=lambda item: (-item.distance, item.iri)))


def _compared(old: Array, new: Array) -> tuple[Array, Array]:
    """Return cosine distances and ratios of length of rows. Shapes: (n, d), (n, d) → (n,), (n,)."""
    old, new = old.astype(np.float64), new.astype(np.float64)
    lengths = np.linalg.norm(old, axis=1), np.linalg.norm(new, axis=1)
    product, both = lengths[0] * lengths[1], (lengths[0] == 0) & (lengths[1] == 0)
    cosine = np.divide(np.einsum("nd,nd->n", old, new), product, out=np.zeros(len(old)), where=product > 0)
    ratio = np.divide(lengths[1], lengths[0], out=np.full(len(old), np.inf), where=lengths[0] > 0)
    return np.where(both, 0.0, np.maximum(1 - cosine, 0.0)), np.where(both, 1.0, ratio)


def _newcomers(
    then: Engine, added: list[str], candidates: tuple[str, ...], was: list[Answer | None],
    now: list[Answer | None], k: int,
) -> tuple[Newcomer, ...]:  # fmt: skip
    state = then.state
    others = tuple(iri for iri in candidates if iri not in state.blank)
    table = unit_rows(state.bank.table[state.bank.rows(others)]) if added else np.zeros((0, 0), np.float32)
    taken = _taken(was, now, set(added))
    return tuple(
        Newcomer(*_name(state.graph, iri), iri not in state.undescribed, iri not in state.ungrounded,
                 _nearest(then, iri, others, table, k), taken.get(iri, ()))
        for iri in added
    )  # fmt: skip


def _nearest(then: Engine, iri: str, others: tuple[str, ...], table: Array, k: int) -> tuple[Near, ...]:
    bank = then.bank
    if not others:
        return ()
    cosines = table @ unit_rows(bank.table[bank.rows([iri])])[0]
    best = [n for n in np.argsort(-cosines, kind="stable")[: k + 1] if others[n] != iri][:k]
    return tuple(Near(*_name(then.graph, others[n]), float(cosines[n])) for n in best)


def _taken(
    was: Iterable[Answer | None], now: Iterable[Answer | None], added: set[str]
) -> dict[str, tuple[Confused, ...]]:
    """Return, for each added class, whose inputs it wins or is among the first of."""
    first: dict[str, Counter[Named]] = {iri: Counter() for iri in added}
    among: dict[str, Counter[Named]] = {iri: Counter() for iri in added}
    for old, new in zip(was, now, strict=True):
        former = _first(old)
        if former is None or new is None:
            continue
        for n, candidate in enumerate(new.candidates):
            if candidate.iri in added:
                among[candidate.iri][former] += 1
                first[candidate.iri][former] += n == 0
    return {iri: tuple(sorted((Confused(former.id, former.iri, former.label, first[iri][former], count)
                               for former, count in found.items()),
                              key=lambda item: (-item.first, -item.among, item.iri)))
            for iri, found in among.items()}  # fmt: skip


def _name(graph: ClassGraph, iri: str) -> tuple[str, str, str]:
    return graph.short(iri), iri, graph.label(iri)


def _named(graph: ClassGraph, iris: Iterable[str]) -> tuple[Named, ...]:
    return tuple(Named(*_name(graph, iri)) for iri in sorted(iris))
