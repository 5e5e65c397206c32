"""Linear heads fitted on generated inputs: one row a class by a closed form, or a softmax over all classes at once."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from kgzsl.arrays import Array
from kgzsl.learners.examples import class_means

SINGULAR = 1e-10


def precision(X: Array, y: Array, shrinkage: float) -> Array:
    r"""Return the inverse of the within-class covariance, shrunk towards a multiple of the identity.

    .. math:: \Sigma = (1 - s) W + s \tfrac{1}{k} \mathrm{tr}(W)\, I, \quad
              W = \tfrac{1}{n - C} \sum_i (x_i - m_{y_i})(x_i - m_{y_i})^\top

    With one input a class nothing is known of W, and the inverse is the identity.

    Shapes: (n, k), (n,) → (k, k).
    Source: Friedman 1989, Regularized Discriminant Analysis, eq. 18.
    """
    X = X.astype(np.float64)
    counts = np.bincount(y)
    left = X - class_means(X, y, len(counts))[y]
    within = left.T @ left / max(len(X) - int((counts > 0).sum()), 1)
    spread = float(np.trace(within)) / X.shape[1]
    if spread <= SINGULAR * float(np.square(X).mean()):
        return np.eye(X.shape[1])
    shrunk = (1 - shrinkage) * within + shrinkage * spread * np.eye(X.shape[1])
    return np.asarray(linalg.inv(shrunk + SINGULAR * spread * np.eye(X.shape[1])))


def discriminants(means: Array, inverse: Array) -> Array:
    r"""Return a row for each class mean, its bias in the last column; no row depends on another class.

    .. math:: w_c = \Sigma^{-1} \mu_c, \quad b_c = -\tfrac{1}{2} \mu_c^\top \Sigma^{-1} \mu_c

    Shapes: means (n, k), inverse (k, k) → (n, k + 1).
    Source: linear discriminant analysis with equal priors, e.g. Hastie et al. 2009, eq. 4.10.
    """
    rows = means @ inverse
    return np.hstack([rows, -0.5 * (rows * means).sum(axis=1, keepdims=True)])


def softmax_rows(X: Array, y: Array, classes: int, penalty: float, iterations: int = 200) -> Array:
    r"""Return multinomial logistic regression, every class of the same weight, from zeros by L-BFGS: nothing is random.

    .. math:: \min_W -\tfrac{1}{C} \sum_c \tfrac{1}{n_c} \sum_{i : y_i = c} \log p_W(c | x_i)
              + \tfrac{1}{2} \lambda \lVert W \rVert^2

    Args:
        X: inputs. Shape: (n, k).
        y: class of each; every class has one or more. Shape: (n,).
        classes: how many, C.
        penalty: λ, on biases too, so that there is one minimum.
        iterations: at most.

    Returns:
        Rows, the bias in the last column. Shape: (C, k + 1).
    """
    from scipy.optimize import minimize

    inputs = np.hstack([X, np.ones((len(X), 1))]).astype(np.float32)
    share = (1 / (classes * np.bincount(y, minlength=classes)[y])).astype(np.float32)
    places = np.arange(len(y))

    def loss(flat: Array) -> tuple[float, Array]:
        rows = flat.reshape(classes, -1)
        scores = inputs @ rows.T.astype(np.float32)
        scores -= scores.max(axis=1, keepdims=True)
        right = scores[places, y].copy()
        p = np.exp(scores, out=scores)
        total = p.sum(axis=1)
        p *= (share / total)[:, None]
        value = float(share @ (np.log(total) - right).astype(np.float64)) + 0.5 * penalty * float(flat @ flat)
        p[places, y] -= share
        return value, (p.T @ inputs).astype(np.float64).ravel() + penalty * flat

    start = np.zeros(classes * inputs.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 10})
    return np.asarray(found.x.reshape(classes, -1), np.float32)
