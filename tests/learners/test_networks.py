"""Graph networks: the restricted training is that of the whole graph, layers are those of the literature."""

import copy

import numpy as np
import pytest
import torch
from torch_geometric.nn import GATConv, GCNConv

from kgzsl.arrays import unit_rows
from kgzsl.errors import DivergedError, LearnerError
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.networks.modules import SLOPE
from kgzsl.learners.networks.objectives import loss_function
from kgzsl.learners.networks.trainer import make_network, make_optimiser, prepare, restricted, step
from tests.learners.worlds import NAMES, PART, SEEN, bank_of, space_of, tree
from tests.propagation.test_operators import adjacency, affinity, at_distance, expected, inheriting, scaled

TINY = {"hidden": 6, "epochs": 2, "dropout": 0.0, "dtype": "float64"}
NETWORKS = {name: (name, {}) for name in ("gcn", "dgp", "rgcn", "compgcn", "gat", "residual")}
NETWORKS |= {"gcn of three layers": ("gcn", {"layers": 3}), "gcn symmetric": ("gcn", {"normalisation": "symmetric"}),
             "dgp of few groups": ("dgp", {"groups": 2}), "trgcn": ("trgcn", {"projection": 4})}  # fmt: skip
CONVOLUTIONS = [name for name in NETWORKS if name not in ("gat", "trgcn")]
BOTH = {SUBCLASS: 1.0, PART: 0.5}
FEW = (SEEN[3], SEEN[-1], NAMES[20])


@pytest.fixture(scope="module")
def space():
    return space_of(tree())


def fitted(case, space, **more):
    name, options = NETWORKS[case]
    return make_learner(name, {**TINY, **options, **more}).fit(space, bank_of())


def results(network, rows):
    """Rows and gradients of an arbitrary linear loss."""
    weights = torch.linspace(-1, 1, rows.numel(), dtype=rows.dtype).reshape(rows.shape)
    used = [p for p in network.parameters() if p.requires_grad]
    return [rows, *torch.autograd.grad((weights * rows).sum(), used, allow_unused=True)]


def assert_same(found, wanted):
    for a, b in zip(found, wanted, strict=True):
        assert (a is None) == (b is None)
        assert a is None or torch.allclose(a, b, atol=1e-6), (a - b).abs().max()


@pytest.mark.parametrize("case", NETWORKS)
def test_training_on_what_the_loss_reaches_is_training_on_the_whole_graph(case, space):
    learner = fitted(case, space)
    network = make_network(learner, 0)
    part, whole = restricted(learner, space, FEW), restricted(learner, space, space.graph.ids)
    at = [space.graph.index[iri] for iri in FEW]
    assert len(part.inputs) < len(whole.inputs) or case.startswith("dgp")
    everywhere = results(network, network(whole.blocks, whole.inputs)[at])
    assert_same(results(network, network(part.blocks, part.inputs)), everywhere)
    prepare(network, part)
    assert_same(results(network, network(part.blocks, part.inputs)), everywhere)


def operators(case, space, relations):
    """Dense matrices of each layer, written down anew."""
    eye = np.eye(len(space.graph))
    if case.startswith("dgp"):
        ends = [(0, 0), (1, np.inf)] if "few" in case else [(0, 0), (1, 1), (2, 2), (3, 3), (4, np.inf)]
        return [[at_distance(space, *end, descendants) for end in ends] for descendants in (True, False)]
    if case in ("rgcn", "compgcn"):
        up, part = adjacency(space, SUBCLASS), adjacency(space, PART)
        both = {SUBCLASS: [scaled(up), scaled(up.T)], PART: [scaled(part), scaled(part.T)]}
        return [[m for r in relations for m in both[r]] + [eye]] * 2
    return [[expected("symmetric" if "symmetric" in case else "row", space)]] * 3


def forward(network, matrices, values):
    """The formula of `Convolution` and `Network` over dense matrices of the whole graph."""
    for k, (layer, mine) in enumerate(zip(network.layers, matrices, strict=False)):
        tensors = [torch.tensor(m) for m in mine]
        read = [m @ values for m in tensors]
        if layer.vectors is not None:
            read = [r - m.any(dim=1)[:, None] * z for r, m, z in zip(read, tensors, layer.vectors, strict=True)]
        shares = layer.coefficients()
        hidden = layer.bias + sum(shares[r, m] * read[r] @ layer.weight[m]
                                  for r in range(len(read)) for m in range(len(layer.weight)))  # fmt: skip
        if k < len(network.layers) - 1:
            hidden = torch.nn.functional.leaky_relu(hidden, SLOPE)
            hidden = hidden + values if network.skip and k else hidden
        values = hidden
    return torch.nn.functional.normalize(values, dim=1) if network.unit else values


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_convolutions_are_the_formula_over_dense_matrices(case, space):
    learner = fitted(case, space)
    network = make_network(learner, 0)
    with torch.no_grad():
        for parameter in filter(lambda p: p.requires_grad, network.parameters()):
            parameter.add_(torch.linspace(-0.3, 0.4, parameter.numel()).reshape(parameter.shape))
    inputs = torch.tensor(unit_rows(inheriting(space, learner.options.decay) @ space.vectors), dtype=torch.float64)
    dense = forward(network, operators(case, space, learner.relations), inputs)
    part = restricted(learner, space, FEW)
    assert_same(results(network, network(part.blocks, part.inputs)),
                results(network, dense[[space.graph.index[iri] for iri in FEW]]))  # fmt: skip


