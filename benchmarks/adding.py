"""From saving an ontology file with one class more to the first answer, for every learner, and what was fitted anew.

Usage: python benchmarks/adding.py [--learner NAME …] [--world animals|objects] [--rounds N] [--quick]

``animals`` describes fifty classes by attributes and has synthetic inputs; ``objects`` has 1,948 classes described by
texts, and a layer of a thousand seen ones. Learners that cannot be used in a world are named with the reason. Each
round appends one class with a description of its own to a temporary copy of the file; the first round, which fills
caches, is not counted. Figures are medians of one run on one machine: compare them with each other. Columns: training
and calibration; from the saved file to the answer; of this, propagation; propagation of everything; its ratio to the
update's, pair by pair. ``--quick`` trains small networks for few epochs, to try this out.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

import kgzsl
from kgzsl import testing
from kgzsl.bundle import bundle_id
from kgzsl.compare import NOTHING, chosen_learners
from kgzsl.data import bundled
from kgzsl.errors import KgzslError
from kgzsl.graph import build_graph
from kgzsl.learners.catalogue import learner_class, make_learner
from kgzsl.training import Material, read_material, train_on

STAGES = ("read", "graph", "check", "describe", "propagate")
TEXTS = "an animal or a vehicle, whichever it may be, of the number "


class World(NamedTuple):
    """What is trained on, the file that is edited, an input, and the text of one class more."""

    material: Material
    path: Path
    x: np.ndarray
    block: str


def animals(folder: Path) -> World:
    """Return fifty animals described by attributes, forty of them with synthetic inputs."""
    path, table = folder / "animals.ttl", folder / "animals-attributes.csv"
    path.write_text(bundled("ontologies/animals.ttl").read_text(encoding="utf8"), encoding="utf8")
    table.write_text(bundled("ontologies/animals-attributes.csv").read_text(encoding="utf8"), encoding="utf8")
    graph = build_graph(kgzsl.read_ontology([path, table]))
    features = testing.synthetic_features(graph, per_class=12)
    held = set(sorted(set(features.labels))[::5])
    rows = [k for k, label in enumerate(features.labels) if label not in held]
    material = read_material(bundled("graphs/animals.toml"), features.X[rows], [features.labels[k] for k in rows],
                             ontologies=[path, table])  # fmt: skip
    like = sorted(held)[0]
    facts = "".join(f" ;\n    <{iri}> {strength}" for iri, strength in graph.attributes(like).items())
    parents = ", ".join(f"<{edge.target}>" for edge in graph.out(like, "subClassOf"))
    block = f'\nwn:new{{k}} a owl:Class ; skos:prefLabel "new{{k}}"@en ; rdfs:subClassOf {parents}{facts} .\n'
    return World(material, path, features.X[:1], block)


def objects(folder: Path) -> World:
    """Return the bundled everyday objects, with the layer of their recipe."""
    path = folder / "objects.ttl"
    path.write_text(bundled("ontologies/objects.ttl").read_text(encoding="utf8"), encoding="utf8")
    material = read_material(bundled("graphs/objects.toml"), ontologies=[path])
    block = (f'\nwn:new{{k}} a owl:Class ; skos:prefLabel "new{{k}}"@en ; skos:definition "{TEXTS}{{k}}"@en ;\n'
             "    rdfs:subClassOf wn:n02399000 .\n")  # fmt: skip
    assert material.labelled is not None
    return World(material, path, material.labelled.X[:1], block)


def measured(world: World, name: str, rounds: int, quick: bool) -> tuple[str, ...]:
    """Train a learner, add classes, and return the cells of its row."""
    about = world.material.recipe.learner
    options = dict(testing.QUICK.get(name, {})) if quick else {}
    options |= about.options if about.name == name else {}
    model = make_learner(name, options)
    text = world.path.read_text(encoding="utf8")
    try:
        start = time.perf_counter()
        engine = train_on(world.material.with_options(options), model)
        fitted, before = time.perf_counter() - start, bundle_id(model)
        found: dict[str, list[float]] = {stage: [] for stage in (*STAGES, "answered", "whole")}
        for k in range(rounds + 1):
            edited = text + "".join(world.block.replace("{k}", str(n)) for n in range(k + 1))
            start = time.perf_counter()
            world.path.write_text(edited, encoding="utf8")
            done = engine.update()
            engine.predict(world.x)
            spent = 1000 * (time.perf_counter() - start)
            assert len(done.added) == 1
            if k:
                begin = time.perf_counter()
                engine.learner.propagate(engine.state.space)
                found["whole"].append(1000 * (time.perf_counter() - begin))
                found["answered"].append(spent)
                for stage in STAGES:
                    found[stage].append(done.milliseconds[stage])
    finally:
        world.path.write_text(text, encoding="utf8")
    ratio = median(a / b for a, b in zip(found["whole"], found["propagate"], strict=True))
    anew = getattr(model, "refits", "") or NOTHING if bundle_id(model) == before else "the learner"
    medians = [f"{median(found[key]):.1f}" for key in ("answered", "propagate", "whole")]
    return learner_class(name).family, name, f"{fitted:.2f}", *medians, f"{ratio:.1f}", anew


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learner", action="append", default=[])
    parser.add_argument("--world", choices=("animals", "objects"), default="animals")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    head = ("family", "learner", "train s", "saved to answered ms", "propagate ms", "whole ms", "ratio", "anew")
    with tempfile.TemporaryDirectory() as folder:
        world = {"animals": animals, "objects": objects}[asked.world](Path(folder))
        classes = len(world.material.graph.class_ids)
        print(f"one class more among {classes:,} of {asked.world}, medians of {asked.rounds}\n")
        print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
        for name in chosen_learners(asked.learner):
            try:
                print("| " + " | ".join(measured(world, name, asked.rounds, asked.quick)) + " |", flush=True)
            except KgzslError as error:
                cells = learner_class(name).family, name, error.message, *[""] * (len(head) - 3)
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
