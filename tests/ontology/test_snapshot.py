"""Several files are read as they stood together."""

import pytest

from kgzsl.errors import OntologyError
from kgzsl.ontology.rdf import read_rdf
from kgzsl.ontology.read import READERS, Reader
from kgzsl.ontology.snapshot import TRIES, is_current, read_snapshot, stale_files
from kgzsl.testing import PREFIXES, block

readings = []


def read_and_meddle(path, data):
    """Read a file, while someone saves both it and its neighbour: what the first holds belongs to the second."""
    facts = read_rdf(path.with_suffix(".ttl"), data)
    text = data.decode()
    readings.append(text)
    if len(readings) <= read_and_meddle.edits:
        for name in ("a.meddled", "b.ttl"):
            file = path.with_name(name)
            file.write_text(f"{PREFIXES}{block(f'from{name[0]}{len(readings)}', [])}")
    return facts


@pytest.fixture
def sources(tmp_path, monkeypatch):
    monkeypatch.setitem(READERS, "meddled", Reader(f"{__name__}.read_and_meddle", (".meddled",)))
    readings.clear()
    for name in ("a.meddled", "b.ttl"):
        (tmp_path / name).write_text(f"{PREFIXES}{block(f'from{name[0]}0', [])}")
    return [tmp_path / "a.meddled", tmp_path / "b.ttl"]


def names(ontology):
    return {iri.rpartition("/")[2] for iri in ontology.classes}


@pytest.mark.parametrize("edits", [0, 1, 3])
def test_files_edited_while_they_are_read_are_read_again(sources, edits):
    read_and_meddle.edits = edits
    ontology = read_snapshot(sources)
    assert names(ontology) == {f"froma{edits}", f"fromb{edits}"}
    assert is_current(ontology, sources)


def test_files_that_never_rest_are_refused(sources):
    read_and_meddle.edits = 10**6
    with pytest.raises(OntologyError, match=f"changed while it was read, {TRIES} times"):
        read_snapshot(sources)


def test_what_did_not_change_is_taken_over(sources):
    read_and_meddle.edits = 0
    first = read_snapshot(sources)
    sources[1].write_text(PREFIXES + block("other", []))
    assert stale_files(first) == (str(sources[1]),)
    second = read_snapshot(sources, first)
    assert second.documents[0] is first.documents[0]
    assert len(readings) == 1


def test_current_means_the_same_files_with_the_same_bytes(tmp_path):
    for name in ("a.ttl", "b!c.ttl"):
        (tmp_path / name).write_text(PREFIXES + block(name[0], []))
    ontology = read_snapshot([tmp_path])
    assert is_current(ontology, [tmp_path])
    (tmp_path / "d.ttl").write_text(PREFIXES + block("d", []))
    assert not is_current(ontology, [tmp_path])
    (tmp_path / "d.ttl").unlink()
    (tmp_path / "a.ttl").unlink()
    assert not is_current(ontology, [tmp_path])
    assert stale_files(ontology) == ()
