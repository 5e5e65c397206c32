"""Feature vectors of inputs, with labels where known: .npz, .npy, .csv and .parquet."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError, MissingFileError
from kgzsl.expansion import refuse_bomb

MATRIX_KEYS, LABEL_KEYS, NAME_KEYS = ("X", "features"), ("labels", "label"), ("classes", "wnids")


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """Inputs as rows.

    Args:
        X: (n, d) float32, finite.
        labels: (n,) class names as written, or None.
        backbone: what made them, where known.
        source: file they came from, for messages.
    """

    X: Array
    labels: tuple[str, ...] | None = None
    backbone: str | None = None
    source: str = "features"

    def __post_init__(self) -> None:
        object.__setattr__(self, "X", checked(self.X, self.source))
        if self.labels is not None and len(self.labels) != len(self.X):
            raise FeatureError(f"{len(self.labels)} labels for {len(self.X)} rows of features", file=self.source)

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: Array) -> FeatureSet:
        """Return some rows."""
        labels = tuple(self.labels[r] for r in rows) if self.labels is not None else None
        return FeatureSet(self.X[rows], labels, self.backbone, self.source)


    def without(self, labels: Collection[str]) -> FeatureSet | None:
        """Return the rows of other labels than these, or None where there are none."""
        gone = set(labels)
        kept = [r for r, label in enumerate(self.labels or ()) if label not in gone]
        return self.take(np.array(kept, np.int64)) if kept else None


def checked(X: Any, source: str = "features", width: int | None = None) -> Array:
    """Return features as a float32 matrix.

    Raises:
        FeatureError: not numbers, empty, not a matrix, NaN or Inf, or not ``width`` wide.
    """
    try:
        X = np.asarray(X, np.float32)
    except (ValueError, TypeError) as error:
        raise FeatureError(f"features are not numbers: {error}", file=source) from None
    X = X[None] if X.ndim == 1 else X
    if X.ndim != 2 or 0 in X.shape:
        raise FeatureError(f"features must be a matrix of inputs × numbers, not of shape {X.shape}", file=source)
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        row, column = (int(k) for k in bad[0])
        raise FeatureError(f"row {row}, column {column} is {X[row, column]}: features must be finite", file=source,
                           value=float(X[row, column]), fix=f"{len(bad)} such values in all")  # fmt: skip
    if width is not None and X.shape[1] != width:
        message = f"features are {X.shape[1]} wide, the classifiers read {width}"
        fix = "use the encoder that the seen classifiers were trained on"
        raise FeatureError(message, file=source, value=X.shape[1], fix=fix)
    return np.asarray(X)


def load_features(path: str | Path) -> FeatureSet:
    """Read features.

    ``.npz``: ``X`` (times ``X_scale`` if there), optional ``labels``, or ``y`` that counts into ``classes``;
    ``.csv`` and ``.parquet``: numeric columns, and a column ``label`` if there; ``.npy``: the matrix.

    Raises:
        MissingFileError: no such file.
        FeatureError: not a feature file, or features that cannot be used.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("no such feature file", file=str(path))
    if not path.stat().st_size:
        raise FeatureError("the file is empty", file=str(path))
    try:
        reader = {".npz": _npz, ".npy": _npy, ".csv": _table, ".parquet": _table}[path.suffix.lower()]
    except KeyError:
        raise FeatureError(f"no reader for '{path.suffix}'", file=str(path),
                           fix="features are .npz, .npy, .csv or .parquet") from None  # fmt: skip
    try:
        return reader(path)
    except FeatureError:
        raise
    except Exception as error:  # the readers raise whatever a broken byte leads them to
        said = str(error).partition("\n")[0] or type(error).__name__
        raise FeatureError(f"cannot be read: {said}", file=str(path)) from None


def scaled(file: Any, key: str) -> Array:
    """Return an array of an npz, times ``<key>_scale`` where that is there too."""
    array = np.asarray(file[key])
    scale = f"{key}_scale"
    return np.asarray(array.astype(np.float32) * file[scale] if scale in file else array)


def _npz(path: Path) -> FeatureSet:
    with zipfile.ZipFile(path) as archive:
        refuse_bomb(archive, path, FeatureError)
    with np.load(path, allow_pickle=False) as file:
        key = _first(file, MATRIX_KEYS)
        if key is None:
            raise FeatureError(f"has no array 'X'; it has {', '.join(file.files)}", file=str(path))
        label, names = _first(file, LABEL_KEYS), _first(file, NAME_KEYS)
        labels = tuple(map(str, file[label])) if label else None
        if labels is None and names and "y" in file.files:
            labels = tuple(str(name) for name in file[names][file["y"]])
        backbone = str(file["backbone"]) if "backbone" in file.files else None
        return FeatureSet(scaled(file, key), labels, backbone, str(path))


def _first(file: Any, keys: Sequence[str]) -> str | None:
    return next((key for key in keys if key in file.files), None)


def _npy(path: Path) -> FeatureSet:
    return FeatureSet(np.load(path, allow_pickle=False), source=str(path))


def _table(path: Path) -> FeatureSet:
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        table = csv.read_csv(path) if path.suffix.lower() == ".csv" else parquet.read_table(path)
    except pa.ArrowException as error:
        raise FeatureError(f"cannot be read: {str(error).splitlines()[0]}", file=str(path)) from None
    label = next((name for name in LABEL_KEYS if name in table.column_names), None)
    labels = tuple(map(str, table.column(label).to_pylist())) if label else None
    columns = []
    for name in (n for n in table.column_names if n != label):
        column = table.column(name)
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            raise _not_numeric(path, name, column)
        columns.append(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy())
    return FeatureSet(np.column_stack(columns) if columns else np.zeros((0, 0)), labels, source=str(path))


def _not_numeric(path: Path, name: str, column: Any) -> FeatureError:
    for line, value in enumerate(column.to_pylist(), 2):
        try:
            float(value)
        except (TypeError, ValueError):
            return FeatureError(f"column '{name}': {value!r} is not a number", file=str(path), line=line, value=value)
    return FeatureError(f"column '{name}' does not hold numbers", file=str(path), value=name)
