"""Takes a suggested edit over into the ontology files, on the path that the verbs that edit take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kgzsl.cli.edit import _Beside, _finish
from kgzsl.cli.explain import labels_of
from kgzsl.cli.output import progress, say
from kgzsl.errors import KgzslError, StaleError

if TYPE_CHECKING:
    from kgzsl.engine import Engine
    from kgzsl.explain.counterfactual import Suggestion
    from kgzsl.features import FeatureSet
    from kgzsl.ontology.edit import Plan
    from kgzsl.ontology.model import Fact


class Asked(NamedTuple):
    """What suggestions were asked for.

    Args:
        bundle: where the engine was loaded from; it is not written.
        features: inputs, which also say which answers change.
        row: of the input.
        expected: its right class, None where none was given.
        errors: whether the mistakes of all inputs are to be mended.
        out: a file to write, None for none.
    """

    bundle: Path
    features: Path
    row: int
    expected: str | None
    errors: bool
    out: Path | None


def applied(engine: Engine, given: FeatureSet, asked: Asked, number: int, json: bool) -> None:
    """Look for suggestions as `kgzsl explain` does without ``--apply``, and apply one of them.

    Raises:
        KgzslError: nothing to apply was asked for, or what :func:`apply` refuses.
    """
    if asked.expected is None and not asked.errors:
        raise KgzslError("--apply needs --expected or --errors, which suggest edits", fix="give one of them")
    if asked.out is not None:
        raise KgzslError("--apply writes ontology files, and no --out", value=str(asked.out), fix="give one of them")
    _refuse_stale(engine, asked.bundle)
    apply(engine, _found(engine, given, asked), number, asked.bundle, asked.features, json)


def _found(engine: Engine, given: FeatureSet, asked: Asked) -> Sequence[Suggestion]:
    from kgzsl.explain.counterfactual import expected, mend
    from kgzsl.features import checked

    setting = engine.setting
    if asked.expected is None:
        labels = labels_of(given)
        with progress() as report:
            return mend(setting, given.X, labels, report).suggestions
    x = checked(given.X)[asked.row]
    return expected(setting, x, setting.graph.find(asked.expected, "class"))


def apply(
    engine: Engine, suggestions: Sequence[Suggestion], number: int, bundle: Path, features: Path, json: bool = False
) -> None:
    """Write one of some suggestions to the files that state its facts; shows what it changes, and where.

    Args:
        engine: what the suggestions were made with.
        suggestions: in the order in which they are numbered.
        number: of the one to apply, from 1.
        bundle: where the engine was loaded from; it is not written.
        features: inputs, to say which answers change.
        json: print JSON instead of a diff and tables.

    Raises:
        KgzslError: no such suggestion, or one that mends nothing.
        StaleError: ontology files are no longer what the suggestions were made from.
        OntologyError: what cannot be edited, or is no longer sound after it; nothing is written then.
    """
    from kgzsl.explain.counterfactual import planned

    _refuse_stale(engine, bundle)
    if number > len(suggestions):
        there = f"the last is {len(suggestions)}" if suggestions else "there are none"
        raise KgzslError(f"there is no suggestion {number}", value=number, fix=there)
    chosen = suggestions[number - 1]
    if not chosen.mends:
        raise KgzslError(f"suggestion {number} mends nothing; nothing was written", value=number,
                         fix="edit the ontology by hand if what it says is true")  # fmt: skip
    plan = planned(engine.graph, chosen.edits)
    _finish(plan, _Beside(engine.state.ontology, engine.recipe, engine), features, dry_run=False, json=json)
    if not json:
        say(chosen.text)
        for line in _written(plan):
            say(line)
        say(f"`kgzsl update {bundle}` takes it over")


def _refuse_stale(engine: Engine, bundle: Path) -> None:
    if engine.stale:
        raise StaleError("changed since the bundle was made; nothing was written", file=engine.stale[0],
                         fix=f"run `kgzsl update {bundle}` and look at the suggestions anew")  # fmt: skip


def _written(plan: Plan) -> list[str]:
    """Return a line for each fact that was taken out, at its old place, and for each that is new."""
    changed = [*(("taken out", fact) for fact in plan.removed), *(("stated", fact) for fact in plan.added)]
    return [f"{fact.where}: {what} {_said(plan, fact)}" for what, fact in changed]


def _said(plan: Plan, fact: Fact) -> str:
    from kgzsl.ontology import vocabulary as v
    from kgzsl.ontology.edit.syntax import compact

    terms = (fact.subject, fact.predicate, fact.object)
    return " ".join(compact(term, v.PREFIXES) if isinstance(term, str) else term.value for term in terms)
