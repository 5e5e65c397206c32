"""Writing edits: whole or not at all, over nobody else's work, and never what was not meant."""

import errno
import gzip
import os

import pytest

from kgzsl.errors import KgzslError, MissingFileError, OntologyError
from kgzsl.ontology.edit import add_class, remove
from kgzsl.ontology.edit.base import Intent
from kgzsl.ontology.edit.plan import document, verified

TTL = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix : <http://z/> .\n:a a owl:Class .\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "zoo.ttl"
    path.write_text(TTL)
    return path


def left_over(path):
    return sorted(p.name for p in path.parent.iterdir() if p.name.endswith(".tmp"))


def test_mode_and_link_stay(path, tmp_path):
    path.chmod(0o640)
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "zoo.ttl"
    link.symlink_to(path)
    add_class(link, "b", parents=["a"]).apply()
    assert link.is_symlink()
    assert ":b a owl:Class" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(folder) == ["zoo.ttl"]
    assert not left_over(path)


def test_a_file_that_changed_meanwhile_is_left_alone(path):
    plan = add_class(path, "b", parents=["a"])
    path.write_text(TTL + "# mine\n")
    with pytest.raises(OntologyError, match="changed while it was edited; nothing was written"):
        plan.apply()
    assert path.read_text() == TTL + "# mine\n"
    path.unlink()
    with pytest.raises(MissingFileError, match="the file is gone"):
        plan.apply()


def test_read_only_files_and_folders(path, monkeypatch):
    plan = add_class(path, "b", parents=["a"])
    path.chmod(0o444)
    with pytest.raises(OntologyError, match="read-only; nothing was written"):
        plan.apply()
    path.chmod(0o644)

    def denied(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(OntologyError, match="cannot be written: Permission denied; nothing was changed"):
        plan.apply()
    assert path.read_text() == TTL


def test_a_full_disk_leaves_all_as_it_was(path, monkeypatch):
    plan = add_class(path, "b", parents=["a"])

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OntologyError, match="No space left on device"):
        plan.apply()
    assert path.read_text() == TTL
    assert not left_over(path)


def test_of_several_files_all_or_none(path, tmp_path, monkeypatch):
    table = tmp_path / "zoo.csv"
    text = "class,att:big\nhttp://z/a,1\n"
    table.write_text(text)
    plan = add_class([path, table], "b", parents=["a"], has={"big": 0.5})
    assert len(plan.changes) == 2
    replace, calls = os.replace, []

    def fails_once(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails_once)
    with pytest.raises(OntologyError, match="Input/output error; nothing was changed"):
        plan.apply()
    assert (path.read_text(), table.read_text()) == (TTL, text)
    assert not left_over(path)


def test_text_that_says_something_else_is_refused(path):
    before = document(path, TTL.encode())
    new = ("http://z/b", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://www.w3.org/2002/07/owl#Class")
    meant = Intent(added=frozenset({new}))
    verified(path, (TTL + ":b a owl:Class .\n").encode(), before, meant)
    for wrong in (":c a owl:Class .\n", "", ":b a owl:Class, :d .\n"):
        with pytest.raises(OntologyError, match=r"would change other facts than it is to \("):
            verified(path, (TTL + wrong).encode(), before, meant)
    with pytest.raises(OntologyError, match=r"zoo.ttl:5: this edit would break the file"):
        verified(path, (TTL + ":b a owl:Class\n").encode(), before, meant)


def test_files_that_cannot_be_edited(tmp_path):
    for name, says in (("none.ttl", "cannot be read"), (".", "a folder is no file")):
        with pytest.raises(MissingFileError, match=says):
            add_class(tmp_path / name, "b")
    (tmp_path / "zoo.ttl.gz").write_bytes(gzip.compress(TTL.encode()))
    with pytest.raises(OntologyError, match="a compressed file is read, not edited; unpack it first"):
        add_class(tmp_path / "zoo.ttl.gz", "b")
    (tmp_path / "one.nt").write_text("<http://z/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
                                     "<http://www.w3.org/2002/07/owl#Class> .\n")  # fmt: skip
    with pytest.raises(OntologyError, match="would leave the file empty; delete the file"):
        remove(tmp_path / "one.nt", "a")
    (tmp_path / "empty.ttl").write_text("\n")
    with pytest.raises(KgzslError, match="the file is empty"):
        add_class(tmp_path / "empty.ttl", "b")
