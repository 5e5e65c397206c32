"""Which classes are unseen: files of them, and folds."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl import testing
from kgzsl.errors import EvaluationError, KgzslError, MissingFileError
from kgzsl.evaluate.lists import read_lists
from kgzsl.evaluate.splits import folds_at_random, folds_by_class, folds_by_subtree, read_split
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology

AT = "http://example.org/"


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    path = tmp_path_factory.mktemp("world") / "world.ttl"
    path.write_text(testing.world(3, 4))
    return build_graph(read_ontology(path))


@pytest.fixture
def file(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def members(*groups):
    return [f"{AT}c{g}{m}" for g in groups for m in range(4)]


@pytest.mark.parametrize(("name", "text"), [
    ("p.toml", 'seen = ["c00", "c01"]\nunseen = ["c10", "http://example.org/c11"]\n'),
    ("p.json", json.dumps({"seen": ["c00", "c01"], "unseen": ["c10", "c11"]}, indent=1)),
])  # fmt: skip
def test_a_protocol_file_names_seen_and_unseen_classes(graph, file, name, text):
    split = read_split(file(name, text), graph)
    assert split.seen == (AT + "c00", AT + "c01")
    assert split.unseen == (AT + "c10", AT + "c11")


WRONG = {
    "both": ('unseen = [\n  "c01",\n  "c10",\n]\nseen = [\n  "c00",\n  "c01",\n]\n', 7, "c01", "both parts"),
    "both, by another name": ('seen = ["c00"]\nunseen = [\n"c10",\n"http://example.org/c00"]\n', 4, AT + "c00", "both"),
    "unknown class": ('seen = ["c00"]\nunseen = ["c10",\n"c1l"]\n', 3, "c1l", r"unknown class 'c1l'; did you mean"),
    "named twice": ('seen = ["c00"]\nunseen = ["c10",\n"c11",\n"c10"]\n', 4, "c10", "twice"),
    "unknown key": ('seen = ["c00"]\n\nunsene = ["c10", "c11"]\n', 3, "unsene", "did you mean 'unseen'"),
    "no list": ('seen = ["c00"]\nunseen = "c10"\n', 2, "unseen", "no list of class names"),
    "one unseen": ('seen = ["c00"]\nunseen = ["c10"]\n', None, 1, "two are needed"),
    "an empty part": ('seen = []\nunseen = ["c10", "c11"]\n', None, "seen", "names no seen class"),
    "no TOML": ('seen = ["c00"]\nunseen = ["c10"\n', 3, None, "not TOML"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_protocol_file_is_said_with_its_line(graph, file, case):
    text, line, value, words = WRONG[case]
    path = file("p.toml", text)
    with pytest.raises(EvaluationError, match=words) as caught:
        read_split(path, graph)
    assert (caught.value.file, caught.value.line, caught.value.value) == (str(path), line, value)


def test_the_line_is_found_in_json_too(graph, file):
    text = json.dumps({"seen": ["c00", "c01"], "unseen": ["c10", "c00"]}, indent=1)
    with pytest.raises(EvaluationError, match="both parts") as caught:
        read_split(file("p.json", text), graph)
    assert text.splitlines()[caught.value.line - 1].strip() == '"c00"'
    assert caught.value.line == 8
    with pytest.raises(EvaluationError, match="not JSON") as caught:
        read_split(file("q.json", '{"seen": [\n'), graph)
    assert caught.value.line == 2


def test_no_file_and_no_text(graph, tmp_path):
    with pytest.raises(MissingFileError):
        read_split(tmp_path / "none.toml", graph)
    (tmp_path / "p.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EvaluationError, match="UTF-8"):
        read_lists(tmp_path / "p.txt")
    (tmp_path / "p.json").write_text("3")
    with pytest.raises(EvaluationError, match="no list"):
        read_lists(tmp_path / "p.json")


def test_a_text_has_one_name_a_line(graph, file):
    listed = read_lists(file("c.txt", "# mine\nc00\n\nc10\nc1\n"))
    assert listed.lists == {"classes": ("c00", "c10", "c1")}
    assert listed.line("classes", "c1") == 5


@settings(max_examples=30, deadline=None)
@given(count=st.integers(4, 30), folds=st.integers(2, 15), seed=st.integers(0, 9))
def test_each_class_is_unseen_once_or_the_folds_are_refused(count, folds, seed):
    classes = [f"class {k}" for k in range(count)]
    if folds * 2 > count:
        with pytest.raises(EvaluationError, match=f"{folds} folds of {count} classes"):
            folds_by_class(classes, folds, seed)
        return
    found = folds_by_class(classes, folds, seed)
    assert sorted(iri for fold in found for iri in fold.unseen) == sorted(classes)
    assert found == folds_by_class(classes[::-1], folds, seed)
    assert all(len(fold.unseen) >= 2 for fold in found)


def test_an_empty_fold_is_called_so():
    with pytest.raises(EvaluationError, match=r"a fold is empty.*at most 1 folds"):
        folds_by_class(["a", "b", "c"], 4, 0)
    with pytest.raises(EvaluationError, match="a fold holds a single class"):
        folds_by_class(["a", "b", "c"], 2, 0)
    with pytest.raises(EvaluationError, match="two are needed"):
        folds_by_class(["a", "b", "c", "d"], 1, 0)


def test_draws_are_of_one_size_and_differ():
    classes = [f"class {k}" for k in range(12)]
    found = folds_at_random(classes, 5, 0.25, 0)
    assert {len(fold.unseen) for fold in found} == {3}
    assert len({fold.unseen for fold in found}) > 1
    assert found == folds_at_random(classes[::-1], 5, 0.25, 0) != folds_at_random(classes, 5, 0.25, 1)
    for part in (0.1, 0.9):
        with pytest.raises(EvaluationError, match="two unseen and two seen"):
            folds_at_random(classes, 5, part, 0)


def test_branches_are_left_out_as_wholes(graph):
    found = folds_by_subtree(graph, members(0, 1, 2))
    assert [(fold.name, list(fold.unseen)) for fold in found] == [
        (f"below kind{g}", members(g)) for g in range(3)]  # fmt: skip
    assert folds_by_subtree(graph, members(0, 1, 2), ["kind1"]) == found[1:2]


def test_a_branch_needs_two_unseen_and_leaves_two_seen(graph):
    few = [*members(0), f"{AT}c10"]
    with pytest.raises(EvaluationError, match=r"'kind1' has 1 of the 5.*two unseen"):
        folds_by_subtree(graph, few, ["kind1"])
    with pytest.raises(EvaluationError, match=r"'kind2' has 0 of the 5.*two unseen"):
        folds_by_subtree(graph, few, ["kind2"])
    for branch in ("kind0", "thing"):
        with pytest.raises(EvaluationError, match="two seen ones must be left"):
            folds_by_subtree(graph, few, [branch])
    with pytest.raises(EvaluationError, match="no branch holds two"):
        folds_by_subtree(graph, few)
    with pytest.raises(EvaluationError, match="branch: unknown class 'kind7'; did you mean"):
        folds_by_subtree(graph, few, ["kind7"])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_more_than_one_error(tmp_path_factory, graph, text):
    folder = tmp_path_factory.mktemp("p")
    for name in ("p.toml", "p.json", "p.txt"):
        (folder / name).write_text(text, encoding="utf8", errors="replace")
        with pytest.raises(KgzslError):
            read_split(folder / name, graph)
