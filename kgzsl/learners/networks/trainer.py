"""Training of graph networks: restricted to the rows that the loss reaches, stopped by ranking held-out classes."""

from __future__ import annotations

import contextlib
import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.errors import DivergedError, LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners.base import Progress
from kgzsl.learners.chained import described
from kgzsl.learners.leftovers import forget
from kgzsl.learners.networks.checkpoint import Member, Run
from kgzsl.learners.networks.devices import device_of
from kgzsl.learners.networks.interrupts import Interrupts
from kgzsl.learners.networks.modules import Block, Convolution, Network, Sparse
from kgzsl.learners.networks.objectives import Ranking, held_out, loss_function
from kgzsl.propagation.memory import FIX, require
from kgzsl.propagation.operators import Itself
from kgzsl.propagation.pipeline import stage_values
from kgzsl.propagation.slots import Snapshot
from kgzsl.semantics.space import ClassSpace

if TYPE_CHECKING:
    from kgzsl.learners.networks.base import NetworkLearner

ROW_COPIES = 3
ADAM_COPIES = 4


@dataclass(eq=False)
class Problem:
    """What a network trains on: operators restricted to the rows that the loss reaches, and its constant input.

    Args:
        inputs: descriptions of the rows that the first layer reads. Shape: (n0, e).
        blocks: of each layer.
        ids: classes of the last layer's rows.
    """

    inputs: torch.Tensor
    blocks: list[Block]
    ids: tuple[str, ...]


def train(
    learner: NetworkLearner,
    space: ClassSpace,
    targets: tuple[Array, Array | None],
    features: FeatureSet | None,
    seed: int,
    progress: Progress | None,
) -> tuple[list[Member], tuple[tuple[str, ...], ...], bool]:
    """Return the trained layers of every member of the ensemble, the classes that each held out, and whether Ctrl-C
    ended it before all were trained.

    Args:
        learner: for its options, operators, seen ids and rows.
        space: what to read.
        targets: rows to learn (S, d), and rows to which they are added, or None.
        features: labelled inputs of seen classes; those of held-out classes are ranked.
        seed: of initial weights, dropout and the held-out classes; member k has ``seed + k``.
        progress: called with ('train NAME', epoch, epochs).

    Raises:
        LearnerError: labels wanted as target but not given; no such device; too large for memory; diverged.
    """
    options = learner.options
    if options.target == "labels" and features is None:
        raise LearnerError("target = labels needs labelled features of seen classes", value=options.target,
                           fix="give features, or use target = weights")  # fmt: skip
    ids = learner.seen_ids + (_others(learner, space) if options.over == "all" else ())
    problem = restricted(learner, space, ids)
    what = f"training {learner.name} on {len(problem.inputs)} rows"
    require(training_bytes(learner, problem), what, _free(problem.inputs.device))
    if not learner.resume:
        forget(learner.checkpoint)
    members: list[Member] = []
    left_out: list[tuple[str, ...]] = []
    interrupted = False
    for k in range(options.ensemble):
        held, ranking = held_out(learner, features, seed, k, targets)
        try:
            member, interrupted = _trained(learner, problem, targets, features, seed + k, (held, ranking), progress, k)
        except torch.cuda.OutOfMemoryError as error:
            raise LearnerError(f"{what}: {str(error).partition(' GPU ')[0]}", value=options.device, fix=FIX) from None
        except KeyboardInterrupt:
            if not members:
                raise
            warnings.warn(f"interrupted: the {len(members)} networks that are trained are kept", stacklevel=4)
            return members, tuple(left_out), True
        members.append(member)
        left_out.append(tuple(learner.seen_ids[r] for r in held))
        if interrupted:
            break
    return members, tuple(left_out), interrupted


def restricted(learner: NetworkLearner, space: ClassSpace, ids: Sequence[str]) -> Problem:
    """Return the part of the space that rows of ``ids`` depend on, layer by layer."""
    options, operators = learner.options, learner.operators()
    snapshot = Snapshot.of(space)
    links = snapshot.links
    device, dtype = device_of(options.device), _dtype(options.dtype)
    wanted = [np.array([snapshot.slot[iri] for iri in ids], np.int64)]
    matrices: list[list[sparse.csr_array]] = []
    for ops in reversed(operators):
        rows = [op.rows(links, wanted[0]) for op in (*ops, Itself())]
        matrices.insert(0, rows)
        wanted.insert(0, np.unique(np.concatenate([m.indices for m in rows])))
    blocks = []
    for read, rows in zip(wanted, matrices, strict=False):
        *mine, own = (Sparse(m[:, read].astype(np.float32), device, dtype) for m in rows)
        blocks.append(Block(mine, own))
    names = space.graph.ids
    values = stage_values([described(options.decay, learner.width)], space, [names[k] for k in wanted[0]], 0)
    return Problem(torch.from_numpy(values).to(device, dtype), blocks, tuple(ids))


def make_network(learner: NetworkLearner, seed: int) -> Network:
    """Return an untrained network; nothing else may draw random numbers between seeding and its weights."""
    options = learner.options
    torch.manual_seed(seed)
    widths = [learner.width, *[options.hidden] * (options.layers - 1), learner.rows.shape[1]]
    network = Network(learner.modules(widths), options.dropout, learner.skip, learner.unit)
    return network.to(device_of(options.device), _dtype(options.dtype))


