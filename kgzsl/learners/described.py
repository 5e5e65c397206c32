"""What a learner that reads descriptions must refuse: none at all, or descriptions of another kind."""

from __future__ import annotations

import numpy as np

from kgzsl.errors import LearnerError
from kgzsl.learners.base import Learner
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import ClassSpace

SHOWN = 5
WITHOUT_ATTRIBUTES = "propagated-dap inherits attributes over the graph; kernel, gcn and ppr read the hierarchy"


def require_attributes(learner: Learner, space: ClassSpace) -> None:
    """Refuse to fit where classes are described by anything but the attribute matrix.

    Raises:
        LearnerError: other vectors.
    """
    if not isinstance(space.source, AttributeSource):
        raise LearnerError(f"'{learner.name}' reads attributes, and the classes are described by other vectors",
                           value=type(space.source).__name__,
                           fix='set [vectors] source = "attributes" in the recipe, or use eszsl or kernel')  # fmt: skip


def require_described(learner: Learner, space: ClassSpace) -> None:
    """Refuse to fit on seen classes that nothing describes.

    Args:
        learner: knows its seen classes.
        space: holds them.

    Raises:
        LearnerError: seen classes that state no attributes where the vectors are those; nothing but zeros elsewhere.
    """
    index, graph = space.graph.index, space.graph
    of_attributes = isinstance(space.source, AttributeSource)
    rows = [index[iri] for iri in learner.seen_ids]
    real = space.described[rows] if of_attributes else np.full(len(rows), bool(space.vectors[rows].any()))
    bare = [iri for iri, known in zip(learner.seen_ids, real, strict=True) if not known]
    if not bare:
        return
    names = ", ".join(f"'{graph.label(iri)}'" for iri in bare[:SHOWN]) + (", …" if len(bare) > SHOWN else "")
    what = "state no attributes" if of_attributes else "are described by nothing but zeros"
    concept = graph.concepts[bare[0]]
    raise LearnerError(f"{len(bare)} of {len(learner.seen_ids)} seen classes {what}: {names}", value=tuple(bare),
                       file=concept.file or None, line=concept.line or None,
                       fix=f"describe them, or use another learner: {WITHOUT_ATTRIBUTES}")  # fmt: skip
