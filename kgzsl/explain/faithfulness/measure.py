"""The measurement: every method ranks the same facts of the same answers, and the same number is deleted."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import LearnerError
from kgzsl.explain.faithfulness.answers import Answers, choose_answers
from kgzsl.explain.faithfulness.catalogue import make_methods
from kgzsl.explain.faithfulness.deletions import Deletions
from kgzsl.explain.faithfulness.margins import Margins
from kgzsl.explain.faithfulness.measures import POINTS, TOP, Curves, agreement, area, at, curves, sparsity
from kgzsl.explain.faithfulness.question import Method, Question, Ranking
from kgzsl.explain.faithfulness.randomised import randomised
from kgzsl.explain.faithfulness.region import HOPS, MOST, region, relations_with_a_part
from kgzsl.explain.faithfulness.report import NAMES, Faithfulness
from kgzsl.explain.setting import Setting
from kgzsl.features import checked

ANSWERS, CHECKS, NOISE, DISORDERS = 500, 100, 0.2, 5
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Args:
        answers: at most.
        checks: answers whose explanation is also compared with that of a noisy input and of a learner in disorder,
            each in one of five ways in turn.
        hops: steps to the facts that are ranked; chains of ancestors are always among them.
        facts: that are ranked at most.
        noise: length of the noise relative to that of the input.
        seed: of everything random.
    """

    answers: int = ANSWERS
    checks: int = CHECKS
    hops: int = HOPS
    facts: int = MOST
    noise: float = NOISE
    seed: int = 0


def faithfulness(
    setting: Setting,
    X: Array,
    methods: Sequence[str] | None = None,
    answers: int = ANSWERS,
    seed: int = 0,
    progress: Progress | None = None,
    plan: Plan | None = None,
) -> Faithfulness:
    """Measure how faithful explanations are to what a learner computes.

    Every ranking of facts is judged by deleting the same number of them and propagating again, against the margin of
    the explained class over a rival that is fixed beforehand. See docs/faithfulness.md.

    Args:
        setting: what is explained.
        X: inputs; of each the best unseen candidate is explained. Shape: (n, d).
        methods: names of the catalogue, all that the learner allows if None; the control is always among them.
        answers: at most; a random sample of the inputs where there are more.
        seed: of everything random.
        progress: called with (stage, done, total).
        plan: more of the same; ``answers`` and ``seed`` are then read from it.

    Raises:
        LearnerError: no fact has a part in the classifiers, or none reaches the classes of these inputs.
        FeatureError: inputs that cannot be used.
        UnknownNameError: a method that is not in the catalogue.
    """
    plan = plan or Plan(answers, seed=seed)
    made = make_methods(methods)
    refused = {name: why for name, method in made.items() if (why := method.unavailable(setting))}
    X = checked(X, width=setting.propagation.bank.width)
    run = _Run(setting, X, {n: m for n, m in made.items() if n not in refused}, plan)
    run.go(progress)
    return run.report(refused)


