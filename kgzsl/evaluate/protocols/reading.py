"""Files of labelled inputs: features with a split beside them, texts, and matrices of labels."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import EvaluationError, FeatureError, MissingFileError
from kgzsl.evaluate.protocols.inputs import SEPARATOR, Inputs
from kgzsl.expansion import refuse_bomb
from kgzsl.features import LABEL_KEYS, FeatureSet, load_features

SPLIT = "split"
TEXTS, TABLES = (".txt", ".tsv"), (".csv", ".parquet")
EMPTY = frozenset({"", "none", "nan", "null"})


def read_inputs(path: str | Path, encoder: str | None = None) -> Inputs:
    """Read labelled inputs: features as :func:`kgzsl.features.load_features` does, a column or array ``split`` beside
    them, or lines of ``label``, a tab and a text, which an encoder reads.

    Raises:
        MissingFileError: no such file.
        FeatureError: features that cannot be used.
        EvaluationError: no labels, or a row or line without one.
    """
    path = Path(path)
    if path.suffix.lower() in TEXTS:
        inputs = _texts(path, encoder)
    elif path.suffix.lower() in TABLES and path.is_file():
        inputs = _table(path)
    else:
        features = load_features(path)
        inputs = Inputs(features, np.arange(len(features)), _split_of(path, len(features)))
    if inputs.features.labels is None:
        raise EvaluationError("has no labels", file=str(path), fix="add an array or column 'label'")
    for k, label in enumerate(inputs.labels):
        if label.strip().lower() in EMPTY:
            raise EvaluationError(f"{inputs.place(k)} has no label", file=str(path), line=inputs.line(k), value=label,
                                  fix="label it, or take it out")  # fmt: skip
    return inputs


def _split_of(path: Path, count: int) -> tuple[str, ...] | None:
    if path.suffix.lower() != ".npz":
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            if SPLIT not in file.files:
                return None
            found = tuple(map(str, file[SPLIT]))
    except (ValueError, TypeError):
        raise EvaluationError(f"'{SPLIT}' is no array of texts", file=str(path), value=SPLIT,
                              fix="save an array of strings, one an input") from None  # fmt: skip
    if len(found) != count:
        raise EvaluationError(f"'{SPLIT}' names {len(found)} parts for {count} inputs", file=str(path),
                              value=len(found))  # fmt: skip
    return found


def _table(path: Path) -> Inputs:
    """Read a table; what ``load_features`` refuses, a column of text named ``split``, is taken off first."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        table = csv.read_csv(path) if path.suffix.lower() == ".csv" else parquet.read_table(path)
    except (pa.ArrowException, OSError):
        table = None  # load_features says what is wrong with it
    if table is None or SPLIT not in table.column_names:
        features = load_features(path)
        return Inputs(features, np.arange(len(features)))
    split = tuple("" if value is None else str(value) for value in table.column(SPLIT).to_pylist())
    label = next((name for name in LABEL_KEYS if name in table.column_names), None)
    labels = tuple(map(str, table.column(label).to_pylist())) if label else None
    X = _numbers(path, {name: table.column(name).to_pylist() for name in table.column_names
                        if name not in (SPLIT, label)})  # fmt: skip
    return Inputs(FeatureSet(X, labels, source=str(path)), np.arange(len(X)), split)


def _numbers(path: Path, columns: Mapping[str, Sequence[Any]]) -> Array:
    for name, values in columns.items():
        for k, value in enumerate(values):
            if not isinstance(value, int | float):
                raise FeatureError(f"column '{name}': {value!r} is not a number", file=str(path), value=value,
                                   line=k + 2 if path.suffix.lower() == ".csv" else None)  # fmt: skip
    numbers: list[Array] = [np.array(values, np.float32) for values in columns.values()]
    return np.column_stack(numbers or [np.zeros((0, 0), np.float32)])


def _texts(path: Path, encoder: str | None) -> Inputs:
    if not path.is_file():
        raise MissingFileError("no such file of texts", file=str(path))
    if encoder is None:
        raise EvaluationError("texts need an encoder", file=str(path), fix="give vectors as .npz, or name an encoder")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise EvaluationError("not UTF-8", file=str(path), fix="a label, a tab and a text a line") from None
    pairs = [(k, line.partition("\t")) for k, line in enumerate(lines) if line.strip()]
    for k, (label, tab, text) in pairs:
        if not (label.strip() and tab and text.strip()):
            raise EvaluationError("not a label, a tab and a text", file=str(path), line=k + 1, value=lines[k])
    if not pairs:
        raise EvaluationError("holds no text", file=str(path), fix="a label, a tab and a text a line")
    X = np.stack([encoded(encoder)(text) for _, (_, _, text) in pairs])
    labels = tuple(label.strip() for _, (label, _, _) in pairs)
    return Inputs(FeatureSet(X, labels, encoder, str(path)), np.array([k for k, _ in pairs]))


@lru_cache(1)
def encoded(name: str) -> Callable[[str], Array]:
    """Return an encoder, loaded once."""
    from kgzsl.semantics.encoders import encoder

    return encoder(name)


def read_matrix(path: str | Path) -> Inputs:
    """Read inputs whose labels are a matrix of zeros and ones: arrays ``X``, ``Y`` (n, C) and ``classes`` of an npz.

    Without an array ``Y``, labels are read as :func:`read_inputs` does. A row without a one is left out.

    Raises:
        EvaluationError: a matrix of another shape or with other numbers, or no row with a one.
    """
    path = Path(path)
    if path.suffix.lower() != ".npz" or not path.is_file():
        return read_inputs(path)
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, path, FeatureError)
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in ("Y", "classes") if key in file.files}
    except (OSError, ValueError, zipfile.BadZipFile):
        return read_inputs(path)  # which says what is wrong with it
    if "Y" not in arrays:
        return read_inputs(path)
    features, Y = load_features(path), arrays["Y"]
    names = [str(name) for name in arrays.get("classes", ())]
    if Y.shape != (len(features), len(names)):
        raise EvaluationError(f"'Y' has the shape {Y.shape} for {len(features)} inputs and {len(names)} names in "
                              "'classes'", file=str(path), value=Y.shape)  # fmt: skip
    wrong = np.argwhere((Y != 0) & (Y != 1))
    if len(wrong):
        row, column = map(int, wrong[0])
        raise EvaluationError(f"'Y', row {row}, column {column}: {Y[row, column]} is neither 0 nor 1", file=str(path),
                              value=float(Y[row, column]))  # fmt: skip
    at = np.flatnonzero(Y.any(axis=1))
    if not len(at):
        raise EvaluationError("no input has a label", file=str(path), fix="'Y' holds zeros only")
    labels = tuple(SEPARATOR.join(names[c] for c in np.flatnonzero(Y[k])) for k in at)
    return Inputs(replace(features.take(at), labels=labels), at)
