"""Class vectors that the user brings: one row a class, in a file of any origin."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import RecipeError, UnknownNameError
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.semantics.packed import packed, unpacked
from kgzsl.semantics.rows import read_rows

TEMPORARY = "urn:kgzsl:temporary:"
SHOWN = 3


class TableSource:
    """Vectors from a file, by the classes' names: ids, labels, synonyms, wnids or IRIs.

    A class without a row takes the mean of its ancestors' vectors, and a warning says which; a row that names nothing
    in the graph is left out, and a warning says so. Bundles hold the rows. When a class comes that has none, the file
    is looked into once more: rows for classes that are new in the ontology can be added without training. A row that
    was read once counts as it was, and a class that once was without stays so until the next training, so that
    vectors never part from what was learnt on them.

    Shapes: vectors (N, d) float32.

    Args:
        path: ``.npz``, ``.csv`` or ``.parquet``; see :func:`kgzsl.semantics.rows.read_rows`.
        array: which array of an ``.npz``.
        lazy: open the file only when a class comes that has no row.

    Raises:
        MissingFileError, RecipeError: a file that is not there, or holds no such table.
    """

    def __init__(self, path: Path, array: str = "vectors", lazy: bool = False) -> None:
        self.path, self.array = path, array
        self._row: dict[str, int] = {}
        self._table = np.zeros((0, 0), np.float32)
        self._absent: dict[str, None] = {}
        self._stamp, self._unknown = (0, 0), set[str]()
        if not lazy:
            self._read()

    def vectors(self, graph: ClassGraph) -> tuple[Array, Array]:
        """Return vectors (N, d) and which concepts have a row (N,) bool.

        Raises:
            UnknownNameError: a row whose name may stand for several concepts.
            RecipeError: two rows for one concept, or none for any.
        """
        rows = self._rows(graph)
        lacking = [iri for iri in graph.class_ids if iri not in rows and iri not in self._absent]
        if lacking and self._changed():
            self._read()
            rows = self._rows(graph)
        if not rows:
            first = next(iter(self._row))
            raise RecipeError("no row names a concept of the ontology", file=str(self.path), value=first,
                              fix=f"the first is '{first}': use ids, labels or IRIs")  # fmt: skip
        self._warn(graph, rows)
        found = np.array([rows.get(iri, -1) for iri in graph.ids])
        known = (found >= 0) & np.array([iri not in self._absent for iri in graph.ids])
        out = np.zeros((len(graph), self._table.shape[1]), np.float32)
        out[known] = self._table[found[known]]
        return out, known

    def state(self) -> dict[str, Array]:
        """Return names, rows and which classes had none, for a bundle."""
        return {"names": packed(self._row), "vectors": self._table, "absent": packed(self._absent)}

    def restore(self, arrays: dict[str, Array]) -> None:
        """Take back what :meth:`state` gave."""
        self._row = {name: row for row, name in enumerate(unpacked(arrays["names"]))}
        self._table, self._absent = arrays["vectors"], dict.fromkeys(unpacked(arrays["absent"]))

    def _rows(self, graph: ClassGraph) -> dict[str, int]:
        """IRI → row."""
        found: dict[str, tuple[int, str]] = {}
        for name, row in self._row.items():
            iri = self._find(name, graph)
            if iri in found:
                message = f"'{name}' and '{found[iri][1]}' name the same class"
                raise RecipeError(message, file=str(self.path), value=name, fix="one row a class")
            if iri:
                found[iri] = row, name
        return {iri: row for iri, (row, _) in found.items()}

    def _find(self, name: str, graph: ClassGraph) -> str | None:
        iris = graph.names.candidates(name)
        for fits in (lambda iri: not iri.startswith(TEMPORARY), lambda iri: graph.concepts[iri].kind == "class"):
            iris = iris if len(iris) < 2 else list(filter(fits, iris))
        if len(iris) > 1:
            raise UnknownNameError(f"'{name}' is ambiguous", file=str(self.path), value=name,
                                   fix=f"it may be {'; '.join(map(graph.names.describe, iris[:8]))}")  # fmt: skip
        return iris[0] if iris else None

    def _changed(self) -> bool:
        return self.path.is_file() and self._stamp != _stamp(self.path)

    def _read(self) -> None:
        names, table = read_rows(self.path, self.array)
        if self._row and table.shape[1] != self._table.shape[1]:
            raise RecipeError(f"its vectors are {table.shape[1]} wide, those trained on {self._table.shape[1]}",
                              file=str(self.path), value=table.shape[1])  # fmt: skip
        new = [k for k, name in enumerate(names) if name not in self._row]
        old = self._table if self._row else table[:0]
        self._row |= {names[k]: len(old) + n for n, k in enumerate(new)}
        self._table, self._stamp = np.vstack([old, table[new]]), _stamp(self.path)

    def _warn(self, graph: ClassGraph, rows: dict[str, int]) -> None:
        absent = [iri for iri in graph.class_ids if iri not in rows and iri not in self._absent]
        self._absent |= dict.fromkeys(absent)
        absent = [iri for iri in absent if not iri.startswith(TEMPORARY)]
        known = {name for name in self._row if graph.names.candidates(name)}
        unknown = [name for name in self._row if name not in known and name not in self._unknown]
        self._unknown |= set(unknown)
        if absent:
            names = ", ".join(f"'{graph.label(iri)}'" for iri in absent[:SHOWN])
            warnings.warn(f"{self.path}: {len(absent)} classes have no row, such as {names}: the mean of their "
                          "ancestors' vectors stands in", stacklevel=4)  # fmt: skip
        if unknown:
            names = ", ".join(f"'{name}'" for name in unknown[:SHOWN])
            warnings.warn(f"{self.path}: {len(unknown)} rows name nothing in the ontology and are left out, such as "
                          f"{names}", stacklevel=4)  # fmt: skip


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns

