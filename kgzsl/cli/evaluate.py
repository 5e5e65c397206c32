"""The verbs that evaluate by a protocol, and that list what turns scores into answers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgzsl.cli.options import key_values
from kgzsl.cli.output import INTERRUPTED, as_json, progress, say, table
from kgzsl.errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kgzsl.evaluate.again import Agreement
    from kgzsl.evaluate.problem import Problem
    from kgzsl.evaluate.results import Report
    from kgzsl.evaluate.tables import Table
    from kgzsl.learners.base import Progress
    from kgzsl.resolve.adjuster import Adjuster
    from kgzsl.resolve.decide.decider import Decider

FINDINGS = 1
CACHE = ".kgzsl-cache"
Json = Annotated[bool, typer.Option("--json", help="JSON instead of tables.")]


def evaluate(
    recipe: Annotated[Path | None, typer.Argument(help="A recipe, such as graphs/objects.toml.")] = None,
    protocol: Annotated[
        str | None, typer.Option(help="gbu, imagenet-hops, cross-domain, text-intents, multi-label or own.")
    ] = None,
    test: Annotated[Path | None, typer.Option(help="Labelled inputs to test on.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="KEY=VALUE of the protocol; repeatable.")] = None,
    learner: Annotated[list[str] | None, typer.Option(help="Instead of the recipe's; repeatable.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from the recipe's on.")] = 1,
    adjust: Annotated[str, typer.Option(help="recipe, auto, none, or names with commas between.")] = "recipe",
    hubness: Annotated[bool, typer.Option("--hubness", help="Hubs before and after the cures, by name.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse unseen classes whose descendants are seen.")] = False,
    out: Annotated[
        list[Path] | None, typer.Option("--out", "-o", help=".json, .csv, .md, .tex or .html; repeatable.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help=f"Folder of runs that are done; {CACHE} beside the first --out without.")
    ] = None,
    again: Annotated[Path | None, typer.Option(help="A report in JSON: make it again and say if it agrees.")] = None,
    tolerance: Annotated[float, typer.Option(min=0, help="By which a figure may differ with --again.")] = 1e-6,
    json: Json = False,
) -> None:
    """Evaluate learners by a protocol of zero-shot learning: figures with intervals, and reports that can be repeated.

    Runs that are done are kept in the cache, so that the same command goes on after Ctrl-C. With --again, exit code 1
    says that figures differ. See docs/evaluation.md.
    """
    from kgzsl.evaluate.report import check_place

    for path in out or []:
        check_place(path)
    if again is not None:
        _again(again, tolerance, out or [], json)
        return
    if recipe is None or protocol is None:
        raise EvaluationError("what is evaluated, and how?", fix="kgzsl evaluate RECIPE --protocol NAME, or --again "
                              "REPORT.json")  # fmt: skip
    given = ({"test": str(test)} if test else {}) | ({"strict": True} if strict else {})
    options = key_values(option, EvaluationError, "folds=5") | given
    with progress() as report:
        problems = _problems(protocol, recipe, options, report)
        if hubness:
            _hubness(problems, learner or [], adjust, out or [], json, report)
            return
        place = cache or (out[0].parent / CACHE if out else None)
        request = {"protocol": protocol, "recipe": str(recipe), "options": options, "adjusters": _names(adjust)}
        found = _evaluated(problems, learner or [], seeds, adjust, place, request, report)
    _written(found, out or [])
    as_json(found) if json else _shown(found)
    if found.interrupted:
        kept = f"; they are kept in {place}" if place else ""
        due = len(problems) * seeds * max(1, len(learner or []))
        say(f"interrupted: {len(found.runs)} of {due} runs are done{kept}", err=True)
        raise typer.Exit(INTERRUPTED)
    _refuse_nothing(found)


def adjusters(json: Json = False) -> None:
    """List the adjusters and deciders: what they cure, whether they read the whole batch, and their source."""
    from kgzsl.resolve.catalogue import ADJUSTERS, DECIDERS, adjuster_class, decider_class

    found = [_said(c, "adjuster", c.cures, c.place, "transductive" if c.transductive else "inductive")
             for c in map(adjuster_class, ADJUSTERS)]  # fmt: skip
    found += [_said(c, "decider", (c.__doc__ or "").strip().partition("\n")[0], "after all", "–")
              for c in map(decider_class, DECIDERS)]  # fmt: skip
    if json:
        as_json(found)
        return
    keys = ("name", "kind", "cures", "place", "mode", "citation")
    table(("name", "kind", "cures, or says", "place", "mode", "source"), ([one[key] for key in keys] for one in found))


def _said(kind: type[Adjuster] | type[Decider], word: str, about: str, place: str, mode: str) -> dict[str, Any]:
    options = {key: field.default for key, field in kind.Options.model_fields.items()}
    return {"name": kind.name, "kind": word, "cures": about, "place": place, "mode": mode, "citation": kind.citation,
            "options": options}  # fmt: skip


def _problems(protocol: str, recipe: Path, options: dict[str, Any], report: Progress) -> list[Problem]:
    from kgzsl.evaluate.catalogue import make_problem

    return make_problem(protocol, recipe, options, progress=report)


def _hubness(
    problems: list[Problem], learners: Sequence[str], adjust: str, out: Sequence[Path], json: bool, report: Progress
) -> None:
    from kgzsl.evaluate.hubbed import hub_tables, hubs
    from kgzsl.evaluate.side_by_side import write_tables

    named = _names(adjust)
    found = list(hubs(problems, learners, [] if isinstance(named, str) else named, report))
    if not found:
        raise EvaluationError("no task has more than ten candidates: there are no hubs to count")
    tables = [each for one in found for each in hub_tables(one)]
    for path in out:
        write_tables("Hubs before and after", tables, [asdict(one) for one in found], path)
    if json:
        as_json(found)
        return
    for each in tables:
        _table(each)
    for name, reason in dict.fromkeys(item for one in found for item in one.reasons.items()):
        say(f"{name}: {reason}")


def _evaluated(
    problems: list[Problem], learners: Sequence[str], seeds: int, adjust: str, cache: Path | None,
    request: dict[str, Any], report: Progress,
) -> Report:  # fmt: skip
    from kgzsl.evaluate.run import evaluate as run

    first = problems[0].material.recipe.learner.seed if problems else 0
    return run(problems, learners, [first + k for k in range(seeds)], _names(adjust), progress=report, cache=cache,
               request=request)  # fmt: skip


def _names(adjust: str) -> str | list[str]:
    names = [name.strip() for name in adjust.split(",") if name.strip()]
    return adjust if adjust in ("recipe", "auto", "none") else names


def _written(report: Report, paths: Sequence[Path]) -> None:
    from kgzsl.evaluate.report import write_report

    for path in paths:
        write_report(report, path)


def _shown(report: Report) -> None:
    from kgzsl.evaluate.overview import overview

    for finding in dict.fromkeys(f for problem in report.problems for f in problem.findings):
        say(f"{finding.severity} ({finding.code}): {finding.text}")
    for each in overview(report):
        _table(each)
    for name, reason in dict.fromkeys((run.learner, run.reason) for run in report.runs if run.reason):
        say(f"{name}: {reason}")
    notes = (note for run in report.runs for o in run.outcomes for s in o.scored for note in s.notes)
    for note in dict.fromkeys(notes):
        say(note)


def _table(each: Table) -> None:
    table(each.heads, each.rows, each.title)
    if each.note:
        say(each.note)


def _refuse_nothing(report: Report) -> None:
    failed = [run for run in report.runs if run.reason]
    if failed and len(failed) == len(report.runs):
        raise EvaluationError(f"no learner could be used; {failed[0].learner}: {failed[0].reason}")


def _again(path: Path, tolerance: float, out: Sequence[Path], json: bool) -> None:
    from kgzsl.evaluate.again import again
    from kgzsl.evaluate.report import read_report

    report = read_report(path)
    with progress() as bars:
        found = again(report, None, tolerance, bars, str(path))
    _written(found.report, out)
    _agreement(found, json)
    if not found.agrees:
        raise typer.Exit(FINDINGS)


def _agreement(found: Agreement, json: bool) -> None:
    if json:
        as_json({"agrees": found.agrees, "compared": found.compared, "exact": found.exact, "changes": found.changes,
                 "tolerance": found.tolerance, "differs": found.differs})  # fmt: skip
        return
    say(found.text)
    for change in found.changes:
        say(f"changed: {change}")
    if found.differs:
        shown = found.differs[:20]
        table(("figure", ">before", ">after"), ((d.figure, d.before, d.after) for d in shown))
        if len(found.differs) > len(shown):
            say(f"and {len(found.differs) - len(shown)} more (--json lists all)")
