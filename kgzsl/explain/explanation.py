"""What an explanation holds: values only, frozen, so that it can be kept, compared, drawn and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from kgzsl.graph.classgraph import Relation
from kgzsl.learners.linear import EXACT as EXACT
from kgzsl.learners.linear import GRADIENTS as GRADIENTS


class Path(NamedTuple):
    """A walk over the graph and what it adds to the score.

    Args:
        nodes: IRIs, the explained class first.
        labels: of the nodes.
        relations: of each step.
        facts: stated facts that each step goes over; none where the step is derived.
        value: signed part of the score.
    """

    nodes: tuple[str, ...]
    labels: tuple[str, ...]
    relations: tuple[str, ...]
    facts: tuple[tuple[Relation, ...], ...]
    value: float

    @property
    def text(self) -> str:
        """As ``okapi –subClassOf→ giraffe –…→ gazelle``."""
        steps = (f" –{r}→ {label}" for r, label in zip(self.relations, self.labels[1:], strict=True))
        return self.labels[0] + "".join(steps)


class Contribution(NamedTuple):
    """What one seen class adds to the score: its coefficient times how well its own row fits the input.

    ``paths`` split it further where walks carry the score, largest first; they need not be all.
    """

    id: str
    iri: str
    label: str
    value: float
    coefficient: float
    paths: tuple[Path, ...] = ()


class Total(NamedTuple):
    """How the parts of a split add up to the score.

    Args:
        over: what the score was split over: ``seen classes`` or ``paths``.
        method: ``exact``, or how it was estimated.
        listed: sum of the parts that are listed.
        rest: sum of those that are not.
        baseline: named parts that belong to no class or path, such as the bias of a layer.
        residual: what is missing, relative to the sum of magnitudes.
        number: how many parts there are, where they were counted.
        gap: by how much a part that is not listed may exceed the smallest listed one; 0 is certain.
    """

    over: str
    method: str
    listed: float
    rest: float
    baseline: tuple[tuple[str, float], ...] = ()
    residual: float = 0.0
    number: int | None = None
    gap: float = 0.0

    @property
    def sum(self) -> float:
        """Of all parts."""
        return self.listed + self.rest + sum(value for _, value in self.baseline)


class FactShare(NamedTuple):
    """A stated fact, and the sum over all paths that go over it. Not the effect of deleting it."""

    fact: Relation
    value: float


class AttributeShare(NamedTuple):
    """What an attribute of a concept adds to the score.

    Args:
        id, iri, label: of the attribute.
        of: IRI of the concept that has it, mostly the explained class.
        of_label: its label.
        value: signed part of the score.
        fact: the strongest that states it; None where only the rival has it.
        rival: the same for the rival's score, where it was asked for.
    """

    id: str
    iri: str
    label: str
    of: str
    of_label: str
    value: float
    fact: Relation | None = None
    rival: float = 0.0


class Edit(NamedTuple):
    """One change of what is stated: ``without`` or ``with`` a fact."""

    action: str
    fact: Relation

    def text(self, label: Callable[[str], str]) -> str:
        """As ``without objects.ttl:212 (okapi subClassOf giraffe)``; ``label`` maps IRIs to labels."""
        fact = self.fact
        said = f"{label(fact.source)} {fact.relation} {label(fact.target)}"
        said += f" {fact.weight:g}" if fact.weight != 1 else ""
        return f"{self.action} {fact.where} ({said})" if fact.file else f"{self.action} ({said})"


class Counterfactual(NamedTuple):
    """Edits that change the answer, or the largest change found.

    Args:
        edits: applied together.
        id, iri, label: of the answer after them.
        changed: whether this is another answer than before.
        before: margin of the explained class over the best other candidate.
        after: the same after the edits.
        text: the whole sentence.
    """

    edits: tuple[Edit, ...]
    id: str
    iri: str
    label: str
    changed: bool
    before: float
    after: float
    text: str


class Rival(NamedTuple):
    """Why this class rather than another: differences of the same splits.

    Args:
        id, iri, label: of the other class.
        score: its score by the bank.
        margin: of the explained class over it, before adjusters.
        contributions: of seen classes to the margin, largest magnitude first; None where there is no such split.
        facts: of stated facts to the margin, largest magnitude first.
    """

    id: str
    iri: str
    label: str
    score: float
    margin: float
    contributions: tuple[Contribution, ...] | None
    facts: tuple[FactShare, ...]


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why an input scored as it did for one class.

    Args:
        id, iri, label: of the class.
        score: the bank's, before adjusters.
        learner: name.
        seen: whether its classifier was given.
        contributions: over seen classes, largest magnitude first; None where classifiers are no sum of seen rows.
        by_seen: how they add up.
        paths: the strongest, largest magnitude first; None where no path carries the score.
        by_path: how they add up.
        attributes: attribute facts that raise or lower the score; first what counts most in it, or in the margin.
        facts: stated facts with what goes over them, largest magnitude first.
        rival: why rather than the runner-up, or than the class that was asked about.
        counterfactuals: smallest sets of edits found that change the answer.
        notes: what must be known to read it: which split is exact, an empty description, and the like.
        graph_hash: of the graph that answered.
        bundle: id of the fitted learner.
        kin: facts by which the class and the seen classes that it looks like are related, the class's own first.
        names: IRI and label of what facts are about.
    """

    id: str
    iri: str
    label: str
    score: float
    learner: str
    seen: bool
    contributions: tuple[Contribution, ...] | None
    by_seen: Total | None
    paths: tuple[Path, ...] | None
    by_path: Total | None
    attributes: tuple[AttributeShare, ...] = ()
    facts: tuple[FactShare, ...] = ()
    rival: Rival | None = None
    counterfactuals: tuple[Counterfactual, ...] = ()
    notes: tuple[str, ...] = ()
    graph_hash: str = ""
    bundle: str = ""
    kin: tuple[Relation, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<Explanation of {self.label} ({self.learner}), score {self.score:.4f}: {self.sentence}>"

    @property
    def sentence(self) -> str:
        """The whole in plain words: ``It looks most like gazelle and impala; all are kinds of ruminant (…).``"""
        from kgzsl.explain.draw.sentence import sentence

        return sentence(self)

    def _repr_html_(self) -> str:
        """Picture and tables, for notebooks."""
        from kgzsl.explain.draw.html import fragment

        return fragment(self)
