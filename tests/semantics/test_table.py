"""Vectors that the user brings: formats, names, and every way in which a file can be wrong."""

import warnings

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from kgzsl.errors import KgzslError, MissingFileError, RecipeError, UnknownNameError
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.semantics.rows import read_rows
from kgzsl.semantics.space import build_space
from kgzsl.semantics.table import TableSource
from tests.semantics.test_words import Concept, graph_of

TABLE = np.arange(6, dtype=np.float32).reshape(2, 3) + 1
EX = "http://example.org/"
CAT, DOG, PUP = (Concept(f"{EX}{name}", "class", name) for name in ("cat", "dog", "pup"))


@pytest.mark.parametrize("name", ["a.npz", "classes.npz", "a.csv", "a.parquet", "lists.parquet"])
def test_every_format_gives_the_same_rows(tmp_path, name):
    path, columns = tmp_path / name, {f"f{k}": TABLE[:, k] for k in range(3)}
    if name.endswith(".npz"):
        np.savez(path, **{"ids" if name == "a.npz" else "classes": ["cat", "007"]}, vectors=TABLE)
    elif name == "a.csv":
        path.write_text("id,f0,f1,f2\ncat,1,2,3\n007,4,5,6\n")
    else:
        rest = {"vector": TABLE.tolist()} if name == "lists.parquet" else columns
        parquet.write_table(pa.table({"id": ["cat", "007"]} | rest), path)
    names, table = read_rows(path)
    assert names == ["cat", "007"]
    assert np.array_equal(table, TABLE)


def saved(path, **arrays):
    np.savez(path, **{"ids": ["cat", "dog"], "vectors": TABLE} | arrays)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.txt", "cat", "no reader for '.txt'"),
        ("t.csv", "cat,1,2\ndog,3,4\n", "t.csv:1: has no header"),
        ("t.csv", "id,a,b\ncat,1,2\ndog,3\n", "t.csv:3: 1 numbers, the header names 2"),
        ("t.csv", "id,a,b\ncat,1,2\ndog,3,x\n", "t.csv:3: 'x' is not a number"),
        ("t.csv", "id,a,b\ncat,1,2\ndog,3,nan\n", "t.csv:3: the vector of 'dog' is nan at 1"),
        ("t.csv", "id,a,b\ncat,1,2\ncat,3,4\n", "t.csv:3: 'cat' stands 2 times"),
        ("t.csv", "id,a\n,1\n", "t.csv:2: a row has no name"),
        ("t.csv", "id,a,b\n", "for 0 names"),
        ("t.csv", "", "for 0 names"),
        ("t.parquet", "junk", "cannot be read"),
        ("t.npz", "junk", "cannot be read"),
        ("t.npz", {"vectors": TABLE[:1]}, "shape (1, 3) for 2 names"),
        ("t.npz", {"vectors": np.array([[1, np.inf], [0, 0]])}, "the vector of 'cat' is inf at 1"),
        ("t.npz", {"vectors": np.array([["1"], ["2"]])}, "not <U1 of shape"),
        ("t.npz", {"vectors": np.array([[None], [None]], object)}, "cannot be read"),
        ("t.npz", {"ids": ["cat", "cat"]}, "'cat' stands 2 times"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, name, content, words):
    path = tmp_path / name
    if isinstance(content, dict):
        saved(path, **content)
    else:
        path.write_text(content)
    with pytest.raises(RecipeError) as caught:
        TableSource(path)
    assert words in str(caught.value)
    assert name in str(caught.value)


def test_which_arrays_of_an_npz(tmp_path):
    np.savez(tmp_path / "t.npz", wnids=["cat", "dog"], sent1024=TABLE)
    assert np.array_equal(read_rows(tmp_path / "t.npz", "sent1024")[1], TABLE)
    with pytest.raises(RecipeError, match="'sent1023'; it has wnids, sent1024; did you mean array = 'sent1024'"):
        TableSource(tmp_path / "t.npz", "sent1023")
    np.savez(tmp_path / "u.npz", vectors=TABLE)
    with pytest.raises(RecipeError, match="no array 'ids'"):
        TableSource(tmp_path / "u.npz")
    with pytest.raises(MissingFileError):
        TableSource(tmp_path / "none.npz")


