"""Edits of tables: rows and cells of class × attribute tables and edge lists, and not a byte besides."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.errors import OntologyError, UnknownNameError
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit import add_class, move, remove, rename, rename_id
from kgzsl.ontology.edit.cells import Sheet

TTL = """@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix wn: <https://w3id.org/kgzsl/wn30/> .

wn:cat a owl:Class ; rdfs:label "cat" .
wn:lion a owl:Class ; rdfs:label "lion" ; rdfs:subClassOf wn:cat .
"""
TABLE = 'class,label,att:big,att:loud\nwn:cat,"cat, tame",0.1,\nwn:lion,lion,0.9,1\n'
EDGES = """source,relation,target,weight
wn:cat,label,cat,
wn:lion,subClassOf,wn:cat,
wn:lion,hasAttribute,att:big,0.9
"""


@pytest.fixture
def both(tmp_path):
    (tmp_path / "a.ttl").write_text(TTL)
    (tmp_path / "b.csv").write_text(TABLE)
    return tmp_path / "a.ttl", tmp_path / "b.csv"


def texts(plan):
    return [change.after.decode() for change in plan.changes]


CELLS = st.text(st.sampled_from('ab ,\t"\n\r;é'), max_size=5)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=4), st.sampled_from(",\t"),
       st.sampled_from(["\n", "\r\n"]))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_cells_are_found_where_they_stand(rows, delimiter, nl):
    sheet = Sheet("", delimiter)
    text = nl.join(sheet.row(row) for row in rows) + nl
    found = Sheet(text, delimiter)
    solid = [row for row in rows if any(cell.strip() for cell in row)]
    assert [[cell.value for cell in row.cells] for row in found.rows] == solid
    for row in found.rows:
        for cell in row.cells:
            assert found.cell(cell.value).strip('"') == text[cell.start : cell.end].strip('"')


def test_one_add_for_parents_and_attributes(both):
    plan = add_class(both, "puma", parents=["cat"], has={"big": 0.5, "loud": 0})
    ttl, table = texts(plan)
    assert ttl == TTL + 'wn:puma a owl:Class ; rdfs:label "puma" ; rdfs:subClassOf wn:cat .\n'
    assert table == TABLE + "wn:puma,puma,0.5,0\n"
    graph = build_graph(plan.after)
    assert graph.attributes("puma") == {v.ATT + "big": 0.5, v.ATT + "loud": 0}
    plan.apply()
    back = remove(both, "puma")
    assert texts(back) == [TTL, TABLE]


def test_a_row_for_a_class_that_is_described_elsewhere(both, tmp_path):
    ttl, table = both
    table.write_text(TABLE.replace('wn:cat,"cat, tame",0.1,\n', ""))
    plan = add_class(table, "cat", has={"big": 0.2}, context=read_ontology(ttl))
    assert texts(plan) == [table.read_text() + "wn:cat,cat,0.2,\n"]
    with pytest.raises(OntologyError, match="a row of 'lion' already"):
        add_class(table, "lion", has={"big": 0.2}, context=read_ontology(ttl))
    with pytest.raises(UnknownNameError, match="unknown class 'lyon'; did you mean 'lion'"):
        add_class(table, "lyon", has={"big": 0.2}, context=read_ontology(ttl))


def test_what_a_table_cannot_say(both):
    ttl, table = both
    with pytest.raises(OntologyError, match=r"holds no parents; --parent needs a file that .*give the Turtle file"):
        add_class(table, "puma", parents=["cat"], context=read_ontology(ttl))
    with pytest.raises(UnknownNameError, match="unknown attribute 'quiet'"):
        add_class(both, "puma", has={"quiet": 1})
    with pytest.raises(OntologyError, match="no parent here"):
        move(table, "lion", "cat", context=read_ontology(ttl))
    with pytest.raises(OntologyError, match="'loud' is a column of this table"):
        remove(table, "loud", drop_references=True)


def test_names_and_ids_in_a_table(both):
    plan = rename(both, "cat", 'the "cat"')
    assert 'wn:cat,"the ""cat""",0.1,\n' in texts(plan)[1]
    plan = rename_id(both, "cat", "wn:felis")
    assert [text.count("wn:felis") for text in texts(plan)] == [2, 1]
    plan.apply()
    rename_id(both, "cat", "wn:cat").apply()
    assert [path.read_text() for path in both] == [TTL, TABLE]
    assert "att:size,att:loud" in texts(rename_id(both[1], "big", "att:size"))[0]


@pytest.mark.parametrize("text", ["\ufeff" + TABLE.replace("\n", "\r\n"), TABLE.replace(",", "\t"), TABLE.rstrip("\n"),
                                  TABLE.replace("wn:", v.WN)])  # fmt: skip
def test_other_habits_of_tables(both, text, tmp_path):
    table = tmp_path / ("b.tsv" if "\t" in text else "b2.csv")
    table.write_bytes(text.encode())
    before = table.read_bytes()
    plan = add_class([both[0], table], "puma", parents=["cat"], has={"big": 0.5})
    assert plan.changes[1].after.startswith(before.rstrip(b"\r\n"))
    plan.apply()
    remove([both[0], table], "puma").apply()
    assert table.read_bytes() == before


def test_edge_lists(tmp_path):
    path = tmp_path / "edges.csv"
    path.write_text(EDGES)
    plan = add_class(path, "puma", parents=["cat"], gloss='big, "wild"', synonyms=["cougar"], has={"big": 0.5})
    names = 'wn:puma,label,puma,\nwn:puma,altLabel,cougar,\nwn:puma,definition,"big, ""wild""",\n'
    assert texts(plan) == [EDGES + names + "wn:puma,subClassOf,wn:cat,\nwn:puma,hasAttribute,att:big,0.5\n"]
    plan.apply()
    assert texts(remove(path, "puma")) == [EDGES]
    assert "wn:puma,label,lynx,\nwn:puma,altLabel,cougar," in texts(rename(path, "puma", "lynx", keep_old=False))[0]
    assert "wn:puma,subClassOf,wn:lion," in texts(move(path, "puma", "wn:lion"))[0]
    assert texts(rename_id(path, "cat", "wn:felis"))[0].count("wn:felis") == 3
    with pytest.raises(OntologyError, match=r"still referred to:\n  .*edges.csv:3: lion subClassOf cat"):
        remove(path, "cat")
    gone = remove(path, "cat", drop_references=True)
    assert "wn:cat" not in texts(gone)[0]
    without = tmp_path / "plain.csv"
    without.write_text("source,relation,target\nwn:lion,subClassOf,wn:cat\n")
    with pytest.raises(OntologyError, match="no column 'weight'"):
        add_class(without, "lynx", parents=["cat"], has={"big": 0.5}, context=read_ontology(path))
