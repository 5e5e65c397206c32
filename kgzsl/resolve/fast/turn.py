"""An orthogonal turn that spreads what few features carry over many."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.fast.passes import UNIT, gamma

BLOCK = 128
ERROR = BLOCK**0.5 * gamma(BLOCK) + 2 * UNIT
"""How far a turned row may be off, as a part of its length: float32 sums of BLOCK terms, and the rounded 1/√BLOCK."""


class Turn:
    r"""Features in a fixed random order with random signs, in blocks turned by Hadamard's matrix.

    .. math:: \langle T z, T w \rangle = \langle z, w \rangle, \qquad T = (I \otimes H / \sqrt{b}) \, S P

    A feature that is far larger than the others would set the step of eight-bit numbers for all of them; turned, it is
    spread over a block. Width is padded with zeros to whole blocks.

    Source: Ailon and Chazelle 2009 (the randomised Hadamard transform), in blocks.

    Args:
        width: of features.
    """

    def __init__(self, width: int) -> None:
        self.width = -(-width // BLOCK) * BLOCK
        draw = np.random.default_rng(0)
        self.order = draw.permutation(self.width)
        self.signs = draw.choice(np.array([-1, 1], np.float32), self.width)
        H = np.ones((1, 1), np.float32)
        while len(H) < BLOCK:
            H = np.block([[H, H], [H, -H]])
        self.H = np.asarray(H / np.float32(BLOCK**0.5), np.float32)

    def __call__(self, A: Array) -> Array:
        """Turn rows. Shapes: (n, d) → (n, width) float32."""
        import torch

        padded = np.zeros((len(A), self.width), np.float32)
        padded[:, : A.shape[1]] = A
        mixed = (padded[:, self.order] * self.signs).reshape(-1, BLOCK)
        turned = torch.from_numpy(mixed) @ torch.from_numpy(self.H)
        return np.asarray(turned.numpy().reshape(len(A), self.width))
