"""From accuracy on held-out classes to what may be promised for classes to come: the class is the unit."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kgzsl.arrays import Array

Guarantee = Literal["mean", "expected", "bound"]


def fulfils(accuracy: Array, classes: int, target: float, guarantee: Guarantee, confidence: float) -> Array:
    r"""Return which accuracies are enough. Shapes: (T,) → (T,) bool.

    ``mean``: the class-mean accuracy on the held-out classes is the target or more. Nothing is promised.

    ``expected``: with :math:`\hat R = 1 - a` over n classes and :math:`\alpha` one less the target,

    .. math:: \frac{n}{n + 1} \hat R + \frac{1}{n + 1} \le \alpha,

    so that the expected accuracy on one class more, exchangeable with them, is the target or more.

    ``bound``: the hypothesis that the accuracy over all such classes is below the target is refuted by the bound of
    Hoeffding and Bentkus, so that, with this confidence, it is not.

    Args:
        accuracy: means over held-out classes of the accuracy within a class.
        classes: how many were held out.
        target: the accuracy wanted.
        guarantee: see above.
        confidence: of ``bound``.

    Source: Angelopoulos, Bates, Fisch, Lei, Schuster 2022, Conformal Risk Control, section 2; Bates, Angelopoulos, Lei,
    Malik, Jordan 2021, Distribution-Free, Risk-Controlling Prediction Sets, for ``bound``.
    """
    risk, allowed = 1 - np.asarray(accuracy, np.float64), 1 - target
    if guarantee == "mean":
        return np.asarray(risk <= allowed + 1e-12)
    if guarantee == "expected":
        return np.asarray((classes * risk + 1) / (classes + 1) <= allowed + 1e-12)
    return np.asarray(p_value(risk, classes, allowed) <= 1 - confidence)


def p_value(risk: Array, n: int, allowed: float) -> Array:
    """Return the p-value, by Hoeffding and Bentkus, of the hypothesis that the mean risk exceeds ``allowed``.

    Args:
        risk: means over n units of risks between 0 and 1. Shape: (T,).
        n: how many units.
        allowed: between 0 and 1.
    """
    from scipy.special import rel_entr
    from scipy.stats import binom

    below = np.minimum(risk, allowed)
    hoeffding = np.exp(-n * (rel_entr(below, allowed) + rel_entr(1 - below, 1 - allowed)))
    bentkus = np.e * binom.cdf(np.ceil(n * risk - 1e-9), n, allowed)
    return np.asarray(np.minimum(1.0, np.minimum(hoeffding, bentkus)))


def loosest(enough: Array) -> int | None:
    """Return the first place from which on all are enough; None where the last is not. Shape: (T,) bool.

    Places are tried from the strictest, the last, down and the first failure ends it, so that several tries do not
    weaken the promise.

    Source: Angelopoulos, Bates, Candès, Jordan, Lei 2021, Learn then Test, fixed-sequence testing.
    """
    failed = np.flatnonzero(~enough)
    first = int(failed[-1]) + 1 if len(failed) else 0
    return first if first < len(enough) else None
