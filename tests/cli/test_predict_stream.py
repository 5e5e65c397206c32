"""`kgzsl predict --out`: in parts, gone on with after an interruption, refused for anything else."""

import json
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from kgzsl.cli import predicting
from kgzsl.cli.answers import COLUMNS, Parts
from kgzsl.engine import Engine
from kgzsl.errors import FeatureError


@pytest.fixture
def inputs(photos, tmp_path):
    path = tmp_path / "x.parquet"
    X = photos.X[:50]
    parquet.write_table(pa.table({f"x{k}": X[:, k] for k in range(X.shape[1])}), path)
    return path


@pytest.fixture
def eights(monkeypatch):
    monkeypatch.setattr(predicting, "PART", 8)


def predict(bundle, inputs, out, **given):
    predicting.predict(bundle, inputs, **({"k": 3, "classes": None, "plain": False, "resume": False} | given), out=out)


def interrupted_after(parts, monkeypatch):
    """Press Ctrl-C when so many parts were asked."""
    asked, answer = [], Engine.predict

    def once_more(self, X, *words, **options):
        asked.append(len(X))
        if len(asked) > parts:
            raise KeyboardInterrupt
        return answer(self, X, *words, **options)

    monkeypatch.setattr(Engine, "predict", once_more)
    return asked


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_parts_are_joined_to_what_one_prediction_gives(suffix, bundle, engine, inputs, photos, eights, tmp_path):
    out = tmp_path / f"a{suffix}"
    predict(bundle, inputs, out)
    table = (parquet.read_table if suffix == ".parquet" else csv.read_csv)(out)
    assert tuple(table.column_names) == COLUMNS
    assert table.column("input").to_pylist() == [n for n in range(50) for _ in range(3)]
    wanted = [c for answer in engine.predict(photos.X[:50], k=3) for c in answer.candidates]
    assert table.column("iri").to_pylist() == [c.iri for c in wanted]
    np.testing.assert_allclose(table.column("score").to_pylist(), [c.score for c in wanted], rtol=1e-5)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([out.name, inputs.name])


def test_an_interrupted_prediction_goes_on(bundle, inputs, eights, tmp_path, monkeypatch, capsys):
    whole, out = tmp_path / "whole.parquet", tmp_path / "a.parquet"
    predict(bundle, inputs, whole)
    with monkeypatch.context() as patch:
        interrupted_after(3, patch)
        with pytest.raises(KeyboardInterrupt):
            predict(bundle, inputs, out)
    assert "24 of 50 inputs are answered" in capsys.readouterr().err
    assert not out.exists()
    asked = interrupted_after(99, monkeypatch)
    predict(bundle, inputs, out, resume=True)
    assert asked == [8, 8, 8, 2]
    assert parquet.read_table(out).equals(parquet.read_table(whole))


def test_parts_of_something_else_are_refused(bundle, inputs, eights, photos, tmp_path, monkeypatch):
    out = tmp_path / "a.parquet"
    with monkeypatch.context() as patch:
        interrupted_after(2, patch)
        with pytest.raises(KeyboardInterrupt):
            predict(bundle, inputs, out)
    with pytest.raises(FeatureError, match="in the way"):
        predict(bundle, inputs, out)
    with pytest.raises(FeatureError, match="another options"):
        predict(bundle, inputs, out, k=4, resume=True)
    other = tmp_path / "other.npy"
    np.save(other, photos.X[50:90])
    with pytest.raises(FeatureError, match="another input"):
        predict(bundle, other, out, resume=True)
    manifest = out.with_name("a.parquet.parts") / "manifest.json"
    about = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(about | {"bundle": "x", "graph": "y"}))
    with pytest.raises(FeatureError, match="another bundle, graph"):
        predict(bundle, inputs, out, resume=True)
    manifest.write_text("[")
    with pytest.raises(FeatureError, match="no manifest"):
        predict(bundle, inputs, out, resume=True)


def test_a_part_that_is_broken_is_named(tmp_path):
    parts = Parts(tmp_path / "a.csv", {"bundle": "x"})
    (parts.folder / "000000.parquet").write_text("no")
    with pytest.raises(FeatureError, match=r"000000\.parquet: cannot be read"):
        parts.join()
    assert not (tmp_path / "a.csv").exists()


def test_what_is_refused_leaves_nothing(bundle, inputs, tmp_path):
    np.save(tmp_path / "wide.npy", np.ones((3, 7)))
    before = sorted(tmp_path.iterdir())
    for features, out, message in ((tmp_path / "wide.npy", "a.csv", "7 wide"), (inputs, "a.xls", "use .parquet or"),
                                   (inputs, "none/a.csv", "cannot be written")):  # fmt: skip
        with pytest.raises(FeatureError, match=message):
            predict(bundle, features, tmp_path / out)
    with pytest.raises(FeatureError, match="name its --out"):
        predict(bundle, inputs, None, resume=True)
    assert sorted(tmp_path.iterdir()) == before


def test_inputs_that_are_answered_together_have_a_limit():
    adjusters = [SimpleNamespace(name=name, transductive=name == "rectified") for name in ("rectified", "other")]
    engine = SimpleNamespace(chain=SimpleNamespace(transductive=True, adjusters=adjusters))
    file = SimpleNamespace(rows=predicting.WHOLE, path="x.npy")
    assert predicting._size(engine, file, plain=True) == predicting.PART
    assert predicting._size(engine, file, plain=False) > file.rows
    file.rows += 1
    with pytest.raises(FeatureError, match="20,001 inputs are more than 20,000, and with 'rectified'"):
        predicting._size(engine, file, plain=False)
