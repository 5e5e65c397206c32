"""Each kind of bad input ends in one clear error that names file, line or value."""

import numpy as np
import pytest

import kgzsl
from kgzsl.errors import FeatureError, KgzslError, LearnerError, MissingFileError, RecipeError, UnknownNameError
from kgzsl.features import load_features


def test_features_that_cannot_be_used(engine, photos):
    with pytest.raises(FeatureError, match="7 wide, the classifiers read 1280"):
        engine.predict(np.ones((2, 7)))
    broken = photos.X[:3].copy()
    broken[1, 5] = np.nan
    with pytest.raises(FeatureError, match="row 1, column 5 is nan"):
        engine.predict(broken)
    broken[1, 5] = np.inf
    with pytest.raises(FeatureError, match="inf"):
        engine.predict(broken)
    with pytest.raises(FeatureError, match="not numbers"):
        engine.predict([["a", "b"]])
    with pytest.raises(FeatureError, match="matrix"):
        engine.predict(np.zeros((0, 1280)))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.npz", b"", "empty"), ("a.npz", b"junk", "cannot be read"), ("a.npy", b"junk", "cannot be read"),
        ("a.csv", b"a,b\n1,x\n", "column 'b'"), ("a.xyz", b"1", "no reader"),
        ("a.parquet", b"junk", "cannot be read"),
    ],
)  # fmt: skip
def test_feature_files(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FeatureError, match=words) as caught:
        load_features(path)
    assert caught.value.file == str(path)


def test_text_where_numbers_are_due_names_its_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("f1,f2,label\n1,2,zebra\n3,many,zebra\n")
    with pytest.raises(FeatureError, match="'many' is not a number") as caught:
        load_features(path)
    assert caught.value.line == 3


def test_pickles_are_not_loaded(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FeatureError):
        load_features(path)


def test_feature_files_agree(tmp_path, photos):
    import pyarrow as pa
    from pyarrow import parquet

    X, labels = photos.X[:3, :4], list(photos.labels[:3])
    np.savez(tmp_path / "a.npz", X=X, labels=labels)
    columns = {f"f{k}": X[:, k] for k in range(4)} | {"label": labels}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    rows = [",".join([*map(repr, map(float, x)), y]) for x, y in zip(X, labels, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["f0,f1,f2,f3,label", *rows]) + "\n")
    for name in ("a.npz", "a.parquet", "a.csv"):
        found = load_features(tmp_path / name)
        assert np.allclose(found.X, X, atol=1e-6)
        assert found.labels == tuple(labels)
    assert load_features(tmp_path / "a.npz").labels == tuple(labels)


