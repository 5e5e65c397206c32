"""Verbs that train and use engines. The library is imported inside them, so that help stays quick."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgzsl.cli.options import key_values
from kgzsl.cli.output import as_json, progress, say, table
from kgzsl.errors import FeatureError, LearnerError, UnknownNameError

if TYPE_CHECKING:
    from kgzsl.learners.base import Learner, Progress
    from kgzsl.training import Material

Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
Bundle = Annotated[Path, typer.Argument(help="Made by `kgzsl train`.")]
Inputs = Annotated[Path, typer.Argument(help=".npz, .npy, .csv or .parquet.")]
Classes = Annotated[
    str | None,
    typer.Option("--classes", "-c", help="Names with commas between, 'below NAME', or a file with one name a line."),
]


def train(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as graphs/objects.toml.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The bundle to write.")],
    learner: Annotated[str | None, typer.Option(help="Instead of the recipe's; see `kgzsl learners`.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="KEY=VALUE of the learner; repeatable.")] = None,
    features: Annotated[Path | None, typer.Option(help="Labelled features to fit seen classifiers on.")] = None,
    ontology: Annotated[list[str] | None, typer.Option(help="Instead of the recipe's; repeatable.")] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    adjust: Annotated[
        str | None, typer.Option(help="Adjusters instead of the recipe's: 'auto', 'none', or names with commas.")
    ] = None,
    search: Annotated[int, typer.Option(min=0, help="Options to try on validation classes; kept in OUT.search.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was interrupted.")] = False,
    json: Json = False,
) -> None:
    """Train on seen classes and write a bundle."""
    from kgzsl.features import load_features
    from kgzsl.learners.catalogue import make_learner
    from kgzsl.learners.leftovers import forget
    from kgzsl.training import read_material, train_on

    if not out.parent.is_dir():
        raise FeatureError("no such folder to write to", file=str(out.parent))
    if out.is_dir():
        raise FeatureError("is a folder; a bundle is a file", file=str(out), fix="name another --out")
    given = load_features(features) if features else None
    if given is not None and given.labels is None:
        raise FeatureError("has no labels", file=str(features), fix="add an array or column 'label'")
    X, y = (given.X, given.labels) if given else (None, None)
    options = key_values(option, LearnerError, "decay=0.4") or None
    with progress() as report:
        material = read_material(recipe, X, y, learner, options, ontology, seed, report)
        if search:
            material = _searched(material, search, out, report)
        material = _adjusted(material, adjust)
        chosen, checkpoint = material.recipe.learner, out.with_name(out.name + ".training")
        engine = train_on(material, make_learner(chosen.name, chosen.options), report, checkpoint, resume)
    engine.save(out)
    if not engine.learner.interrupted:
        forget(checkpoint)
    bank = engine.bank
    facts = {"bundle": str(out), "id": engine.id, "learner": engine.learner.name, "classes": len(bank),
             "seen": int(bank.seen.sum()), "adjusters": ", ".join(a.name for a in engine.chain.adjusters),
             "gamma": engine.gamma, "graph_hash": engine.graph.hash}  # fmt: skip
    facts |= _chosen(engine.learner)
    as_json(facts) if json else table(("what", "value"), facts.items())


def update(
    bundle: Bundle,
    force: Annotated[bool, typer.Option("--force", help="Accept an ontology that lost most of its classes.")] = False,
    json: Json = False,
) -> None:
    """Read the edited ontology again and rewrite the bundle; no training."""
    from kgzsl.engine import load

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine = load(bundle)
    done = engine.update(force)
    if done.changed:
        engine.save(bundle)
    if json:
        as_json(done)
        return
    added, removed = (", ".join(map(_short, iris)) or "none" for iris in (done.added, done.removed))
    say(f"added {added}; removed {removed}; graph {done.before} → {done.after}" if done.changed else "no change")
    stages = (*done.milliseconds.items(), ("in all", done.total))
    table(("stage", ">ms"), ((stage, f"{ms:.1f}") for stage, ms in stages))


def learners(json: Json = False) -> None:
    """List the learners: family, what they read, what they can explain, and their source."""
    from kgzsl.learners.catalogue import LEARNERS, learner_class

    found = [learner_class(name) for name in LEARNERS]
    if json:
        as_json([{"name": c.name, "family": c.family, "reads": c.reads, "explains": c.explains, "citation": c.citation,
                  "options": {k: f.default for k, f in c.Options.model_fields.items()}} for c in found])  # fmt: skip
    else:
        rows = ((c.name, c.family, c.reads, ", ".join(c.explains) or "edits only", c.citation) for c in found)
        table(("name", "family", "reads", "explains by", "source"), rows)


def _searched(material: Material, trials: int, out: Path, report: Progress) -> Material:
    from kgzsl.search import search

    found = search(material, trials, out.with_name(out.name + ".search"), report)
    said = ", ".join(f"{k} = {v:.4g}" if isinstance(v, float) else f"{k} = {v}" for k, v in found.options.items())
    say(f"best of {found.trials} on validation classes: {said}; score {found.score:.4f}, "
               f"with defaults {found.default:.4f}", err=True)  # fmt: skip
    return material.with_options(found.options)


def _chosen(learner: Learner) -> dict[str, object]:
    """Say which learner was chosen and why, where one was; return its name."""
    from kgzsl.learners.combined.auto import Auto

    if not isinstance(learner, Auto):
        return {}
    say(learner.why(), err=True)
    return {"chosen": learner.chosen.name}


def _adjusted(material: Material, adjust: str | None) -> Material:
    """Return the material with the adjusters of --adjust in its recipe."""
    from dataclasses import replace

    from kgzsl.resolve.catalogue import adjuster_class

    if adjust is None:
        return material
    names = [] if adjust == "none" else [name.strip() for name in adjust.split(",") if name.strip()]
    for name in names if adjust != "auto" else []:
        adjuster_class(name)
    chosen = material.recipe.resolver.model_copy(update={"adjusters": "auto" if adjust == "auto" else names})
    return replace(material, recipe=material.recipe.model_copy(update={"resolver": chosen}))


def names_of(classes: str | None) -> list[str] | None:
    """Return the names of --classes, from the option itself or from the file that it names."""
    if classes is None:
        return None
    if Path(classes).is_file():
        names = [line.strip() for line in Path(classes).read_text(encoding="utf8").splitlines()]
        if not any(names):
            raise UnknownNameError("the file names no class", file=classes)
    else:
        names = [name.strip() for name in classes.split(",")]
    return [name for name in names if name]


def _short(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]
