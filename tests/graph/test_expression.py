import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import KgzslError, QueryError, UnknownNameError
from kgzsl.graph import build_graph
from kgzsl.graph.expression import And, Compare, Named, Not, Or, Some, Value, parse, walk, word, write
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v

ROOT = Path(__file__).resolve().parents[2]
WN = v.WN


@pytest.fixture(scope="module")
def graph():
    names = ("objects.ttl", "animals.ttl", "animals-attributes.csv")
    return build_graph(read_ontology([ROOT / "ontologies" / name for name in names]))


@pytest.fixture(scope="module")
def ids(graph):
    kinds = {"okapi": "class", "bird": "class", "stripes": "attribute", "feather": "concept"}
    return {name: graph.find(name, kind) for name, kind in kinds.items()}


def test_every_construct(graph, ids):
    okapi, bird, stripes, feather = (Named(ids[n]) for n in ("okapi", "bird", "stripes", "feather"))
    cases = {
        "okapi": okapi,
        "(((okapi)))": okapi,
        "wn:n02439398": okapi,
        f"<{ids['okapi']}>": okapi,
        ids["okapi"]: okapi,
        "'Okapi' or okapi and bird": Or((okapi, And((okapi, bird)))),
        "not okapi and bird": And((Not(okapi), bird)),
        "not not okapi": Not(Not(okapi)),
        "okapi that not bird": And((okapi, Not(bird))),
        "okapi AND NOT bird": And((okapi, Not(bird))),
        "hasPart some feather": Some("hasPart", feather),
        "kg:hasPart some feather": Some("hasPart", feather),
        f"<{v.KG}hasPart> value feather": Value("hasPart", feather.iri),
        "hasPart some feather and bird": And((Some("hasPart", feather), bird)),
        "hasPart some (feather and not okapi)": Some("hasPart", And((feather, Not(okapi)))),
        "hasPart some hasPart some feather": Some("hasPart", Some("hasPart", feather)),
        "hasAttribute value stripes >= 0.5": Compare(stripes.iri, ">=", 0.5),
        "hasAttribute value stripes<1e-1": Compare(stripes.iri, "<", 0.1),
        "hasAttribute value stripes": Compare(stripes.iri, ">", 0.0),
        "hasAttribute some stripes": Compare(stripes.iri, ">", 0.0),
        "stripes value 0.6": Compare(stripes.iri, "=", 0.6),
        "stripes value > .6": Compare(stripes.iri, ">", 0.6),
    }
    for text, tree in cases.items():
        assert parse(text, graph) == tree, text


def test_quotes(graph):
    beak = parse('hasPart some "bird\'s foot"', graph)
    assert beak == parse(r"hasPart some 'bird\'s foot'", graph)
    assert write(beak, graph.label) == r"hasPart some 'bird\'s foot'"
    assert [word(n) for n in ("bird", "wing span", "and", "Min", "minimum", "0.5")] == [
        "bird", "'wing span'", "'and'", "'Min'", "minimum", "0.5"]  # fmt: skip


def test_a_filler_with_several_senses_stands_for_all(graph):
    found = parse("hasPart some wing", graph)
    assert found == Some("hasPart", Or((Named(WN + "n02151625"), Named(WN + "n04592741"))))
    with pytest.raises(UnknownNameError, match="'wing' is ambiguous, at character 15"):
        parse("hasPart value wing", graph)


