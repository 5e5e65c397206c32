"""Options of learners chosen on seen classes only, as `kgzsl train --search` chooses them.

Usage: python benchmarks/choose.py [--trials N] [LEARNER ...]

Hidden from the learner in turn: folds of leaves (their own rows stand in for inputs), folds of inner classes with all
seen classes below them, and halves of the 32 labelled seen synsets, whose photos are ranked. The 59 unseen synsets
are never looked at. The score is the mean over the three kinds of the class mean of 1 / (1 + rank).
"""

from __future__ import annotations

import sys
import time
import warnings

from kgzsl.search import search
from kgzsl.training import read_material


def main(words: list[str]) -> None:
    """Search and print."""
    warnings.simplefilter("ignore")
    trials = int(words.pop(words.index("--trials") + 1)) if "--trials" in words else 20
    names = [word for word in words if word != "--trials"] or ["kernel", "laplacian", "sgc", "absorb", "ppr"]
    for name in names:
        material = read_material("graphs/objects.toml", learner=name)
        material = material.with_options({})
        start = time.perf_counter()
        found = search(material, trials)
        said = ", ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in found.options.items())
        print(f"{name:10} defaults {found.default:.4f}, best of {found.trials} {found.score:.4f}: {said} "
              f"({time.perf_counter() - start:.0f} s)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
