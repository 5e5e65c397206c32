"""From a recipe to a trained engine."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.bank import ClassifierBank
from kgzsl.checks import refuse_errors
from kgzsl.data import bundled
from kgzsl.engine import Engine
from kgzsl.errors import FeatureError, RecipeError
from kgzsl.features import FeatureSet, load_features
from kgzsl.folds import share
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.graph.recipe import Recipe, read_recipe
from kgzsl.layers import check_backbone, fit_layer, load_layer
from kgzsl.learners.base import FEWEST, Learner, Progress
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.leftovers import forget
from kgzsl.ontology import Ontology, read_ontology
from kgzsl.rehearsing import Calibration
from kgzsl.semantics.sources import make_source
from kgzsl.semantics.space import ClassSpace, build_space
from kgzsl.state import State

FITTING = 0.75
"""Share of the labelled inputs of a class that rehearsing learners are fitted on; they rehearse on the others."""


@dataclass(frozen=True, eq=False)
class Material:
    """What a learner is fitted on, read and checked.

    Args:
        recipe: with what overrides it.
        sources: ontology files and folders.
        ontology: as read.
        graph: of it.
        space: of it.
        seen: classifiers of seen classes.
        labelled: inputs of seen classes, where there are any.
        fitted: whether ``seen`` was fitted on ``labelled``.
    """

    recipe: Recipe
    sources: tuple[str, ...]
    ontology: Ontology
    graph: ClassGraph
    space: ClassSpace
    seen: ClassifierBank
    labelled: FeatureSet | None
    fitted: bool

    def with_options(self, options: Mapping[str, Any]) -> Material:
        """Return the same with these options of the learner in its recipe."""
        learner = self.recipe.learner.model_copy(update={"options": dict(options)})
        return replace(self, recipe=self.recipe.model_copy(update={"learner": learner}))


def read_material(
    recipe: str | Path | Recipe,
    X: Any = None,
    y: Sequence[str] | None = None,
    learner: str | None = None,
    options: Mapping[str, Any] | None = None,
    ontologies: Sequence[str | Path] | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Material:
    """Read what :func:`train` trains on; see there."""
    made = recipe if isinstance(recipe, Recipe) else read_recipe(bundled(recipe))
    made = overridden(made, learner, options, seed)
    sources = [str(path) for path in ontologies] if ontologies else made.sources
    ontology, space = described(made, sources, progress)
    graph = space.graph
    seen, labelled, fitted = _seen(made, graph, X, y)
    return Material(made, tuple(sources), ontology, graph, space, seen, labelled, fitted)


def described(
    recipe: Recipe, sources: Sequence[str], progress: Progress | None = None
) -> tuple[Ontology, ClassSpace]:
    """Return the ontology of some files and what a recipe makes of it; nothing is trained on yet."""
    ontology = read_ontology(sources)
    graph = build_graph(ontology, recipe.reading)
    refuse_errors(graph, recipe.check.off)
    return ontology, build_space(graph, recipe.ways, make_source(recipe), progress, recipe.nearest)


def train(
    recipe: str | Path | Recipe,
    X: Any = None,
    y: Sequence[str] | None = None,
    learner: str | None = None,
    options: Mapping[str, Any] | None = None,
    ontologies: Sequence[str | Path] | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
) -> Engine:
    """Train an engine.

    Args:
        recipe: a file (a bundled one by its name, ``graphs/objects.toml``), or a Recipe.
        X: labelled features (n, d); a layer is fitted on them instead of the recipe's seen classifiers.
        y: their class names (ids, labels, wnids or IRIs).
        learner: instead of the recipe's.
        options: of the learner, instead of the recipe's.
        ontologies: files instead of the recipe's.
        seed: instead of the recipe's.
        progress: called with (stage, done, total).
        checkpoint: where learners that train in epochs keep what they need to go on after an interruption; removed
            when training ends by itself, and kept by Ctrl-C.
        resume: go on from the checkpoint where there is one.

    Raises:
        KgzslError: a file, name or value that cannot be used; the message says which and where.
    """
    material = read_material(recipe, X, y, learner, options, ontologies, seed, progress)
    model = make_learner(material.recipe.learner.name, material.recipe.learner.options)
    kept = Path(checkpoint) if checkpoint else None
    engine = train_on(material, model, progress, kept, resume)
    if kept and not model.interrupted:
        forget(kept)
    return engine


def train_on(
    material: Material, model: Learner, progress: Progress | None = None, checkpoint: Path | None = None,
    resume: bool = False,
) -> Engine:  # fmt: skip
    """Fit a learner on what was read, and return the engine that answers with it."""
    made, graph, space = material.recipe, material.graph, material.space
    model.checkpoint, model.resume = checkpoint, resume
    start = time.perf_counter()
    model.fit(space, material.seen, material.labelled, made.learner.seed, progress)
    seconds = time.perf_counter() - start
    state = State(material.ontology, graph, space, model.propagate(space))
    engine = Engine(made, material.sources, model, state)
    engine.seconds = seconds
    _warn_ungrounded(state)
    engine.calibration = _calibration(engine, space, material.seen, material.labelled, material.fitted)
    _adjust(engine)
    return engine


def _adjust(engine: Engine) -> None:
    """Fit the recipe's adjusters; those that are there by default are left out where nothing can be rehearsed."""
    about = engine.recipe.resolver
    if "adjusters" not in about.model_fields_set and not any(r.of_seen.any() and not r.of_seen.all()
                                                             for r in engine.rehearsed().rehearsals):  # fmt: skip
        return
    engine.adjust(about.adjusters, about.options)


