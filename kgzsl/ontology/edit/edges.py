"""Edits of edge lists: rows of source, relation, target and weight."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import NewClass, Splices, Triple, key
from kgzsl.ontology.edit.cells import Row, Sheet, number_cell
from kgzsl.ontology.edit.style import local_from
from kgzsl.ontology.edit.syntax import compact
from kgzsl.ontology.model import Fact, Literal

_WORDS = {
    v.SUBCLASS: "subClassOf", v.TYPE: "a", v.LABEL: "label", v.PREF_LABEL: "prefLabel", v.ALT_LABEL: "altLabel",
    v.DEFINITION: "definition", v.COMMENT: "comment", v.DISJOINT: "disjointWith", v.HAS_ATTRIBUTE: "hasAttribute",
}  # fmt: skip
_ENDS = (("source", "subject"), ("relation", "predicate"), ("target", "object"))


class EdgeEditor:
    """An edge list; see :class:`kgzsl.ontology.edit.base.Editor`."""

    says = frozenset({"class", "attributes"})
    implied: tuple[str, ...] = (v.TYPE, v.SUBPROPERTY)

    def __init__(self, path: Path, text: str, facts: Sequence[Fact]) -> None:
        self._path, self._facts = path, facts
        self._sheet = Sheet(text, "\t" if path.suffix.lower() == ".tsv" else ",")
        heads = [head.lower() for head in self._sheet.header]
        self._at = [next(heads.index(name) for name in names if name in heads) for names in _ENDS]
        self._weight = heads.index("weight") if "weight" in heads else None
        self._lines: dict[int, list[Fact]] = {}
        for fact in facts:
            self._lines.setdefault(fact.line, []).append(fact)
        self._splices = Splices()
        self._touched: set[int] = set()

    @property
    def text(self) -> str:
        """The text with every change so far."""
        return self._splices.applied(self._sheet.text)

    def expand(self, name: str) -> str | None:
        """Return the IRI of ``prefix:name`` with one of the prefixes that tables know, or None."""
        return v.expand(name)

    def mint(self, name: str, parents: Sequence[str]) -> str:
        """Return an IRI beside that of the first parent, else of the last row."""
        beside = [*parents, *(fact.subject for fact in reversed(self._facts))]
        labels = [(v.local_name(f.subject), f.object.value) for f in self._facts
                  if f.predicate in v.LABELS and isinstance(f.object, Literal)]  # fmt: skip
        local = local_from(name, labels)
        if not local or not beside:
            raise OntologyError(f"no id can be made from the name '{name}'", value=name, fix="give one with --id")
        return beside[0].removesuffix(v.local_name(beside[0])) + local

    def holds(self, attribute: str) -> bool:
        """Any attribute can be stated."""
        return True

    def add(self, new: NewClass) -> set[Triple]:
        """Append a row for each fact."""
        if new.new_attributes:
            raise OntologyError("an edge list declares no attributes", file=str(self._path),
                                fix="declare it in the Turtle file first")  # fmt: skip
        label = self._usual((v.LABEL, v.PREF_LABEL), v.LABEL)
        said: list[tuple[str, str | Literal, str]] = [(label, Literal(new.name), "")]
        said += [(self._usual((v.ALT_LABEL,), v.ALT_LABEL), Literal(other), "") for other in new.synonyms]
        said += [(self._usual((v.DEFINITION, v.COMMENT), v.DEFINITION), Literal(new.gloss), "")] if new.gloss else []
        said += [(v.SUBCLASS, parent, "") for parent in new.parents]
        said += [(relation, target, "") for relation, target in new.relations]
        if not new.parents and not new.attributes:
            said.insert(0, (v.TYPE, v.OWL + "Class", ""))
        rows = [self._row(new.iri, predicate, obj, weight) for predicate, obj, weight in said]
        rows += [self._row(new.iri, v.HAS_ATTRIBUTE, a, self._strength(s)) for a, s in new.attributes]
        end = self._sheet.end
        self._splices.put(end, end, "".join(self._sheet.newline + row for row in rows))
        added = {(new.iri, predicate, obj) for predicate, obj, _ in said}
        return added | {(new.iri, a, Literal(number_cell(s), v.XSD + "decimal")) for a, s in new.attributes}

    def synonym(self, value: str, label: Literal) -> Triple | None:
        """Return how the file says a further name."""
        return "", v.ALT_LABEL, Literal(value)

    def retitle(self, iri: str, old: str, new: str) -> None:
        """Labels stand in rows alone."""

    def replace(self, old: Triple, new: Triple, label: str | None = None) -> None:
        """Write another target into the rows that state a fact."""
        for row in self._stating(old):
            cell = row.cells[self._at[2]]
            value = new[2].value if isinstance(new[2], Literal) else self._name(new[2], cell.value)
            self._splices.put(cell.start, cell.end, self._sheet.cell(value))
            self._touched.add(row.line)

    def insert(self, triple: Triple) -> None:
        """Add a row after the last one about the same source."""
        rows = [row for row in self._sheet.rows[1:] if v.expand(row.cells[self._at[0]].value.strip()) == triple[0]]
        end = rows[-1].end if rows else self._sheet.end
        self._splices.put(end, end, self._sheet.newline + self._row(*triple))

    def delete(self, triple: Triple, within: frozenset[str] = frozenset()) -> None:
        """Take out the rows that state a fact."""
        self._cut(self._stating(triple))

    def rename(self, old: str, new: str, label: str | None = None) -> tuple[set[Triple], set[Triple]]:
        """Write another id into every cell that names the old one; targets of labels and glosses are text."""
        for row in self._sheet.rows[1:]:
            for k in self._at[:2] if self._is_text(row) else self._at:
                cell = row.cells[k]
                if row.line not in self._touched and v.expand(cell.value.strip()) == old:
                    self._splices.put(cell.start, cell.end, self._sheet.cell(self._name(new, cell.value)))
        return set(), set()

    def drop(self, iri: str) -> None:
        """Take out the rows whose source it is."""
        self._cut([row for row in self._sheet.rows[1:] if v.expand(row.cells[self._at[0]].value.strip()) == iri])

    def _cut(self, rows: Sequence[Row]) -> None:
        rows = [row for row in rows if row.line not in self._touched]
        for start, end in self._sheet.stretch(rows):
            self._splices.put(start, end, "")
        self._touched |= {row.line for row in rows}

    def _stating(self, triple: Triple) -> list[Row]:
        wanted = key(triple)
        lines = {line for line, facts in self._lines.items() if any(key(f[:3]) == wanted for f in facts)}
        return [row for row in self._sheet.rows[1:] if row.line in lines]

    def _row(self, subject: str, predicate: str, obj: str | Literal, weight: str = "") -> str:
        cells = [""] * len(self._sheet.header)
        named = (self._name(subject), self._word(predicate), obj.value if isinstance(obj, Literal) else self._name(obj))
        for k, value in zip(self._at, named, strict=True):
            cells[k] = value
        if self._weight is not None:
            cells[self._weight] = weight
        return self._sheet.row(cells)

    def _word(self, predicate: str) -> str:
        """Return the word that the file uses for a relation, else the one the reader knows."""
        for row in self._sheet.rows[1:]:
            if any(fact.predicate == predicate for fact in self._lines.get(row.line, ())) and predicate != v.TYPE:
                return row.cells[self._at[1]].value.strip()
        return _WORDS.get(predicate) or compact(predicate, v.PREFIXES).strip("<>")

    def _usual(self, predicates: Sequence[str], default: str) -> str:
        used = [fact.predicate for fact in self._facts if fact.predicate in predicates]
        return max(predicates, key=used.count) if used else default

    def _strength(self, strength: float) -> str:
        if self._weight is None and strength != 1:
            raise OntologyError("has no column 'weight' for the strength of an attribute", file=str(self._path), line=1,
                                value=strength, fix="add the column, or give the table of attributes")  # fmt: skip
        return number_cell(strength) if self._weight is not None else ""

    def _is_text(self, row: Row) -> bool:
        facts = self._lines.get(row.line, ())
        weighed = any(fact.predicate == v.SUBPROPERTY for fact in facts)
        return not weighed and any(isinstance(fact.object, Literal) for fact in facts)

    def _name(self, iri: str, like: str = "") -> str:
        examples = [like] if like else [row.cells[self._at[0]].value for row in self._sheet.rows[1:]]
        full = bool(examples) and all("://" in example for example in examples)
        return iri if full else compact(iri, v.PREFIXES).strip("<>")
