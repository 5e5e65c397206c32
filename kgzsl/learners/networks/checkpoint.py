"""The course of one training: what is kept of it, and how it goes on after an interruption."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgzsl.arrays import Array
from kgzsl.errors import LearnerError
from kgzsl.learners.networks.modules import Network

Member = list[dict[str, Array]]


def saved_whole(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint beside its place first, so that it is whole or is the one before."""
    unfinished = path.with_name(path.name + ".unfinished")
    torch.save(state, unfinished)
    os.replace(unfinished, path)


class Run:
    """The course of one training: its best network so far, and a checkpoint to go on from.

    Args:
        network: being trained.
        optimiser: of it.
        path: of the checkpoint, or None for none; every member of an ensemble has one of its own.
        member: number in the ensemble.
        about: says what is trained on what; a checkpoint of anything else is refused.
    """

    def __init__(
        self, network: Network, optimiser: torch.optim.Optimizer, path: Path | None, member: int, about: str = ""
    ) -> None:
        self.network, self.optimiser, self.about = network, optimiser, about
        self.path = path.with_name(f"{path.name}.{member}") if path else None
        self.best: Member | None = None
        self.score, self.stale = -np.inf, 0

    def judged(self, epoch: int, score: float, arrays: Member) -> None:
        """Keep the network if it is the best; write the checkpoint."""
        if score > self.score:
            self.best, self.score, self.stale = arrays, score, 0
        else:
            self.stale += 1
        if self.path is not None:
            best = [{k: torch.from_numpy(v) for k, v in layer.items()} for layer in self.best or []]
            state = {"about": self.about, "epoch": epoch, "score": self.score, "stale": self.stale, "best": best,
                     "network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(),
                     "random": torch.get_rng_state(), "device random": self._device_random()}  # fmt: skip
            saved_whole(state, self.path)

    def restore(self) -> int:
        """Take up a checkpoint where there is one; return the epoch to go on with.

        Raises:
            LearnerError: it is damaged, or of another training.
        """
        if self.path is None or not self.path.is_file():
            return 1
        try:
            state = torch.load(self.path, weights_only=True, map_location="cpu")
            if state["about"] != self.about:
                raise ValueError("it belongs to other data, options or another seed")
            best = [{k: v.numpy() for k, v in layer.items()} for layer in state["best"]]
            score, stale, epoch = float(state["score"]), int(state["stale"]), int(state["epoch"])
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            torch.set_rng_state(state["random"])
            if state["device random"] is not None and self._device.type == "cuda":
                torch.cuda.set_rng_state(state["device random"], self._device)
        except Exception as error:
            why = str(error).partition("\n")[0] or type(error).__name__
            raise LearnerError(f"not a checkpoint of this training: {why}", file=str(self.path),
                               fix="train without --resume") from None  # fmt: skip
        self.best, self.score, self.stale = best, score, stale
        return epoch + 1


    @property
    def _device(self) -> torch.device:
        return next(self.network.parameters()).device

    def _device_random(self) -> torch.Tensor | None:
        return torch.cuda.get_rng_state(self._device) if self._device.type == "cuda" else None
