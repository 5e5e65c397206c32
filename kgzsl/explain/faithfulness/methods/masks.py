"""Methods of graph networks that put masks on messages; for learners with one operator and plain convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.faithfulness.question import Method, Question, Ranking, ranked
from kgzsl.explain.setting import Setting

EPOCHS, RATE = 100, 0.01


class _Masked(Method):
    def unavailable(self, setting: Setting) -> str | None:
        """See the base class."""
        from kgzsl.learners.graph.gcn import GCN

        if isinstance(setting.learner, GCN) and setting.learner.unit:
            return None
        return "masks on messages are there for networks of one operator: gcn and sgcn"

    def __call__(self, question: Question) -> Ranking:
        """See the base class."""
        from kgzsl.explain.faithfulness.methods.messages import MarginNetwork

        network = MarginNetwork(question)
        masks = self.masks(network, question.seed) if network.field.edges.size else np.zeros(0)
        of = network.field.facts
        values = np.array([sum(float(masks[k]) for k in of[fact[:3]]) for fact in question.facts])
        return ranked(values, question.seed)

    def masks(self, network: Any, seed: int) -> Array:
        """Return the importance of each edge. Shape: (E,)."""
        raise NotImplementedError


class MaskGradient(_Masked):
    """Derivative of the margin by a mask on the messages over a fact, at the mask of all ones.

    This is gradient saliency as libraries for graph networks give it: weights of messages at fixed degrees.
    """

    name = "mask gradient"
    citation = "Simonyan, Vedaldi, Zisserman 2014; for graphs Baldassarre & Azizpour 2019"

    def masks(self, network: Any, seed: int) -> Array:
        """See the base class."""
        import torch
        from torch_geometric.explain.algorithm.utils import clear_masks, set_masks

        vectors, edges = network.inputs
        mask = torch.nn.Parameter(torch.ones(edges.shape[1]))
        set_masks(network, mask, edges, apply_sigmoid=False)
        logits = network(vectors, edges)[0]
        (logits[0] - logits[1]).backward()
        clear_masks(network)
        assert mask.grad is not None
        return np.asarray(network.unit * mask.grad.double().numpy())


class GNNExplainer(_Masked):
    """Torch-geometric's GNNExplainer: a small mask under which the network still chooses the class over its rival.

    A hundred epochs at a rate of 0.01, its own defaults for everything else; masks on edges only. Node features stay,
    for it is facts that are ranked. A fact's importance is the sum of the masks of its two directions.
    """

    name = "gnnexplainer"
    citation = "Ying, Bourgeois, You, Zitnik, Leskovec 2019, GNNExplainer; torch_geometric.explain"

    def masks(self, network: Any, seed: int) -> Array:
        """See the base class."""
        import torch
        from torch_geometric import explain

        vectors, edges = network.inputs
        explainer = explain.Explainer(
            network, explain.GNNExplainer(epochs=EPOCHS, lr=RATE), "phenomenon", edge_mask_type="object",
            model_config={"mode": "multiclass_classification", "task_level": "graph", "return_type": "raw"},
        )  # fmt: skip
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            found = explainer(vectors, edges, target=torch.tensor([0]))
        return np.asarray(found.edge_mask.detach().double().numpy())
