"""Blank nodes are named by what is said of them, whatever a parser calls them."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.ontology.blanks import named_blanks
from kgzsl.ontology.model import Fact

TERMS = st.sampled_from(["a", "b", "_:1", "_:2", "_:3", "_:4"])
FACTS = st.lists(st.tuples(TERMS, st.sampled_from(["p", "q"]), TERMS), max_size=12, unique=True)


def facts_of(drawn, names=None):
    names = names or {}
    return [Fact(names.get(s, s), p, names.get(o, o), "f", k + 1) for k, (s, p, o) in enumerate(drawn)]


@settings(max_examples=200, deadline=None)
@given(FACTS, st.randoms(use_true_random=False))
def test_names_do_not_depend_on_the_parser_or_on_order(drawn, chance):
    blanks = ["_:1", "_:2", "_:3", "_:4"]
    other = dict(zip(blanks, chance.sample(["_:x", "_:y", "_:z", "_:w"], 4), strict=True))
    shuffled = chance.sample(drawn, len(drawn))
    one = {fact[:3] for fact in named_blanks(facts_of(drawn))}
    assert one == {fact[:3] for fact in named_blanks(facts_of(shuffled, other))}


def test_different_content_has_different_names_and_owners_tell_equal_content_apart():
    drawn = [("a", "p", "_:1"), ("_:1", "q", "x"), ("b", "p", "_:2"), ("_:2", "q", "x"), ("a", "p", "_:3"),
             ("_:3", "q", "y")]  # fmt: skip
    named = named_blanks(facts_of(drawn))
    assert len({fact.object for fact in named if fact.object.startswith("_:")}) == 3
    assert [fact.line for fact in named] == [1, 2, 3, 4, 5, 6]


def test_deep_chains_and_circles_take_linear_time():
    n = 30_000
    deep = [Fact(f"_:{k}", "p", f"_:{k + 1}", "f", 1) for k in range(n)]
    random.Random(0).shuffle(deep)
    assert len({fact.subject for fact in named_blanks(deep)}) == n
    circle = [Fact(f"_:{k}", "p", f"_:{(k + 1) % n}", "f", 1) for k in range(n)]
    assert len({fact.subject for fact in named_blanks(circle)}) == 1, "nothing tells them apart"