class _Run:
    """One measurement: goes through the answers pair by pair, since inputs of one pair share propagations."""

    def __init__(self, setting: Setting, X: Array, methods: Mapping[str, Method], plan: Plan) -> None:
        if not setting.propagation.cache:  # as of a bundle: with it every deletion costs what it changes
            setting = replace(setting, propagation=setting.learner.propagate(setting.space))
        self.setting, self.X, self.methods, self.plan = setting, X, methods, plan
        self.relations = relations_with_a_part(setting)
        self.answers: Answers = choose_answers(setting, X, plan.answers, plan.seed)
        n = len(self.answers.inputs)
        rng = np.random.default_rng(plan.seed)
        self.checked = set(rng.permutation(n)[: plan.checks].tolist())
        self.values = {name: {measure: np.full(n, np.nan) for measure in NAMES} for name in methods}
        self.drops = {name: np.full((n, len(POINTS)), np.nan) for name in methods}
        self.milliseconds = {name: np.full(n, np.nan) for name in methods}
        self.outside = {name: np.full(n, np.nan) for name in methods}
        self.rankings: dict[str, Ranking] = {}
        self.facts, self.margins = np.zeros(n, np.int64), np.full(n, np.nan)
        self.others = [randomised(setting, plan.seed + k) for k in range(min(DISORDERS, len(self.checked)))]

    def go(self, progress: Progress | None) -> None:
        """Measure all answers."""
        pairs: dict[tuple[str, str], list[int]] = defaultdict(list)
        for k, pair in enumerate(zip(self.answers.classes, self.answers.rivals, strict=True)):
            pairs[pair].append(k)
        deletions, disordered = Deletions(self.setting), [Deletions(other) for other in self.others]
        done = 0
        for pair, members in pairs.items():
            facts = region(self.setting, pair, self.plan.hops, self.plan.facts, self.relations)
            margins, others = Margins(deletions, *pair), [Margins(other, *pair) for other in disordered]
            for k in members:
                x = self.X[self.answers.inputs[k]]
                seed = int(np.random.SeedSequence([self.plan.seed, k]).generate_state(1)[0])
                question = Question(self.setting, x, *pair, facts, margins, seed)
                if facts:
                    self._measure(k, question)
                if facts and k in self.checked:
                    self._check(k, question, others[k % len(others)])
                done += 1
                if progress:
                    progress("measure faithfulness", done, len(self.answers.inputs))

    def report(self, refused: Mapping[str, str]) -> Faithfulness:
        """Return what was found.

        Raises:
            LearnerError: no fact reaches the classes of any input.
        """
        kept, answers = self.facts > 0, self.answers
        if not kept.any():
            raise LearnerError("no fact reaches the classes that these inputs look most like",
                               fix="say more of them in the ontology, such as their parents")  # fmt: skip
        take = partial(_taken, kept=kept)
        values = {name: {measure: take(found) for measure, found in each.items()} for name, each in self.values.items()}
        return Faithfulness(
            self.setting.learner.name, take(answers.classes), take(answers.rivals), take(answers.inputs),
            take(answers.answered), take(self.facts), take(self.margins), values,
            {name: take(found) for name, found in self.drops.items()}, POINTS, TOP,
            {name: take(found) for name, found in self.milliseconds.items()},
            {name: take(found) for name, found in self.outside.items()}, dict(refused), int((~kept).sum()),
            self.plan.noise, self.plan.seed,
        )  # fmt: skip

    def _measure(self, k: int, question: Question) -> None:
        self.facts[k], self.margins[k] = len(question.facts), question.margin() / question.unit
        for name, method in self.methods.items():
            start = time.perf_counter()
            ranking = self.rankings[name] = method(question)
            self.milliseconds[name][k] = 1000 * (time.perf_counter() - start)
            self._keep(k, name, ranking, curves(question, ranking))

    def _check(self, k: int, question: Question, margins: Margins) -> None:
        """Compare the rankings just made with those of a noisy input, and of a learner in disorder."""
        noisy = replace(question, x=_noisy(question, self.plan.noise))
        other = replace(question, setting=margins.deletions.setting, margins=margins)
        for name, method in self.methods.items():
            values = self.rankings[name].values
            self.values[name]["stability"][k] = agreement(values, method(noisy).values)
            self.values[name]["randomised"][k] = agreement(values, method(other).values)

    def _keep(self, k: int, name: str, ranking: Ranking, found: Curves) -> None:
        self.outside[name][k] = ranking.outside
        reached = [p for p in POINTS if p <= found.numbers[-1]]
        self.drops[name][k, : len(reached)] = [at(found, found.deleted, p) for p in reached]
        measured = {
            "fidelity+": at(found, found.deleted, TOP),
            "fidelity-": at(found, found.kept, TOP),
            "deletion": area(found.numbers, found.deleted),
            "insertion": area(found.numbers, found.inserted),
            "sparsity": sparsity(ranking.values),
        }
        for measure, value in measured.items():
            self.values[name][measure][k] = value


def _noisy(question: Question, noise: float) -> Array:
    """Return the input with Gaussian noise of a length relative to its own. Shape: (d,)."""
    x, rng = question.x, np.random.default_rng(question.seed)
    step = rng.normal(size=len(x))
    return np.asarray(x + noise * np.linalg.norm(x) * step / np.linalg.norm(step), np.float32)


def _taken(values: Array, kept: Array) -> Array:
    return values[kept]
