from pathlib import Path

import pytest

from kgzsl.errors import KgzslError, MissingFileError, OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.conceptnet import NAMESPACE

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/snips/conceptnet"
FILES = {
    "nodes.csv": "id,uri\n90,/c/en/horse\n80,/c/en/riding_animal/n\n70,/c/de/pferd\n60,/c/en/unused\n",
    "relations.csv": "id,uri,directed\n0,/r/IsA,1\n1,/r/Synonym,0\n2,/r/UsedFor,1\n",
    "edges.csv": "start_id,relation_id,end_id\n0,0,1\n2,1,0\n0,2,1\n",
}


def written(tmp_path, **changes):
    for name, text in {**FILES, **changes}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_edges_name_rows_and_not_ids(tmp_path):
    ontology = read_ontology(written(tmp_path))
    horse, animal, pferd = (NAMESPACE + uri for uri in ("/c/en/horse", "/c/en/riding_animal/n", "/c/de/pferd"))
    said = {(f.subject, f.predicate, f.object): (Path(f.file).name, f.line) for f in ontology}
    assert said[horse, v.BROADER, animal] == ("edges.csv", 2)
    assert said[pferd, NAMESPACE + "/r/Synonym", horse] == ("edges.csv", 3)
    assert said[horse, v.TYPE, v.SKOS + "Concept"] == ("nodes.csv", 2)
    assert said[NAMESPACE + "/r/Synonym", v.TYPE, v.SYMMETRIC] == ("relations.csv", 3)
    assert (NAMESPACE + "/r/UsedFor", v.TYPE, v.SYMMETRIC) not in said
    assert not [key for key in said if "unused" in key[0]]
    labels = {f.subject: (f.object.value, f.object.language) for f in ontology if f.predicate == v.PREF_LABEL}
    assert labels == {horse: ("horse", "en"), animal: ("riding animal", "en"), pferd: ("pferd", "de")}


def test_an_edit_of_any_of_the_three_is_read(tmp_path):
    before = read_ontology(written(tmp_path))
    assert read_ontology(tmp_path, before).documents == before.documents
    (tmp_path / "nodes.csv").write_text(FILES["nodes.csv"].replace("horse", "pony"))
    assert read_ontology(tmp_path, before).hash != before.hash


def test_an_edge_list_of_that_name_does_not_hide_its_folder(tmp_path):
    (tmp_path / "edges.csv").write_text("source,relation,target\nwn:a,hasPart,wn:b\n")
    (tmp_path / "a.ttl").write_text("<http://x/a> a <http://www.w3.org/2002/07/owl#Class> .\n")
    assert [d.reader for d in read_ontology(tmp_path).documents] == ["rdf", "edges"]


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "words"),
    [
        ("edges.csv", "2,1,0", "4,1,0", 3, "row 4 of nodes.csv does not exist: it has 4 rows"),
        ("edges.csv", "2,1,0", "2,3,0", 3, "row 3 of relations.csv"),
        ("edges.csv", "2,1,0", "2,1,-1", 3, "'-1' is not a row number"),
        ("edges.csv", "2,1,0", "2,1", 3, "'' is not a row number"),
        ("edges.csv", "2,1,0", f"2,1,{'9' * 5000}", 3, "not a row number"),
        ("nodes.csv", "/c/de/pferd", "pferd", 4, "no ConceptNet URI"),
        ("nodes.csv", "uri", "url", 1, "no column 'uri'"),
    ],
)
def test_bad_rows_name_file_and_line(tmp_path, name, old, new, line, words):
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(written(tmp_path, **{name: FILES[name].replace(old, new)}))
    assert (Path(caught.value.file).name, caught.value.line) == (name, line)


def test_a_missing_file_is_named(tmp_path):
    (written(tmp_path) / "nodes.csv").unlink()
    with pytest.raises((MissingFileError, KgzslError), match=r"nodes\.csv"):
        read_ontology(tmp_path / "edges.csv")


def test_the_subgraph_of_snips():
    if not FOLDER.is_dir():
        pytest.skip(f"needs {FOLDER}")
    graph = build_graph(read_ontology(FOLDER))
    rows = [line.split(",") for line in (FOLDER / "edges.csv").read_text().splitlines()[1:]]
    assert len(graph.relations) == len({tuple(row) for row in rows})
    assert len(graph.concepts) == len({row[k] for row in rows for k in (0, 2)})
    assert all(relation.line for relation in graph.relations)
