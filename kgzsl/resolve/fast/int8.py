"""First pass in eight bits: integer products are exact, so that only the rounding to eight bits has to be bounded."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.fast.passes import CHUNK, Bounds, largest, norms
from kgzsl.resolve.fast.turn import ERROR, Turn

STEPS = 127
ROUNDING = 2.0**-20
"""What a dozen float32 operations may lose."""
SMALLEST = 1e-30
"""Steps below are none: their inverse would be no float32."""


class Int8:
    r"""Rows as eight-bit numbers times one step a row.

    With :math:`z = \hat z + e_z` and :math:`w = \hat w + e_w` (rounded, and what rounding left):

    .. math:: z^T w \le \hat z^T \hat w + \|z\| \|e_w\| + \|e_z\| \|\hat w\|

    The first term is an exact integer times two steps; the others are an outer product of what is known of inputs and
    of classes, so that the bound of each pair costs three more multiplications.

    Args:
        W: classifiers. Shape: (C, d) float32.
    """

    name: ClassVar[str] = "int8"

    def __init__(self, W: Array) -> None:
        import torch

        self.turn = Turn(W.shape[1])
        codes = np.empty((len(W), self.turn.width), np.int8)
        step, left, kept = (np.empty(len(W), np.float32) for _ in range(3))
        for start in range(0, len(W), CHUNK):
            at = slice(start, start + CHUNK)
            codes[at], step[at], left[at], kept[at], _ = rounded(self.turn(W[at]))
        self.codes, self.step = torch.from_numpy(codes).T, torch.from_numpy(step)
        self.classes = torch.from_numpy(np.stack([np.zeros_like(left), left, kept]))
        self.length = float(kept.max(initial=0.0))
        self.nbytes = codes.nbytes
        self._room = threading.local()

    def bounds(self, Z: Array, added: Array) -> Bounds:
        """Return upper bounds; see :class:`FirstPass`. Shapes: (n, d), (C,) → (n, C)."""
        import torch

        codes, unit, left, _, length = rounded(self.turn(Z))
        products, values = self._rooms(len(Z))
        torch._int_mm(torch.from_numpy(codes), self.codes, out=products)
        torch.mul(products, self.step, out=values)
        classes = self.classes.clone()
        classes[0] = torch.from_numpy(added.astype(np.float32))
        inputs = np.stack([1 / unit, length / unit, left / unit], axis=1).astype(np.float32)
        values.addmm_(torch.from_numpy(inputs), classes)
        slack = (3 * ERROR + ROUNDING) * length * self.length + ROUNDING * largest(added)
        return Bounds(values, unit, slack)

    def _rooms(self, n: int) -> tuple[Any, Any]:
        """Return memory for integers and bounds: this thread's of the last call, where it is large enough."""
        import torch

        kept, C = getattr(self._room, "kept", None), len(self.step)
        if kept is None or len(kept[0]) < n:
            kept = self._room.kept = torch.empty(n, C, dtype=torch.int32), torch.empty(n, C)
        return kept[0][:n], kept[1][:n]


def rounded(A: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return rows as int8, their steps, and lengths of what rounding left, of rounded rows and of the rows.

    Shapes: (n, d) float32 → (n, d) int8, (n,), (n,), (n,), (n,).
    """
    step = np.abs(A).max(axis=1, initial=0.0) / np.float32(STEPS)
    step = np.where(step > SMALLEST, step, np.float32(1))
    codes = np.rint(A / step[:, None])
    whole = codes * step[:, None]
    kept, length = norms(whole), norms(A)
    return codes.astype(np.int8), step, norms(A - whole) + 2.0**-23 * (length + kept), kept, length


def exact(width: int) -> bool:
    """Return whether this machine and version multiplies eight-bit integers without saturation or rounding."""
    try:
        import torch

        A = torch.full((3, width), 127, dtype=torch.int8)
        B = torch.full((17, width), 127, dtype=torch.int8)
        A[1], B[5] = -127, -127
        found = torch._int_mm(A, B.T, out=torch.empty(3, 17, dtype=torch.int32))
        return bool(torch.equal(found.double(), A.double() @ B.double().T))
    except (ImportError, AttributeError, RuntimeError, TypeError):
        return False
