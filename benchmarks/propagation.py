"""Exact training steps, closed forms and updates at WordNet's size, beside plain references, in one run.

Usage: python benchmarks/propagation.py [training] [update] [growth] [memory] [--network NAME] [--plot FILE.svg]

All four when none is named. The reference of a step is a plain rewriting of the published loop (Kampffmeyer et al.
2019): the whole graph, sparse COO matrices, ``A (H W)``, Adam. Both start from the same weights, dropout is off, and
the losses are compared. 32,295 nodes, 300-d inputs, 2,048 hidden, 2,049 out. Ratios are of paired rounds of one run.
"""

from __future__ import annotations

import sys

from scale.growth import growth, memory, one
from scale.steps import training
from scale.updates import update
from scale.wordnet import dgp_nodes, hypernyms, seen_rows, space_of

PARTS = ("training", "update", "growth", "memory")


def main(words: list[str]) -> None:
    """Run the parts that are named."""
    plot = words.pop(words.index("--plot") + 1) if "--plot" in words else None
    network = words.pop(words.index("--network") + 1) if "--network" in words else None
    wanted = [word for word in words if not word.startswith("--")] or list(PARTS)
    if wanted[0] == "one":
        one(wanted[1], int(wanted[2]))
        return
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"unknown part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    if {"training", "update"} & set(wanted):
        every = hypernyms()
        space = space_of(every, dgp_nodes(every))
        seen = seen_rows(space)
        if "training" in wanted:
            training(space, seen, network)
        if "update" in wanted:
            update(space, seen)
    if "growth" in wanted:
        growth(plot)
    if "memory" in wanted:
        memory()


if __name__ == "__main__":
    main(sys.argv[1:])
