"""ImageNet by hops: unseen classes by how far they are from the thousand seen ones in the hierarchy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from kgzsl.errors import EvaluationError
from kgzsl.evaluate.kinship import distances
from kgzsl.evaluate.lists import is_known, read_lists
from kgzsl.evaluate.problem import Finding, Problem, Task
from kgzsl.evaluate.protocols.base import Common, Data, Protocol, recipe_of
from kgzsl.evaluate.protocols.inputs import Inputs
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Progress
from kgzsl.training import Material, read_material

ALL = "all"
_HOPS = re.compile(r"(\d+)-hops?")
Sets = dict[str, tuple[str, ...]]


class HopsOptions(Common):
    """Settings."""

    lists: Path | None = Field(None, description="JSON or TOML: 2-hops, 3-hops and all → names; else from the graph")
    sets: str = Field("2-hops,3-hops,all", description="which, comma between them")
    hop: Literal["class", "edge"] = Field("class", description="what is counted on the way; class: as published")
    with_seen: Literal["both", "yes", "no"] = Field("both", description="whether the seen classes compete")


class ImageNetHops(Protocol):
    """Sets of unseen classes: within two hops of a seen class, within three, and all; each with and without the seen.

    The sets hold one another, as published. They are taken from lists, or from the graph; classes of a list that the
    graph does not know cannot compete and are counted in a finding. In the graph the classes on the way to the nearest
    seen one are counted, both ends included, up or down: so the published 2-hops, 1,549 classes of ImageNet-21k, are
    its classes one edge from a seen one in WordNet 3.0 (1,548). ``hop=edge`` counts edges instead.

    Source: Frome et al. 2013, DeViSE, sec. 5; Kampffmeyer et al. 2019 (DGP), sec. 4, whose lists these are.
    """

    name = "imagenet-hops"
    citation = "Frome et al. 2013, DeViSE; Kampffmeyer et al. 2019, Rethinking Knowledge Graph Propagation"
    Options: ClassVar[type[Common]] = HopsOptions

    def problems(
        self, recipe: str | Path | Recipe, learner: str | None = None, seed: int | None = None,
        progress: Progress | None = None,
    ) -> list[Problem]:  # fmt: skip
        """See the base class.

        Raises:
            EvaluationError: no test inputs, or a set that is empty or that no list has.
        """
        path = self.required(self.options.test, "test inputs of unseen classes, labelled by wnid")
        wanted = [name.strip() for name in self.options.sets.split(",") if name.strip()]
        if not wanted:
            raise EvaluationError("no set is named", value=self.options.sets, fix="sets=2-hops,3-hops,all, say")
        material = read_material(recipe_of(recipe), learner=learner, seed=seed, progress=progress)
        sets, findings = self._sets(material, wanted)
        inputs, left = _within(self.read(path, material.graph), sets, material)
        data = Data(f"{material.recipe.name}, hops", material, inputs, (), (self.options.lists,), (*findings, *left))
        return [self.passed(data, partial(self._tasks, material, sets))]

    def _sets(self, material: Material, wanted: Sequence[str]) -> tuple[Sets, list[Finding]]:
        if self.options.lists is None:
            return hop_sets(material, wanted, self.options.hop), []
        graph, listed = material.graph, read_lists(self.options.lists)
        sets, lost = Sets(), set[str]()
        for name in wanted:
            if name not in listed.lists:
                raise EvaluationError(f"has no list '{name}'", file=listed.file, value=name,
                                      fix=f"it has {', '.join(listed.lists)}")  # fmt: skip
            found = listed.iris(name, graph, known_only=True)
            lost |= {one for one in listed.lists[name] if not is_known(one, graph)}
            sets[name] = tuple(iri for iri in found if iri not in material.seen.row)
            if not sets[name]:
                raise EvaluationError(f"the graph knows no unseen class of '{name}'", file=listed.file, value=name)
        text = f"{len(lost):,} classes of {listed.file} are not in the graph and cannot compete, such as "
        findings = [Finding("missing", "warning", text + f"'{min(lost)}'")] if lost else []
        return sets, findings

    def _tasks(self, material: Material, sets: Sets, unseen: Sequence[str], seen: Sequence[str]) -> list[Task]:
        tasks, chosen = list[Task](), self.candidates(material, (*unseen, *seen))
        for name, among in sets.items():
            own = tuple(iri for iri in unseen if iri in set(among))
            if not own:
                continue
            if chosen is not None:
                among = tuple(iri for iri in among if iri in set(chosen))
            if self.options.with_seen != "yes":
                tasks.append(Task(name, own, among))
            if self.options.with_seen != "no":
                tasks.append(Task(f"{name} and seen", (*own, *seen), (*among, *material.seen.ids), True))
        return tasks


def hop_sets(material: Material, wanted: Sequence[str], hop: str = "class") -> Sets:
    """Return unseen classes by their distance to the nearest seen class in the hierarchy.

    Args:
        material: knows the hierarchy and the seen classes.
        wanted: names of sets.
        hop: what counts: each ``class`` on the way, both ends included, or each ``edge``.

    Raises:
        EvaluationError: a set that is neither ``all`` nor ``N-hops``, or an empty one.
    """
    steps, _ = distances(material.graph, material.seen.ids)
    index, sets = material.graph.index, Sets()
    unseen = [iri for iri in material.graph.class_ids if iri not in material.seen.row]
    for name in wanted:
        hops = _HOPS.fullmatch(name)
        if not hops and name != ALL:
            raise EvaluationError(f"no set '{name}'", value=name, fix="sets are 2-hops, 3-hops and so on, and all")
        most = int(hops[1]) - (hop == "class") if hops else np.inf
        sets[name] = tuple(iri for iri in unseen if not hops or 0 < steps[index[iri]] <= most)
        if not sets[name]:
            raise EvaluationError(f"no unseen class is within {name} of a seen one" if hops
                                  else "the graph has no unseen class", value=name)  # fmt: skip
    return sets


def _within(inputs: Inputs, sets: Sets, material: Material) -> tuple[Inputs, list[Finding]]:
    """Return the inputs of seen classes and of those in a set, and how many there were of others."""
    tested = {iri for among in sets.values() for iri in among} | set(material.seen.ids)
    kept = np.array([k for k, label in enumerate(inputs.labels) if label in tested], np.int64)
    if not len(kept):
        raise EvaluationError("no test input is of a class of the sets", file=inputs.features.source,
                              value=", ".join(sets), fix="are these inputs of ImageNet's other classes?")  # fmt: skip
    left, there = len(inputs) - len(kept), set(inputs.labels)
    text = f"{left} test inputs are of classes in none of the sets and were left out"
    findings = [Finding("left-out", "warning", text)] if left else []
    findings += [Finding("untested", "warning", f"no test input is of a class of '{name}': it is left out")
                 for name, among in sets.items() if there.isdisjoint(among)]  # fmt: skip
    return inputs.take(kept), findings
