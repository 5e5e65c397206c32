"""Edits of class × attribute tables: rows and cells, in the file's own delimiter and quoting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import NewClass, Splices, Triple
from kgzsl.ontology.edit.cells import Row, Sheet, number_cell
from kgzsl.ontology.edit.syntax import compact
from kgzsl.ontology.model import Fact, Literal


class TableEditor:
    """A class × attribute table; see :class:`kgzsl.ontology.edit.base.Editor`."""

    says = frozenset({"attributes"})
    implied: tuple[str, ...] = ()

    def __init__(self, path: Path, text: str, facts: Sequence[Fact]) -> None:
        self._path = path
        self._sheet = Sheet(text, "\t" if path.suffix.lower() == ".tsv" else ",")
        self._splices = Splices()

    @property
    def text(self) -> str:
        """The text with every change so far."""
        if self._splices:
            self._sheet = Sheet(self._splices.applied(self._sheet.text), self._sheet.delimiter)
            self._splices = Splices()
        return self._sheet.text

    def expand(self, name: str) -> str | None:
        """Return the IRI of ``prefix:name`` with one of the prefixes that tables know, or None."""
        return v.expand(name)

    def mint(self, name: str, parents: Sequence[str]) -> str:
        """A table describes no classes, so that it makes no ids."""
        raise OntologyError("a class × attribute table makes no ids", file=str(self._path), fix="give one with --id")

    def holds(self, attribute: str) -> bool:
        """Return whether there is a column for the attribute."""
        return attribute in self._columns()

    def add(self, new: NewClass) -> set[Triple]:
        """Append a row; attributes that are not given stay empty."""
        columns, strengths = self._columns(), dict(new.attributes)
        cells = [""] * len(self._sheet.header)
        cells[0] = self._written(new.iri)
        for k, head in enumerate(self._sheet.header):
            if k and head.lower() == "label":
                cells[k] = " ".join(new.name.split())
        for attribute, strength in strengths.items():
            cells[columns[attribute]] = number_cell(strength)
        end = self._sheet.end
        self._splices.put(end, end, self._sheet.newline + self._sheet.row(cells))
        return {(new.iri, a, Literal(number_cell(s), v.XSD + "decimal")) for a, s in strengths.items()}

    def synonym(self, value: str, label: Literal) -> None:
        """A table has no place for synonyms."""

    def retitle(self, iri: str, old: str, new: str) -> None:
        """Write the label into the column for it, if there is one."""
        heads = [head.lower() for head in self._sheet.header]
        for row in self._about(iri) if "label" in heads[1:] else ():
            cell = row.cells[heads.index("label", 1)]
            self._splices.put(cell.start, cell.end, self._sheet.cell(" ".join(new.split())))

    def replace(self, old: Triple, new: Triple, label: str | None = None) -> None:
        """Write another number into a cell."""
        self._put(new, number_cell(float(new[2].value)) if isinstance(new[2], Literal) else "")

    def insert(self, triple: Triple) -> None:
        """Write a number into an empty cell."""
        self.replace(triple, triple)

    def delete(self, triple: Triple, within: frozenset[str] = frozenset()) -> None:
        """Empty a cell."""
        self._put(triple, "")

    def rename(self, old: str, new: str, label: str | None = None) -> tuple[set[Triple], set[Triple]]:
        """Write another id into the first column and the header."""
        heads = self._sheet.rows[0].cells if self._sheet.rows else ()
        for cell in (*heads[1:], *(row.cells[0] for row in self._sheet.rows[1:])):
            if v.expand(cell.value.strip()) == old:
                self._splices.put(cell.start, cell.end, self._sheet.cell(self._written(new, cell.value.strip())))
        return set(), set()

    def drop(self, iri: str) -> None:
        """Take out the row of a class."""
        if iri in self._columns():
            raise OntologyError(f"'{v.local_name(iri)}' is a column of this table", file=str(self._path), line=1,
                                value=iri, fix="take the column out in a spreadsheet")  # fmt: skip
        for start, end in self._sheet.stretch(self._about(iri)):
            self._splices.put(start, end, "")

    def _columns(self) -> dict[str, int]:
        named = ((v.expand(head), k) for k, head in enumerate(self._sheet.header) if k and head.lower() != "label")
        return {iri: k for iri, k in named if iri is not None}

    def _about(self, iri: str) -> list[Row]:
        return [row for row in self._sheet.rows[1:] if v.expand(row.cells[0].value.strip()) == iri]

    def _put(self, triple: Triple, value: str) -> None:
        column = self._columns().get(triple[1])
        if column is None:
            raise OntologyError(f"a table has no place for '{v.local_name(triple[1])}'", file=str(self._path))
        for row in self._about(triple[0]):
            cell = row.cells[column]
            self._splices.put(cell.start, cell.end, self._sheet.cell(value))

    def _written(self, iri: str, like: str = "") -> str:
        """Write an IRI in full or with a prefix, as the others of its column or ``like`` are."""
        examples = [like] if like else [row.cells[0].value for row in self._sheet.rows[1:]]
        if examples and all("://" in example for example in examples):
            return iri
        return compact(iri, v.PREFIXES).strip("<>")
