from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import QueryError
from kgzsl.graph import build_graph
from kgzsl.graph.expression import And, Named, Not, Or, Some
from kgzsl.graph.subsumed import named_classes
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v

ROOT = Path(__file__).resolve().parents[2]
WORDNET = Path("/usr/share/wordnet/data.noun")
HEAD = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in v.PREFIXES.items()) + "@prefix : <http://x/> .\n"
ZOO = """
:hasPart a owl:ObjectProperty . :eats a owl:ObjectProperty .
att:stripes a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .
:part a skos:Concept . :wing a skos:Concept . :feathered a skos:Concept ; skos:broader :wing .
:feather a skos:Concept . :feathered :hasPart :feather .
:animal a owl:Class . :plant a owl:Class .
:bird a owl:Class ; rdfs:subClassOf :animal ; :hasPart :feathered .
:penguin a owl:Class ; rdfs:subClassOf :bird .
:insect a owl:Class ; rdfs:subClassOf :animal ; :hasPart :wing .
:bee a owl:Class ; rdfs:subClassOf :insect ; att:stripes 0.9 .
:bumblebee a owl:Class ; rdfs:subClassOf :bee .
:mason a owl:Class ; rdfs:subClassOf :bee ; att:stripes 0.1 .
:mammal a owl:Class ; rdfs:subClassOf :animal ; att:stripes 0.3 .
:zebra a owl:Class ; rdfs:subClassOf :mammal ; att:stripes 1.0 ; :eats :grass .
:grass a owl:Class ; rdfs:subClassOf :plant .
"""


def graph_of(tmp_path, text):
    (tmp_path / "zoo.ttl").write_text(HEAD + text)
    return build_graph(read_ontology(tmp_path / "zoo.ttl"))


@pytest.fixture
def zoo(tmp_path):
    return graph_of(tmp_path, ZOO)


def found(graph, text):
    return {iri.rsplit("/", 1)[-1] for iri in named_classes(graph, text)}


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("mammal", "mammal zebra"),
        ("hasPart some wing", "bird penguin insect bee bumblebee mason"),
        ("hasPart value wing", "insect bee bumblebee mason"),
        ("hasPart some feathered", "bird penguin"),
        ("hasPart some (wing and not (hasPart some feather))", ""),
        ("hasPart some (wing and hasPart some feather)", "bird penguin"),
        ("eats some plant", "zebra"),
        ("eats some (plant and not grass)", ""),
        ("animal and not (hasPart some wing)", "mammal zebra"),
        ("not (hasPart some wing)", "mammal zebra plant grass"),
        ("not penguin", "insect bee bumblebee mason mammal zebra plant grass"),
        ("not not penguin", "penguin bird"),
        ("penguin or grass", "penguin grass"),
        ("bird and insect", ""),
        ("hasAttribute value stripes >= 0.5", "bee bumblebee zebra"),
        ("hasAttribute value stripes < 0.5", "mason mammal"),
        ("stripes value 0.9", "bee bumblebee"),
        ("hasAttribute some stripes", "bee bumblebee mason mammal zebra"),
        ("insect and not (hasAttribute value stripes >= 0.5)", "mason"),
    ],
)
def test_what_expressions_subsume(zoo, text, classes):
    assert found(zoo, text) == set(classes.split())


def test_a_denial_leaves_out_what_has_exceptions_below(zoo):
    """Birds are not all without penguins, so 'bird' is not subsumed by 'not penguin'."""
    assert not {"bird", "animal"} & found(zoo, "not penguin")


def test_the_face_of_the_graph(zoo):
    assert zoo.classes("bird and not penguin") == ()
    assert zoo.classes("bird or grass") == tuple(sorted(zoo.find(n) for n in ("bird", "penguin", "grass")))
    with pytest.raises(QueryError, match="at character 6"):
        zoo.classes("bird bird")


def test_what_axioms_entail_counts(tmp_path):
    graph = graph_of(tmp_path, """
:partOf a owl:ObjectProperty , owl:TransitiveProperty . :inside a owl:ObjectProperty ; rdfs:subPropertyOf :partOf .
:has a owl:ObjectProperty ; owl:inverseOf :partOf .
:car a owl:Class . :wheel a owl:Class ; :partOf :car . :rim a owl:Class ; :inside :wheel .
:auto a owl:Class ; owl:equivalentClass :car . :taxi a owl:Class ; rdfs:subClassOf :auto .
""")  # fmt: skip
    assert found(graph, "partOf some car") == {"wheel", "rim"}
    assert "taxi" in found(graph, "car")
    assert found(graph, "car") == found(graph, "auto")
    assert found(graph, "has some rim") == {"auto", "taxi", "wheel"}
    assert {iri.rsplit("/", 1)[-1] for iri in named_classes(graph, "partOf some car", inferred=False)} == {"wheel"}


NAMES = ["animal", "bird", "penguin", "insect", "bee", "mammal", "zebra", "plant"]
PARTS = st.recursive(
    st.sampled_from(NAMES).map(lambda n: Named("http://x/" + n)) | st.just(Some("hasPart", Named("http://x/wing"))),
    lambda part: st.builds(Not, part)
    | st.tuples(part, part).map(And)
    | st.tuples(part, part).map(Or),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return graph_of(tmp_path_factory.mktemp("zoo"), ZOO)


@settings(max_examples=100, deadline=None)
@given(a=PARTS, b=PARTS)
def test_laws(kept, a, b):
    sets = {e: set(named_classes(kept, e)) for e in (a, b, And((a, b)), Or((a, b)), Not(a))}
    assert sets[And((a, b))] == sets[a] & sets[b]
    assert sets[Or((a, b))] == sets[a] | sets[b]
    assert not sets[a] & sets[Not(a)]
    for iri in sets[a]:
        assert kept.descendants(iri) <= sets[a]


