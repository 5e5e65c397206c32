import io
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import mat5, read_ontology

ROOT = Path(__file__).resolve().parents[2]
SPLITS = ROOT.parent / "shared/data/gbu_splits"
NAMES = np.array([["killer+whale"], ["001.Black_footed_Albatross"]], object)


def saved(path, compressed=True, **arrays):
    held = io.BytesIO()
    savemat(held, arrays, do_compression=compressed)
    path.write_bytes(held.getvalue())
    return path


def strengths(path):
    graph = build_graph(read_ontology(path))
    return [[graph.attributes(iri).get(a) for a in graph.ids if graph.concepts[a].kind == "attribute"]
            for iri in graph.class_ids]  # fmt: skip


def test_names_labels_and_lines(tmp_path):
    matrix = np.array([[40.0, 0], [-1, 100]])
    facts = read_ontology(saved(tmp_path / "AWA.mat", allclasses_names=NAMES, original_att=matrix))
    graph = build_graph(facts)
    whale, bird = "https://w3id.org/kgzsl/gbu/AWA/killer%2Bwhale", graph.find("Black footed Albatross")
    assert graph.find("killer whale") == whale
    assert graph.attributes(whale) == {"https://w3id.org/kgzsl/gbu/AWA/attribute/a001": 0.4}, "-1 is unknown, no fact"
    assert [*graph.attributes(bird).values()] == [0.0, 1.0]
    assert {f.line for f in facts.about(bird)} == {2}


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"original_att": [[50.0, 100.0]]}, [0.5, 1.0]),
        ({"original_att": [[0.5, 1.0]]}, [0.5, 1.0]),
        ({"att": [[0.1, 0.2]]}, [0.5, 1.0]),
        ({"att": [[0.1, 0.2]], "original_att": [[10.0, 90.0]]}, [0.1, 0.9]),
    ],
)
def test_strengths_are_shares(tmp_path, arrays, expected):
    path = saved(tmp_path / "a.mat", allclasses_names=np.array([["a"], ["b"]], object),
                 **{key: np.array(value) for key, value in arrays.items()})  # fmt: skip
    assert [row[0] for row in strengths(path)] == pytest.approx(expected)


def test_att_splits_takes_the_name_of_its_folder(tmp_path):
    (tmp_path / "CUB").mkdir()
    arrays = {"allclasses_names": NAMES, "original_att": np.ones((1, 2)),
              "allattributes_names": np.array([["has wings"]], object)}  # fmt: skip
    facts = read_ontology(saved(tmp_path / "CUB/att_splits.mat", **arrays))
    assert "https://w3id.org/kgzsl/gbu/CUB/attribute/has%20wings" in {f.subject for f in facts}


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({}, "no variable 'allclasses_names'"),
        ({"allclasses_names": NAMES}, "no variable 'att'"),
        ({"allclasses_names": NAMES, "att": np.ones((2, 3))}, "has the shape"),
        ({"allclasses_names": NAMES, "att": np.array([[1, np.nan]])}, "not finite"),
        ({"allclasses_names": NAMES, "original_att": np.array([[1, 300.0]])}, "neither shares nor percent"),
        ({"allclasses_names": NAMES[[0, 0]], "att": np.ones((1, 2))}, "named twice"),
        ({"allclasses_names": NAMES, "att": np.array([["a", "b"]], object)}, "has the shape"),
    ],
)
def test_bad_matrices_are_one_error(tmp_path, arrays, words):
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(saved(tmp_path / "a.mat", other=np.ones(1), **arrays))
    assert caught.value.line == 1


@pytest.mark.parametrize("compressed", [True, False])
def test_every_truncation_is_one_error_or_a_smaller_file(tmp_path, compressed):
    whole = saved(tmp_path / "a.mat", compressed, allclasses_names=NAMES, original_att=np.ones((3, 2))).read_bytes()
    for end in range(1, len(whole), 7):
        path = tmp_path / "b.mat"
        path.write_bytes(whole[:end])
        with pytest.raises(OntologyError):
            read_ontology(path)


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    path = saved(tmp_path / "a.mat", allclasses_names=NAMES, original_att=np.zeros((2000, 2)))
    monkeypatch.setattr(mat5, "MOST_CELLS", 1000)
    with pytest.raises(OntologyError, match="cells"):
        read_ontology(path)
    monkeypatch.setattr(mat5, "MOST_BYTES", 1000)
    with pytest.raises(OntologyError, match="expands"):
        read_ontology(path)


@pytest.mark.parametrize(
    ("name", "classes", "attributes"),
    [("AWA1", 50, 85), ("AWA2", 50, 85), ("APY", 32, 64), ("CUB", 200, 312), ("SUN", 717, 102)],
)
def test_published_splits(name, classes, attributes):
    path = SPLITS / f"{name}.mat"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    ontology = read_ontology(path)
    original = loadmat(path)["original_att"]
    values = [f for f in ontology if "/attribute/" in f.predicate]
    assert len(ontology.classes) == classes
    assert len({f.predicate for f in values}) == attributes
    assert len(values) == (original >= 0).sum()
    assert all(0 <= float(f.object.value) <= 1 for f in values)
    scale = 100 if original.max() > 1 else 1
    for fact in values[::997]:
        row = int(fact.predicate.rsplit("/a", 1)[1]) - 1
        assert float(fact.object.value) == pytest.approx(original[row, fact.line - 1] / scale, rel=1e-9)
