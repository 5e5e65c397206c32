"""Which classes compete for which inputs."""

from __future__ import annotations

from collections.abc import Sequence

from kgzsl.errors import EvaluationError
from kgzsl.evaluate.problem import Task
from kgzsl.training import Material


def usual_tasks(
    material: Material, candidates: Sequence[str] | None, several: bool, unseen: Sequence[str], seen: Sequence[str]
) -> list[Task]:
    """Return unseen classes among themselves and, where seen ones are tested or compete, all among all.

    Args:
        material: says which candidates are seen.
        candidates: that compete whatever is tested, or None.
        several: whether an input has several labels.
        unseen: tested.
        seen: tested.
    """
    together = tuple(candidates) if candidates is not None else (*unseen, *seen)
    alone = tuple(iri for iri in together if iri not in material.seen.row)
    tasks = [Task("zero-shot", tuple(unseen), alone, multilabel=several)]
    if len(alone) < len(together):
        tasks.append(Task("generalised", (*unseen, *seen), together, True, multilabel=several))
    return tasks


def refuse_odd(tasks: Sequence[Task], material: Material) -> None:
    """Refuse tasks without candidates, or whose candidates lack a tested class.

    Raises:
        EvaluationError: with the task, and the classes.
    """
    for task in tasks:
        if not task.candidates:
            raise EvaluationError(f"{task.name}: no candidate", value=task.name, fix="name candidates")
        lost = sorted(set(task.classes).difference(task.candidates))
        if lost:
            label = material.graph.label(lost[0])
            raise EvaluationError(f"{task.name}: {len(lost)} classes with test inputs, such as '{label}', are not "
                                  f"among the {len(task.candidates)} candidates", value=tuple(lost),
                                  fix="add them to the candidates, or take their inputs out")  # fmt: skip
