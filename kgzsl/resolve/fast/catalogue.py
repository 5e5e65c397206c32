"""Catalogue of first passes, and which is best here."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from kgzsl.arrays import Array
from kgzsl.errors import UnknownNameError

if TYPE_CHECKING:
    from kgzsl.resolve.fast.passes import FirstPass

PASSES = {
    "float32": "kgzsl.resolve.fast.float32.Float32",
    "bfloat16": "kgzsl.resolve.fast.bfloat16.BFloat16",
    "int8": "kgzsl.resolve.fast.int8.Int8",
}


def make_pass(name: str, W: Array) -> FirstPass:
    """Return classifiers encoded for a first pass. Shape: (C, d) float32.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    if name not in PASSES:
        raise UnknownNameError(f"unknown first pass '{name}'", value=name, fix=f"known are {', '.join(PASSES)}")
    module, _, attribute = PASSES[name].rpartition(".")
    found: FirstPass = getattr(importlib.import_module(module), attribute)(W)
    return found


@cache
def best_pass(width: int) -> str:
    """Return the quickest first pass that this machine multiplies right, for vectors of this width."""
    from kgzsl.resolve.fast.int8 import exact
    from kgzsl.resolve.fast.turn import Turn

    if exact(Turn(width).width):
        return "int8"
    return "bfloat16" if _multiplies_bfloat16() else "float32"


def _multiplies_bfloat16() -> bool:
    import torch

    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):
        return False
