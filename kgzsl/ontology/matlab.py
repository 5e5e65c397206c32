"""Attribute matrices in MATLAB form, as the GBU splits publish them (``att_splits.mat``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.mat5 import Variable, variables
from kgzsl.ontology.model import Fact, Literal

NAMESPACE = "https://w3id.org/kgzsl/gbu/"
_NAMES, _SCALED, _ORIGINAL = "allclasses_names", "att", "original_att"
_ATTRIBUTE_NAMES = ("allattributes_names", "attributes_names", "attribute_names")
_NUMBER = re.compile(r"^\d+\.")


def read_matlab(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read ``allclasses_names``, ``original_att`` and ``att`` of a .mat file (MATLAB 5 to 7.2).

    Classes are ``NAMESPACE`` + the file's name + ``/`` + their name, or their folder's name where the file is
    called ``att_splits``; attributes ``…/a001`` and so on, or by name where ``allattributes_names`` gives names. The
    line of a fact is the number of its class, counted from 1. Strengths are ``original_att``, divided by 100 where
    any is above 1; without it ``att``, divided by its greatest value. Anything below zero is unknown: no fact.

    Raises:
        OntologyError: no such file, matrices of the wrong shape, or what ``mat5`` refuses as too large.
    """
    file, space = str(path), _space(path)
    found = variables(file, data, {_NAMES, _SCALED, _ORIGINAL, *_ATTRIBUTE_NAMES})
    names = _texts(found, _NAMES, file)
    strengths = _strengths(found, len(names), file)
    attributes = [f"{space}attribute/{quote(name, safe='')}" for name in _attribute_names(found, len(strengths), file)]
    classes = [space + quote(name, safe="") for name in names]
    if len(set(classes)) < len(classes) or len(set(attributes)) < len(attributes):
        raise OntologyError("a class or attribute is named twice", file=file, line=1)
    return tuple(_facts(file, list(zip(classes, names, strengths.T, strict=True)), attributes))


def _space(path: Path) -> str:
    name = path.stem if path.stem != "att_splits" else path.resolve().parent.name
    return f"{NAMESPACE}{quote(name, safe='')}/"


def _facts(file: str, rows: list[tuple[str, str, Array]], attributes: list[str]) -> Iterator[Fact]:
    for attribute in attributes:
        yield Fact(attribute, v.TYPE, v.OWL + "AnnotationProperty", file, 1)
        yield Fact(attribute, v.SUBPROPERTY, v.HAS_ATTRIBUTE, file, 1)
    for line, (iri, name, strengths) in enumerate(rows, 1):
        yield Fact(iri, v.TYPE, v.OWL + "Class", file, line)
        yield Fact(iri, v.PREF_LABEL, Literal(_label(name)), file, line)
        for attribute, value in zip(attributes, strengths.tolist(), strict=True):
            if value >= 0:
                yield Fact(iri, attribute, Literal(f"{value:.12g}", v.XSD + "double"), file, line)


def _label(name: str) -> str:
    """``killer+whale`` → killer whale; ``001.Black_footed_Albatross`` → Black footed Albatross."""
    return _NUMBER.sub("", name).replace("+", " ").replace("_", " ").strip() or name


def _needed(found: dict[str, Variable | None], name: str, file: str) -> Variable:
    value = found.get(name)
    if value is None:
        held = ", ".join(sorted(key for key in found if found[key] is not None)) or "none"
        raise OntologyError(f"no variable '{name}' that can be read", file=file, line=1, value=name,
                            fix=f"of those that are read it holds {held}")  # fmt: skip
    return value


def _texts(found: dict[str, Variable | None], name: str, file: str) -> list[str]:
    value = _needed(found, name, file)
    if not isinstance(value, list):
        raise OntologyError(f"'{name}' is no cell array of text", file=file, line=1, value=name)
    return [text.strip() for text in value]


def _strengths(found: dict[str, Variable | None], classes: int, file: str) -> Array:
    """Return strengths in 0…1, below zero where unknown. Shape: (attributes, classes)."""
    name = _ORIGINAL if _ORIGINAL in found else _SCALED
    matrix = _needed(found, name, file)
    if isinstance(matrix, list) or matrix.ndim != 2 or matrix.shape[1] != classes:
        shape = len(matrix) if isinstance(matrix, list) else matrix.shape
        raise OntologyError(f"'{name}' has the shape {shape}", file=file, line=1, value=shape,
                            fix=f"a numeric column for each of the {classes} classes is due")  # fmt: skip
    if not np.isfinite(matrix).all():
        raise OntologyError(f"'{name}' holds values that are not finite", file=file, line=1)
    top = matrix.max(initial=0.0)
    if name == _ORIGINAL and top > 100:
        raise OntologyError(f"'{name}' goes up to {top:g}: neither shares nor percent", file=file, line=1, value=top)
    scale = (100.0 if top > 1 else 1.0) if name == _ORIGINAL else top or 1.0
    return np.asarray(matrix / scale)


def _attribute_names(found: dict[str, Variable | None], count: int, file: str) -> list[str]:
    key = next((key for key in _ATTRIBUTE_NAMES if key in found), None)
    if key is None:
        return [f"a{k:03}" for k in range(1, count + 1)]
    names = _texts(found, key, file)
    if len(names) != count:
        raise OntologyError(f"'{key}' names {len(names)} attributes of {count}", file=file, line=1)
    return names
