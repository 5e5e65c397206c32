"""Features read in chunks are those that are read at once, and are refused alike."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet

from kgzsl.errors import FeatureError, MissingFileError
from kgzsl.features import load_features
from kgzsl.streaming import FeatureFile

KINDS = ("npy", "npy by column", "npz", "npz scaled", "csv", "parquet", "parquet lists", "parquet fixed lists")


def written(folder, X, kind):
    """Write features; return the file."""
    path = folder / f"x.{kind.split()[0]}"
    labels = [f"c{n}" for n in range(len(X))]
    if kind == "npy":
        np.save(path, X)
    elif kind == "npy by column":
        np.save(path, np.asfortranarray(X))
    elif kind == "npz":
        np.savez(path, X=X, labels=np.array(labels))
    elif kind == "npz scaled":
        np.savez_compressed(path, features=np.round(X * 4).astype(np.int8), features_scale=np.float32(0.25))
    elif kind == "parquet lists":
        parquet.write_table(pa.table({"x": list(map(list, X)), "label": labels}), path, row_group_size=7)
    elif kind == "parquet fixed lists":
        flat = pa.FixedSizeListArray.from_arrays(pa.array(X.ravel()), X.shape[1])
        parquet.write_table(pa.table({"x": flat}), path, row_group_size=7)
    else:
        table = pa.table({"label": labels} | {f"x{k}": X[:, k] for k in range(X.shape[1])})
        csv.write_csv(table, path) if kind == "csv" else parquet.write_table(table, path, row_group_size=7)
    return path


def inputs(n=30, d=3):
    return (np.round(8 * np.random.default_rng(n).standard_normal((n, d))) / 4).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(n=st.integers(1, 40), size=st.integers(1, 50), start=st.integers(0, 39))
def test_chunks_are_the_file(kind, n, size, start, tmp_path_factory):
    X, start = inputs(n), min(start, n - 1)
    file = FeatureFile(written(tmp_path_factory.mktemp("f"), X, kind))
    chunks = list(file.chunks(size, start, width=3))
    assert [len(chunk) for chunk in chunks[:-1]] == [size] * (len(chunks) - 1)
    assert all(chunk.dtype == np.float32 for chunk in chunks)
    np.testing.assert_array_equal(np.concatenate(chunks), X[start:])
    assert file.rows == n


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "lists" not in kind])
def test_it_reads_what_load_features_reads(kind, tmp_path):
    path = written(tmp_path, inputs(), kind)
    np.testing.assert_array_equal(np.concatenate(list(FeatureFile(path).chunks(4))), load_features(path).X)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_number_is_told_by_its_row_in_the_file(kind, tmp_path):
    if kind == "npz scaled":
        pytest.skip("integers are finite")
    X = inputs()
    X[23, 1] = np.inf
    chunks = FeatureFile(written(tmp_path, X, kind)).chunks(5, 3)
    with pytest.raises(FeatureError, match="row 23, column 1 is inf") as caught:
        list(chunks)
    assert caught.value.file


@pytest.mark.parametrize("kind", KINDS)
def test_another_width(kind, tmp_path):
    with pytest.raises(FeatureError, match="features are 3 wide, the classifiers read 7"):
        list(FeatureFile(written(tmp_path, inputs(), kind)).chunks(5, 0, 7))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_cut_short(kind, tmp_path):
    path = written(tmp_path, inputs(2000, 40), kind)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + (b"\n,,\n" if kind == "csv" else b""))
    with pytest.raises(FeatureError) as caught:
        list(FeatureFile(path).chunks(100))
    assert caught.value.file == str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("a,b\n1,2\n3,x\n", "column 'b': 'x' is not a number"), ("a,label\n", "has no inputs"), ("label\nx\n", "matrix"),
     ("a,b\n1\n", "column 'b': None is not a number")],
)  # fmt: skip
def test_bad_csv(text, message, tmp_path):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(FeatureError, match=message) as caught:
        list(FeatureFile(tmp_path / "x.csv").chunks(5))
    assert caught.value.line == {"'x'": 3, "None": 2}.get(message.split()[2] if "column" in message else "")


def test_bad_files(tmp_path):
    (tmp_path / "empty.npy").touch()
    (tmp_path / "x.xls").write_text("x")
    np.save(tmp_path / "objects.npy", np.array([[{}]], object), allow_pickle=True)
    np.savez(tmp_path / "other.npz", Y=np.eye(2))
    parquet.write_table(pa.table({"x": [[1.0], [1.0, 2.0]]}), tmp_path / "ragged.parquet")
    parquet.write_table(pa.table({"x": ["a", "b"]}), tmp_path / "words.parquet")
    with pytest.raises(MissingFileError, match="no such feature file"):
        FeatureFile(tmp_path / "none.npy")
    for name, message in (("empty.npy", "empty"), ("x.xls", "no reader"), ("objects.npy", "not numbers"),
                          ("other.npz", "no array 'X'"), ("ragged.parquet", "one length"),
                          ("words.parquet", "does not hold numbers")):  # fmt: skip
        with pytest.raises(FeatureError, match=message):
            list(FeatureFile(tmp_path / name).chunks(5))


def test_the_digest_is_of_the_content(tmp_path):
    one, other = (FeatureFile(written(tmp_path, inputs(n), "npy")).digest for n in (5, 6))
    assert one != other
    assert FeatureFile(written(tmp_path, inputs(5), "npy")).digest == one
