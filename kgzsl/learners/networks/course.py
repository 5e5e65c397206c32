"""The course of one training in epochs: seeded, shown, kept, interrupted and resumed, and stopped where it diverges."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgzsl.arrays import Array
from kgzsl.errors import DivergedError, LearnerError
from kgzsl.learners.base import Learner, Progress
from kgzsl.learners.networks.checkpoint import saved_whole
from kgzsl.learners.networks.interrupts import Interrupts

NOT_COUNTED = {"epochs", "device", "check_every"}
Stateful = torch.nn.Module | torch.optim.Optimizer


@dataclass(eq=False)
class Course:
    """One training.

    Args:
        learner: for its name, options, checkpoint and whether to resume.
        parts: modules and optimisers by name: what a checkpoint holds.
        epoch: trains for one epoch, given its number counted from one; returns the mean loss. All that is random must
            come from torch's generator of the CPU.
        keep: returns the arrays that the learner needs of what is trained.
        data: arrays that it is trained on; a checkpoint of other data is refused.
        seed: of the generator.
        stage: names it in progress and messages; a learner with several trainings names each.
        number: of this training among those of the learner; every one has a checkpoint of its own.
    """

    learner: Learner
    parts: Mapping[str, Stateful]
    epoch: Callable[[int], float]
    keep: Callable[[], dict[str, Array]]
    data: Sequence[Array]
    seed: int
    stage: str = ""
    number: int = 0
    kept: dict[str, Array] = field(default_factory=dict)

    def run(self, epochs: int, progress: Progress | None = None, check_every: int = 5) -> dict[str, Array]:
        """Train; return what ``keep`` gives after the last epoch, or after the last good one.

        Ctrl-C ends it after an epoch: what was learnt so far is returned, and ``learner.interrupted`` is set.

        Raises:
            DivergedError: the loss is no number before anything was worth keeping.
            KeyboardInterrupt: Ctrl-C before that.
            LearnerError: a checkpoint that is damaged or of another training.
        """
        number = self._restored() if self.learner.resume else 0
        name = self.stage or f"train {self.learner.name}"
        try:
            with Interrupts() as interrupts:
                while number < epochs:
                    interrupts.obey()
                    number += 1
                    if not self._one(number):
                        break
                    if number % check_every == 0 or number == epochs:
                        self._save(number)
                    if progress:
                        progress(name, number, epochs)
                interrupts.obey()
        except KeyboardInterrupt:
            if not self.kept:
                raise
            self.learner.interrupted = True
            self._save(number)
            more = ", and a checkpoint to --resume from" if self.path else ""
            warnings.warn(f"{name}: interrupted at epoch {number}: what was learnt so far is kept{more}", stacklevel=4)
        return self.kept or self.keep()

    @property
    def path(self) -> Path | None:
        """Where its checkpoint is."""
        path = self.learner.checkpoint
        return path.with_name(f"{path.name}.{self.number}") if path else None

    def _one(self, number: int) -> bool:
        """Train for one epoch; say whether it came out well."""
        try:
            loss = self.epoch(number)
        except RuntimeError as error:  # torch refuses steps that no number can hold
            if "overflow" not in str(error):
                raise
            loss = float("inf")
        arrays = self.keep() if np.isfinite(loss) else {}
        if np.isfinite(loss) and all(np.isfinite(a).all() for a in arrays.values()):
            self.kept = arrays
            return True
        name = self.stage or f"train {self.learner.name}"
        if not self.kept:
            raise DivergedError(f"{name} diverged at epoch {number}: the loss is {loss}", value=loss,
                                fix="lower learning_rate")  # fmt: skip
        warnings.warn(f"{name} diverged at epoch {number} (the loss is {loss}): what was learnt up to epoch "
                      f"{number - 1} is kept", stacklevel=5)  # fmt: skip
        return False

    def _about(self) -> str:
        options = {k: v for k, v in self.learner.options if k not in NOT_COUNTED}
        digest = hashlib.sha256(repr((self.learner.name, options, self.seed, self.number)).encode())
        for array in self.data:
            digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _save(self, number: int) -> None:
        if self.path is None:
            return
        kept = {name: torch.from_numpy(np.array(array)) for name, array in self.kept.items()}
        state: dict[str, Any] = {"about": self._about(), "epoch": number, "kept": kept,
                                 "random": torch.get_rng_state()}  # fmt: skip
        state["parts"] = {name: part.state_dict() for name, part in self.parts.items()}
        saved_whole(state, self.path)

    def _restored(self) -> int:
        """Take up a checkpoint where there is one; return the last epoch that was trained."""
        if self.path is None or not self.path.is_file():
            return 0
        try:
            state = torch.load(self.path, weights_only=True, map_location="cpu")
            if state["about"] != self._about():
                raise ValueError("it belongs to other data, options or another seed")
            for name, part in self.parts.items():
                part.load_state_dict(state["parts"][name])
            self.kept = {name: tensor.numpy() for name, tensor in state["kept"].items()}
            torch.set_rng_state(state["random"])
            return int(state["epoch"])
        except Exception as error:  # torch raises whatever a damaged file leads it to
            said = str(error).partition("\n")[0] or type(error).__name__
            raise LearnerError(f"not a checkpoint to go on from: {said}", file=str(self.path),
                               fix="train without --resume") from None  # fmt: skip


def batches(n: int, size: int) -> list[torch.Tensor]:
    """Return the rows of one epoch in shuffled batches; the draw is of torch's generator."""
    return list(torch.split(torch.randperm(n), size))


def dense(widths: Sequence[int], slope: float = 0.0) -> torch.nn.Sequential:
    """Return a perceptron with ReLU, or leaky ReLU of this slope, between its layers."""
    layers: list[torch.nn.Module] = []
    for k in range(len(widths) - 1):
        layers += [torch.nn.Linear(widths[k], widths[k + 1])]
        layers += [torch.nn.LeakyReLU(slope) if slope else torch.nn.ReLU()] if k < len(widths) - 2 else []
    return torch.nn.Sequential(*layers)


def matrices(network: torch.nn.Sequential) -> list[Array]:
    """Return the layers of a perceptron as (in + 1, out) matrices, the bias in the last row."""
    linear = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    return [np.vstack([layer.weight.detach().cpu().numpy().T, layer.bias.detach().cpu().numpy()[None]])
            for layer in linear]  # fmt: skip
