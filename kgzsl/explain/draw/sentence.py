"""An explanation in one plain sentence, of what the explanation holds and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from kgzsl.explain.draw.text import ended, listed, places
from kgzsl.explain.explanation import Explanation, Path
from kgzsl.explain.kinship import SHARE, most_like, of_facts
from kgzsl.graph.classgraph import Relation

MOST = 3
EMPTY, UNDESCRIBED = "nothing could be propagated", "no description"
"""What notes say of a class that nothing leads to, and of one that nothing is said of."""


def sentence(explanation: Explanation) -> str:
    """Return why, as ``It looks most like gazelle and impala; all are kinds of ruminant (objects.ttl:212).``

    Without a split over seen classes it names the concepts whose descriptions raise the score, without paths the
    attributes. It says so where a classifier was given, where a class has no description, and where nothing is known.
    """
    e = explanation
    if e.seen:
        return f"The classifier of {e.label} was given: its score is its own, and no description goes into it."
    said = [ended(note) for note in e.notes if EMPTY in note or UNDESCRIBED in note]
    if any(EMPTY in note for note in e.notes):
        return " ".join(said)
    if said and not e.facts and not any(path.value for path in paths(e)):
        return f"{e.label} has no description, nor has anything above it: its score is that of any such class."
    return " ".join([*said, _why(e)])


def _why(e: Explanation) -> str:
    if e.contributions:
        return _by_seen(e)
    if e.paths:
        return _by_path(e)
    if raising := [a for a in e.attributes if a.value > 0][:MOST]:
        where = places(a.fact for a in raising if a.fact)
        said = listed([a.label for a in raising])
        return f"What speaks most for {e.label}: {said}" + (f" ({where})." if where != "derived" else ".")
    return f"The learner '{e.learner}' splits the score of {e.label} into no parts, so that none is named."


def labels(explanation: Explanation) -> dict[str, str]:
    """Return the label of every concept that an explanation names."""
    e = explanation
    found = {**dict(e.names), e.iri: e.label}
    for path in paths(e):
        found.update(zip(path.nodes, path.labels, strict=True))
    for part in (*(e.contributions or ()), *(e.rival.contributions or () if e.rival else ())):
        found[part.iri] = part.label
    found.update((c.iri, c.label) for c in e.counterfactuals)
    found.update(pair for a in e.attributes for pair in ((a.iri, a.label), (a.of, a.of_label)))
    return found | ({e.rival.iri: e.rival.label} if e.rival else {})


def named(iri: str, known: dict[str, str]) -> str:
    """Return the label of a concept, or the end of its IRI."""
    return known.get(iri) or iri.rsplit("#", 1)[-1].rstrip("/").rsplit("/", 1)[-1]


def paths(explanation: Explanation) -> Iterable[Path]:
    """Return all paths that an explanation holds, those of seen classes too, each once."""
    within = chain.from_iterable(c.paths for c in explanation.contributions or ())
    return dict.fromkeys([*(explanation.paths or ()), *within])


def _by_seen(e: Explanation) -> str:
    most = most_like(e.contributions or ())
    if not most:
        if not any(c.value for c in e.contributions or ()):
            return f"The input says nothing of {e.label}: every part of its score is 0."
        return f"It looks like none of the seen classes that {e.label} is made of: each lowers the score."
    said = f"It looks most like {listed([c.label for c in most])}"
    found = of_facts(e.iri, [c.iri for c in most], _facts(e))
    if found is None:
        return said + "."
    if found.iri == most[0].iri:
        return f"{said}, of which {e.label} is a kind ({places(found.own)})."
    known = labels(e)
    ancestor = named(found.iri, known)
    word = "all" if len(most) > 1 else "both"
    return f"{said}; {word} are kinds of {ancestor} ({places(found.own, 1)})."


def _by_path(e: Explanation) -> str:
    ends: dict[str, list[Path]] = {}
    for path in e.paths or ():
        ends.setdefault(path.nodes[-1], []).append(path)
    sums = {iri: sum(path.value for path in found) for iri, found in ends.items()}
    raising = sorted((iri for iri in sums if sums[iri] > 0), key=lambda iri: -sums[iri])
    most = [iri for iri in raising[:MOST] if sums[iri] >= SHARE * sums[raising[0]]]
    if not most:
        if not any(sums.values()):
            return f"The input says nothing of {e.label}: every listed part of its score is 0."
        return f"No listed path speaks for {e.label}: each lowers the score."
    said = [f"{e.label} itself" if iri == e.iri else ends[iri][0].labels[-1] for iri in most]
    facts = [fact for iri in most for step in ends[iri][0].facts for fact in step]
    where = f" ({places(facts)})" if facts else ""
    return f"What is said of {listed(said)}{where} speaks most for {e.label}."


def _facts(e: Explanation) -> Iterable[Relation]:
    """Return all facts at hand: those that relate the class to seen ones, those of paths, and those with a share."""
    yield from e.kin
    for path in paths(e):
        yield from chain.from_iterable(path.facts)
    yield from (share.fact for share in e.facts)
