"""The course of one training: what is kept of it, and how it goes on after an interruption."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch

from kgzsl.arrays import Array
from kgzsl.errors import LearnerError
from kgzsl.learners.modules import Network

Member = list[dict[str, Array]]


class Run:
    """The course of one training: its best network so far, and a checkpoint to go on from."""

    def __init__(self, network: Network, optimiser: torch.optim.Optimizer, path: Path | None, member: int) -> None:
        self.network, self.optimiser = network, optimiser
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
            state = {"epoch": epoch, "score": self.score, "stale": self.stale, "best": best,
                     "network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(),
                     "random": torch.get_rng_state()}  # fmt: skip
            unfinished = self.path.with_name(self.path.name + ".unfinished")
            torch.save(state, unfinished)
            os.replace(unfinished, self.path)

    def restore(self) -> int:
        """Take up a checkpoint where there is one; return the epoch to go on with."""
        if self.path is None or not self.path.is_file():
            return 1
        try:
            state = torch.load(self.path, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
        except Exception as error:
            raise LearnerError(f"not a checkpoint of this training: {str(error).splitlines()[0]}", file=str(self.path),
                               fix="train without --resume") from None  # fmt: skip
        torch.set_rng_state(state["random"])
        self.best = [{k: v.numpy() for k, v in layer.items()} for layer in state["best"]]
        self.score, self.stale = state["score"], state["stale"]
        return int(state["epoch"]) + 1
