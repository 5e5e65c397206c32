"""An explanation as Markdown, for issues, pull requests and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgzsl.explain.draw.sentence import sentence
from kgzsl.explain.draw.tables import Table, sums, tables
from kgzsl.explain.draw.text import clean, counterfactual, ended
from kgzsl.explain.explanation import Explanation

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#|~!])")


def markdown(explanation: Explanation) -> str:
    """Return sentence, tables, counterfactuals and notes; names mean nothing to Markdown or HTML."""
    e = explanation
    edits = [counterfactual(c) for c in e.counterfactuals]
    parts = [f"## {_plain(e.label)}", _plain(sentence(e)),
             f"{_plain(e.id)}: score {e.score:.4f}, learner {_plain(e.learner)}, graph {_plain(e.graph_hash)}",
             *map(_table, tables(e)), _list("What would change the answer", edits), _list("How it adds up", sums(e)),
             _list("Notes", e.notes)]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(table: Table) -> str:
    heads = [_plain(head) for head in table.heads]
    below = [":--", "--:", *[":--"] * (len(heads) - 2)]
    lines = [heads, below, *([_plain(cell) for cell in row] for row in table.rows)]
    note = f"{_plain(ended(table.note))}\n\n" if table.note else ""
    return f"### {_plain(table.title)}\n\n{note}" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list(title: str, texts: Sequence[str]) -> str:
    return f"### {title}\n\n" + "\n".join(f"- {_plain(ended(text))}" for text in texts) if texts else ""


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is, on one line; HTML in it too."""
    kept = _SPECIAL.sub(r"\\\1", clean(text).replace("\n", " "))
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("://", ":&#47;&#47;")
