import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import MissingFileError, QueryError, UnknownNameError
from kgzsl.graph import ClassGraph, Concept, Relation, build_graph
from kgzsl.graph.counts import read_counts
from kgzsl.ontology import read_ontology
from kgzsl.ontology.model import Ontology
from tests.learners.worlds import above, graph_of, worlds

ROOT = Path(__file__).resolve().parents[2]
#   a
#  / \       f is below both d and e; g stands apart
# b   c
# |\ /|
# d e |      d → b, e → b and c, f → d and e
#  \|/
#   f
UP = {"b": "a", "c": "a", "d": "b", "e": "bc", "f": "de", "g": ""}


def drawn(up, **weights):
    ids = sorted(set(up) | set("".join(up.values())))
    edges = tuple(Relation(low, "subClassOf", high, 1.0, "d.ttl", 1) for low, highs in up.items() for high in highs)
    return ClassGraph({i: Concept(i, "class", i) for i in ids}, edges, (), "drawn", Ontology(()))


@pytest.fixture(scope="module")
def diamond():
    return drawn(UP)


@pytest.fixture(scope="module")
def animals():
    return build_graph(read_ontology([ROOT / "ontologies/animals.ttl", ROOT / "ontologies/animals-attributes.csv"]))


@pytest.fixture(scope="module")
def objects():
    return build_graph(read_ontology(ROOT / "ontologies/objects.ttl"))


def labels(graph, iris):
    return [graph.label(iri) for iri in iris]


def test_above_and_below(diamond, objects):
    assert diamond.ancestors("f") == set("abcde")
    assert diamond.descendants("b") == set("def")
    parts = objects.descendants("wheel", relation="hasPart") | objects.ancestors("bicycle", relation="hasPart")
    assert all(iri in objects for iri in parts)
    with pytest.raises(UnknownNameError, match="unknown relation 'hasParts'"):
        objects.ancestors("bicycle", relation="hasParts")


def test_lowest_common_ancestors(diamond):
    assert diamond.lowest_common_ancestor("d", "e") == ("b",)
    assert diamond.lowest_common_ancestor("f", "b") == ("b",)
    assert diamond.lowest_common_ancestor("c", "d") == ("a",)
    assert diamond.lowest_common_ancestor("a", "g") == ()
    both = drawn({"x": "pq", "y": "pq", "p": "r", "q": "r"})
    assert both.lowest_common_ancestor("x", "y") == ("p", "q")
    assert both.lowest_common_ancestor("x") == ("x",)


def test_lowest_common_ancestors_in_a_cycle():
    """What is in one cycle is no lower than one another; what hangs below it is."""
    graph = drawn({"p": "q", "q": "p", "x": "p", "y": "q", "z": "xy", "w": "xy"})
    assert graph.lowest_common_ancestor("x", "y") == ("p", "q")
    assert graph.lowest_common_ancestor("z", "w") == ("x", "y")
    with pytest.raises(QueryError, match="cycle"):
        graph.similarity("x", "y")


@settings(max_examples=60, deadline=None)
@given(worlds(), st.data())
def test_lowest_common_ancestors_against_their_definition(world, data):
    graph = graph_of(world)
    one, other = (data.draw(st.sampled_from(sorted(world.glosses))) for _ in "ab")
    common = above(world, one) & above(world, other)
    lowest = {c for c in common if not any(c in above(world, o) for o in common - {c})}
    assert set(graph.lowest_common_ancestor(one, other)) == lowest


@settings(max_examples=40, deadline=None)
@given(worlds(), st.data())
def test_wu_palmer_against_its_definition(world, data):
    graph = graph_of(world)
    parents = {n: [t for s, r, t in world.edges if s == n and r == "subClassOf"] for n in world.glosses}

    def depth(name):
        return 1 + max(map(depth, parents[name]), default=0)

    def steps(low, high):
        return 0 if low == high else 1 + min(steps(p, high) for p in parents[low] if high in above(world, p))

    one, other = (data.draw(st.sampled_from(sorted(world.glosses))) for _ in "ab")
    expected = max((2 * depth(c) / (steps(one, c) + steps(other, c) + 2 * depth(c))
                    for c in above(world, one) & above(world, other)), default=0)  # fmt: skip
    assert graph.similarity(one, other) == pytest.approx(expected)
    assert graph.similarity(one, other) == pytest.approx(graph.similarity(other, one))


def test_wu_palmer_by_hand(diamond):
    assert diamond.similarity("f", "f") == 1
    assert diamond.similarity("d", "e") == 2 * 2 / (1 + 1 + 4)
    assert diamond.similarity("f", "g") == 0
    assert [(one.iri, one.score) for one in diamond.similar("d", k=2)] == [("f", 6 / 7), ("b", 4 / 5)]
    assert len(diamond.similar("d", k=50)) == 6


