"""Plain sentences, each of what the explanation holds."""

import re

from kgzsl.explain.draw.sentence import labels, sentence
from kgzsl.explain.kinship import kin, kinship, most_like
from tests.explain.draw import made


def test_seen_classes_and_what_all_are():
    ways = [made.path(0.3, "okapi", "giraffe", "ruminant", "gazelle", derived=False),
            made.path(0.2, "okapi", "giraffe", "ruminant", "impala", derived=False)]  # fmt: skip
    found = made.explanation([made.seen(0.3, "gazelle"), made.seen(0.2, "impala"), made.seen(0.02, "zebra")], ways)
    first = ways[0].facts[0][0].line
    assert sentence(found) == ("It looks most like gazelle and impala; all are kinds of ruminant "
                               f"(objects.ttl:{first} and 1 more).")  # fmt: skip


def test_one_seen_class():
    assert sentence(made.explanation([made.seen(0.4, "gazelle")])) == "It looks most like gazelle."
    fact = made.fact("okapi", "subClassOf", "giraffe", 212)
    way = made.path(0.3, "okapi", "giraffe")._replace(facts=((fact,),), relations=("subClassOf",))
    assert sentence(made.explanation([made.seen(0.3, "giraffe")], [way])) == (
        "It looks most like giraffe, of which okapi is a kind (objects.ttl:212).")  # fmt: skip
    ways = [made.path(0.3, "okapi", "giraffe", "gazelle", derived=False)]
    assert "both are kinds of giraffe" in sentence(made.explanation([made.seen(0.3, "gazelle")], ways))


def test_nothing_is_invented():
    assert sentence(made.explanation([made.seen(-0.4, "gazelle")])).startswith("It looks like none of the seen classes")
    assert "The classifier of okapi was given" in sentence(made.explanation(score=0.2, seen=True))
    assert "into no parts" in sentence(made.explanation(score=0.2, learner="tfvaegan"))
    empty = "nothing could be propagated to okapi: its classifier is empty, and so is its explanation"
    assert sentence(made.explanation([made.seen(0.4, "gazelle")], notes=(empty,))) == empty.capitalize() + "."
    bare = "okapi has no description of its own: it was understood from what lies above it"
    parts = [made.seen(0.4, "gazelle")]
    said = sentence(made.explanation(parts, [made.path(0.1, "okapi", "giraffe", "gazelle")], notes=(bare,)))
    assert said == "Okapi has no description of its own: it was understood from what lies above it. " + (
        "It looks most like gazelle.")  # fmt: skip
    assert "nor has anything above it" in sentence(made.explanation(parts, notes=(bare,)))


def test_concepts_where_no_seen_class_has_a_part():
    ways = [made.path(0.3, "okapi"), made.path(0.2, "okapi", "giraffe", derived=False), made.path(-0.1, "okapi", "b")]
    line = made.fact("giraffe", "subClassOf", "okapi").line
    assert sentence(made.explanation(paths=ways)) == (
        f"What is said of okapi itself and giraffe (objects.ttl:{line}) speaks most for okapi.")  # fmt: skip
    assert "each lowers the score" in sentence(made.explanation(paths=ways[2:]))


def test_attributes_where_nothing_else_is_known():
    found = made.explanation(attributes=made.full().attributes, score=0.1)
    assert sentence(found) == "What speaks most for okapi: stripes (attributes.csv:31)."


def test_every_name_has_its_label():
    known = labels(made.full())
    assert known[made.BASE + "ruminant"] == "ruminant"
    assert {"gerenuk", "stripes", "giraffe", "okapi"} <= set(known.values())


def test_kinship_is_the_nearest():
    up = {"okapi": ["giraffe"], "giraffe": ["ruminant"], "antelope": ["ruminant"], "gazelle": ["antelope"],
          "impala": ["antelope"], "ruminant": ["animal"], "animal": ["ruminant"]}  # fmt: skip

    def parents(iri):
        return [made.fact(iri, "subClassOf", p)._replace(source=iri, target=p) for p in up.get(iri, ())]

    found = kinship("okapi", ["gazelle", "impala"], parents)
    assert found.iri == "ruminant"
    assert [f[:3:2] for f in found.own] == [("okapi", "giraffe"), ("giraffe", "ruminant")]
    assert kinship("okapi", ["stone"], parents) is None
    assert kinship("okapi", [], parents) is None
    assert kinship("okapi", ["giraffe"], parents).iri == "giraffe"
    assert kinship("okapi", ["giraffe", "gazelle"], parents).iri == "ruminant"


def test_kin_of_a_real_explanation(engine, photos):
    found = engine.explain(photos.X[707], "okapi", counterfactuals=False)
    assert re.search(r"most like zebra; both are kinds of ungulate \(objects\.ttl:\d+ and", found.sentence)
    assert found.kin[0].source == found.iri
    known = labels(found)
    assert all(fact.fact.source in known and fact.fact.target in known for fact in found.facts)


def test_kin_of_a_real_graph(engine):
    graph = engine.graph
    parts = [made.seen(v, name)._replace(iri=graph.find(name)) for v, name in ((0.4, "gazelle"), (0.3, "impala"))]
    assert [c.label for c in most_like([*parts, made.seen(0.01, "stone"), made.seen(-0.5, "tree")])] == [
        "gazelle", "impala"]  # fmt: skip
    okapi, facts = graph.find("okapi"), kin(graph, graph.find("okapi"), parts)
    assert facts[0].source == okapi
    assert graph.find("ruminant") in {fact.target for fact in facts}
    assert all(fact.file and fact.line for fact in facts)


def test_an_input_of_zeros_raises_and_lowers_nothing():
    parts = [made.seen(0.0, "gazelle"), made.seen(0.0, "impala")]
    assert sentence(made.explanation(parts)) == "The input says nothing of okapi: every part of its score is 0."
    ways = [made.path(0.0, "okapi", "giraffe")]
    assert sentence(made.explanation(paths=ways)).endswith("every listed part of its score is 0.")