def make_optimiser(network: Network, options: Any) -> torch.optim.Optimizer:
    """Return Adam, fused where the device has it."""
    fused = next(network.parameters()).device.type in {"cpu", "cuda"}
    return torch.optim.Adam(network.parameters(), options.learning_rate, weight_decay=options.weight_decay, fused=fused)


def prepare(network: Network, problem: Problem) -> None:
    """Propagate the constant input once, not at every step."""
    first = network.layers[0]
    if isinstance(first, Convolution):
        with torch.no_grad():
            problem.blocks[0].gathered = first.gather(problem.blocks[0].operators, problem.inputs)


def _trained(
    learner: NetworkLearner, problem: Problem, targets: tuple[Array, Array | None], features: FeatureSet | None,
    seed: int, validation: tuple[Array, Ranking], progress: Progress | None, member: int,
) -> tuple[Member, bool]:  # fmt: skip
    """Return the best network, and whether training was interrupted."""
    options, (held, ranking) = learner.options, validation
    network = make_network(learner, seed)
    prepare(network, problem)
    optimiser = make_optimiser(network, options)
    loss_of = loss_function(learner, problem, targets, features, held)
    run = Run(network, optimiser, learner.checkpoint, member, _about(learner, problem, targets[0], features, seed))
    start = run.restore() if learner.resume else 1
    epoch, interrupted = start, False
    try:
        with Interrupts() as interrupts:
            for epoch in range(start, options.epochs + 1):
                if run.stale >= options.patience:
                    break
                interrupts.obey()
                loss = step(network, problem, optimiser, loss_of, options.dtype == "bfloat16")
                if not np.isfinite(loss):
                    if run.best is None:
                        raise DivergedError(f"training diverged at epoch {epoch}: the loss is {loss}", value=loss,
                                            fix="lower learning_rate")  # fmt: skip
                    warnings.warn(f"diverged at epoch {epoch}: the best network so far is kept", stacklevel=4)
                    break
                if epoch % options.check_every == 0 or epoch == options.epochs:
                    with torch.inference_mode():
                        network.eval()
                        score = ranking(network(problem.blocks, problem.inputs).float().cpu().numpy())
                    run.judged(epoch, score, arrays_of(network))
                if progress:
                    progress(f"train {learner.name}", epoch, options.epochs)
            interrupts.obey()
    except KeyboardInterrupt:
        if run.best is None:
            raise
        interrupted = True
        more = ", and a checkpoint to --resume from" if run.path else ""
        warnings.warn(f"interrupted at epoch {epoch}: the best network so far is kept{more}", stacklevel=4)
    return (run.best if run.best is not None else arrays_of(network)), interrupted


def _about(
    learner: NetworkLearner, problem: Problem, rows: Array, features: FeatureSet | None, seed: int
) -> str:
    """Say what is trained on what, for a checkpoint; how long it may train does not count."""
    options = {k: v for k, v in learner.options if k not in {"epochs", "patience", "ensemble", "device"}}
    labels = features.labels if features is not None else None
    digest = hashlib.sha256(repr((learner.name, options, seed, problem.ids, labels)).encode())
    arrays = [problem.inputs.float().cpu().numpy(), rows, *([features.X] if features is not None else [])]
    for matrix in (op.scipy for block in problem.blocks for op in block.operators):
        arrays += [matrix.indptr, matrix.indices, matrix.data]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def training_bytes(learner: NetworkLearner, problem: Problem) -> int:
    """Estimate the memory of a training: every layer's rows with their gradients, and weights with Adam's moments."""
    options, size = learner.options, 8 if learner.options.dtype == "float64" else 4
    widths = [learner.width, *[options.hidden] * (options.layers - 1), learner.rows.shape[1]]
    values = 0
    for block, (a, b) in zip(problem.blocks, pairwise(widths), strict=True):
        n = block.operators[0].shape[0]
        values += ROW_COPIES * n * (a + b) + len(block.operators) * n * a
    with torch.device("meta"):
        weights = sum(p.numel() for layer in learner.modules(widths) for p in layer.parameters())
    return int(size * (values + ADAM_COPIES * weights))


def step(
    network: Network, problem: Problem, optimiser: torch.optim.Optimizer, loss_of: Any, half: bool = False
) -> float:
    """Make one step; return its loss."""
    network.train()
    optimiser.zero_grad(set_to_none=True)
    device = problem.inputs.device.type
    with torch.autocast(device, torch.bfloat16) if half else contextlib.nullcontext():
        rows = network(problem.blocks, problem.inputs)
    loss = loss_of(rows.to(problem.inputs.dtype))
    loss.backward()
    optimiser.step()
    return float(loss.detach())


def arrays_of(network: Network) -> Member:
    """Return what inference needs of every layer."""
    return [layer.arrays() for layer in network.layers]  # type: ignore[operator]


def _others(learner: NetworkLearner, space: ClassSpace) -> tuple[str, ...]:
    seen = set(learner.seen_ids)
    return tuple(iri for iri in space.graph.class_ids if iri not in seen)


def _free(device: torch.device) -> int | None:
    """Return bytes that a GPU can give, those among them that torch keeps for later; None where it is no GPU."""
    if device.type != "cuda":
        return None
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0]) + kept


def _dtype(name: str) -> torch.dtype:
    return torch.float64 if name == "float64" else torch.float32
