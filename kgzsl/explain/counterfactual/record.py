"""Which labels suggestions were made from: hashes that are kept with them, so that nothing is measured on the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError, MissingFileError
from kgzsl.whole import written_whole

if TYPE_CHECKING:
    from kgzsl.explain.counterfactual.mending import Mending

FORMAT = "kgzsl-edits/1"
_DIGITS = 16


@dataclass(frozen=True)
class Used:
    """Hashes of labelled inputs; neither inputs nor labels can be read from them.

    Args:
        pairs: of each input with its label, sorted; the first 16 hexadecimal digits.
        digest: of all of them together.
    """

    pairs: tuple[str, ...]
    digest: str

    def overlap(self, other: Used) -> int:
        """Return how many labelled inputs of ``other`` are among these."""
        mine = set(self.pairs)
        return sum(pair in mine for pair in other.pairs)


def used(X: Array, labels: Sequence[str]) -> Used:
    """Return the hashes of labelled inputs; their order does not count. Shape: (n, d).

    An input counts as its float32 values, little-endian; a label as the IRI of its class. The digest is the SHA-256
    over the sorted lines ``input-hash label``.
    """
    rows = np.ascontiguousarray(X, "<f4")
    lines = sorted(f"{hashlib.sha256(row.tobytes()).hexdigest()} {iri}" for row, iri in zip(rows, labels, strict=True))
    pairs = sorted(hashlib.sha256(line.encode()).hexdigest()[:_DIGITS] for line in lines)
    return Used(tuple(pairs), hashlib.sha256("\n".join(lines).encode()).hexdigest())


def as_data(mending: Mending) -> dict[str, Any]:
    """Return what was found as plain data, for JSON."""
    return {
        "format": FORMAT,
        "graph": mending.graph_hash, "bundle": mending.bundle,
        "labels": {"number": len(mending.used.pairs), "sha256": mending.used.digest, "pairs": list(mending.used.pairs)},
        "inputs": mending.inputs, "errors": mending.errors, "tried": mending.tried,
        "interrupted": mending.interrupted, "notes": list(mending.notes),
        "suggestions": [
            {
                "kind": s.kind, "text": s.text, "how": list(s.how), "mended": s.mended, "broken": s.broken,
                "net": s.net, "gain": s.gain,
                "edits": [{"action": e.action, **e.fact._asdict()} for e in s.edits],
            }
            for s in mending.suggestions
        ],
    }  # fmt: skip


def write(mending: Mending, path: str | Path) -> None:
    """Write what was found, and the hashes of the labels it was found with, as JSON; whole or not at all.

    Raises:
        MissingFileError: the place cannot be written.
    """
    try:
        with written_whole(path) as file:
            file.write(json.dumps(as_data(mending), indent=1, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise MissingFileError(f"cannot be written: {error.strerror}", file=str(path)) from None


def labels_of(path: str | Path) -> Used:
    """Return the hashes of the labels that written suggestions were made from.

    Raises:
        MissingFileError: no such file.
        FeatureError: not a file of suggestions.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != FORMAT:
            raise FeatureError(f"is of the format {data['format']!r}, not {FORMAT}", file=str(path))
        labels = data["labels"]
        return Used(tuple(map(str, labels["pairs"])), str(labels["sha256"]))
    except OSError as error:
        raise MissingFileError(f"cannot be read: {error.strerror}", file=str(path)) from None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, FeatureError):
            raise
        fix = "kgzsl explain --errors writes one"
        raise FeatureError("is no file of suggested edits", file=str(path), fix=fix) from None
