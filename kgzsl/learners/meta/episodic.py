"""A hypernetwork that is trained on tasks: learn from some classes, tell others apart."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.learners import base
from kgzsl.learners.examples import class_means
from kgzsl.learners.meta.whitened import Prepared, Whitened, WhitenedOptions, of_unit_rows

if TYPE_CHECKING:
    from kgzsl.learners.networks.course import Course


class EpisodicOptions(WhitenedOptions):
    """Settings; chosen on two folds of CUB's seen classes, 50 of them held out in each."""

    ways: int = Field(40, ge=1, description="query classes of a task, at most half of the seen; the rest support them")
    shots: int = Field(8, ge=1, description="inputs a class, of support and query alike")
    tasks: int = Field(25, ge=1, description="tasks an epoch")
    epochs: int = Field(8, ge=1, description="passes; more overfits the seen classes")
    hidden: int = Field(4096, ge=1, description="units between description and row")
    ridge: float = base.tuned(0.3, 0.01, 10.0, log=True, gt=0, description="of the solver, before training")
    temperature: float = base.tuned(0.04, 0.005, 0.2, log=True, gt=0, description="of cosines, before training")
    noise: float = base.tuned(0.5, 0.0, 2.0, ge=0, description="added to descriptions in training, in deviations")
    learning_rate: float = base.tuned(3e-4, 1e-5, 1e-2, log=True, gt=0, description="of Adam, for the hidden layer")
    input_rate: float = base.tuned(0.1, 0.0, 1.0, ge=0, description="share of it for the map of inputs; 0 fixes it")
    device: str = Field("cpu", description="where it trains")


class Episodic(Whitened):
    r"""A hypernetwork whose last layer is solved for, and whose first is trained to make that solution generalise.

    .. math:: w_c = u(\phi(s_c)^\top B), \quad B = \Phi^\top (\Phi \Phi^\top + \lambda I)^{-1} P, \quad
        \phi(s) = \mathrm{ReLU}(A s + a) / \sqrt{h}

    A task splits the seen classes: from descriptions (their units :math:`\Phi`) and mean inputs P of the support
    classes, B is solved; the cross entropy of cosines :math:`\langle u(z M), w_c \rangle / \tau` of ``shots`` inputs of
    each of ``ways`` query classes, which B never saw, trains A, a, M, λ and τ through the solution. In the end B is
    solved on all seen classes. A new class is a row, computed from its description; nothing is trained or solved.

    Shapes: inputs (n, d), descriptions (S, e) → units (S, h) → bank (C, d).

    Source: tasks without inputs of query classes in the support: Li et al. 2019, Rethinking zero-shot learning: a
    conditional visual classification perspective; Snell, Swersky, Zemel 2017, Prototypical networks.
    The solver within a task: Bertinetto et al. 2019, Meta-learning with differentiable closed-form solvers.
    """

    name = "episodic"
    family = "meta-learning"
    citation = ("Li, Min, Fu 2019, Rethinking Zero-Shot Learning: A Conditional Visual Classification Perspective; "
                "Bertinetto et al. 2019, Meta-Learning with Differentiable Closed-Form Solvers")  # fmt: skip
    reads = "vectors"
    Options: ClassVar[type[base.Options]] = EpisodicOptions
    layers: ClassVar[tuple[str, ...]] = ("hidden units", "solved layer")

    def learn(self, given: Prepared, seed: int, progress: base.Progress | None) -> dict[str, Array]:
        """See the base class."""
        enough = len(given.S) >= base.FEWEST
        if not enough:
            warnings.warn(f"{len(given.S)} seen classes are too few to draw tasks from: the hidden layer stays as it "
                          "was drawn, and only the last is solved for", stacklevel=3)  # fmt: skip
        return _course(self, given, seed).run(self.options.epochs if enough else 0, progress)


def _course(learner: Episodic, given: Prepared, seed: int) -> Course:
    """Return the training; it keeps the hidden layer, the layer solved on all seen classes, and the map of inputs."""
    import torch

    from kgzsl.learners.networks.course import Course
    from kgzsl.learners.networks.devices import device_of
    from kgzsl.learners.networks.episodes import RidgeHypernetwork, Tasks

    options = learner.options
    torch.manual_seed(seed)
    reads, width = given.S.shape[1], given.X.shape[1]
    network = RidgeHypernetwork(reads, options.hidden, width, options.ridge, 1 / options.temperature)
    network.to(device := device_of(options.device))
    optimiser = torch.optim.Adam(network.groups(options.learning_rate, options.input_rate))
    X, _, S = (torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in given)
    means = torch.from_numpy(class_means(given.X, given.y, len(given.S)).astype(np.float32)).to(device)
    tasks = Tasks(torch.from_numpy(given.y), options.ways, options.shots)

    def epoch(number: int) -> float:
        total = 0.0
        for _ in range(options.tasks):
            task = tasks.draw()
            loss = network.loss(task, X, S + options.noise * torch.randn(S.shape).to(device))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(loss.detach())
        return total / float(options.tasks)

    def keep() -> dict[str, Array]:
        with torch.no_grad():
            solved = network.head(S, means).cpu().numpy()
        first = of_unit_rows(network.hidden())
        solved = np.vstack([solved, np.zeros((1, width), np.float32)])
        return {"0.0": first, "0.1": solved, "inputs": network.inputs.detach().cpu().numpy().copy()}

    return Course(learner, {"network": network, "optimiser": optimiser}, epoch, keep, given, seed)
