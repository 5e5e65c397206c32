"""A difference, and what it does, in words: one list of sections behind the table and the Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kgzsl.diff.compare import Diff
from kgzsl.diff.facts import FactDiff
from kgzsl.diff.side import Described
from kgzsl.effect import Effect, Named, Newcomer

SHOWN = 5
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


class Section(NamedTuple):
    """A table with a title; ``rows`` may be fewer than ``total`` where there are too many to show."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


def sections(diff: Diff, effect: Effect | None = None, limit: int | None = 50) -> list[Section]:
    """Return what differs, and what it does, as tables without empty ones.

    Args:
        diff: of two ontologies.
        effect: on a bundle.
        limit: rows of each table; None for all.
    """
    found = [_classes(diff, limit), _facts("facts", diff.asserted, limit)]
    if diff.inferred is not None:
        found.append(_facts("inferred facts", diff.inferred, limit))
    if effect is not None:
        found += _effect(effect, limit)
    return [section for section in found if section.rows]


def summary(diff: Diff, effect: Effect | None = None) -> str:
    """Return one line with the counts."""
    if not diff:
        return "no difference"
    classes, facts = diff.classes, diff.asserted
    counts = [
        (len(classes.added), "added"), (len(classes.removed), "removed"), (len(classes.renamed), "renamed"),
        (len(classes.relabelled), "relabelled"), (len(classes.moved), "moved"),
        (len(classes.deprecated), "deprecated or no longer so"),
    ]  # fmt: skip
    said = [f"classes: {_counted(counts)}", f"facts: {_counted(_fact_counts(facts))}"]
    if diff.inferred is not None:
        said.append(f"inferred: {_counted(_fact_counts(diff.inferred))}")
    if effect is not None:
        said.append(f"{len(effect.moved)} classifiers move")
        said += [f"{len(effect.changed)} of {effect.inputs} answers change"] if effect.inputs else []
    return "; ".join(said)


def markdown(diff: Diff, effect: Effect | None = None, limit: int | None = 50) -> str:
    """Return the difference for a pull request: a summary, and each table folded away where it is long."""
    parts = [f"**Ontology:** {_escaped(summary(diff, effect))}"]
    for section in sections(diff, effect, limit):
        title = f"{section.title} ({section.total})"
        table = _table(section)
        if len(section.rows) > SHOWN:
            parts.append(f"<details><summary>{title}</summary>\n\n{table}\n\n</details>")
        else:
            parts.append(f"### {title}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def _classes(diff: Diff, limit: int | None) -> Section:
    found = diff.classes
    rows = [("added", _called(item), f"a new {item.kind}", item.where) for item in found.added]
    rows += [("removed", _called(item), f"a {item.kind}", item.where) for item in found.removed]
    rows += [("renamed", _called(r.after), f"was {r.before.iri}", r.after.where) for r in found.renamed]
    rows += [("relabelled", f"{r.after or r.id} ({r.id})", f"was '{r.before}'" if r.before else "had no label",
              f"{r.file}:{r.line}") for r in found.relabelled]  # fmt: skip
    rows += [("moved", f"{m.label} ({m.id})", f"{_parents(m.lost)} → {_parents(m.gained)}", f"{m.file}:{m.line}")
             for m in found.moved]  # fmt: skip
    rows += [("deprecated" if d.deprecated else "in use again", f"{d.label} ({d.id})",
              f"replaced by {', '.join(d.replaced_by)}" if d.replaced_by else "", f"{d.file}:{d.line}")
             for d in found.deprecated]  # fmt: skip
    return _section("classes", ("change", "class", "what", "stated at"), rows, limit)


def _facts(title: str, facts: FactDiff, limit: int | None) -> Section:
    rows = [("+", item.text, item.where) for item in facts.added]
    rows += [("−", item.text, item.where) for item in facts.removed]
    rows += [("~", f"{c.before.text} → {c.after.value}", c.after.where) for c in facts.changed]
    place = "follows from" if title.startswith("inferred") else "stated at"
    return _section(title, ("", "fact", place), rows, limit)


def _effect(effect: Effect, limit: int | None) -> Iterator[Section]:
    near = [(_called(item), _list(f"{n.label} {n.cosine:.2f}" for n in item.nearest), _notes(item),
             _taken(item, effect)) for item in effect.added]  # fmt: skip
    yield _section("new classes", ("class", "nearest classifiers", "note", "takes inputs of"), near, limit)
    moved = [(_called(m), f"{m.distance:.4f}", f"{m.ratio:.3f}" if m.ratio is not None else "was zero")
             for m in effect.moved]  # fmt: skip
    yield _section("classifiers that move", ("class", ">cosine distance", ">length ratio"), moved, limit)
    changed = [(str(c.input), _called(c.before), _score(c.score_before), _called(c.after), _score(c.score_after))
               for c in effect.changed]  # fmt: skip
    yield _section(f"answers that change, of {effect.inputs}", (">input", "before", ">score", "after", ">score"),
                   changed, limit)  # fmt: skip
    others = ((effect.described_anew, "seen and described anew: keeps the classifier that it was given"),
              (effect.retired, "can no longer be an answer"), (effect.admitted, "can be an answer now"))  # fmt: skip
    kept = [(_called(item), why) for items, why in others for item in items]
    yield _section("also", ("class", "what"), kept, limit)


def _section(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], limit: int | None
) -> Section:
    return Section(title, columns, tuple(rows[:limit]), len(rows))


def _called(item: Described | Named | None) -> str:
    return "none" if item is None else f"{item.label} ({item.id})" if item.id != item.label else item.label


def _parents(items: Sequence[Described]) -> str:
    return _list(item.label for item in items) or "no parent"


def _list(texts: Iterable[str]) -> str:
    return ", ".join(texts)


def _notes(item: Newcomer) -> str:
    notes = ((item.described, "no description of its own"), (item.grounded, "no path to a seen class"))
    return _list(note for fine, note in notes if not fine)


def _taken(item: Newcomer, effect: Effect) -> str:
    if not effect.inputs:
        return "no features given"
    shown = [f"{c.label} ({c.first} won, {c.among} near)" for c in item.confused[:SHOWN]]
    more = len(item.confused) - SHOWN
    return _list([*shown, *([f"and {more} more"] if more > 0 else [])]) or "none"


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.4f}"


def _fact_counts(facts: FactDiff) -> list[tuple[int, str]]:
    return [(len(facts.added), "added"), (len(facts.removed), "removed"), (len(facts.changed), "changed")]


def _counted(counts: Iterable[tuple[int, str]]) -> str:
    return _list(f"{count} {what}" for count, what in counts if count) or "no difference"


def _table(section: Section) -> str:
    heads = [name.lstrip(">") or " " for name in section.columns]
    rules = ["---:" if name.startswith(">") else "---" for name in section.columns]
    rows = [heads, rules, *([_escaped(cell) for cell in row] for row in section.rows)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    hidden = section.total - len(section.rows)
    return "\n".join(lines) + (f"\n\n… and {hidden} more" if hidden else "")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("\n", " ").replace("\r", " ")


