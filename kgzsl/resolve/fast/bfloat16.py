"""First pass in bfloat16: half the bytes, and instructions of their own on newer CPUs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.fast.passes import CHUNK, Bounds, gamma, largest, norms

RESULT = 2.0**-8
"""What a result loses that is itself rounded to eight bits of mantissa."""


class BFloat16:
    r"""Rows rounded to bfloat16; what rounding left is bounded as :class:`Int8` bounds it.

    .. math:: z^T w \le \hat z^T \hat w + \|z\| \|e_w\| + \|e_z\| \|\hat w\|

    Args:
        W: classifiers. Shape: (C, d) float32.
    """

    name: ClassVar[str] = "bfloat16"

    def __init__(self, W: Array) -> None:
        import torch

        given = torch.from_numpy(np.ascontiguousarray(W))
        self.codes = given.to(torch.bfloat16)
        left, kept = np.empty(len(W), np.float32), np.empty(len(W), np.float32)
        for start in range(0, len(W), CHUNK):
            at = slice(start, start + CHUNK)
            whole = self.codes[at].float().numpy()
            left[at], kept[at] = norms(W[at] - whole), norms(whole)
        self.classes = torch.from_numpy(np.stack([np.zeros_like(left), left, kept]))
        self.length = float(kept.max(initial=0.0))
        self.nbytes = 2 * W.size

    def bounds(self, Z: Array, added: Array) -> Bounds:
        """Return upper bounds; see :class:`FirstPass`. Shapes: (n, d), (C,) → (n, C)."""
        import torch

        given = torch.from_numpy(np.ascontiguousarray(Z))
        codes = given.to(torch.bfloat16)
        whole = codes.float().numpy()
        left, length = norms(Z - whole), norms(Z)
        values = torch.nn.functional.linear(codes, self.codes).float()
        # a result is rounded by a part of its size, which is no more than the lengths' product
        values += RESULT * values.abs()
        classes = self.classes.clone()
        classes[0] = torch.from_numpy(added.astype(np.float32))
        inputs = np.stack([np.ones_like(length), length, left], axis=1).astype(np.float32)
        values.addmm_(torch.from_numpy(inputs), classes)
        products = norms(whole) * self.length
        slack = 2 * gamma(Z.shape[1]) * products + 2.0**-20 * (products + largest(added))
        return Bounds(values, np.ones(len(Z)), slack)
