"""The few figures that people want first, one table a task."""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.evaluate.contents import comparison_table, shown
from kgzsl.evaluate.results import Report, Summary
from kgzsl.evaluate.tables import Table

GENERALISED = ("U", "S", "H", "AUSUC", "best H in hindsight")
LABELS = ("mAP", "micro F1@3", "macro F1@3", "micro F1@5", "macro F1@5", "violations")
SHORT = {"best H in hindsight": "best H", "hit@1 of inputs": "by input", "lenient hit@1": "lenient"}
FEW = 6


def overview(report: Report) -> list[Table]:
    """Return one table a task, and comparisons where there are any."""
    tables = [_task(report, task) for task in dict.fromkeys(s.task for s in report.summaries)]
    return [*tables, comparison_table(report)] if report.comparisons else tables


def _task(report: Report, task: str) -> Table:
    own = [s for s in report.summaries if s.task == task]
    there = {s.measure for s in own}
    measures = list(_measures(there))
    rows = list[tuple[str, ...]]()
    for learner, scores in dict.fromkeys((s.learner, s.scores) for s in own):
        found = {s.measure: s for s in own if (s.learner, s.scores) == (learner, scores)}
        rows.append((learner, scores, *(_cell(found.get(measure), k == 0) for k, measure in enumerate(measures))))
    heads = (f">{SHORT.get(measure, measure)}{' [95 %]' if k == 0 else ''}" for k, measure in enumerate(measures))
    return Table(f"{task}: {_counts(report, task)}", ("learner", "scores", *heads), tuple(rows))


def _measures(there: set[str]) -> Iterator[str]:
    if "mAP" in there:
        yield from (name for name in LABELS if name in there)
        return
    if "H" in there:
        yield from (name for name in GENERALISED if name in there)
        return
    hits = sorted((m for m in there if m.startswith("hit@") and m[4:].isdigit()), key=lambda m: int(m[4:]))
    yield from hits[:FEW]
    yield from (name for name in ("hit@1 of inputs", "lenient hit@1") if name in there)
    yield from sorted(name for name in there if name.startswith("hit@1 of ") and name != "hit@1 of inputs")


def _cell(summary: Summary | None, first: bool) -> str:
    if summary is None:
        return "–"
    said = shown(summary.measure, summary.figure.value)
    if summary.seeds.seeds > 1:
        said += f" ± {shown(summary.measure, summary.seeds.deviation)}"
    low, high = summary.figure.low, summary.figure.high
    return f"{said} [{shown('', low)}, {shown('', high)}]" if first and low is not None and high is not None else said


def _counts(report: Report, task: str) -> str:
    outcomes = [o for run in report.runs for o in run.outcomes if o.task == task]
    inputs, candidates = {o.inputs for o in outcomes}, {o.candidates for o in outcomes}
    return f"{_several(inputs)} inputs, {_several(candidates)} candidates; per cent"


def _several(numbers: set[int]) -> str:
    low, high = min(numbers, default=0), max(numbers, default=0)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
