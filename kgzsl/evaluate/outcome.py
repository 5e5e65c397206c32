"""What is found of one task, as plain data that goes to JSON and back."""

from __future__ import annotations

from dataclasses import dataclass, field

from kgzsl.evaluate.statistics import NONE, Figure


@dataclass(frozen=True)
class Hits:
    """Hit@k of a task.

    Args:
        k: how many answers count.
        classes: class mean with its interval over classes.
        nested: class mean with its interval over classes and, in each, inputs.
        inputs: mean over inputs with its interval over inputs.
    """

    k: int
    classes: Figure
    nested: Figure
    inputs: Figure


@dataclass(frozen=True)
class ClassRow:
    """One true class.

    Args:
        iri: of the class.
        label: for people.
        seen: whether it is a seen class.
        inputs: how many.
        hits: share of right answers among the first k, in the order of the task's ks.
        distance: edges of the hierarchy to the nearest seen class; None where there is no way.
        nearest: label of that class.
    """

    iri: str
    label: str
    seen: bool
    inputs: int
    hits: tuple[float, ...]
    distance: int | None = None
    nearest: str = ""


@dataclass(frozen=True)
class Balance:
    """Seen and unseen classes together.

    Args:
        unseen: class-mean hit@1 of inputs of unseen classes (U).
        seen: of inputs of seen classes (S).
        harmonic: harmonic mean of the two (H).
        ausuc: area under the seen–unseen curve; None where one of the two is missing.
        best: highest H on the curve: a ceiling in hindsight, never what was chosen by.
        curve: points (bias taken from seen classes, unseen, seen).
    """

    unseen: Figure
    seen: Figure
    harmonic: Figure
    ausuc: float | None = None
    best: float | None = None
    curve: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class Bin:
    """Inputs of like confidence: how many, how confident in the mean, and how many of them are right."""

    inputs: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Reliability:
    """Whether probabilities mean what they say.

    Args:
        of: which inputs: ``all``, ``unseen`` or ``seen``.
        ece: expected calibration error.
        debiased: the same less what few inputs a bin add to it; None where it was not computed.
        nll: mean negative log likelihood of the true class, natural logarithm.
        brier: mean squared error over all candidates.
        bins: of confidence.
        impossible: how many inputs' true class has no probability at all; they are left out of nll.
    """

    of: str
    ece: float
    debiased: float | None
    nll: float
    brier: float
    bins: tuple[Bin, ...] = ()
    impossible: int = 0


@dataclass(frozen=True)
class Hub:
    """A class that is among the first k answers of many inputs: its label, IRI and their number."""

    label: str
    iri: str
    often: float


@dataclass(frozen=True)
class Hubness:
    """How unevenly classes are among the first k answers.

    Args:
        k: how many answers count.
        skewness: of how often a class is among them.
        share: of all places, those that the ten most frequent classes hold.
        anti: share of the candidates that are never among them.
        hubs: the most frequent, the first ones first.
    """

    k: int
    skewness: float
    share: float
    anti: float
    hubs: tuple[Hub, ...] = ()


@dataclass(frozen=True)
class Confusion:
    """A true class, what it is answered as, how these relate, and how many inputs that concerns."""

    truth: str
    answer: str
    relation: str
    inputs: int


@dataclass(frozen=True)
class Folded:
    """Answers by their relation to the true class.

    Args:
        relations: relation → number of inputs.
        frequent: the most frequent confusions.
    """

    relations: dict[str, int]
    frequent: tuple[Confusion, ...] = ()


@dataclass(frozen=True)
class SeveralLabels:
    """Several labels an input.

    Args:
        average_precision: mean over classes (mAP), with its interval over classes.
        f1: (k, micro F1, macro F1) of the first k answers.
        pairs: how many pairs of answers among the first five could be held against disjointness.
        violations: how many of them are of disjoint classes.
    """

    average_precision: Figure
    f1: tuple[tuple[int, float, float], ...]
    pairs: int = 0
    violations: int = 0


@dataclass(frozen=True)
class Scored:
    """One task by one set of scores.

    Args:
        scores: ``plain`` or ``adjusted``.
        hits: hit@k.
        lenient: class-mean hit@1 that counts descendants of the true class as right.
        precision: (k, hierarchical precision).
        strata: stratum → class-mean hit@1 of its classes.
        classes: class by class.
        right: whether each input's first answer is right, as bits in hexadecimal.
        balance: seen and unseen apart, where both compete.
        reliability: of probabilities.
        hubness: of answers.
        folded: answers by relation.
        labels: where inputs have several.
        milliseconds: an input.
        notes: what adjusters, or what could not be measured, had to say.
    """

    scores: str
    hits: tuple[Hits, ...]
    lenient: Figure = NONE
    precision: tuple[tuple[int, float], ...] = ()
    strata: dict[str, Figure] = field(default_factory=dict)
    classes: tuple[ClassRow, ...] = ()
    right: str = ""
    balance: Balance | None = None
    reliability: tuple[Reliability, ...] = ()
    hubness: Hubness | None = None
    folded: Folded | None = None
    labels: SeveralLabels | None = None
    milliseconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One task: how many inputs and candidates it has, and what was found by plain and by adjusted scores."""

    task: str
    generalised: bool
    inputs: int
    candidates: int
    scored: tuple[Scored, ...]

    def by(self, scores: str) -> Scored | None:
        """Return what was found by ``plain`` or ``adjusted`` scores."""
        return next((one for one in self.scored if one.scores == scores), None)
