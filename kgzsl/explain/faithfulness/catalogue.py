"""Catalogue of what ranks facts: name → dotted class. Adding one is one file and one line here."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from kgzsl.errors import UnknownNameError, suggest
from kgzsl.explain.faithfulness.question import Method

PATHS, CONTROL = "paths", "random path"
METHODS = {
    "paths": "kgzsl.explain.faithfulness.methods.paths.Paths",
    "random path": "kgzsl.explain.faithfulness.methods.controls.RandomPath",
    "random": "kgzsl.explain.faithfulness.methods.controls.Random",
    "saliency": "kgzsl.explain.faithfulness.methods.saliency.Saliency",
    "mask gradient": "kgzsl.explain.faithfulness.methods.masks.MaskGradient",
    "gnn-lrp": "kgzsl.explain.faithfulness.methods.lrp.GnnLrp",
    "gnnexplainer": "kgzsl.explain.faithfulness.methods.masks.GNNExplainer",
    "occlusion": "kgzsl.explain.faithfulness.methods.deletion.Occlusion",
    "greedy": "kgzsl.explain.faithfulness.methods.deletion.Greedy",
}


def make_methods(names: Sequence[str] | None = None) -> dict[str, Method]:
    """Return these methods, all of them if None; the control is always among them.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    wanted = dict.fromkeys([CONTROL, *names] if names is not None else METHODS)
    for name in wanted:
        if name not in METHODS:
            near = suggest(name, METHODS)
            fix = f"did you mean '{near}'?" if near else f"known are {', '.join(METHODS)}"
            raise UnknownNameError(f"unknown way to rank facts '{name}'", value=name, fix=fix)
    return {name: _method_class(name)() for name in METHODS if name in wanted}


def _method_class(name: str) -> type[Method]:
    module, _, attribute = METHODS[name].rpartition(".")
    found: type[Method] = getattr(importlib.import_module(module), attribute)
    return found
