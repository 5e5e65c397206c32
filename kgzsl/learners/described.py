"""What a learner that reads descriptions must refuse: none at all, or descriptions of another kind."""

from __future__ import annotations

from kgzsl.errors import LearnerError
from kgzsl.learners.base import Learner
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import ClassSpace

SHOWN = 5
WITHOUT_ATTRIBUTES = "propagated-dap inherits attributes over the graph; kernel, gcn and ppr read the hierarchy"


def require_described(learner: Learner, space: ClassSpace, attributes: bool = False) -> None:
    """Refuse to fit on seen classes that nothing describes.

    Args:
        learner: knows its seen classes.
        space: holds them.
        attributes: whether the vectors must be attributes too.

    Raises:
        LearnerError: the vectors are not the attribute matrix, or seen classes have no description of their own.
    """
    of_attributes = isinstance(space.source, AttributeSource)
    if attributes and not of_attributes:
        raise LearnerError(f"'{learner.name}' reads attributes, and the classes are described by other vectors",
                           value=type(space.source).__name__,
                           fix='set [vectors] source = "attributes" in the recipe, or use eszsl or kernel')  # fmt: skip
    index, graph = space.graph.index, space.graph
    bare = [iri for iri in learner.seen_ids if not space.described[index[iri]]]
    if not bare:
        return
    names = ", ".join(f"'{graph.label(iri)}'" for iri in bare[:SHOWN]) + (", …" if len(bare) > SHOWN else "")
    what = "state no attributes" if of_attributes else "have no description"
    concept = graph.concepts[bare[0]]
    raise LearnerError(f"{len(bare)} of {len(learner.seen_ids)} seen classes {what}: {names}", value=tuple(bare),
                       file=concept.file or None, line=concept.line or None,
                       fix=f"describe them, or use another learner: {WITHOUT_ATTRIBUTES}")  # fmt: skip
