"""What an edit would do, as data: classes that come and go, classifiers that move, answers that change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """A class, as it is called on the side that knows it."""

    id: str
    iri: str
    label: str


@dataclass(frozen=True)
class Near(Named):
    """A class, and the cosine of its classifier with that of a new class."""

    cosine: float


@dataclass(frozen=True)
class Confused(Named):
    """A class some of whose inputs a new class takes.

    Args:
        first: inputs with this former answer that the new class wins.
        among: inputs with this former answer that have the new class among their first ``k``, these included.
    """

    first: int
    among: int


@dataclass(frozen=True)
class Moved(Named):
    """A class whose classifier changes.

    Args:
        distance: 1 less the cosine between the old weights and the new; 1 where one of them is zero.
        ratio: length of the new weights over that of the old; None where the old ones are zero.
        bias: new bias less the old one.
    """

    distance: float
    ratio: float | None
    bias: float


@dataclass(frozen=True)
class Newcomer(Named):
    """An added class.

    Args:
        described: False where it has no description of its own and is understood from its ancestors.
        grounded: False where no relation leads from it to a seen class.
        nearest: candidates for answers with the most similar classifiers, nearest first.
        confused: whose inputs it takes, most first; empty without features.
    """

    described: bool
    grounded: bool
    nearest: tuple[Near, ...]
    confused: tuple[Confused, ...]

    @property
    def first(self) -> int:
        """Number of inputs whose answer it would be."""
        return sum(item.first for item in self.confused)


@dataclass(frozen=True)
class Relabelled:
    """An input with another answer; None where no class could be one. Scores are after adjusters."""

    input: int
    before: Named | None
    after: Named | None
    score_before: float | None
    score_after: float | None


@dataclass(frozen=True)
class Effect:
    """What an edit would do; plain data throughout (``dataclasses.asdict`` gives JSON).

    Args:
        before: hash of the graph that answers now.
        after: hash of the graph that would.
        classes: number of classes there would be.
        added: classes that come.
        removed: classes that go.
        moved: classes in both whose classifiers change by more than the tolerance, farthest first.
        described_anew: seen classes with other descriptions; they keep the classifiers they were given.
        retired: classes that stay and may no longer be answers, such as an unseen leaf that gets a child.
        admitted: classes that stay and may be answers from now on.
        inputs: number of inputs that were given; 0 without features.
        changed: inputs with another answer, in their order.
    """

    before: str
    after: str
    classes: int
    added: tuple[Newcomer, ...]
    removed: tuple[Named, ...]
    moved: tuple[Moved, ...]
    described_anew: tuple[Named, ...]
    retired: tuple[Named, ...]
    admitted: tuple[Named, ...]
    inputs: int
    changed: tuple[Relabelled, ...]

    def __bool__(self) -> bool:
        """Whether it does anything."""
        return any((self.added, self.removed, self.moved, self.described_anew, self.retired, self.admitted,
                    self.changed))  # fmt: skip
