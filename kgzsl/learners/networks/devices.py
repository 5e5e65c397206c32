"""Where a training runs."""

from __future__ import annotations

import torch

from kgzsl.errors import LearnerError


def device_of(name: str) -> str:
    """Return the name of a device that is there.

    Raises:
        LearnerError: no such device.
    """
    try:
        torch.zeros(1, device=name).cpu()
    except Exception as error:
        raise LearnerError(f"no such device: {str(error).splitlines()[0]}", value=name, fix="use cpu") from None
    return name
