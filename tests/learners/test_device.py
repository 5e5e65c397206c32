"""Training elsewhere than on the CPU: what can be had there, and with a GPU that it trains the same."""

import numpy as np
import pytest
import torch
from scipy import sparse

from kgzsl.errors import LearnerError
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.networks import modules, trainer
from kgzsl.learners.networks.attention import NeighbourTransformer
from kgzsl.learners.networks.modules import Sparse
from tests.learners.worlds import bank_of, space_of, tree

OPTIONS = {"hidden": 8, "epochs": 12, "check_every": 3, "patience": 9, "dropout": 0.0, "dtype": "float64"}
NETWORKS = {"gcn": {"layers": 3}, "dgp": {}, "gat": {}, "rgcn": {}, "compgcn": {}, "trgcn": {"projection": 4},
            "residual": {"ensemble": 2}}  # fmt: skip
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")


@pytest.fixture(scope="module")
def space():
    return space_of(tree())


def rows(name, space, device="cpu", path=None, resume=False, **more):
    learner = make_learner(name, {**OPTIONS, **NETWORKS[name], "device": device, **more})
    learner.checkpoint, learner.resume = path, resume
    return learner.fit(space, bank_of()).classifiers(space).weights


def test_a_device_without_memory_of_its_own_is_refused(space):
    with pytest.raises(LearnerError, match="no such device") as refused:
        rows("gcn", space, "meta")
    assert refused.value.value == "meta"


def test_what_does_not_fit_on_the_gpu_is_refused(space, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2**10, 2**30))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 2**9)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 2**8)
    assert trainer._free(torch.device("cpu")) is None
    free = trainer._free(torch.device("cuda"))
    assert free == 2**10 + 2**8
    monkeypatch.setattr(trainer, "_free", lambda device: free)
    with pytest.raises(LearnerError, match=r"training gcn on \d+ rows needs about .* GB of memory, 0.0 GB are free"):
        rows("gcn", space)


def test_a_gpu_that_runs_out_of_memory_says_so(space, monkeypatch):
    def full(*given):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB. GPU 0 has a total capacity")

    monkeypatch.setattr(trainer, "step", full)
    with pytest.raises(LearnerError, match=r"training gcn on .* rows: CUDA out of memory. Tried to allocate 9"):
        rows("gcn", space)


def test_operators_without_entries_have_ordinary_strides():
    """Those of numpy 2.5 have stride 0, which torch before 2.13 refuses."""
    indices, values = (np.lib.stride_tricks.as_strided(np.zeros(1, dtype), (0,), (0,)) for dtype in (np.int64, float))
    matrix = sparse.csr_array((values, indices, np.zeros(3, np.int64)), shape=(2, 3))
    made = Sparse(matrix)
    assert made.forth.col_indices().stride() == made.forth.values().stride() == (1,)
    assert (made @ torch.ones(3, 2) == 0).all()


@pytest.mark.parametrize(("rows", "pairs"), [(2**15, 2**22), (3, 2**22), (2**15, 16), (1, 1)])
def test_batches_hold_every_row_once_and_no_more_than_they_may(rows, pairs, monkeypatch):
    monkeypatch.setattr(modules, "MOST_ROWS", rows)
    monkeypatch.setattr(modules, "MOST_PAIRS", pairs)
    matrix = sparse.csr_array(np.random.default_rng(0).random((40, 30)) ** 3 * 4 // 1)
    matrix = sparse.csr_array(matrix + sparse.eye_array(40, 30))
    batches = Sparse(matrix).batches
    assert sorted(torch.cat([at for at, _, _ in batches]).tolist()) == list(range(40))
    for at, columns, blank in batches:
        assert len(at) <= rows
        assert len(at) == 1 or len(at) * columns.shape[1] ** 2 <= pairs
        for row, some, none in zip(at.tolist(), columns, blank, strict=True):
            assert some[~none].tolist() == matrix[[row]].indices.tolist()


@on_gpu
def test_a_gpu_attends_over_many_rows_in_half_precision():
    count = 2**16 + 10
    operator = Sparse(sparse.csr_array(sparse.eye_array(count, format="csr") + sparse.eye_array(count, k=1)), "cuda")
    layer = NeighbourTransformer(8, 8, 16, 2).cuda()
    with torch.autocast("cuda", torch.bfloat16):
        rows = layer([operator], torch.randn(count, 8, device="cuda"))
    rows.float().square().mean().backward()
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters())


@on_gpu
@pytest.mark.parametrize("name", NETWORKS)
def test_a_gpu_trains_what_the_cpu_trains(name, space):
    assert np.abs(rows(name, space, "cuda") - rows(name, space)).max() < 1e-5


@on_gpu
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("first", "then"), [("cuda", "cpu"), ("cpu", "cuda"), ("cuda", "cuda")])
def test_a_checkpoint_goes_on_on_the_other_device(first, then, name, space, tmp_path):
    rows(name, space, first, tmp_path / "run", epochs=6)
    assert np.abs(rows(name, space, then, tmp_path / "run", True) - rows(name, space)).max() < 1e-5


@on_gpu
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_gpu_trains_in_lower_precision(dtype, name, space):
    assert np.isfinite(rows(name, space, "cuda", dtype=dtype, dropout=0.5)).all()
