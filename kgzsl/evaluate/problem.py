"""What is evaluated: training material, test inputs, and which classes compete for which of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kgzsl.features import FeatureSet
from kgzsl.training import Material


@dataclass(frozen=True)
class Finding:
    """What the leakage guard found.

    Args:
        code: such as ``unseen-inputs``, ``descendants``, ``backbone``, ``duplicates``.
        severity: an ``error`` is refused, a ``warning`` is reported and makes a stratum of its own.
        text: one sentence that names the first of them.
        classes: IRIs, all of them.
        rows: of the test inputs, all of them.
    """

    code: str
    severity: Literal["error", "warning"]
    text: str
    classes: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Task:
    """One question of a protocol: which inputs, and which classes compete.

    Args:
        name: such as ``zero-shot``, ``generalised``, ``2-hops``, ``2-hops and seen``.
        classes: IRIs of the true classes whose inputs count.
        candidates: IRIs that compete; they hold all of ``classes``.
        generalised: whether seen and unseen classes compete, so that adjusters of bias apply and U, S, H are reported.
        ks: of hit@k.
        multilabel: whether an input has several labels.
    """

    name: str
    classes: tuple[str, ...]
    candidates: tuple[str, ...]
    generalised: bool = False
    ks: tuple[int, ...] = (1, 2, 5, 10, 20)
    multilabel: bool = False


@dataclass(frozen=True, eq=False)
class Problem:
    """What a protocol makes of a recipe and data.

    Args:
        protocol: its name in the catalogue.
        name: of this problem, for people.
        material: all that may be trained and calibrated on; it holds no test input.
        test: labelled inputs; labels are IRIs. With several labels an input, they are joined by ``|``.
        unseen: IRIs of the unseen test classes.
        seen: IRIs of the seen test classes; empty without any.
        tasks: in the order in which they are reported.
        strata: name → IRIs of unseen test classes that are reported apart, such as ``descendants seen``.
        findings: of the leakage guard; no errors.
        data: content hashes of the files that were read, by path as given.
    """

    protocol: str
    name: str
    material: Material
    test: FeatureSet
    unseen: tuple[str, ...]
    seen: tuple[str, ...]
    tasks: tuple[Task, ...]
    strata: dict[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    data: dict[str, str] = field(default_factory=dict)
