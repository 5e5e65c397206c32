"""What a report shows: its tables and plots, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kgzsl.evaluate import plots
from kgzsl.evaluate.html import Section
from kgzsl.evaluate.kinship import RELATIONS
from kgzsl.evaluate.outcome import ClassRow, Outcome, Scored
from kgzsl.evaluate.results import Report, Run
from kgzsl.evaluate.statistics import Figure
from kgzsl.evaluate.tables import Table

PLAIN_NUMBERS = ("NLL", "Brier", "skewness", "violations")
"""Measures that are no shares."""
AWAY = ("seen", "1 step", "2", "3", "4", "5", "6 and more", "no way")
"""Of a class to the nearest seen one."""


def facts(report: Report) -> list[tuple[str, str]]:
    """Return what is told first."""
    machine, made = report.environment.get("machine", {}), report.environment
    first = report.problems[0] if report.problems else None
    packages = ", ".join(f"{name} {version}" for name, version in made.get("packages", {}).items())
    told = [("protocol", first.protocol if first else "–"), ("recipe", report.name), ("date", report.date),
            ("graph", ", ".join(dict.fromkeys(p.graph_hash for p in report.problems))),
            ("seeds", ", ".join(map(str, dict.fromkeys(run.seed for run in report.runs)))),
            ("made with", f"kgzsl {made.get('kgzsl')} (code {made.get('code')}), Python {made.get('python')}, "
                          f"{packages}"),
            ("machine", f"{machine.get('cores')} cores, {machine.get('processor')}, {machine.get('system')}")]
    told += [(f"data {path}", digest) for problem in report.problems for path, digest in problem.data.items()]
    told += [(f"{finding.severity} {finding.code}", finding.text)
             for finding in dict.fromkeys(f for p in report.problems for f in p.findings)]
    return [*told, ("interrupted", "runs are missing")] if report.interrupted else told


def sections(report: Report) -> list[Section]:
    """Return all tables and plots."""
    found = [Section(problems_table(report)), Section(summary_table(report), folded=True),
             Section(comparison_table(report))]
    found += [Section(failures_table(report))] if any(run.reason for run in report.runs) else []
    done = [run for run in report.runs if not run.reason]
    for problem, task in dict.fromkeys((run.problem, o.task) for run in done for o in run.outcomes):
        cells = [(run, o) for run in done for o in run.outcomes if (run.problem, o.task) == (problem, task)]
        for section in _of_task(_first_seeds(cells)):
            name = f"{task}, {problem}" if len(report.problems) > 1 else task
            yield_title = f"{section.table.title}: {name}"
            table = section.table
            found.append(Section(Table(yield_title, table.heads, table.rows, table.note), section.plot))
    return [*found, _cost(done)] if done else found


def _first_seeds(cells: Sequence[tuple[Run, Outcome]]) -> list[tuple[Run, Outcome]]:
    """Plots are of the first seed of each learner: curves of several would hide one another."""
    found: dict[str, tuple[Run, Outcome]] = {}
    for run, outcome in cells:
        found.setdefault(run.learner, (run, outcome))
    return list(found.values())


def problems_table(report: Report) -> Table:
    """Return one row a problem."""
    rows = [(p.name, ", ".join(p.tasks), str(p.seen), str(p.unseen), str(p.inputs), p.key) for p in report.problems]
    return Table("Problems", ("problem", "tasks", ">seen", ">unseen", ">inputs", "hash"), tuple(rows))


def summary_table(report: Report) -> Table:
    """Return every figure over problems and seeds."""
    rows = [(s.task, s.learner, s.scores, s.measure, shown(s.measure, s.figure.value), interval(s.measure, s.figure),
             shown(s.measure, s.seeds.deviation) if s.seeds.seeds > 1 else "–") for s in report.summaries]
    return Table("Figures", ("task", "learner", "scores", "measure", ">value", ">95 %", ">sd over seeds"), tuple(rows),
                 "Shares in per cent. Intervals of hit@k, U, S and H are over classes.")  # fmt: skip


def comparison_table(report: Report) -> Table:
    """Return the best learner of each task against the others."""
    rows = []
    for c in report.comparisons:
        d = c.paired.difference
        rows.append((c.task, c.scores, c.first, c.second, shown("", d.value), interval("", d), f"{c.p:.4f}",
                     f"{c.paired.better} / {c.paired.worse} / {c.paired.classes}"))  # fmt: skip
    heads = ("task", "scores", "best", "against", ">difference", ">95 %", ">p (Holm)", ">better / worse / classes")
    return Table("Best against the others", heads, tuple(rows),
                 "Paired over classes: points of class-mean hit@1 (of average precision with several labels); p by "
                 "flipping signs, corrected by Holm.")  # fmt: skip


def failures_table(report: Report) -> Table:
    """Return what could not be used, and why."""
    rows = dict.fromkeys((run.learner, run.reason) for run in report.runs if run.reason)
    return Table("Not usable", ("learner", "reason"), tuple(rows))


def shown(measure: str, value: float | None) -> str:
    """Return a figure as people read it: shares in per cent."""
    if value is None:
        return "–"
    return f"{value:.3f}" if measure.startswith(PLAIN_NUMBERS) else f"{100 * value:.1f}"


def interval(measure: str, figure: Figure) -> str:
    """Return the interval of a figure."""
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return "–"
    return f"[{shown(measure, figure.low)}, {shown(measure, figure.high)}]"


def _of_task(cells: Sequence[tuple[Run, Outcome]]) -> Iterator[Section]:
    scored = [(run.learner, one) for run, outcome in cells for one in outcome.scored]
    balanced = [(name, one) for name, one in scored if one.balance and one.balance.curve]
    if balanced:
        yield _curve(balanced)
    yield _classes(scored)
    if any(one.folded for _, one in scored):
        yield _confusion(scored)
        yield _frequent(scored)
    if any(one.reliability for _, one in scored):
        yield _reliability(scored)
    if any(one.hubness for _, one in scored):
        yield _hubs(scored)
    notes = [(name, one.scores, note) for name, one in scored for note in one.notes]
    if notes:
        yield Section(Table("What adjusters said", ("learner", "scores", "note"), tuple(notes)))


def _curve(scored: Sequence[tuple[str, Scored]]) -> Section:
    drawn, rows = [], []
    for name, one in scored:
        assert one.balance
        points = tuple((u, s) for _, u, s in one.balance.curve)
        at = (one.balance.unseen.value, one.balance.seen.value)
        marks = ((at[0], at[1]),) if at[0] is not None and at[1] is not None else ()
        if one.scores == "plain":
            drawn.append(plots.Line(f"{name}, plain", points, marks))
        else:
            drawn.append(plots.Line(f"{name}, adjusted", (), marks))
        rows += [(name, one.scores, f"{g:.6g}", f"{u:.4f}", f"{s:.4f}") for g, u, s in one.balance.curve]
    plot = plots.lines("Seen accuracy over unseen accuracy", "unseen (U)", "seen (S)", drawn)
    heads = ("learner", "scores", ">taken from seen", ">U", ">S")
    return Section(Table("Seen–unseen curve", heads, tuple(rows), "Dots: what was answered."), plot)


def _classes(scored: Sequence[tuple[str, Scored]]) -> Section:
    """Bars are of the first learner's last scores; the table has all."""
    rows, first = [], scored[0][1]
    last = [one for name, one in scored if name == scored[0][0]][-1]
    ordered = sorted(last.classes, key=lambda row: (row.distance is None, row.distance or 0, row.label, row.iri))
    drawn = [plots.Bar(row.label, row.hits[0], shown("", row.hits[0]), _away(row)) for row in ordered]
    places = {row.iri: k for k, row in enumerate(ordered)}
    for name, one in scored:
        for row in sorted(one.classes, key=lambda row: places.get(row.iri, 0)):
            away = "–" if row.distance is None else str(row.distance)
            hits = tuple(shown("", value) for value in row.hits)
            rows.append((name, one.scores, row.label, row.iri, "seen" if row.seen else "unseen", str(row.inputs), away,
                         row.nearest, *hits))  # fmt: skip
    ks = [">average precision"] if first.labels else [f">hit@{hit.k}" for hit in first.hits]
    heads = ("learner", "scores", "class", "IRI", "kind", ">inputs", ">steps to seen", "nearest seen", *ks)
    plot = plots.bars("Classes by distance to the nearest seen class", drawn, AWAY, 1.0)
    return Section(Table("Class by class, by distance to the nearest seen class", heads, tuple(rows),
                         f"Bars: {scored[0][0]}, {last.scores} scores."), plot)  # fmt: skip


