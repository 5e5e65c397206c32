"""Labels that are equal, nearly equal, or one letter apart."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.checks.labels import plain, shortened
from kgzsl.checks.similar_label import _one_apart
from tests.checks.worlds import found, graph_of


def siblings(tmp_path, *labels, parents=":p"):
    text = ':p a owl:Class ; skos:prefLabel "parent" .\n:q a owl:Class ; skos:prefLabel "other" .\n'
    for k, label in enumerate(labels):
        up = f" ; rdfs:subClassOf {parents.split()[k % len(parents.split())]}" if parents else ""
        text += f':c{k} a owl:Class ; skos:prefLabel "{label}" ; skos:definition "the one of {k}"{up} .\n'
    return graph_of(tmp_path, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Red fox", "red-foxes"), ("wood pigeon", "woodpigeon"), ("cafe", "Café"), ("berry", "berries"), ("cat", "cats"),
     ("St. Bernard", "St Bernard"), ("dish", "dishes"), ("glass", "glasses")],
)  # fmt: skip
def test_near_labels(tmp_path, one, other):
    assert [f.line for f in found(siblings(tmp_path, one, other), "W16")] == [4]


@pytest.mark.parametrize(("one", "other"), [("bus", "bush"), ("pass", "pas"), ("crane", "crane"), ("ox", "box")])
def test_labels_that_are_not_near(tmp_path, one, other):
    assert found(siblings(tmp_path, one, other), "W16") == []


def test_only_siblings_are_compared(tmp_path):
    graph = siblings(tmp_path, "Red fox", "red-foxes", parents=":p :q")
    assert found(graph, "W16") == found(graph, "W02") == []
    assert [f.line for f in found(siblings(tmp_path, "Red fox", "red fox"), "W02")] == [4]
    roots = siblings(tmp_path, "fox", "Fox", parents="")
    assert "without a parent" in found(roots, "W02")[0].message


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [("plains zebra", "plaims zebra", True), ("plains zebra", "plain zebra", True),
     ("hippopotamus", "hippopotmaus", True), ("giraffes neck", "giraffes neck b", False),
     ("vitamin k1", "vitamin k2", False), ("sector a", "sector b", False),
     ("cat", "bat", False), ("mountain goat", "mountain boar", False)],
)  # fmt: skip
def test_labels_one_letter_apart(tmp_path, one, other, told):
    assert bool(found(siblings(tmp_path, one, other), "I02")) is told


def test_many_equal_labels_are_compared_once(tmp_path):
    graph = siblings(tmp_path, *["unclassified beetle"] * 3000, "unclasified beetle")
    begun = time.process_time()
    assert [f.code for f in found(graph, "I02")] == ["I02"]
    assert time.process_time() - begun < 3


WORD = st.text("ab", min_size=3, max_size=7)


@settings(max_examples=200, deadline=None, database=None)
@given(WORD, WORD)
def test_words_one_edit_apart_share_a_shortened_form(one, other):
    if _one_apart(one, other):
        assert set(shortened(one)) & set(shortened(other))
        assert _one_apart(other, one)


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(st.text("abcs", min_size=1, max_size=4), min_size=1, max_size=3))
def test_case_punctuation_and_spaces_do_not_count(words):
    joined = "".join(words[:-1]) + " " + words[-1]
    assert plain(" ".join(words)) == plain("-".join(words).upper() + "!") == plain(joined)
