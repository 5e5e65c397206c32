import pytest

from kgzsl.diff import diff
from kgzsl.diff.render import markdown, sections, summary
from kgzsl.effect import Confused, Effect, Moved, Named, Near, Newcomer, Relabelled

OLD = ':a a owl:Class ; rdfs:label "a*b|c" . :b a owl:Class ; rdfs:label "b" ; rdfs:subClassOf :a .\n'
NEW = ':a a owl:Class ; rdfs:label "a_<x>\\nz" . :b a owl:Class ; rdfs:label "b" .\n'


@pytest.fixture
def found(turtle):
    return diff(turtle(OLD), turtle(NEW), inferred=False)


@pytest.fixture
def effect():
    okapi = ("okapi", "http://e/okapi", "okapi")
    zebra = Named("n1", "http://e/n1", "zebra")
    newcomer = Newcomer(*okapi, False, True, (Near("n1", "http://e/n1", "zebra", 0.5),),
                        tuple(Confused(f"n{k}", f"http://e/n{k}", f"c{k}", 9 - k, 9) for k in range(7)))  # fmt: skip
    moved = Moved("n1", "http://e/n1", "zebra", 0.25, None, 0.0)
    changed = Relabelled(3, zebra, None, 0.5, None)
    return Effect("x", "y", 3, (newcomer,), (), (moved,), (zebra,), (zebra,), (), 10, (changed,))


def rows(found, title):
    return next(section.rows for section in found if section.title.startswith(title))


def test_sections_say_what_where_and_what_it_does(found, effect):
    told = sections(found, effect)
    assert [row[0] for row in rows(told, "classes")] == ["relabelled", "moved"]
    assert rows(told, "classes")[1][2] == "a*b|c → no parent"
    assert {row[0] for row in rows(told, "facts")} == {"−", "~"}
    assert rows(told, "new classes") == (("okapi", "zebra 0.50", "no description of its own",
        "c0 (9 won, 9 near), c1 (8 won, 9 near), c2 (7 won, 9 near), c3 (6 won, 9 near), c4 (5 won, 9 near), "
        "and 2 more"),)  # fmt: skip
    assert rows(told, "classifiers") == (("zebra (n1)", "0.2500", "was zero"),)
    assert rows(told, "answers") == (("3", "zebra (n1)", "0.5000", "none", ""),)
    assert len(rows(told, "also")) == 2


def test_the_summary_counts(found, effect):
    assert summary(found) == "classes: 1 relabelled, 1 moved; facts: 1 removed, 1 changed"
    assert summary(found, effect).endswith("; 1 classifiers move; 1 of 10 answers change")


def test_markdown_is_escaped_and_long_tables_are_folded(found, turtle):
    text = markdown(found)
    assert r"a\*b\|c" in text
    assert r"a\_\<x\>\\nz" in text
    assert "<details>" not in text
    assert all(line.count("|") - line.count(r"\|") == 4 for line in text.splitlines() if line.startswith("| −"))
    nine = "".join(f":c{k} a owl:Class .\n" for k in range(9))
    many = diff(turtle(":a a owl:Class ."), turtle(nine), inferred=False)
    text = markdown(many, limit=7)
    assert "<details><summary>facts (10)</summary>" in text
    assert "… and 3 more" in text


def test_nothing_is_said_in_few_words(turtle):
    same = diff(turtle(OLD), turtle(OLD))
    assert sections(same) == []
    assert summary(same) == "no difference"
    assert markdown(same) == "**Ontology:** no difference\n"
