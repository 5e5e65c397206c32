import pytest

from kgzsl.checks import check
from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v

EDGES = """\
source,relation,target,weight
wn:zebra,subClassOf,wn:equine,
wn:zebra,label,"zebra, the striped",
wn:zebra,hasAttribute,att:stripes,0.98
wn:zebra,livesIn,wn:savanna,1
wn:zebra,http://example.org/eats,wn:grass,
wn:zebra,type,owl:Class,
"""


def written(tmp_path, text, name="a.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_an_edge_list_makes_a_graph_by_itself(tmp_path):
    graph = build_graph(read_ontology(written(tmp_path, EDGES)))
    zebra = graph.find("zebra, the striped")
    assert zebra == v.WN + "zebra"
    assert graph.concepts[zebra].kind == graph.concepts[v.WN + "equine"].kind == "class"
    assert graph.concepts[v.WN + "savanna"].kind == "concept"
    assert graph.attributes(zebra) == {v.ATT + "stripes": 0.98}
    edges = {(r.relation, r.target, r.line) for r in graph.relations if r.source == zebra}
    assert ("subClassOf", v.WN + "equine", 2) in edges
    assert ("livesIn", v.WN + "savanna", 5) in edges
    assert ("eats", v.WN + "grass", 6) in edges


def test_a_class_of_many_rows_is_described_once(tmp_path):
    text = EDGES + "wn:zebra,subClassOf,wn:herbivore,\nwn:mule,subClassOf,wn:equine,\n"
    ontology = read_ontology(written(tmp_path, text))
    typed = [(v.local_name(f.subject), f.line) for f in ontology if f.predicate == v.TYPE and f.object in v.CLASS_TYPES]
    assert typed == [("equine", 2), ("zebra", 7), ("herbivore", 8), ("mule", 9)]  # the zebra where a row says it
    assert not [finding for finding in check(build_graph(ontology)) if finding.severity == "error"]


def test_triples_in_any_order_of_columns_and_with_tabs(tmp_path):
    plain = written(tmp_path, "subject,predicate,object\nwn:a,hasPart,wn:b\n")
    other = written(tmp_path, "object\tnote\tpredicate\tsubject\nwn:b\tx\thasPart\twn:a\n", "b.tsv")
    assert read_ontology(plain).hash == read_ontology(other).hash


def test_a_table_of_classes_is_no_edge_list(tmp_path):
    ontology = read_ontology(written(tmp_path, "class,att:source,att:target\nwn:a,1,0\n"))
    assert ontology.documents[0].reader == "table"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("relation,", "relatoin,", 1, "no column 'relation/predicate'"),
        ("wn:equine", "equine", 2, "neither an IRI"),
        ("0.98", "much", 4, "'much' is not a number"),
        ("savanna,1", "savanna,0.5", 5, "a weight on 'livesIn'"),
        ("livesIn", "", 5, "is no relation"),
        ("livesIn", "subclassOF", 5, "did you mean 'subClassOf'"),
        (",owl:Class,", ",owl:Class", 7, "3 cells"),
    ],
)
def test_bad_edges_name_their_line(tmp_path, old, new, line, words):
    assert old in EDGES
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(written(tmp_path, EDGES.replace(old, new)))
    assert caught.value.line == line
