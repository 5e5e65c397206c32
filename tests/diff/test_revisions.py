import os
import subprocess

import pytest

from kgzsl.diff.patch import patched
from kgzsl.diff.revisions import read_side
from kgzsl.errors import MissingFileError, OntologyError, StaleError
from kgzsl.ontology.model import Ontology, merge
from tests.diff.conftest import HEAD

FIRST, SECOND = HEAD + ":a a owl:Class .\n", HEAD + ":a a owl:Class .\n:b a owl:Class .\n"


def git(folder, *words):
    done = subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false",
                           *words], cwd=folder, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with two commits of ``o/a.ttl``, the second tagged ``v2``; its top is the working folder."""
    top = tmp_path / "repository"
    (top / "o").mkdir(parents=True)
    git(top, "init", "-q")
    for text in (FIRST, SECOND):
        (top / "o/a.ttl").write_text(text)
        (top / "o/b.ttl").write_text(text.replace(":a", ":z"))
        git(top, "add", ".")
        git(top, "commit", "-q", "-m", "c")
    git(top, "tag", "v2")
    (top / "o/a.ttl").write_text("no Turtle at all")
    monkeypatch.chdir(top)
    return top


def test_a_revision_is_read_without_touching_the_working_tree(repository):
    old, new = read_side("HEAD~1:o/a.ttl"), read_side("v2:o/a.ttl")
    assert len(old.classes) == 1
    assert len(new.classes) == 2
    assert {fact.file for fact in old} == {"HEAD~1:o/a.ttl"} == set(old.paths)
    assert (repository / "o/a.ttl").read_text() == "no Turtle at all"


def test_paths_are_as_git_takes_them(repository, monkeypatch, tmp_path):
    monkeypatch.chdir(repository / "o")
    assert len(read_side("HEAD:./a.ttl")) == len(read_side("HEAD:o/a.ttl")) == 2
    with pytest.raises(MissingFileError, match=r"use 'HEAD:\./a\.ttl'"):
        read_side("HEAD:a.ttl")
    monkeypatch.chdir(tmp_path)
    assert len(read_side(f"HEAD:{repository}/o/a.ttl")) == 2


def test_a_folder_of_a_revision(repository):
    found = read_side("HEAD~1:o")
    assert found.paths == ("HEAD~1:o/a.ttl", "HEAD~1:o/b.ttl")
    assert {fact.file for fact in found} == set(found.paths)


def test_imports_are_those_of_the_revision(repository):
    head = "<http://example.org/o> a owl:Ontology ; owl:imports <http://example.org/more> .\n"
    (repository / "o/a.ttl").write_text(FIRST + head)
    (repository / "o/parts").mkdir()
    (repository / "o/parts/more.ttl").write_text(HEAD + ":old a owl:Class .\n")
    (repository / "o/catalog-v001.xml").write_text(
        '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
        '<uri name="http://example.org/more" uri="parts/more.ttl"/></catalog>'
    )
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "imports")
    (repository / "o/parts/more.ttl").write_text(HEAD + ":new a owl:Class .\n")
    old, new = read_side("HEAD:o/a.ttl"), read_side("o/a.ttl")
    assert old.classes - new.classes == {"http://example.org/old"}
    assert old.paths == ("HEAD:o/a.ttl", "HEAD:o/parts/more.ttl")


def test_a_file_at_the_top(repository):
    (repository / "top.ttl").write_text(SECOND)
    git(repository, "add", "top.ttl")
    git(repository, "commit", "-q", "-m", "top")
    assert read_side("HEAD:top.ttl").paths == ("HEAD:top.ttl",)
    assert read_side("HEAD:./top.ttl").paths == ("HEAD:./top.ttl",)


def test_a_file_whose_name_looks_like_a_revision_is_that_file(repository):
    (repository / "v2:x.ttl").write_text(FIRST)
    assert len(read_side("v2:x.ttl")) == 1


def test_clear_errors(repository, monkeypatch, tmp_path):
    with pytest.raises(MissingFileError, match="unknown revision 'nope'"):
        read_side("nope:o/a.ttl")
    with pytest.raises(MissingFileError, match="unknown revision '--output=x'"):
        read_side("--output=x:o/a.ttl")
    with pytest.raises(MissingFileError, match=r"revision 'HEAD' has no 'o/none\.ttl'"):
        read_side("HEAD:o/none.ttl")
    git(repository, "commit", "-q", "-a", "-m", "broken")
    with pytest.raises(OntologyError, match=r"^HEAD:o/a\.ttl:1: syntax error"):
        read_side("HEAD:o/a.ttl")
    with pytest.raises(MissingFileError, match="no such file or folder"):
        read_side("none.ttl")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingFileError, match="no git repository here"):
        read_side("HEAD:o/a.ttl")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OntologyError, match="git, which is not installed"):
        read_side("HEAD:o/a.ttl")


def test_links_out_of_a_folder_are_left_alone(repository, tmp_path):
    (tmp_path / "secret.ttl").write_text(SECOND)
    os.symlink(tmp_path / "secret.ttl", repository / "o/link.ttl")
    git(repository, "add", "o/link.ttl")
    git(repository, "commit", "-q", "-m", "l")
    assert "HEAD:o/link.ttl" not in read_side("HEAD:o").paths


def test_a_bundle_is_a_side(small):
    engine, path, _ = small
    bundle = path.with_name("b.kgzsl")
    engine.save(bundle)
    assert read_side(str(bundle)).hash == engine.graph.hash


def test_an_edit_is_made_in_a_larger_whole(turtle):
    old, other = turtle(":a a owl:Class . :b a owl:Class ; rdfs:subClassOf :a ."), turtle(":c a owl:Class .")
    new = turtle(":a a owl:Class . :b a owl:Class ; rdfs:subClassOf :c .")
    made = patched(merge((old, other)), old, new)
    assert made.hash == merge((new, other)).hash
    assert {fact.file for fact in made if fact.object == "http://example.org/c"} == {new.paths[0]}


def test_what_another_source_states_too_stays(turtle):
    text = ":a a owl:Class . :b a owl:Class ."
    old, new = turtle(text), turtle(":a a owl:Class .")
    other = turtle(":b a owl:Class . :x a owl:Class . :y a owl:Class . :z a owl:Class .")
    assert "http://example.org/b" in patched(merge((old, other)), old, new).classes
    assert "http://example.org/b" not in patched(merge((old,)), old, new).classes


def test_an_edit_of_something_else_is_refused(turtle):
    whole = Ontology(turtle(":a a owl:Class .").documents)
    with pytest.raises(StaleError, match="no source of the bundle is a version of the old side"):
        patched(whole, turtle(":q a owl:Class ."), turtle(":r a owl:Class ."))
