"""Streaming a large matrix from a .mat file, whole and damaged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat

from kgzsl.errors import FeatureError
from kgzsl.gbu import mat
from kgzsl.gbu.mat import MatFile
from tests.gbu.pairs import cells, pair, saved

KINDS = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "f4", "f8")


@settings(max_examples=30, deadline=None)
@given(
    kind=st.sampled_from(KINDS), compressed=st.booleans(), shape=st.tuples(st.integers(3, 9), st.integers(3, 9)),
    piece=st.integers(1, 90), seed=st.integers(0, 9),
)  # fmt: skip
def test_columns_are_those_that_scipy_reads(tmp_path_factory, kind, compressed, shape, piece, seed):
    """Whatever the numbers are stored as, and however few are unpacked at a time."""
    path = tmp_path_factory.getbasetemp() / "kinds.mat"
    numbers = (100 * np.random.default_rng(seed).random(shape)).astype(kind)
    saved(path, {"before": cells(["a", "b"]), "features": numbers, "after": np.ones(3)}, compressed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mat, "_ROWS", piece)
        patch.setattr(mat, "_PIECE", 16 + piece)
        file = MatFile(path)
        assert file.names == ("before", "features", "after")
        assert file.shape("features") == shape
        assert np.array_equal(file.columns("features"), loadmat(path)["features"].T.astype(np.float32))
    assert file.small({"before"}) == {"before": ["a", "b"]}


def test_progress_is_told_in_images(tmp_path, monkeypatch):
    monkeypatch.setattr(mat, "_ROWS", 20)
    told = []
    path = saved(tmp_path / "a.mat", {"features": np.ones((10, 6))})
    MatFile(path).columns("features", lambda *said: told.append(said))
    assert told == [("reading features", done, 6) for done in (2, 4, 6)]


def test_the_place_of_a_number_that_is_not_finite(tmp_path, monkeypatch):
    monkeypatch.setattr(mat, "_ROWS", 7)
    numbers = np.ones((5, 6))
    numbers[3, 4] = np.nan
    with pytest.raises(FeatureError, match="'features' of image 5, number 4, is nan"):
        MatFile(saved(tmp_path / "a.mat", {"features": numbers})).columns("features")


def names_in(path, read=None):
    """Return the variables of a file, none where it is refused; any other error fails."""
    try:
        file = MatFile(path)
        if read:
            file.columns(read)
    except FeatureError as error:
        return () if error.file == str(path) else ("the error names no file",)
    return file.names


@pytest.mark.parametrize("compressed", [True, False])
def test_every_truncation_is_one_error(tmp_path, compressed):
    path, _ = pair(tmp_path, compressed=compressed)
    whole = path.read_bytes()
    cut = tmp_path / "cut.mat"
    names = MatFile(path).names
    for end in range(1, len(whole) - 1, 41):
        cut.write_bytes(whole[:end])
        held = names_in(cut)
        assert held == names[: len(held)] != names, "a file cut between two variables holds fewer"


@pytest.mark.parametrize("compressed", [True, False])
def test_a_changed_byte_never_ends_in_another_error(tmp_path, compressed):
    path = saved(tmp_path / "a.mat", {"features": np.random.default_rng(0).random((6, 5))}, compressed)
    whole, changed = path.read_bytes(), tmp_path / "changed.mat"
    refused = 0
    for at in range(len(whole)):
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        refused += not names_in(changed, "features")
    assert refused > (len(whole) - 128) * (0.9 if compressed else 0.1), "packed numbers have a check sum"


def test_a_shape_that_the_file_cannot_hold_takes_no_memory(tmp_path):
    path = saved(tmp_path / "a.mat", {"features": np.ones((4, 4))}, compressed=False)
    data = bytearray(path.read_bytes())
    at = data.index(np.array([4, 4], np.int32).tobytes())
    data[at : at + 8] = np.array([30_000, 30_000], np.int32).tobytes()
    path.write_bytes(data)
    with pytest.raises(FeatureError, match="128 bytes of the type 9 in a matrix of the shape"):
        MatFile(path).columns("features")