def test_rows_find_their_classes_and_both_kinds_of_gaps_are_told(tmp_path):
    saved(tmp_path / "t.npz", ids=["cat", "zorse"])
    graph = graph_of(CAT, PUP, Concept("urn:spots", "attribute", "spots"), edges=[(PUP.iri, CAT.iri)])
    source = TableSource(tmp_path / "t.npz")
    with pytest.warns(UserWarning, match=r"t\.npz: 1") as told:
        space = build_space(graph, {SUBCLASS: 1.0}, source)
    said = [str(each.message) for each in told]
    assert any("1 classes have no row, such as 'pup'" in text for text in said)
    assert any("1 rows name nothing in the ontology and are left out, such as 'zorse'" in text for text in said)
    assert space.described.tolist() == [True, False, False]
    assert np.allclose(space.vectors[1], space.vectors[0])
    assert np.allclose(space.vectors[0], TABLE[0] / np.linalg.norm(TABLE[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert space.read == frozenset()


@pytest.mark.parametrize(
    ("concepts", "ids", "error", "words"),
    [
        ([CAT, Concept("urn:a", "class", "dog"), Concept("urn:b", "class", "dog")], ["cat", "dog"], UnknownNameError,
         "'dog' is ambiguous; it may be"),
        ([CAT], ["cat", CAT.iri], RecipeError, "name the same class"),
        ([CAT], ["zorse", "okapi"], RecipeError, "no row names a concept of the ontology; the first is 'zorse'"),
    ],
)  # fmt: skip
def test_names_that_do_not_fit_are_refused(tmp_path, concepts, ids, error, words):
    saved(tmp_path / "t.npz", ids=ids)
    with pytest.raises(KgzslError) as caught:
        TableSource(tmp_path / "t.npz").vectors(graph_of(*concepts))
    assert isinstance(caught.value, error)
    assert words in str(caught.value)


def test_a_temporary_class_of_the_same_name_does_not_count(tmp_path):
    saved(tmp_path / "t.npz")
    space = build_space(graph_of(CAT, DOG), {SUBCLASS: 1.0}, TableSource(tmp_path / "t.npz"))
    other, iri = space.with_class("cat", [DOG.iri])
    assert np.allclose(other.vectors[other.graph.index[CAT.iri]], space.vectors[0])
    assert not other.described[other.graph.index[iri]]


def test_rows_for_new_classes_are_read_when_they_come_and_others_stay(tmp_path):
    path = tmp_path / "t.npz"
    saved(path)
    source, old = TableSource(path), graph_of(CAT, DOG, Concept("urn:x", "class", "x"))
    with pytest.warns(UserWarning, match="such as 'x'"):
        before, _ = source.vectors(old)
    restored = TableSource(path, lazy=True)
    restored.restore(source.state())
    saved(path, ids=["cat", "dog", "pup", "x"], vectors=np.vstack([-TABLE, -TABLE]))
    new = graph_of(*old.concepts.values(), PUP)
    for each in (source, restored):
        vectors, known = each.vectors(new)
        row = new.index
        assert np.array_equal(vectors[row[PUP.iri]], -TABLE[0])
        assert np.array_equal(vectors[row[CAT.iri]], TABLE[0]), "what was trained on stays"
        assert not known[row["urn:x"]], "what was trained without a row stays without until the next training"
        assert np.array_equal(each.vectors(old)[0], before)
    np.savez(path, ids=["lynx"], vectors=np.ones((1, 2)))
    with pytest.raises(RecipeError, match="2 wide, those trained on 3"):
        source.vectors(graph_of(CAT, Concept("urn:lynx", "class", "lynx")))
