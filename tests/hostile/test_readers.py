"""Every reader over hostile files: one clear error or a bounded load, no network, no crash."""

import os

import pytest

from kgzsl.ontology.catalogue import READERS
from kgzsl.ontology.read import reader_of
from tests.hostile import files
from tests.hostile.running import UNSEEN, bound, readings

CONCEPTNET = {"nodes.csv": "id,uri\n0,/c/en/a\n", "relations.csv": "id,uri,directed\n0,/r/IsA,1\n"}


def written(folder, contents):
    """Write files; return their paths as text."""
    paths = []
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        paths.append(str(path))
        if path.name == "edges.csv":
            for beside, text in CONCEPTNET.items():
                path.with_name(beside).write_text(text)
    return paths


def keeps_to(told, size):
    """A reading must have ended in one line of error that names the file, or within the bound."""
    assert "grown" in told, f"the process ended within {told['path']}"
    assert "fault" not in told, told
    assert told["seconds"] < 30, told
    assert told["grown"] <= bound(size, told.get("facts", 0)), told
    if "error" in told:
        assert told["file"].startswith(told["path"]), told
        assert "\n" not in told["error"]
        assert not UNSEEN.search(told["error"])
        assert len(told["error"]) < 10_000


def test_there_are_hostile_files_for_every_reader(tmp_path):
    assert set(files.HEADS) | {"rdf"} == set(READERS)
    for reader, contents in files.of_every_reader().items():
        path, content = next(iter(contents.items()))
        assert reader_of(tmp_path / path, content) == reader, path


@pytest.mark.parametrize("reader", sorted(READERS))
def test_attacks_on_any_syntax(tmp_path, reader):
    contents = files.of_every_reader()[reader]
    told, network = readings(tmp_path, written(tmp_path, contents))
    assert len(told) == len(contents)
    for path, content in contents.items():
        keeps_to(told[str(tmp_path / path)], len(content))
    assert network == []
    errors = [one for one in told.values() if "error" in one]
    assert errors
    if reader not in ("parquet", "matlab"):
        assert f"{reader}-not-utf8" in " ".join(one["path"] for one in errors if one["line"])


@pytest.mark.parametrize("group", [files.of_xml, files.of_nesting, files.of_links, files.of_archives])
def test_attacks_that_one_syntax_invites(tmp_path, group):
    contents = group()
    told, network = readings(tmp_path, written(tmp_path, {path: content for path, (content, _) in contents.items()}))
    for path, (content, words) in contents.items():
        one = told[str(tmp_path / path)]
        keeps_to(one, len(content))
        assert (words in one["error"]) if words else "facts" in one, one
        assert words == "cannot be decoded" or "cannot be decoded" not in one.get("error", "")
    assert network == []
    assert not list(tmp_path.parent.glob("x.ttl"))


def blank_nodes(count):
    """Return three shapes of so many blank nodes, each with its number of facts."""
    restricted = "".join(f":c{k} a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; "
                         f"owl:someValuesFrom :c{k + 1} ] .\n" for k in range(count))  # fmt: skip
    return {
        "restricted.ttl": (restricted, 5 * count),
        "chain.ttl": ("".join(f"_:b{k} :p _:b{k + 1} .\n" for k in range(count)), count),
        "ring.ttl": ("".join(f"_:b{k} :p _:b{(k + 1) % count} .\n" for k in range(count)), count),
    }  # fmt: skip


def test_blank_nodes_by_the_hundred_thousand(tmp_path):
    """KGZSL_BLANK_NODES=1000000 takes the full million."""
    contents = blank_nodes(int(os.environ.get("KGZSL_BLANK_NODES", "100000")) // 3)
    paths = written(tmp_path, {name: (files.TURTLE + text).encode() for name, (text, _) in contents.items()})
    told, _ = readings(tmp_path, paths)
    for name, (text, facts) in contents.items():
        one = told[str(tmp_path / name)]
        assert one.get("facts") == facts, one
        assert one["grown"] <= bound(len(text), facts), one


def test_links_out_of_a_folder_and_devices(tmp_path):
    folder = tmp_path / "folder"
    paths = written(folder, {"a.ttl": (files.TURTLE + ":a a owl:Class .").encode()})
    (tmp_path / "secret.ttl").write_bytes((files.TURTLE + ":secret a owl:Class .").encode())
    (folder / "b.ttl").symlink_to(tmp_path / "secret.ttl")
    os.mkfifo(tmp_path / "pipe.ttl")
    told, _ = readings(tmp_path, [str(folder), str(tmp_path / "pipe.ttl"), "/dev/zero", *paths])
    assert "a symbolic link out of its folder" in told[str(folder)]["error"]
    assert "neither a file nor a folder" in told[str(tmp_path / "pipe.ttl")]["error"]
    assert "neither a file nor a folder" in told["/dev/zero"]["error"]
    assert told[paths[0]]["facts"] == 1