def test_labels_and_seen_classes(root, tmp_path):
    X = np.random.default_rng(0).normal(size=(8, 5))
    animals = root / "graphs/animals.toml"
    with pytest.raises(UnknownNameError, match="unknown class 'zebbra'; did you mean 'zebra'"):
        kgzsl.train(animals, X, ["zebbra"] * 8)
    with pytest.raises(FeatureError, match="without labels"):
        kgzsl.train(animals, X)
    with pytest.raises(FeatureError, match="3 labels for 8 rows"):
        kgzsl.train(animals, X, ["zebra"] * 3)
    with pytest.raises(FeatureError, match="1 labelled class"):
        kgzsl.train(animals, X, ["zebra"] * 8)
    with pytest.raises(RecipeError, match="no seen class"):
        kgzsl.train(animals)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ('ontologies = ["a.ttl"]\nontologie = 1\n', "unknown key 'ontologie'; did you mean 'ontologies'", 2),
        ('ontologies = ["a.ttl"]\n[vectors]\nsorce = "text"\n', "'vectors.sorce'; did you mean 'source'", 3),
        ('ontologies = ["a.ttl"]\n[learner]\nseed = "x"\n', "'learner.seed'", 3),
        ("ontologies = []\n", "'ontologies'", 1),
        ("ontologies = [\n", "not TOML", 2),
    ],
)
def test_recipes(tmp_path, text, words, line):
    path = tmp_path / "r.toml"
    path.write_text(text)
    with pytest.raises(RecipeError) as caught:
        kgzsl.train(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.line == line


def test_missing_files(root, tmp_path):
    for path in ("none.toml", tmp_path / "none.toml"):
        with pytest.raises(MissingFileError, match="no such recipe"):
            kgzsl.train(path)
    (tmp_path / "r.toml").write_text('ontologies = ["none.ttl"]\n')
    with pytest.raises(MissingFileError, match=r"none\.ttl"):
        kgzsl.train(tmp_path / "r.toml")


def test_learners_and_options(root):
    with pytest.raises(UnknownNameError, match="did you mean 'kernel'"):
        kgzsl.train(root / "graphs/objects.toml", learner="kernal")
    with pytest.raises(LearnerError, match=r"no option 'deca'.*did you mean 'decay'"):
        kgzsl.train(root / "graphs/objects.toml", options={"deca": 1})
    with pytest.raises(LearnerError, match="option 'decay'"):
        kgzsl.train(root / "graphs/objects.toml", options={"decay": "much"})


def layer_recipe(root, tmp_path, extra="", **arrays):
    np.savez(tmp_path / "layer.npz", **arrays)
    path = tmp_path / "r.toml"
    path.write_text(f'ontologies = ["{root}/ontologies/animals.ttl", "{root}/ontologies/animals-attributes.csv"]\n'
                    f'[vectors]\nsource = "attributes"\n[seen]\nlayer = "layer.npz"\n{extra}')  # fmt: skip
    return path


def test_layers(root, tmp_path):
    W = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    ids = np.array(["zebra", "tiger", "wolf", "raccoon"])
    cases = [
        ({"weights": W, "ids": np.array(["zebra", "tiger", "wolf", "unicorn"])}, "unknown class 'unicorn'"),
        ({"weights": W, "ids": np.array(["zebra", "tiger", "wolf", "wolf"])}, "'wolf' is named twice"),
        ({"weights": W[:3], "ids": ids}, "4 ids"),
        ({"weights": W * np.nan, "ids": ids}, "NaN"),
        ({"weight": W, "ids": ids}, "has no array 'weights'; did you mean 'weight'"),
    ]
    for arrays, words in cases:
        with pytest.raises(KgzslError, match=words):
            kgzsl.train(layer_recipe(root, tmp_path, **arrays))
    assert kgzsl.train(layer_recipe(root, tmp_path, weights=W, ids=ids)).bank.seen.sum() == 4


def test_layers_of_every_kind_agree(root, tmp_path):
    import torch
    from safetensors.numpy import save_file

    from kgzsl.layers import load_layer

    W = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    b = np.ones(3, np.float32)
    np.savez(tmp_path / "a.npz", weights=W, bias=b, ids=np.array(["x", "y", "z"]))
    save_file({"weights": W, "bias": b}, tmp_path / "a.safetensors")
    torch.save({"weights": torch.from_numpy(W), "bias": torch.from_numpy(b)}, tmp_path / "a.pt")
    (tmp_path / "ids.txt").write_text("x\ny\nz\n")
    for name in ("a.npz", "a.safetensors", "a.pt"):
        ids = "ids" if name == "a.npz" else "ids.txt"
        bank = load_layer(tmp_path / name, str.upper, ids=ids)
        assert bank.ids == ("X", "Y", "Z")
        assert np.array_equal(bank.weights, W)
        assert np.array_equal(bank.bias, b)


class Evil:
    def __reduce__(self):
        return print, ("executed",)


def test_a_torch_file_that_executes_is_refused(tmp_path, capsys):
    import torch

    from kgzsl.layers import load_layer

    torch.save({"weights": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(FeatureError, match="not a classifier layer"):
        load_layer(tmp_path / "evil.pt", str)
    assert "executed" not in capsys.readouterr().out


def test_another_backbone_is_refused_and_a_misfit_is_told(root, tmp_path, photos):
    from kgzsl.bank import ClassifierBank
    from kgzsl.features import FeatureSet
    from kgzsl.layers import check_backbone

    rng = np.random.default_rng(0)
    ids = tuple("abcdefgh")
    bank = ClassifierBank(ids, rng.normal(size=(8, 5)), np.zeros(8), np.ones(8, bool), backbone="resnet")
    labels = tuple(np.repeat(list(ids), 20))
    X = np.repeat(bank.weights, 20, axis=0)
    with pytest.raises(FeatureError, match="features of 'vit', seen classifiers of 'resnet'"):
        check_backbone(bank, FeatureSet(X, labels, "vit"))
    with pytest.raises(FeatureError, match="4 wide"):
        check_backbone(bank, FeatureSet(X[:, :4], labels, "resnet"))
    with pytest.warns(UserWarning, match="same backbone"):
        check_backbone(bank, FeatureSet(-X, labels, "resnet"))
    check_backbone(bank, FeatureSet(X, labels, "resnet"))
