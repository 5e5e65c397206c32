"""Which classes are unseen: read from a file of seen and unseen ones, or dealt into folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kgzsl.errors import EvaluationError, UnknownNameError, suggest
from kgzsl.evaluate.lists import EXAMPLE, Listed, line_of, read_lists
from kgzsl.folds import class_folds
from kgzsl.graph.classgraph import ClassGraph

FEWEST = 2
SEEN, UNSEEN = "seen", "unseen"


class Fold(NamedTuple):
    """One way to hold classes out.

    Args:
        name: such as ``fold 1 of 3`` or ``below carnivore``.
        unseen: IRIs.
    """

    name: str
    unseen: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """Seen and unseen classes as a file names them.

    Args:
        seen: IRIs.
        unseen: IRIs.
        file: where they are named.
    """

    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    file: str


def read_split(path: str | Path, graph: ClassGraph) -> Split:
    """Read a protocol file: ``seen = [...]`` and ``unseen = [...]`` in TOML or JSON.

    Raises:
        MissingFileError: no such file.
        EvaluationError: another key (with the nearest), a part that is missing or empty, a class that is unknown, or
            one in both parts, at the line of the second; fewer than two unseen classes.
    """
    listed = read_lists(path)
    for key in listed.lists:
        if key not in (SEEN, UNSEEN):
            near = suggest(key, (SEEN, UNSEEN))
            raise EvaluationError(f"unknown key '{key}'", file=listed.file, line=line_of(listed.text, key), value=key,
                                  fix=f"did you mean '{near}'?" if near else EXAMPLE)  # fmt: skip
    for key in (SEEN, UNSEEN):
        if not listed.lists.get(key):
            raise EvaluationError(f"names no {key} class", file=listed.file, value=key, fix=EXAMPLE)
    seen, unseen = listed.iris(SEEN, graph), listed.iris(UNSEEN, graph)
    both = [iri for iri in unseen if iri in seen]
    if both:
        raise _in_both(listed, seen[both[0]], unseen[both[0]], len(both))
    refuse_few(tuple(unseen), listed.file)
    return Split(tuple(seen), tuple(unseen), listed.file)


def refuse_few(unseen: Sequence[str], file: str | None = None, name: str = "") -> None:
    """Refuse fewer than two unseen classes: an only candidate is always right.

    Raises:
        EvaluationError: with how many there are.
    """
    if len(unseen) < FEWEST:
        what = f"{name}: " if name else ""
        raise EvaluationError(f"{what}{len(unseen)} unseen classes have test inputs, and two are needed", file=file,
                              value=len(unseen),
                              fix="test on inputs of two or more classes that nothing was trained on")  # fmt: skip


def folds_by_class(classes: Sequence[str], folds: int, seed: int) -> list[Fold]:
    """Deal classes into folds; each is unseen once.

    Raises:
        EvaluationError: so many folds that one has fewer than two classes, or fewer than two folds.
    """
    if folds < FEWEST:
        raise EvaluationError(f"{folds} folds: two are needed", value=folds, fix="folds=3, say")
    dealt = class_folds(classes, folds, seed)
    fewest = min(map(len, dealt))
    if fewest < FEWEST:
        held = "a fold is empty" if not fewest else "a fold holds a single class"
        raise EvaluationError(f"{folds} folds of {len(classes)} classes: {held}", value=folds,
                              fix=f"at most {len(classes) // FEWEST} folds hold two classes each")  # fmt: skip
    return [Fold(f"fold {k} of {folds}", unseen) for k, unseen in enumerate(dealt, 1)]


def folds_at_random(classes: Sequence[str], folds: int, part: float, seed: int) -> list[Fold]:
    """Draw a share of the classes, again and again; the draws overlap.

    Raises:
        EvaluationError: a share of fewer than two classes, or one that leaves fewer than two seen.
    """
    ordered, many = np.array(sorted(classes), dtype=object), round(part * len(classes))
    if many < FEWEST or len(classes) - many < FEWEST:
        raise EvaluationError(f"a share of {part:g} of {len(classes)} classes is {many}: two unseen and two seen ones "
                              "are needed", value=part, fix="change the share, or bring more classes")  # fmt: skip
    drawn = [np.random.default_rng([seed, k]).permutation(ordered)[:many] for k in range(folds)]
    return [Fold(f"draw {k} of {folds}", tuple(sorted(unseen))) for k, unseen in enumerate(drawn, 1)]


def folds_by_subtree(graph: ClassGraph, classes: Sequence[str], roots: Sequence[str] = ()) -> list[Fold]:
    """Leave whole branches of the hierarchy out, one at a time.

    Args:
        graph: has the hierarchy.
        classes: IRIs of those that there are inputs of.
        roots: names of the branches; without any, all that lie right below what the classes have in common, if two or
            more of the classes are in them and two are not.

    Raises:
        EvaluationError: an unknown branch, one with fewer than two of the classes, or one that leaves fewer than two.
    """
    named = [_branch(graph, root) for root in roots]
    found = [(iri, _below(graph, iri, classes)) for iri in named or _branches(graph, classes)]
    for iri, unseen in found if named else ():
        held = f"the branch '{graph.label(iri)}' has {len(unseen)} of the {len(classes)} classes with inputs"
        if len(unseen) < FEWEST:
            raise EvaluationError(f"{held}: two unseen ones are needed", value=iri, fix="name a larger branch")
        if len(classes) - len(unseen) < FEWEST:
            raise EvaluationError(f"{held}: two seen ones must be left", value=iri, fix="name a smaller branch")
    kept = [(iri, unseen) for iri, unseen in found if FEWEST <= len(unseen) <= len(classes) - FEWEST]
    if not kept:
        raise EvaluationError(f"no branch holds two of the {len(classes)} classes with inputs and leaves two",
                              value=len(classes), fix="name branches, or make folds by class")  # fmt: skip
    return [Fold(f"below {graph.label(iri)}", unseen) for iri, unseen in kept]


def _branch(graph: ClassGraph, name: str) -> str:
    try:
        return graph.find(name, "class")
    except UnknownNameError as error:
        raise EvaluationError(f"branch: {error.message}", value=name, fix=error.fix) from None


def _branches(graph: ClassGraph, classes: Sequence[str]) -> list[str]:
    """Return what lies right below the lowest common ancestors, or the roots where there are none."""
    common = graph.hierarchy.lowest_common(graph.index[iri] for iri in classes)
    if not common:
        return [iri for iri in graph.class_ids if not graph.out(iri, "subClassOf")]
    return sorted({edge.source for row in common for edge in graph.into(graph.ids[row], "subClassOf")})


def _below(graph: ClassGraph, iri: str, classes: Sequence[str]) -> tuple[str, ...]:
    below = graph.descendants(iri) | {iri}
    return tuple(sorted(c for c in classes if c in below))


def _in_both(listed: Listed, seen: str, unseen: str, many: int) -> EvaluationError:
    places = [listed.line(SEEN, seen), listed.line(UNSEEN, unseen)]
    more = f", and {many - 1} more" if many > 1 else ""
    return EvaluationError(f"the class '{unseen}' is in both parts, 'seen' and 'unseen'{more}", file=listed.file,
                           line=max((line for line in places if line), default=None), value=unseen,
                           fix="take it out of one of them")  # fmt: skip
