"""What happens to features before they meet the weights of a bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kgzsl.arrays import Array, softmax, unit_rows

CLIP = 1e-6
ARRAYS = ("center", "layer", "anchors")
SCALARS = ("normalise", "unit", "constant", "top", "odds")


@dataclass(frozen=True, eq=False)
class InputMap:
    r"""A fixed map of features, in steps that are each left out when not given.

    Subtract ``center``; L2-normalise; apply ``maps`` with ReLU between them; L2-normalise what they give.
    With anchors instead, the input becomes the mean of ``anchors`` under the ``top`` largest softmax outputs of
    ``layer``, of unit length (ConSE: Norouzi et al. 2014, eq. 2), or the log-odds of these means (IAP: Lampert et al.
    2009). With ``parts`` the input is what each part makes of it, side by side: an ensemble.

    Args:
        center: (d,).
        normalise: divide each input by its length.
        maps: (in + 1, out) each, the last row added.
        unit: divide what the maps give by its length.
        constant: append a one, on which the last column of the weights is a bias.
        layer: (S, d + 1), weights and bias of a classifier layer over anchors.
        anchors: (S, e), a semantic vector for each row of the layer; chances in [0, 1] with ``odds``.
        top: how many anchors count.
        odds: log-odds of the means, not their direction.
        parts: maps of the same input and what each is multiplied by.
    """

    center: Array | None = None
    normalise: bool = True
    maps: tuple[Array, ...] = ()
    unit: bool = False
    constant: bool = False
    layer: Array | None = None
    anchors: Array | None = None
    top: int = 10
    odds: bool = False
    parts: tuple[tuple[InputMap, float], ...] = ()

    @property
    def reads(self) -> int:
        """Number of features that an input must have; 0 where the weights alone say so."""
        if self.parts:
            return next((known for part, _ in self.parts if (known := part.reads)), 0)
        first = self.layer.T if self.layer is not None else self.maps[0] if self.maps else None
        if first is not None:
            return len(first) - 1
        return len(self.center) if self.center is not None else 0

    def __call__(self, X: Array) -> Array:
        """Map features. Shapes: (n, d) → (n, d), or (n, e) with maps or anchors."""
        X = np.asarray(X, np.float32)
        if self.parts:
            return np.hstack([np.float32(factor) * part(X) for part, factor in self.parts])
        Z = self._anchored(X) if self.layer is not None else self._mapped(X)
        return np.hstack([Z, np.ones((len(Z), 1), np.float32)]) if self.constant else Z

    def shares(self, X: Array) -> Array | None:
        """Return what each anchor adds to a mapped input, as a factor of its vector; None without anchors.

        Shapes: (n, d) → (n, S).
        """
        if self.layer is None or self.anchors is None or self.odds:
            return None
        p = self._chances(np.asarray(X, np.float32))
        length = np.linalg.norm(p @ self.anchors, axis=1, keepdims=True)
        return np.asarray(np.divide(p, length, out=np.zeros_like(p), where=length > 0))

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of it and of its parts, by name."""
        found = {name: value for name in ARRAYS if (value := getattr(self, name)) is not None}
        found |= {f"map{k}": map_ for k, map_ in enumerate(self.maps)}
        for k, (part, _) in enumerate(self.parts):
            found |= {f"part{k}.{name}": value for name, value in part.arrays().items()}
        return found

    def scalars(self) -> dict[str, Any]:
        """Return all else, as JSON can hold it."""
        own = {name: getattr(self, name) for name in SCALARS}
        return own | {"parts": [[part.scalars(), factor] for part, factor in self.parts]}

    @classmethod
    def of(cls, scalars: Mapping[str, Any], arrays: Mapping[str, Array]) -> InputMap:
        """Take back what :meth:`scalars` and :meth:`arrays` gave."""
        maps = tuple(arrays[f"map{k}"] for k in range(sum(name.startswith("map") for name in arrays)))
        parts = []
        for k, (inner, factor) in enumerate(scalars.get("parts", ())):
            start = f"part{k}."
            own = {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}
            parts.append((cls.of(inner, own), float(factor)))
        known: dict[str, Any] = {name: scalars[name] for name in SCALARS if name in scalars}
        known |= {name: arrays[name] for name in ARRAYS if name in arrays}
        return cls(maps=maps, parts=tuple(parts), **known)

    def _mapped(self, X: Array) -> Array:
        if self.center is not None:
            X = X - self.center
        Z = unit_rows(X) if self.normalise else X
        for k, map_ in enumerate(self.maps):
            Z = (np.maximum(Z, 0) if k else Z) @ map_[:-1] + map_[-1]
        return unit_rows(Z) if self.unit else Z

    def _anchored(self, X: Array) -> Array:
        assert self.anchors is not None
        if not self.odds:
            return unit_rows(self._chances(X) @ self.anchors)
        layer, anchors = self._double
        p = np.clip(self._chances(X.astype(np.float64), layer) @ anchors, CLIP, 1 - CLIP)
        return np.asarray(np.log(p / (1 - p)), np.float32)

    @cached_property
    def _double(self) -> tuple[Array, Array]:
        """Layer and anchors in double precision: odds near certainty hang on the last digits of chances."""
        assert self.layer is not None
        assert self.anchors is not None
        return self.layer.astype(np.float64), self.anchors.astype(np.float64)

    def _chances(self, X: Array, layer: Array | None = None) -> Array:
        """Return the chances of the layer, or of the same in another precision. Shapes: (n, d) → (n, S)."""
        layer = self.layer if layer is None else layer
        assert layer is not None
        p = softmax(X @ layer[:, :-1].T + layer[:, -1])
        k = min(self.top, p.shape[1])
        cut = np.partition(p, -k, axis=1)[:, -k, None]
        p = np.where(p >= cut, p, 0)
        return np.asarray(p / p.sum(axis=1, keepdims=True), layer.dtype)