def _away(row: ClassRow) -> int:
    """Return which of :data:`AWAY` a class is."""
    return len(AWAY) - 1 if row.distance is None else min(row.distance, len(AWAY) - 2)


def _confusion(scored: Sequence[tuple[str, Scored]]) -> Section:
    rows, drawn = [], []
    for name, one in scored:
        if one.folded:
            total = sum(one.folded.relations.values()) or 1
            for relation, often in one.folded.relations.items():
                share = often / total
                rows.append((name, one.scores, relation, str(often), shown("", share)))
                drawn.append(plots.Bar(f"{name}, {one.scores}: {relation}", share, shown("", share),
                                       RELATIONS.index(relation)))  # fmt: skip
    plot = plots.bars("Answers by their relation to the true class", drawn, RELATIONS, 1.0)
    heads = ("learner", "scores", "the answer is", ">inputs", ">%")
    return Section(Table("Confusion folded by the hierarchy", heads, tuple(rows)), plot)


def _frequent(scored: Sequence[tuple[str, Scored]]) -> Section:
    rows = [(name, one.scores, c.truth, c.answer, c.relation, str(c.inputs))
            for name, one in scored if one.folded for c in one.folded.frequent]
    heads = ("learner", "scores", "true class", "answer", "the answer is", ">inputs")
    return Section(Table("Most frequent confusions", heads, tuple(rows)))


