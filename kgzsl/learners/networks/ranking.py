"""Losses that rank the right class first."""

from __future__ import annotations

import torch


def warp(scores: torch.Tensor, y: torch.Tensor, margin: float = 1.0) -> torch.Tensor:
    r"""Return the weighted approximate ranking loss, over all classes instead of sampled ones.

    .. math:: \frac1n \sum_i \frac{\beta_{r_i}}{r_i} \sum_{y \ne y_i} \max(0, \Delta + F(x_i, y) - F(x_i, y_i)),
        \quad \beta_r = \sum_{k \le r} \frac1k

    with r the number of classes that come within the margin; as a count, it has no gradient.

    Shapes: scores (n, C), right classes (n,) → ().

    Source: Akata, Perronnin, Harchaoui, Schmid 2016, Label-embedding for image classification; weights of ranks:
    Usunier, Buffoni, Gallinari 2009, and Weston, Bengio, Usunier 2011.
    """
    right = torch.nn.functional.one_hot(y, scores.shape[1]).bool()
    over = (margin + scores - scores.gather(1, y[:, None])).clamp(min=0).masked_fill(right, 0)
    rank = (over > 0).sum(dim=1)
    harmonic = torch.cumsum(1 / torch.arange(1, scores.shape[1] + 1, dtype=scores.dtype, device=scores.device), 0)
    weight = torch.where(rank > 0, harmonic[(rank - 1).clamp(min=0)] / rank.clamp(min=1), 0)
    return (weight * over.sum(dim=1)).mean()
