"""What adjusters, deciders and protocols are measured on: an engine trained on seen classes, and test inputs.

``caltech``: the bundled 1,820 photos of 91 synsets (32 seen); half of the photos of seen synsets calibrate, the others
are tested. ``caltech-full``: all 9,144 photos of the shared file with the full-precision layer; photos without a synset
have no label. ``cub`` and ``cub-sentences``: the proposed split, 200 birds, logits of a ResNet (see families.py).
``snips``: three training intents, four unseen ones, a quarter of the training utterances held out for testing.

Nothing of a test input or of an unseen class's inputs reaches the engine. Files: see families.py and snips.py;
KGZSL_SHARED names another folder than ../shared/data.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kgzsl.bank import ClassifierBank
from kgzsl.engine import Engine
from kgzsl.features import FeatureSet, load_features
from kgzsl.folds import share
from kgzsl.graph.recipe import Learning, Recipe, read_recipe
from kgzsl.layers import fit_layer
from kgzsl.learners.base import FEWEST
from kgzsl.learners.catalogue import learner_class, make_learner
from kgzsl.ontology import vocabulary as v
from kgzsl.resolve.query import Query, References, Rehearsal
from kgzsl.training import Material, read_material, train_on

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("KGZSL_SHARED", ROOT.parent / "shared/data"))
STAGES = ("caltech", "caltech-full", "cub", "cub-sentences", "snips")
LEARNERS = {"caltech": "kernel", "caltech-full": "kernel", "cub": "exem", "cub-sentences": "exem", "snips": "cosine"}


@dataclass(frozen=True, eq=False)
class Stage:
    """An engine and what it is tested on.

    Args:
        name: of the data.
        engine: trained on the seen part, answering with calibrated stacking.
        query: test inputs × candidates, scored by the bank alone. Shape: (n, C).
        y: column of each input's class, -1 where it has none. Shape: (n,).
    """

    name: str
    engine: Engine
    query: Query
    y: np.ndarray

    @property
    def rehearsals(self) -> tuple[Rehearsal, ...]:
        """What adjusters are fitted on, scored by banks alone."""
        return self.rehearsed.rehearsals

    @property
    def rehearsed(self):
        """Rehearsals, and references scored by the real bank, among the candidates of the stage."""
        return self.engine.rehearsed(self.candidates)

    @property
    def references(self) -> References:
        """Inputs of seen classes."""
        return self.query.references

    @property
    def candidates(self) -> tuple[str, ...]:
        """IRIs."""
        return self.query.ids

    def among(self, ids) -> Stage:
        """Return the stage with these candidates, and the inputs of theirs alone."""
        ids = list(ids)
        column = {iri: k for k, iri in enumerate(ids)}
        label = np.array([column.get(self.candidates[k], -1) if k >= 0 else -1 for k in self.y])
        at = np.flatnonzero(label >= 0)
        bank = self.engine.bank
        query = Query.of(bank, bank.rows(ids), self.query.X[at], self.references)
        return replace(self, query=query, y=label[at])

    def unseen_alone(self) -> Stage:
        """Return the stage of the unseen classes that have test inputs, among themselves."""
        classes = [self.candidates[k] for k in np.unique(self.y[self.y >= 0]) if not self.query.seen[k]]
        return self.among(classes)


def stage(name: str, learner: str | None = None, everything: bool = False, **options) -> Stage:
    """Return a stage.

    Args:
        name: one of ``STAGES``.
        learner: instead of the one in ``LEARNERS``.
        everything: of Caltech, all candidates of the recipe's policy compete besides the classes that have photos.
        options: of the learner.
    """
    warnings.simplefilter("ignore")
    learner = learner or LEARNERS[name]
    if name.startswith("caltech"):
        return _caltech(name, learner, options, everything)
    return _cub(name, learner, options) if name.startswith("cub") else _snips(learner, options)


def _needs(path: Path) -> Path:
    if not path.is_file():
        sys.exit(f"needs {path}; set KGZSL_SHARED to the folder of shared data")
    return path


def _caltech(name, learner, options, everything):
    recipe = read_recipe(ROOT / "graphs/objects.toml")
    own = recipe.learner.options if learner == recipe.learner.name else {}
    recipe = recipe.model_copy(update={"learner": Learning(name=learner, options={**own, **options})})
    material = read_material(recipe)
    photos, labels = _photos(recipe) if name == "caltech" else _all_photos()
    if name == "caltech-full":
        material = _with_full_layer(material)
    seen = set(material.seen.ids)
    of_seen = np.array([label in seen for label in labels])
    calibration = share(tuple(labels), recipe.validation.share, recipe.validation.seed)[0]
    calibration = calibration[of_seen[calibration]]
    labelled = FeatureSet(photos[calibration], tuple(labels[calibration]), material.seen.backbone, "caltech")
    engine = train_on(replace(material, labelled=labelled), make_learner(learner, recipe.learner.options))
    test = np.setdiff1d(np.arange(len(labels)), calibration)
    classes = sorted({label for label in labels if label})
    candidates = tuple(dict.fromkeys((*classes, *engine.candidates()))) if everything else tuple(classes)
    return _stage(name, engine, photos[test], labels[test], candidates)


def _photos(recipe):
    photos = load_features(recipe.resolve(recipe.validation.features))
    return photos.X, np.array([v.WN + label for label in photos.labels], dtype=object)


def _all_photos():
    """Return all photos; a label is empty where a photo's class has no synset among the 91."""
    known = {"wn:" + name: v.WN + name for name in np.load(_bundled())["wnids"]}
    table = json.loads(_needs(SHARED / "caltech101/caltech101_wnid_map.json").read_text())
    with np.load(_needs(SHARED / "caltech101/efflite0_features.npz")) as file:
        X, names = file["X"].astype(np.float32), file["label"]
    iri = {name: known.get(f"wn:{about['wnid']}", "") for name, about in table.items()}
    return X, np.array([iri.get(str(name), "") for name in names], dtype=object)