def _warn_ungrounded(state: State) -> None:
    lost = sorted(state.ungrounded)
    if lost:
        names = ", ".join(f"'{state.graph.label(iri)}'" for iri in lost[:3])
        warnings.warn(f"{len(lost)} classes have no path to a seen class over the recipe's relations, such as {names}: "
                      "their classifiers rest on their descriptions alone, or are none where the learner reads none",
                      stacklevel=4)  # fmt: skip


def seen_classes(recipe: Recipe, graph: ClassGraph) -> tuple[str, ...]:
    """Return the IRIs of the classes whose classifiers a recipe gives, or that it has labelled features of."""
    if recipe.seen.features:
        return tuple(dict.fromkeys(_named(load_features(recipe.resolve(recipe.seen.features)), graph).labels or ()))
    return _layer(recipe, graph).ids


def overridden(recipe: Recipe, learner: str | None, options: Mapping[str, Any] | None, seed: int | None) -> Recipe:
    """Return a recipe with another learner, options or seed; another learner starts from its own default options."""
    chosen = recipe.learner
    if learner is not None and learner != chosen.name:
        chosen = chosen.model_copy(update={"name": learner, "options": {}})
    if options is not None:
        chosen = chosen.model_copy(update={"options": chosen.options | dict(options)})
    if seed is not None:
        chosen = chosen.model_copy(update={"seed": seed})
    return recipe.model_copy(update={"learner": chosen})


def _seen(
    recipe: Recipe, graph: ClassGraph, X: Any, y: Sequence[str] | None
) -> tuple[ClassifierBank, FeatureSet | None, bool]:
    """Return seen classifiers, labelled features of seen classes, and whether the first were fitted on the second."""
    given = None
    if X is not None:
        if y is None:
            raise FeatureError("features without labels", fix="give y, one class name an input")
        given = FeatureSet(X, tuple(map(str, y)), recipe.seen.backbone)
    elif recipe.seen.features:
        given = load_features(recipe.resolve(recipe.seen.features))
    if given is not None:
        named = _named(given, graph)
        return fit_layer(named, recipe.learner.seed), named, True
    seen = _layer(recipe, graph)
    labelled = _validation(recipe, graph, seen)
    if labelled is not None:
        check_backbone(seen, labelled)
    return seen, labelled, False


def _layer(recipe: Recipe, graph: ClassGraph) -> ClassifierBank:
    about = recipe.seen
    if not about.layer:
        raise RecipeError(f"the recipe '{recipe.name}' has no seen class: neither [seen] layer nor features",
                          fix="name one in the recipe, or give labelled features")  # fmt: skip
    path = recipe.resolve(about.layer)
    return load_layer(path, lambda n: graph.find(n, "class"), about.weights, about.bias, about.ids, about.backbone)


def _named(features: FeatureSet, graph: ClassGraph) -> FeatureSet:
    """Return the features with IRIs for labels."""
    if features.labels is None:
        raise FeatureError("has no labels", file=features.source, fix="add an array or column 'label'")
    iri = {name: graph.find(name, "class") for name in dict.fromkeys(features.labels)}
    return FeatureSet(features.X, tuple(iri[n] for n in features.labels), features.backbone, features.source)


def _known(features: FeatureSet, graph: ClassGraph) -> FeatureSet:
    """Return the named features of classes that the graph knows; validation needs no others, and says what it left."""
    unknown = [n for n in dict.fromkeys(features.labels or ()) if not graph.names.candidates(n)]
    if not unknown:
        return _named(features, graph)
    rows = [k for k, name in enumerate(features.labels or ()) if name not in unknown]
    if not rows:
        return _named(features, graph)
    warnings.warn(f"{features.source}: {len(unknown)} labels that the graph does not know are left out of validation, "
                  f"such as '{unknown[0]}'", stacklevel=4)  # fmt: skip
    return _named(features.take(np.array(rows)), graph)


def _validation(recipe: Recipe, graph: ClassGraph, seen: ClassifierBank) -> FeatureSet | None:
    if recipe.validation is None:
        return None
    features = _known(load_features(recipe.resolve(recipe.validation.features)), graph)
    known = set(seen.ids)
    kept, _ = share(features.labels or (), recipe.validation.share, recipe.validation.seed)
    rows = [int(r) for r in kept if (features.labels or ())[r] in known]
    return features.take(np.array(rows, np.int64)) if rows else None


def _calibration(
    engine: Engine, space: ClassSpace, seen: ClassifierBank, labelled: FeatureSet | None, fitted: bool
) -> Calibration | None:
    """Never calibrate on the inputs that a classifier was fitted on: their own classes would score too well."""
    if labelled is None:
        return None
    seed, fitting = engine.recipe.learner.seed, None
    if fitted or engine.learner.one_space:
        fit, rest = share(labelled.labels or (), FITTING, seed)
        if len({(labelled.labels or ())[r] for r in fit}) < FEWEST:
            return None
        fitting, labelled = labelled.take(fit), labelled.take(rest)
        seen = fit_layer(fitting, seed) if fitted else seen
    folds, others = engine.recipe.resolver.folds, list[Learner]()
    for k in range(folds):
        other = engine.learner.held_out_learner(space, seen, labelled, seed, fitting, k, folds)
        if other is not None and other.interrupted:
            warnings.warn(f"interrupted: adjusters are chosen on {k} of {folds} rehearsals", stacklevel=4)
            break
        others += [other] if other is not None else []
    return Calibration(tuple(others), labelled.X, labelled.labels or (), seed)