def test_lin_by_hand(diamond):
    counts = {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5, "g": 5}

    def information(*names):
        return -math.log(sum(counts[n] for n in names) / 20)

    meeting, d, e = information("b", "d", "e", "f"), information("d", "f"), information("e", "f")
    assert diamond.similarity("d", "e", by="lin", counts=counts, smoothing=0) == pytest.approx(2 * meeting / (d + e))
    assert diamond.similarity("d", "d", by="lin", counts=counts) == 1
    assert diamond.similarity("d", "g", by="lin", counts=counts) == 0


def test_lin_of_classes_never_counted(diamond):
    with pytest.raises(QueryError, match="'g' and 0 more classes are never counted"):
        diamond.similar("d", by="lin", counts={"f": 3}, smoothing=0)
    assert diamond.similar("d", by="lin", counts={"f": 3})[0].score <= 1
    with pytest.raises(QueryError, match="needs counts"):
        diamond.similar("d", by="lin")
    with pytest.raises(QueryError, match="the count of 'd' is -1"):
        diamond.similar("d", by="lin", counts={"d": -1})
    with pytest.raises(QueryError, match="none of 1 counts is of a concept"):
        diamond.similar("d", by="lin", counts={"nobody": 1})
    with pytest.warns(UserWarning, match="1 counts are of no concept here, such as 'nobody'"):
        diamond.similar("d", by="lin", counts={"nobody": 1, "d": 1})


def test_files_of_counts(tmp_path, diamond):
    path = tmp_path / "counts.txt"
    path.write_text("# id count\nd 3\ne,4\nf\t5e0\nd 1\n\n")
    assert read_counts(path) == {"d": 4, "e": 4, "f": 5}
    assert diamond.similarity("d", "e", "lin", path) == diamond.similarity("d", "e", "lin", read_counts(path))
    path.write_text("d 3\nd three\n")
    with pytest.raises(QueryError, match="'d three' is not a name and a number") as caught:
        read_counts(path)
    assert (caught.value.file, caught.value.line) == (str(path), 2)
    with pytest.raises(MissingFileError):
        read_counts(tmp_path / "none")


def test_cosine(diamond):
    table = np.eye(7, 3)
    table[4] = [1, 1, 0]
    assert diamond.similarity("a", "e", by="cosine", vectors=table) == pytest.approx(math.sqrt(0.5))
    given_some = {"a": [1, 0], "b": [0, 2], "d": [3, 3]}
    found = diamond.similar("d", by="cosine", vectors=given_some)
    assert [(one.iri, round(one.score, 6)) for one in found] == [("a", 0.707107), ("b", 0.707107)]
    for wrong, words in ((np.eye(3), "for 7 concepts"), ({"a": [1], "d": [1, 2]}, "of one width"),
                         (np.full((7, 2), np.nan), "finite"), ({"a": [1]}, "no vector of 'd'"), (None, "needs vectors"),
                         ({"d": [0.0], "a": [1.0]}, "no vector of 'd'")):  # fmt: skip
        with pytest.raises(QueryError, match=words):
            diamond.similar("d", by="cosine", vectors=wrong)
    with pytest.raises(QueryError, match="no vector of 'c'"):
        diamond.similarity("a", "c", by="cosine", vectors=given_some)
    with pytest.raises(UnknownNameError, match="did you mean 'cosine'"):
        diamond.similar("d", by="cosin")


def test_neighbours(objects):
    found = objects.neighbours("giraffe")
    assert [(n.relation, n.direction, n.label) for n in found] == [
        ("subClassOf", "out", "ruminant"), ("subClassOf", "in", "okapi")]  # fmt: skip
    assert found[0].where.startswith(str(ROOT / "ontologies/objects.ttl:"))
    assert objects.neighbours("giraffe", direction="in") == found[1:]
    assert objects.neighbours("giraffe", relations=["hasPart"]) == ()
    with pytest.raises(QueryError, match="'up' is no direction"):
        objects.neighbours("giraffe", direction="up")
    with pytest.raises(UnknownNameError, match="did you mean 'subClassOf'"):
        objects.neighbours("giraffe", relations=["subclassof"])


def test_paths_directed_and_bounded(diamond, objects):
    assert [p.nodes for p in diamond.paths("f", "a", k=9, directed=True)] == [
        tuple("fdba"), tuple("feba"), tuple("feca")]  # fmt: skip
    assert diamond.paths("a", "f", directed=True) == []
    assert diamond.paths("a", "f", most=2) == []
    assert len(diamond.paths("a", "f", k=50, most=3)) == 3
    assert objects.paths("okapi", "gazelle", relations=["hasPart"]) == []
    with pytest.raises(UnknownNameError, match="unknown relation"):
        objects.paths("okapi", "gazelle", relations=["partOf?"])