@pytest.mark.parametrize("case", [case for case in NETWORKS if case != "residual"])
def test_a_bank_is_what_the_trained_network_gives(case, space):
    learner = fitted(case, space)
    network = make_network(learner, 0)
    learner.members = [[layer.arrays() for layer in network.layers]]
    whole = restricted(learner, space, space.graph.class_ids)
    rows = network.eval()(whole.blocks, whole.inputs).detach().numpy()
    bank = learner.classifiers(space)
    assert np.abs(bank.weights - rows)[~bank.seen].max() < 1e-5


def test_gcn_is_the_gcn_of_torch_geometric():
    space = space_of(tree(), BOTH)
    learner = make_learner("gcn", {**TINY, "layers": 1, "normalisation": "symmetric"}).fit(space, bank_of())
    layer = make_network(learner, 0).layers[0]
    conv = GCNConv(learner.width, layer.bias.shape[0]).double()
    conv.load_state_dict({"lin.weight": layer.weight[0].T, "bias": layer.bias})
    i, j = np.nonzero(affinity(space))
    whole = restricted(learner, space, space.graph.ids)
    theirs = conv(whole.inputs, torch.tensor(np.stack([j, i])), torch.tensor(affinity(space)[i, j]))
    assert torch.allclose(layer(whole.blocks[0].operators, whole.inputs), theirs, atol=1e-6)


def test_gat_is_the_gat_of_torch_geometric(space):
    learner = fitted("gat", space, layers=1)
    layer = make_network(learner, 0).layers[0]
    conv = GATConv(learner.width, bank_of().width, heads=2, concat=False, negative_slope=SLOPE).double()
    conv.load_state_dict(layer.conv.state_dict())
    i, j = np.nonzero(affinity(space))
    whole = restricted(learner, space, space.graph.ids)
    theirs = conv(whole.inputs, torch.tensor(np.stack([j, i])))
    assert torch.allclose(layer(whole.blocks[0].operators, whole.inputs), theirs, atol=1e-6)


def test_six_layers_optimise(space):
    learner = make_learner("gcn", {"layers": 6, "hidden": 64, "epochs": 1, "dropout": 0.0}).fit(space, bank_of())
    network, problem = make_network(learner, 0), restricted(learner, space, SEEN)
    prepare(network, problem)
    loss = loss_function(learner, problem, (learner.rows, None), None, np.zeros(0, np.int64))
    optimiser = make_optimiser(network, learner.options)
    losses = [step(network, problem, optimiser, loss) for _ in range(150)]
    of_mean = np.square(learner.rows - unit_rows(learner.rows.mean(axis=0)[None])).sum(axis=1).mean()
    assert losses[-1] < 0.2 * of_mean


def test_an_ensemble_is_the_mean_of_its_members(space):
    learner = fitted("gcn", space, ensemble=2)
    rows = []
    for member in learner.members:
        alone = copy.copy(learner)
        alone.members = [member]
        rows.append(alone.classifiers(space).weights)
    bank = learner.classifiers(space)
    assert np.abs(rows[0] - rows[1]).max() > 0.1
    assert np.abs(bank.weights - unit_rows(rows[0] + rows[1]))[~bank.seen].max() < 1e-6


@pytest.mark.parametrize("case", NETWORKS)
def test_a_seed_gives_the_same_bank_twice(case, space):
    first, again = (fitted(case, space, dropout=0.5).classifiers(space).weights for _ in range(2))
    assert np.array_equal(first, again)


def test_another_seed_gives_another_bank(space):
    banks = [make_learner("gcn", TINY).fit(space, bank_of(), seed=seed).classifiers(space) for seed in (0, 1)]
    assert np.abs(banks[0].weights - banks[1].weights).max() > 0.1


def test_training_may_be_in_double_precision(space):
    single, double = (fitted("gcn", space, dtype=d).classifiers(space).weights for d in ("float32", "float64"))
    assert double.dtype == np.float32
    assert 0 < np.abs(single - double).max() < 1e-3


def test_training_may_be_in_half_precision(space):
    single, half = (fitted("gcn", space, dtype=d).classifiers(space).weights for d in ("float32", "bfloat16"))
    assert 0 < np.abs(single - half).max() < 0.1


def test_a_device_that_is_not_there_is_refused(space):
    with pytest.raises(LearnerError, match="no such device") as refused:
        fitted("gcn", space, device="quantum")
    assert refused.value.value == "quantum"


def test_labels_as_target_need_labels(space):
    with pytest.raises(LearnerError, match="needs labelled features"):
        fitted("gcn", space, target="labels")


def test_a_training_that_diverges_is_refused(space):
    with pytest.raises(DivergedError, match=r"training diverged at epoch \d+: the loss is .*; lower learning_rate"):
        fitted("gcn", space, learning_rate=1e300, check_every=10)


@pytest.mark.parametrize("seen", [5, 6, 9])
def test_few_seen_classes_hold_out_more_than_one(seen, space):
    learner = make_learner("gcn", {**TINY, "folds": 10, "ensemble": 3}).fit(space, bank_of(SEEN[:seen]))
    assert len(learner.held_out) == 3
    assert all(2 <= len(held) < seen for held in learner.held_out)


def test_residual_refuses_targets_that_it_cannot_learn(space):
    for options in ({"loss": "cosine"}, {"target": "labels"}):
        with pytest.raises(LearnerError, match="residual learns what is left"):
            fitted("residual", space, **options)
