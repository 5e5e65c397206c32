"""Writing a data set as a folder that the rest of kgzsl reads."""

import csv
import os

import numpy as np
import pytest

import kgzsl
from kgzsl.errors import FeatureError, MissingFileError
from kgzsl.features import load_features
from kgzsl.gbu import folder as writing
from kgzsl.gbu import load_gbu, write_gbu
from kgzsl.gbu.folder import read_names
from kgzsl.graph import build_graph
from tests.gbu import pairs
from tests.gbu.pairs import contents, pair


@pytest.fixture
def gbu(tmp_path):
    return load_gbu(*pair(tmp_path / "TOY"))


def strengths(folder):
    """Return the attributes of each class as the graph has them, NaN where it has no fact."""
    graph = build_graph(kgzsl.read_ontology([folder / "classes.ttl", folder / "attributes.csv"]))
    names = [iri for iri in graph.ids if graph.concepts[iri].kind == "attribute"]
    ids = [graph.find(name.replace("+", " "), "class") for name in pairs.NAMES]
    return np.array([[graph.attributes(iri).get(name, np.nan) for name in names] for iri in ids])


def test_each_part_is_what_the_split_says(gbu, tmp_path):
    write_gbu(gbu, tmp_path / "out")
    for file, which in (("train", "trainval"), ("test_seen", "test_seen"), ("test_unseen", "test_unseen")):
        found, part = load_features(tmp_path / f"out/{file}.npz"), gbu.part(which)
        assert np.array_equal(found.X, part.X)
        assert (found.labels, found.backbone) == (part.labels, "res101")


@pytest.mark.parametrize("which", ["att", "original_att"])
def test_strengths_are_facts_and_unknown_ones_are_none(gbu, tmp_path, which):
    write_gbu(gbu, tmp_path / "out", which)
    original = contents()[1]["original_att"].T
    due = np.where(original < 0, np.nan, gbu.att if which == "att" else original / 100)
    assert np.isnan(due).sum() == 1
    assert np.allclose(strengths(tmp_path / "out"), due, rtol=1e-7, atol=0, equal_nan=True)


def test_ids_are_those_of_the_matlab_file_read_as_an_ontology(gbu, tmp_path):
    graph = build_graph(kgzsl.read_ontology(tmp_path / "TOY/att_splits.mat"))
    assert set(graph.class_ids) == set(gbu.ids)
    assert {graph.label(iri) for iri in gbu.ids} == set(gbu.titles)


def test_names_of_attributes(gbu, tmp_path):
    listed = tmp_path / "names.txt"
    words = ["black", "tough skin", "bill::curved (up)", *(f"x{k}" for k in range(9))]
    listed.write_text("".join(f"{n}\t{word}\n" for n, word in enumerate(words, 1)))
    assert read_names(listed) == words
    write_gbu(gbu, tmp_path / "out", attribute_names=words)
    with open(tmp_path / "out/attributes.csv", newline="") as file:
        assert next(csv.reader(file))[:5] == ["class", "label", "att:black", "att:tough-skin", "att:bill-curved-up"]
    assert np.isfinite(strengths(tmp_path / "out")).sum() == 95
    for wrong, said in ((words[:-1], "11 names for 12"), ([*words[:-1], "black"], "two attributes would be called"),
                        ([*words[:-1], "--"], "without a name")):  # fmt: skip
        with pytest.raises(FeatureError, match=said):
            write_gbu(gbu, tmp_path / "other", attribute_names=wrong)
    assert not (tmp_path / "other").exists()
    with pytest.raises(MissingFileError):
        read_names(tmp_path / "none.txt")
    listed.write_bytes(b"\xff\xfe")
    with pytest.raises(FeatureError, match="UTF-8"):
        read_names(listed)


def test_what_is_no_strength_is_refused(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(pairs.ATTRIBUTES, pairs.CLASSES))
    for changed, which, words in (({"att": vectors}, "att", "below zero: no strengths"),
                                  ({"original_att": 500 * abs(vectors)}, "original_att", "neither shares nor percent"),
                                  ({"original_att": None}, "original_att", "has no 'original_att'")):  # fmt: skip
        with pytest.raises(FeatureError, match=words):
            write_gbu(load_gbu(*pair(tmp_path / "T", splits=changed)), tmp_path / "out", which)
    assert not (tmp_path / "out").exists()


def test_the_standard_split_has_no_seen_test(tmp_path):
    write_gbu(load_gbu(*pair(tmp_path / "T", version=0)), tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == writing.WRITTEN - {"test_seen.npz"}


def test_a_folder_is_replaced_only_when_told_and_only_if_it_was_written_here(gbu, tmp_path):
    out = tmp_path / "out"
    write_gbu(gbu, out)
    with pytest.raises(FeatureError, match=r"is there.*--force"):
        write_gbu(gbu, out)
    write_gbu(gbu, out, "original_att", force=True)
    assert np.isclose(np.nanmax(strengths(out)), contents()[1]["original_att"].max() / 100)
    (out / "mine.kgzsl").write_text("x")
    with pytest.raises(FeatureError, match=r"holds 'mine.kgzsl', which is not written here"):
        write_gbu(gbu, out, force=True)
    assert (out / "mine.kgzsl").read_text() == "x"
    (tmp_path / "file").write_text("x")
    with pytest.raises(FeatureError, match="is a file"):
        write_gbu(gbu, tmp_path / "file", force=True)
    with pytest.raises(MissingFileError, match="to write to"):
        write_gbu(gbu, tmp_path / "none/out")


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_stops_half_way_leaves_all_as_it_was(gbu, tmp_path, monkeypatch, there, error):
    out = tmp_path / "out"
    if there:
        write_gbu(gbu, out)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    save = np.savez

    def full(file, **arrays):
        if len(arrays["X"]) == len(gbu.test_unseen_loc):
            raise error
        save(file, **arrays)

    monkeypatch.setattr(writing.np, "savez", full)
    with pytest.raises((FeatureError, KeyboardInterrupt)):
        write_gbu(gbu, out, force=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"TOY", *(["out"] if there else [])}


def test_a_move_that_fails_puts_the_old_folder_back(gbu, tmp_path, monkeypatch):
    out, rename = tmp_path / "out", os.rename
    write_gbu(gbu, out)
    table = (out / "attributes.csv").read_text()

    def failing(source, target):
        if str(source).endswith("made"):
            raise OSError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(writing.os, "rename", failing)
    with pytest.raises(FeatureError, match="cannot be written: Permission denied"):
        write_gbu(gbu, out, "original_att", force=True)
    assert (out / "attributes.csv").read_text() == table