def test_a_subgraph_is_a_graph(animals):
    part = animals.subgraph("zebra", hops=1, relations=["subClassOf"])
    assert set(labels(animals, part.concepts)) == {"zebra", *labels(animals, animals.parents("zebra"))}
    assert part.hash.startswith(animals.hash + "-subgraph-")
    assert part.hash != animals.subgraph("zebra", hops=2, relations=["subClassOf"]).hash
    assert part.attributes("zebra") == {}
    assert part.parents("zebra") == animals.parents("zebra")
    rows = part.sparql("SELECT DISTINCT ?p ?o { wn:n02391049 ?p ?o }")
    assert not [row for row in rows if "attribute/" in row["p"]]
    with pytest.raises(UnknownNameError):
        part.find("tiger")


def test_a_subgraph_has_the_facts_of_its_concepts(animals):
    part = animals.subgraph(below="ungulate", hops=1)
    kept = set(part.concepts)
    assert {animals.find("ungulate"), *animals.descendants("ungulate")} <= kept
    again = build_graph(part.ontology)
    assert dict(again.concepts) == dict(part.concepts)
    assert set(again.relations) == set(part.relations)
    assert len(part.to_rdflib()) == len({fact[:3] for fact in part.ontology}) < len(animals.ontology)
    for words in ({}, {"names": "zebra", "hops": -1}):
        with pytest.raises(QueryError, match="needs names"):
            animals.subgraph(**words)


def test_blank_nodes_stay_whole_or_not_at_all(tmp_path):
    from kgzsl.ontology import vocabulary as v

    head = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in v.PREFIXES.items()) + "@prefix : <http://x/> .\n"
    names = "".join(f":{name} a owl:Class .\n" for name in ("car", "bike", "wheel", "engine", "wing"))
    some = "[ a owl:Restriction ; owl:onProperty :hasPart ; owl:someValuesFrom {} ]"
    only = "[ a owl:Restriction ; owl:onProperty :hasPart ; owl:allValuesFrom :wheel ]"
    (tmp_path / "a.ttl").write_text(
        f"{head}{names}:hasPart a owl:ObjectProperty .\n"
        f":car rdfs:subClassOf {some.format(':wheel')}, {some.format(':engine')} .\n"
        f":bike rdfs:subClassOf {some.format(':wheel')}, {only} .\n"
        "[] a owl:AllDisjointClasses ; owl:members ( :car :wing ) .\n"
        "[] a owl:AllDisjointClasses ; owl:members ( :car :wheel ) .\n"
    )
    graph = build_graph(read_ontology(tmp_path / "a.ttl"))
    part = graph.subgraph(["car", "wheel"], hops=0)
    assert {edge[:3] for edge in part.relations if edge.relation == "hasPart"} == {
        ("http://x/car", "hasPart", "http://x/wheel")}  # fmt: skip
    again = build_graph(part.ontology)
    assert set(again.relations) == set(part.relations)
    fillers = [f.object for f in part.ontology if f.predicate == v.OWL + "someValuesFrom"]
    assert fillers == ["http://x/wheel"]
    assert "http://x/wing" not in {f.object for f in part.ontology}
    bike = graph.subgraph(["bike", "wheel"], hops=0)
    assert [(c.kind, c.target) for c in bike.constraints] == [("only", "http://x/wheel")]
    assert build_graph(bike.ontology).constraints == bike.constraints


@settings(max_examples=40, deadline=None)
@given(worlds(), st.data())
def test_subgraphs_are_induced(world, data):
    graph = graph_of(world)
    name, hops = data.draw(st.sampled_from(sorted(world.glosses))), data.draw(st.integers(0, 3))
    part = graph.subgraph(name, hops=hops)
    kept = {name}
    for _ in range(hops):
        kept |= {b for s, _, t in world.edges for a, b in ((s, t), (t, s)) if a in kept}
    assert set(part.concepts) == kept
    assert set(part.relations) == {e for e in graph.relations if e.source in kept and e.target in kept}


def test_where(animals):
    stripes = labels(animals, animals.where("stripes >= 0.8"))
    assert set(stripes) == {"zebra", "tiger", "skunk"}
    assert animals.where({"stripes": (">=", 0.8)}) == animals.where("stripes>=.8") == animals.where("'stripes' >= 8e-1")
    assert labels(animals, animals.where({"stripes": (">=", 0.8)}, below="ungulate")) == ["zebra"]
    assert labels(animals, animals.where("stripes > 0.8 and not fierce < 0.5")) == ["tiger"]
    assert animals.where({"stripes": [(">", 0.8), ("<", 0.9)]}) == animals.where("stripes > 0.8 and stripes < 0.9")
    assert animals.where("stripes > .8 or fierce > .8") == animals.where("not (stripes <= .8 and not fierce > .8)")
    assert animals.where({"stripes": 0.9886}) == animals.where("stripes = 0.9886") == (animals.find("zebra"),)


