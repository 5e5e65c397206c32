"""The lines of an OBO file: stanzas and clauses, each line kept as it is until it is changed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgzsl.errors import OntologyError

_HEAD = re.compile(r"\s*\[(\w+)\]")
_NO_IDS = frozenset(
    {"name", "def", "comment", "synonym", "xref", "namespace", "created_by", "creation_date", "is_obsolete", "remark",
     "format-version", "data-version", "ontology", "default-namespace", "subsetdef", "synonymtypedef", "idspace"}
)  # fmt: skip
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": " ", "\f": " "}


class Lines:
    """A text as lines, numbered from 1 as facts are.

    Args:
        text: the whole file.
    """

    def __init__(self, text: str) -> None:
        self._newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        self._rows: list[str | None] = list(text.split("\n"))
        self._after: dict[int, list[str]] = {}
        self._stanzas = self._found()

    def __getitem__(self, line: int) -> str:
        return self._rows[line - 1] or ""

    def __setitem__(self, line: int, text: str) -> None:
        self._rows[line - 1] = text

    @property
    def text(self) -> str:
        """The text with every change so far."""
        rows = []
        for k, row in enumerate(self._rows):
            rows += [row] if row is not None else []
            rows += self._after.get(k, [])
        return "\n".join(rows)

    def header(self, tag: str) -> str | None:
        """Return the value of a clause of the header."""
        end = self._stanzas[0][1] if self._stanzas else len(self._rows)
        rows = (row for row in self._rows[:end] if row and row.startswith(f"{tag}:"))
        return next((row.partition(":")[2].partition(" !")[0].strip() for row in rows), None)

    def add_term(self, rows: Sequence[str]) -> None:
        """Add a stanza before the first typedef if terms precede it, else at the end."""
        kinds = [kind for kind, *_ in self._stanzas]
        first = kinds.index("Typedef") if "Typedef" in kinds else None
        self._add(self._stanzas[first - 1][2] if first else self._last(), rows)

    def add_last(self, rows: Sequence[str]) -> None:
        """Add a stanza at the end."""
        self._add(self._last(), rows)

    def has_stanza(self, written: str) -> bool:
        """Return whether an id has a stanza now."""
        return bool(self._about(written))

    def insert(self, written: str, row: str, after: Sequence[str]) -> None:
        """Add a clause to a stanza, behind its last clause of one of these tags."""
        start, end = self._about(written)[0]
        places = [k for k in range(start + 1, end + 1) if _tag(self._rows[k] or "") in after]
        self._put(places[-1] if places else start, [row])

    def cut(self, line: int) -> None:
        """Take a line out."""
        self._rows[line - 1] = None

    def drop(self, written: str) -> None:
        """Take out the stanzas of an id, with the blank lines before them."""
        for start, end in self._about(written):
            while start and self._rows[start - 1] is not None and not (self._rows[start - 1] or "").strip():
                start -= 1
            last = end + 1 == len(self._rows)
            for k in range(start, end + 1):
                self._rows[k] = None
            if last and start:
                self._rows[start - 1] = (self._rows[start - 1] or "").removesuffix("\r")

    def rename(self, old: str, new: str, label: str | None) -> None:
        """Write another id in every clause that holds ids; ``label`` goes into the comments behind references."""
        for k, row in enumerate(self._rows):
            if row and _tag(row) not in _NO_IDS:
                changed = self.renamed(row, old, new)
                self._rows[k] = with_label(changed, label) if changed != row and label else changed

    def renamed(self, row: str, old: str, new: str) -> str:
        """Return a clause with another id in place of the old one; quoted text and comments stay."""
        head, mark, value = row.partition(":")
        if not mark:
            return row
        stop = re.search(r'(?<!\\)["!{]', value)
        ids, rest = (value[: stop.start()], value[stop.start() :]) if stop else (value, "")
        return head + mark + re.sub(rf"(?<!\S){re.escape(old)}(?!\S)", lambda _: new, ids) + rest

    def retitle(self, written: str, old: str, new: str) -> None:
        """Write another label into the comments behind references to an id."""
        for k, row in enumerate(self._rows):
            if row and re.search(rf"(?<!\S){re.escape(written)}(?!\S)", row) and _tag(row) not in ("id", *_NO_IDS):
                body = row.rstrip("\r")
                if body.endswith(f"! {plain(old)}"):
                    self._rows[k] = with_label(row, new)

    def _add(self, index: int, rows: Sequence[str]) -> None:
        self._put(index, ["", *rows])

    def _put(self, index: int, rows: Sequence[str]) -> None:
        """Put rows behind a line; the last line of a file has no line end, and then the new last one has none."""
        end = self._newline.removesuffix("\n")
        new = [row + end for row in rows]
        if index + 1 == len(self._rows):
            self._rows[index] = (self._rows[index] or "") + end
            new[-1] = rows[-1]
        self._after.setdefault(index, []).extend(new)

    def _last(self) -> int:
        return max((k for k, row in enumerate(self._rows) if row and row.strip()), default=0)

    def _about(self, written: str) -> list[tuple[int, int]]:
        pattern = re.compile(rf"\s*id:\s*{re.escape(written)}(?=\s|$)")
        return [(start, end) for _, start, end in self._stanzas
                if any(pattern.match(self._rows[k] or "") for k in range(start, end + 1))]  # fmt: skip

    def _found(self) -> list[tuple[str, int, int]]:
        """Kind, first and last line (from 0) of each stanza; comments behind its last clause are not part of it."""
        found: list[tuple[str, int, int]] = []
        for k, row in enumerate(self._rows):
            head = _HEAD.match(row or "")
            if head:
                found.append((head[1], k, k))
            elif found and (row or "").strip() and not (row or "").lstrip().startswith("!"):
                found[-1] = (*found[-1][:2], k)
        return found


def _tag(row: str) -> str:
    return row.partition(":")[0].strip()


def with_label(row: str, label: str | None) -> str:
    """Return a clause with a label in the comment at its end, where it has one."""
    found = re.match(r"(.*?(?<!\\)! )[^\r]*(\r?)$", row, re.DOTALL)
    return found[1] + plain(label) + found[2] if found and label else row


def plain(text: str) -> str:
    """Return a text as a clause without quotes writes it."""
    return "".join(_ESCAPES.get(c) or ("\\" + c if c in "!{" else c) for c in text)


def quoted(text: str) -> str:
    """Return a text between quotes.

    Raises:
        OntologyError: a text that ends in a backslash, which readers of OBO take for an escape of the quote.
    """
    if text.endswith("\\"):
        raise OntologyError("a text in OBO cannot end in a backslash", value=text, fix="write something behind it")
    return '"' + "".join(_ESCAPES.get(c) or ("\\" + c if c == '"' else c) for c in text) + '"'