def _reliability(scored: Sequence[tuple[str, Scored]]) -> Section:
    rows, drawn = [], []
    for name, one in scored:
        for part in one.reliability:
            points = tuple((b.confidence, b.accuracy) for b in part.bins)
            if part.of == "all":
                drawn.append(plots.Line(f"{name}, {one.scores}", points, points))
            rows += [(name, one.scores, part.of, str(b.inputs), f"{b.confidence:.4f}", f"{b.accuracy:.4f}")
                     for b in part.bins]  # fmt: skip
    plot = plots.lines("Accuracy over confidence", "confidence", "accuracy", drawn, diagonal=True)
    heads = ("learner", "scores", "inputs", ">in bin", ">confidence", ">accuracy")
    return Section(Table("Reliability", heads, tuple(rows),
                         "Confidence: softmax of scores over candidates; classes count alike."), plot)  # fmt: skip


def _hubs(scored: Sequence[tuple[str, Scored]]) -> Section:
    rows, drawn, groups = [], [], list[str]()
    for name, one in scored:
        if one.hubness:
            groups.append(f"{name}, {one.scores}")
            for hub in one.hubness.hubs:
                rows.append((name, one.scores, hub.label, hub.iri, f"{hub.often:g}"))
                drawn.append(plots.Bar(hub.label, hub.often, f"{hub.often:g}", len(groups) - 1))
    plot = plots.bars("How often the most frequent classes are among the first answers", drawn, groups)
    heads = ("learner", "scores", "class", "IRI", ">among the first ten answers of")
    return Section(Table("Hubs", heads, tuple(rows)), plot)


def _cost(runs: Sequence[Run]) -> Section:
    rows, drawn = [], []
    for run in runs:
        each = max((one.milliseconds for o in run.outcomes for one in o.scored), default=0.0)
        adding = "–" if run.adding is None else f"{run.adding:.2f}"
        rows.append((run.problem, run.learner, str(run.seed), f"{run.seconds:.3f}", f"{each:.4f}", adding, run.anew))
        drawn.append(plots.Bar(f"{run.learner}, seed {run.seed}", run.seconds, f"{run.seconds:.3g} s"))
    heads = ("problem", "learner", ">seed", ">s to fit", ">ms an input", ">ms to add a class", "fitted anew")
    return Section(Table("Cost", heads, tuple(rows), "Bars: seconds to fit."), plots.bars("Seconds to fit", drawn))