def test_what_is_not_stated_is_not_known(animals):
    known, unknown = set(animals.where("stripes")), set(animals.where("not stripes"))
    assert known | unknown == set(animals.class_ids)
    assert not known & unknown
    assert animals.find("ungulate") in unknown
    assert set(animals.where("stripes > 0.5")) | set(animals.where("not stripes > 0.5")) == known
    assert set(animals.where("not stripes > 0.5 or not stripes")) == unknown | set(animals.where("stripes <= 0.5"))


CONDITIONS = {
    "strips > 1": (UnknownNameError, "did you mean 'stripes'"),
    "stripes >> 3": (QueryError, "line 1, column 10: not a condition: '>'"),
    "stripes > 0.5 and": (QueryError, "column 18: not a condition: it ends too early"),
    "(stripes > 1": (QueryError, "column 13"),
    "stripes > fierce": (QueryError, "column 11"),
    "stripes > 0.5 fierce": (QueryError, "column 15"),
    "": (QueryError, "ends too early"),
    "not " * 5000 + "stripes": (QueryError, "the most is 1,000"),
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_that_are_none(animals, text):
    error, words = CONDITIONS[text]
    with pytest.raises(error, match=words):
        animals.where(text)


def test_conditions_of_an_unknown_operator(animals):
    with pytest.raises(QueryError, match="'=>' compares nothing"):
        animals.where({"stripes": ("=>", 1)})
    deepest = "(" * 490 + "stripes" + ")" * 490
    assert animals.where(deepest) == animals.where("stripes")
    assert animals.where("not " * 240 + "stripes") == animals.where("stripes")


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.sampled_from(["stripes > 0.5", "fierce >= .3", "big", "water != 0.2"]), lambda inner: st.one_of(
    st.tuples(st.just("not"), inner), st.tuples(st.just("and"), inner, inner), st.tuples(st.just("or"), inner, inner),
), max_leaves=6))  # fmt: skip
def test_conditions_by_truth_tables(animals, tree):
    def text(part):
        if isinstance(part, str):
            return part
        return f"not ({text(part[1])})" if part[0] == "not" else f"({text(part[1])}) {part[0]} ({text(part[2])})"

    def truth(part, has):
        if isinstance(part, str):
            name, sign, number = (*part.split(), None, None)[:3]
            own = has.get(animals.find(name))
            if sign is None:
                return own is not None
            number = float(number)
            return None if own is None else {">": own > number, ">=": own >= number, "!=": own != number}[sign]
        values = [truth(p, has) for p in part[1:]]
        if part[0] == "not":
            return None if values[0] is None else not values[0]
        strong = part[0] == "or"
        return strong if strong in values else None if None in values else not strong

    expected = tuple(iri for iri in animals.class_ids if truth(tree, animals.attributes(iri)))
    assert animals.where(text(tree)) == expected


@pytest.mark.skipif(not hasattr(ClassGraph, "defaults"), reason="needs inherited attributes")
def test_where_over_inherited_attributes(animals):
    own, all_of_them = set(animals.where("stripes > 0.8")), set(animals.where("stripes > 0.8", inherited=True))
    assert own <= all_of_them


def test_classes_of_an_expression(objects):
    assert set(objects.classes("giraffe")) >= {objects.find("okapi")}


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda g: g.lowest_common_ancestor(), "name two concepts"),
        (lambda g: g.paths("zebra", "horse", k=-1), "-1 paths"),
        (lambda g: g.similar("zebra", k=-1), "-1 concepts"),
        (lambda g: g.similar("zebra", by="cosine", vectors={"zebra": ["a"]}), "not a number"),
        (lambda g: g.similar("zebra", by="lin", counts={"zebra": "many"}), "count of 'zebra' is many"),
        (lambda g: g.where({"stripes": ">= 0.5"}), "no strength to compare"),
        (lambda g: g.where({"stripes": (">=",)}), "no strength to compare"),
        (lambda g: g.where({"stripes": (">=", math.nan)}), "no strength to compare"),
    ],
)  # fmt: skip
def test_arguments_of_the_wrong_kind_are_refused_in_words(animals, ask, why):
    with pytest.raises(QueryError, match=why):
        ask(animals)


def test_one_relation_may_be_named_alone(animals):
    assert animals.neighbours("zebra", "subClassOf") == animals.neighbours("zebra", ["subClassOf"])
    assert animals.subgraph("zebra", relations="subClassOf").relations
