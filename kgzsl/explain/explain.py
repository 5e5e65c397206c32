"""The whole explanation of one score."""

from __future__ import annotations

from kgzsl.arrays import Array
from kgzsl.errors import QueryError, UnknownNameError
from kgzsl.explain.attributes import attribute_shares
from kgzsl.explain.by_path import paths as strongest
from kgzsl.explain.by_path import seen_path
from kgzsl.explain.by_seen import contributions, walked
from kgzsl.explain.explanation import Contribution, Counterfactual, Explanation, Path
from kgzsl.explain.facts import fact_values
from kgzsl.explain.kinship import kin, names
from kgzsl.explain.notes import notes
from kgzsl.explain.rivalry import fact_shares, rivalry
from kgzsl.explain.setting import Setting

PATHS = 10
WALKS = 100


def explain(
    setting: Setting, x: Array, iri: str, against: str | None = None, paths: int = PATHS, counterfactuals: bool = True
) -> Explanation:
    """Explain the score of one input for one class.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the class.
        against: IRI of the class to compare with; the best other candidate if None.
        paths: how many to list.
        counterfactuals: whether to search edits that change the answer, which takes longest.
    """
    if not isinstance(paths, int) or paths < 0:
        raise QueryError(f"cannot list {paths} paths", value=paths, fix="ask for 0 or more")
    if against == iri:
        raise UnknownNameError("a class is not compared with itself", value=iri, fix="compare it with another")
    graph, other = setting.graph, against or setting.rival(x, iri)
    seen, path = contributions(setting, x, iri), strongest(setting, x, iri, paths)
    mine = fact_values(setting, x, iri)
    theirs = fact_values(setting, x, other) if other else {}
    by_seen, by_path = seen[1] if seen else None, path[1] if path else None
    rival = rivalry(setting, x, (iri, other), seen, mine, theirs) if other else None
    edits: tuple[Counterfactual, ...] = ()
    said = notes(setting, iri, by_seen, by_path)
    if counterfactuals and rival and iri in setting.candidates and len(setting.candidates) > 1:
        from kgzsl.explain.counterfactual import searched

        wanted = against if against in setting.candidates else None
        found = searched(setting, x, iri, [share.fact for share in rival.facts], rival=wanted)
        edits, said = found.counterfactuals, (*said, *found.notes)
    related = kin(graph, iri, seen[0]) if seen and not setting.given(iri) else ()
    facts = [*mine, *theirs, *related, *(edit.fact for found in edits for edit in found.edits)]
    return Explanation(
        graph.short(iri), iri, graph.label(iri), setting.score(x, iri), setting.learner.name, setting.given(iri),
        _with_paths(setting, x, iri, seen[0], paths) if seen else None, by_seen, path[0] if path else None, by_path,
        attribute_shares(graph, mine, theirs), fact_shares(mine), rival, edits, said, graph.hash, setting.bundle,
        related, names(graph, facts),
    )  # fmt: skip


def _with_paths(
    setting: Setting, x: Array, iri: str, parts: tuple[Contribution, ...], most: int
) -> tuple[Contribution, ...]:
    """Split contributions over the walks that end at each seen class, where walks carry the score."""
    found = None if setting.given(iri) else walked(setting, x, iri)
    if found is None:
        return parts
    learner, fits = setting.learner, found[1]
    by_end: dict[str, list[Path]] = {}
    for walk in learner.walks(setting.space, iri, WALKS, fits, setting.propagation) or ():
        value = walk.share * float(fits[learner.seen_row[walk.nodes[-1]]])
        by_end.setdefault(walk.nodes[-1], []).append(seen_path(setting, walk.nodes, walk.relations, value))
    return tuple(part._replace(paths=tuple(by_end.get(part.iri, ())[:most])) for part in parts)