def _bundled():
    return ROOT / "graphs/objects/caltech101_lite0_int8_demo.npz"


def _with_full_layer(material):
    with np.load(SHARED / "caltech101/efflite0_features.npz") as file:
        weights, bias = file["fc_w"].astype(np.float32), file["fc_b"].astype(np.float32)
    seen = material.seen
    full = ClassifierBank(seen.ids, weights, bias, seen.seen, metric="dot", backbone=seen.backbone)
    return replace(material, seen=full)


def _cub(name, learner, options):
    sys.path.insert(0, str(Path(__file__).parent))
    import families

    data = families.load("attributes" if name == "cub" else "sentences")
    given = families.features(data, data.split["trainval_loc"])
    engine = _trained(name, data.space, given, learner, options)
    test = np.concatenate([data.split["test_unseen_loc"], data.split["test_seen_loc"]])
    labels = np.array([data.names[k] for k in data.y[test]], dtype=object)
    return _stage(name, engine, data.X[test], labels, data.names)


def _snips(learner, options):
    sys.path.insert(0, str(Path(__file__).parent))
    import snips

    space, splits = snips._space(), snips._splits()
    held, kept = share(splits["train"].labels, 0.25, 0)
    engine = _trained("snips", space, splits["train"].take(kept), learner, options)
    parts = [splits["train"].take(held), splits["dev"], splits["test"]]
    labels = np.array([label for part in parts for label in part.labels], dtype=object)
    return _stage("snips", engine, np.concatenate([part.X for part in parts]), labels, tuple(sorted(set(labels))))


def _trained(name, space, given, learner, options):
    """Return an engine over a space that no recipe made; inputs of seen classes are all that is given."""
    recipe = Recipe(name=name, ontologies=["none"], answers="all", learner=Learning(name=learner, options=options))
    if learner_class(learner).learns_from == "inputs" or len(set(given.labels)) < FEWEST:
        labels = np.array(given.labels, dtype=object)
        ids = tuple(sorted(set(given.labels)))
        means = np.stack([given.X[labels == iri].mean(axis=0) for iri in ids])
        seen = ClassifierBank(ids, means, np.zeros(len(ids), np.float32), np.ones(len(ids), bool), metric="dot")
    else:
        seen = fit_layer(given)
    material = Material(recipe, (), space.graph.ontology, space.graph, space, seen, given, True)
    return train_on(material, make_learner(learner, options))


def _stage(name, engine, X, labels, candidates):
    column = {iri: k for k, iri in enumerate(candidates)}
    y = np.array([column.get(label, -1) for label in labels], np.int64)
    rehearsed = engine.rehearsed(candidates)
    bank = engine.bank
    return Stage(name, engine, Query.of(bank, bank.rows(candidates), X, rehearsed.final.references), y)
