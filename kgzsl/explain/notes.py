"""What must be known to read an explanation rightly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kgzsl.explain.explanation import EXACT, Total
from kgzsl.explain.setting import Setting

VISIBLE = 1e-3


def notes(setting: Setting, iri: str, seen: Total | None, path: Total | None) -> tuple[str, ...]:
    """Return sentences on what is exact, what is not, and what is missing."""
    return tuple(_said(setting, iri, seen, path))


def _said(setting: Setting, iri: str, seen: Total | None, path: Total | None) -> Iterator[str]:
    label = setting.graph.label(iri)
    bank = setting.propagation.bank
    if iri not in setting.candidates:
        yield f"{label} is no candidate for answers, so that no edits were searched"
    if setting.given(iri):
        yield f"the classifier of {label} was given, not propagated: no fact of the graph has a part in its score"
        return
    if not np.any(bank.table[bank.rows([iri])]):
        yield f"nothing could be propagated to {label}: its classifier is empty, and so is its explanation"
        return
    row = setting.graph.index[iri]
    if not setting.space.described[row]:
        above = ": it was understood from what lies above it"
        none = ", and nothing above it has one"
        yield f"{label} has no description of its own" + (above if setting.space.vectors[row].any() else none)
    yield from _of_splits(setting, seen, path)
    hidden = [a.name for a in setting.chain.adjusters if a not in setting.explained.adjusters]
    if hidden:
        yield f"answers are chosen after {', '.join(hidden)} too, which no explanation splits"
    if removed := [s for s in setting.learner.seen_ids if s not in setting.graph.index]:
        yield f"{len(removed)} seen classes, such as {removed[0]}, are no longer in the ontology; their rows count"
    for total in (seen, path):
        if total is not None and total.residual > VISIBLE:
            yield f"the split over {total.over} misses {100 * total.residual:.1f} % of the magnitudes"
    if path is not None and path.gap > 0:
        yield f"a path that is not listed may be stronger than the weakest listed one, by at most {path.gap:.4f}"


def _of_splits(setting: Setting, seen: Total | None, path: Total | None) -> Iterator[str]:
    """Say which split is exact, and what none of them tells."""
    name, explains = setting.learner.name, setting.learner.explains
    if path is None:
        if "walks" not in explains and "paths" not in explains:
            yield f"no path carries a score of '{name}' as it is set: no fact has a share of it"
    elif path.method != EXACT:
        exact = "the split over seen classes is exact; " if seen is not None else ""
        yield f"of '{name}' {exact}paths are an estimate ({path.method}); those of the learner 'absorb' are exact"
    elif seen is None and "paths" in explains:
        yield (f"the paths of '{name}' start at described concepts and are exact at fixed activations; seen classes "
               "came in through training, so there is no split over them")  # fmt: skip
    if setting.learner.caveat:
        yield setting.learner.caveat
