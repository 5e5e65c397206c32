"""Compressed files and archives are read as what is inside; what is hostile or broken is one error."""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgzsl import testing
from kgzsl.errors import OntologyError
from kgzsl.ontology import read_ontology
from kgzsl.ontology.compressed import unpack
from kgzsl.ontology.read import wanted

TURTLE = "@prefix : <http://x/> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n:a a owl:Class ;\n  :b :c .\n"
BAD = TURTLE + ":d a"
SINGLE = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


def archive(path, members):
    """Write an archive of {name: text}."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, text in members.items():
                file.writestr(name, text)
        return path
    mode = {".tar": "w", ".gz": "w:gz", ".tgz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}[path.suffix]
    with tarfile.open(path, mode) as file:
        for name, text in members.items():
            data = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


def refused(path):
    with pytest.raises(OntologyError) as caught:
        read_ontology(path)
    return caught.value


@pytest.mark.parametrize("suffix", SINGLE)
def test_compressed_files_pass_the_shared_case(tmp_path, suffix):
    good, bad = tmp_path / f"good.ttl{suffix}", tmp_path / f"bad.ttl{suffix}"
    good.write_bytes(SINGLE[suffix](TURTLE.encode()))
    bad.write_bytes(SINGLE[suffix](BAD.encode()))
    ontology = read_ontology(good)
    assert [(f.file, f.line) for f in ontology] == [(str(good), 3), (str(good), 4)]
    assert read_ontology(good, ontology).documents == ontology.documents
    error = refused(bad)
    assert (error.file, error.line) == (str(bad), 5)


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_archives_name_their_members(tmp_path, suffix):
    text = TURTLE.replace(":a", ":z") + "# kgzsl: ignore-file W02\n"
    members = {"deep/b.ttl": text, "a.ttl": TURTLE, "README": "x", "catalog-v001.xml": "<x/>"}
    path = archive(tmp_path / f"words{suffix}", members)
    ontology = read_ontology(path)
    assert ontology.paths == (f"{path}!a.ttl", f"{path}!deep/b.ttl")
    assert {f.file for f in ontology} == set(ontology.paths)
    assert [document.silenced for document in ontology.documents] == [frozenset(), {(0, "W02")}]
    assert read_ontology(path, ontology).documents == ontology.documents
    assert set(os.listdir(tmp_path)) == {path.name}, "nothing is written to disk"


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_a_bad_member_is_named_with_its_line(tmp_path, suffix):
    path = archive(tmp_path / f"words{suffix}", {"a.ttl": TURTLE, "b.ttl": BAD})
    error = refused(path)
    assert (error.file, error.line) == (f"{path}!b.ttl", 5)


def test_an_edited_archive_is_read_again(tmp_path):
    path = archive(tmp_path / "words.zip", {"a.ttl": TURTLE})
    before = read_ontology(path)
    archive(path, {"a.ttl": TURTLE.replace(":c", ":d")})
    assert read_ontology(path, before).hash != before.hash


def test_a_dictionary_in_an_archive_is_read_through_its_nouns(tmp_path):
    noun = "  1 WordNet 3.1 Copyright\n00001740 03 n 01 entity 0 000 | that which is\n"
    path = archive(tmp_path / "wn.tar.gz", {"dict/data.noun": noun, "dict/index.noun": "entity n 1 0 1 0 00001740\n"})
    assert read_ontology(path).classes == {"https://w3id.org/kgzsl/wn31/n00001740"}


def test_a_compressed_member_is_unpacked_too(tmp_path):
    good, bad = (gzip.compress(text.encode()) for text in (TURTLE, BAD))
    path = archive(tmp_path / "words.tar", {"a.ttl.gz": good, "b.ttl.gz": bad})
    assert refused(path).file == f"{path}!b.ttl.gz"
    archive(path, {"a.ttl.gz": good})
    assert read_ontology(path).paths == (f"{path}!a.ttl.gz",)


def test_folders_give_compressed_files_and_leave_archives_to_be_named(tmp_path):
    (tmp_path / "a.ttl.gz").write_bytes(gzip.compress(TURTLE.encode()))
    archive(tmp_path / "old.zip", {"a.ttl": TURTLE})
    assert read_ontology(tmp_path).paths == (str(tmp_path / "a.ttl.gz"),)
    (tmp_path / "a.ttl.gz").unlink()
    assert "archive" in str(refused(tmp_path))


def test_links_out_of_a_folder_are_refused(tmp_path):
    (tmp_path / "secret.ttl").write_text(TURTLE)
    folder = tmp_path / "ontologies"
    folder.mkdir()
    (folder / "b.ttl").write_text(TURTLE)
    (folder / "within.ttl").symlink_to(folder / "b.ttl")
    assert len(read_ontology(folder).documents) == 2
    (folder / "a.ttl").symlink_to(tmp_path / "secret.ttl")
    assert refused(folder).file == str(folder / "a.ttl")


@pytest.mark.parametrize("suffix", ARCHIVES)
@pytest.mark.parametrize("name", ["../a.ttl", "/etc/a.ttl", "x/../../a.ttl", "..\\a.ttl", "C:\\a.ttl"])
def test_members_that_lead_out_are_refused(tmp_path, suffix, name):
    path = archive(tmp_path / f"evil{suffix}", {"good.ttl": TURTLE, name: TURTLE})
    error = refused(path)
    assert error.file == str(path)
    assert error.value == name
    assert name in str(error)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_in_a_tar_are_refused(tmp_path, kind):
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        info = tarfile.TarInfo("a.ttl")
        info.type, info.linkname = kind, "/etc/passwd"
        file.addfile(info)
    assert "'a.ttl' is a link" in str(refused(path))


def test_links_in_a_zip_are_refused(tmp_path):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as file:
        info = zipfile.ZipInfo("a.ttl")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        file.writestr(info, "/etc/passwd")
    assert "'a.ttl' is a link" in str(refused(path))


@pytest.fixture
def suspicious(monkeypatch):
    monkeypatch.setattr("kgzsl.ontology.compressed.UNSUSPECTED", 1024**2)


@pytest.mark.parametrize("suffix", SINGLE)
def test_bombs_are_refused(tmp_path, suffix, suspicious):
    path = tmp_path / f"bomb.nt{suffix}"
    path.write_bytes(SINGLE[suffix](bytes(8 * 1024**2)))
    assert "bomb" in str(refused(path))


def test_bombs_in_archives_are_refused(tmp_path, suspicious):
    bomb = "# " + " " * (8 * 1024**2)
    for suffix in (".zip", ".tar.gz"):
        path = archive(tmp_path / f"bomb{suffix}", {"a.ttl": bomb})
        assert "bomb" in str(refused(path))
    path = archive(tmp_path / "many.tar", {f"{k}.ttl.gz": gzip.compress(bomb.encode()) for k in range(2)})
    assert "bomb" in str(refused(path))


def test_the_limit_is_for_all_members_together():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for k in range(4):
            file.writestr(f"{k}.ttl", TURTLE)
    size = len(TURTLE)
    assert len(unpack(Path("a.zip"), stream.getvalue(), wanted, limit=4 * size)) == 4
    with pytest.raises(OntologyError, match="expands to more than"):
        unpack(Path("a.zip"), stream.getvalue(), wanted, limit=4 * size - 1)
    long = TURTLE.encode() * 200
    packed = gzip.compress(long)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as file:
        for k in range(4):
            info = tarfile.TarInfo(f"{k}.ttl.gz")
            info.size = len(packed)
            file.addfile(info, io.BytesIO(packed))
    with pytest.raises(OntologyError, match=r"a.tar!3.ttl.gz: expands"):
        unpack(Path("a.tar"), stream.getvalue(), wanted, limit=4 * (len(packed) + len(long)) - 1)


@pytest.mark.parametrize("suffix", [*SINGLE, *ARCHIVES])
def test_broken_files_are_one_error(tmp_path, suffix):
    path = tmp_path / f"a.ttl{suffix}"
    path.write_text("this is none of these formats, whatever its name says\n" * 20)
    assert refused(path).file == str(path)


@pytest.mark.parametrize("suffix", [*SINGLE, *ARCHIVES])
def test_truncated_files_are_one_error(tmp_path, suffix):
    path = tmp_path / f"a.ttl{suffix}"
    text = TURTLE + "".join(f":c{os.urandom(8).hex()} a owl:Class .\n" for _ in range(500))
    if suffix in SINGLE:
        path.write_bytes(SINGLE[suffix](text.encode()))
    else:
        archive(path, {"a.ttl": text})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    error = refused(path)
    assert error.file == str(path)
    assert "broken" in str(error)


def test_an_encrypted_or_empty_archive_is_one_error(tmp_path):
    path = archive(tmp_path / "a.zip", {"README": "x"})
    assert "no ontology file" in str(refused(path))
    archive(path, {"a.ttl": TURTLE})
    data = bytearray(path.read_bytes())
    data[6] |= 1                                              # the flag of encryption, in both headers
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "encrypted" in str(refused(path))


def test_not_utf8_inside_is_one_error(tmp_path):
    path = tmp_path / "data.noun.gz"
    path.write_bytes(gzip.compress(b"  1 licence\n00001740 03 n 01 ent\xff 0 000 | x\n"))
    error = refused(path)
    assert (error.file, error.line) == (str(path), 2)


@given(st.binary(max_size=300), st.sampled_from([*SINGLE, *ARCHIVES]))
def test_any_bytes_give_parts_or_one_error(data, suffix):
    name = f"a.ttl{suffix}"
    try:
        named = [part.file for part in unpack(Path(name), data, wanted)]
    except OntologyError as error:
        named = [error.file]
    assert named
    assert all(file.startswith(name) for file in named)


def test_a_compressed_ontology_is_the_same_ontology(tmp_path):
    path = tmp_path / "world.ttl"
    path.write_text(testing.world())
    packed = tmp_path / "world.ttl.xz"
    packed.write_bytes(lzma.compress(testing.world().encode()))
    assert read_ontology(path).hash == read_ontology(packed).hash


def test_what_needs_files_beside_it_is_not_read_within_an_archive(tmp_path):
    path = archive(tmp_path / "net.zip", {"edges.csv": "start_id,relation_id,end_id\n0,0,1\n"})
    error = refused(path)
    assert error.file == f"{path}!edges.csv"
    assert "nodes.csv" in str(error)