@pytest.mark.parametrize(
    ("text", "message", "under"),
    [
        ("okapi and (", "a name is missing, at character 12; expected a name, '(' or 'not'", ""),
        ("", "a name is missing, at character 1", ""),
        ("and", "a name is missing before 'and', at character 1", "and"),
        ("bird okapi", "'okapi' does not belong here, at character 6; expected the end, 'and', 'or'", "okapi"),
        ("(bird", "the expression ends too early, at character 6; expected ')'", ""),
        ("bird)", "')' does not belong here, at character 5", ")"),
        ("'bird", "a quote is not closed, at character 1", "'"),
        ("{bird}", "neither individuals nor datatypes are represented, at character 1", "{"),
        ("stripes >= 0.5", "a strength is compared so: hasAttribute value NAME >= 0.5", ">="),
        ("bird and okapy", "unknown class 'okapy', at character 10; did you mean 'okapi'?", "okapy"),
        ("bird and stripes", "'stripes' is an attribute", "stripes"),
        ("hasPrt some wing", "unknown relation 'hasPrt', at character 1; did you mean 'hasPart'?", "hasPrt"),
        ("zzz some wing", "known are hasMember, hasPart", "zzz"),
        ("hasAttribute value stripz > 0.1", "unknown attribute 'stripz', at character 20; did you mean 'stripes'?",
         "stripz"),
        ("hasAttribute value stripes > 1.5", "'1.5' is no strength between 0 and 1, at character 30", "1.5"),
        ("hasPart value feather > 0.4", "'hasPart' has no strength to compare", "hasPart"),
        ("hasPart min 2 wing", "min, max, exactly) are not represented", "hasPart min 2 wing"),
        ("hasPart max 2", "are not represented", "hasPart max 2"),
        ("bird and hasPart only wing", "'only' is not represented", "hasPart only wing"),
        ("hasPart Self", "'Self' is not represented", "hasPart"),
        ("inverse hasPart some bird", "'inverse' is not represented", "hasPart some bird"),
    ],
)  # fmt: skip
def test_errors_point_at_the_place(graph, text, message, under):
    with pytest.raises(KgzslError) as caught:
        parse(text, graph)
    said, line, carets = str(caught.value).rsplit("\n", 2)
    assert message in said
    assert line == f"  {text}"
    at = carets.index("^")
    assert line[at : at + len(under)] == under
    assert carets.strip() == "^" * max(1, len(under))


def test_the_line_and_a_part_of_a_long_one_are_shown(graph):
    with pytest.raises(UnknownNameError) as caught:
        parse("bird or\n\tokapi and okapy", graph)
    assert str(caught.value).splitlines()[1:] == ["   okapi and okapy", "             ^^^^^"]
    with pytest.raises(UnknownNameError) as caught:
        parse("bird or " * 500 + "okapy" + " or bird" * 500, graph)
    line, carets = str(caught.value).splitlines()[1:]
    assert len(line) < 80
    assert line.strip().startswith("…")
    assert line[carets.index("^") :][:5] == "okapy"


@pytest.mark.parametrize(
    "text",
    ["(" * 90_000, "(" * 40_000 + "bird" + ")" * 40_000 + ")", "not " * 20_000 + "bird", "not (" * 10_000 + "bird",
     "hasPart some " * 7000 + "bird", "x" * 10_000_000, "'" * 10_000_001, "bird or " * 2_000_000, "\0", "\udc80 bird",
     "bird and ( not " * 1000],
)  # fmt: skip
def test_hostile_text_is_one_clear_error(graph, text):
    with pytest.raises(KgzslError) as caught:
        parse(text, graph)
    assert len(str(caught.value)) < 600


def test_brackets_alone_cost_nothing(graph, ids):
    assert parse("(" * 1000 + "bird" + ")" * 1000, graph) == Named(ids["bird"])
    with pytest.raises(QueryError, match="nested more than 50 deep"):
        parse("not " * 60 + "bird", graph)


SAMPLE = ["n02439398", "n01503061", "n04524313"]
NAMED = st.sampled_from(SAMPLE).map(lambda n: Named(WN + n))
STRENGTH = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 1e-07])
LEAVES = (
    NAMED
    | st.builds(Value, st.just("hasPart"), st.just(WN + "n02151625"))
    | st.builds(Compare, st.just(v.ATT + "stripes"), st.sampled_from(["=", "<", "<=", ">", ">="]), STRENGTH)
)


def several(kind):
    return lambda part: st.lists(part, min_size=2, max_size=3).map(lambda parts: kind(tuple(parts)))


EXPRESSIONS = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        several(And)(part), several(Or)(part), st.builds(Not, part),
        st.builds(Some, st.sampled_from(["hasPart", "hasMember"]), part)),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(expression=EXPRESSIONS)
def test_what_is_written_is_read_back(graph, expression):
    assert parse(str(expression), graph) == expression
    assert parse(f"({expression})", graph) == expression
    assert sum(1 for _ in walk(expression)) >= 1


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("bird okapi and or not some hasPart value stripes ()'\"<>=.5{}[],\n\\"),
                    max_size=40))  # fmt: skip
def test_any_text_is_an_expression_or_one_error(graph, text):
    with contextlib.suppress(KgzslError):
        parsed = parse(text, graph)
        assert parse(str(parsed), graph) == parsed
