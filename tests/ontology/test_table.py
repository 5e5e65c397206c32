import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgzsl.errors import OntologyError
from kgzsl.ontology import read_ontology, table
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal

CSV = 'class,label,att:stripes,att:hooves\nwn:zebra,"zebra\nwith a newline",0.98,1\nwn:okapi,,0.6,\n'


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def test_a_quoted_newline_does_not_shift_lines(tmp_path):
    found = [f for f in read_ontology(written(tmp_path, "a.csv", CSV)) if f.predicate == v.ATT + "stripes"]
    assert [(f.subject, f.line) for f in found] == [(v.WN + "zebra", 2), (v.WN + "okapi", 4)]


@pytest.mark.parametrize("change", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff" + t])
def test_line_ends_and_a_byte_order_mark_do_not_count(tmp_path, change):
    plain, other = written(tmp_path, "a.csv", CSV), written(tmp_path, "b.csv", change(CSV))
    assert read_ontology(plain).hash == read_ontology(other).hash


def test_tabs_and_parquet_say_what_commas_say(tmp_path):
    plain = read_ontology(written(tmp_path, "a.csv", CSV))
    tabs = read_ontology(written(tmp_path, "a.tsv", CSV.replace(",", "\t")))
    packed = read_ontology(
        parquet(tmp_path / "a.parquet", **{"class": ["wn:zebra", "wn:okapi"], "label": ["zebra", None],
                                           "att:stripes": [0.98, 0.6], "att:hooves": [1, None]})
    )  # fmt: skip
    assert plain.hash == tabs.hash == packed.hash
    assert {f.line for f in packed if f.subject == v.WN + "okapi"} == {2}


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
def test_numbers_are_finite(tmp_path, value):
    with pytest.raises(OntologyError, match="not a number"):
        read_ontology(written(tmp_path, "a.csv", f"class,att:s\nwn:a,{value}\n"))


@pytest.mark.parametrize(
    ("columns", "line", "words"),
    [
        ({"name": ["wn:a"]}, 1, "headed 'class'"),
        ({"class": ["wn:a", "wn:b"], "att:s": ["0.5", "many"]}, 2, "not a number"),
        ({"class": ["wn:a", None], "att:s": [0.5, 1.0]}, 2, "neither an IRI"),
        ({"class": ["wn:a"], "att:s": [[1.0, 2.0]]}, 1, "not a number"),
    ],
)
def test_bad_parquet_names_its_row(tmp_path, columns, line, words):
    with pytest.raises(OntologyError, match=words) as caught:
        read_ontology(parquet(tmp_path / "a.parquet", **columns))
    assert caught.value.line == line


def test_every_truncation_of_parquet_is_one_error(tmp_path):
    whole = parquet(tmp_path / "a.parquet", **{"class": ["wn:a"] * 3, "att:s": [0.5] * 3}).read_bytes()
    for end in range(1, len(whole), 37):
        with pytest.raises(OntologyError):
            read_ontology(written(tmp_path, "b.parquet", whole[:end]))


def test_parquet_that_is_too_large_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "MOST_CELLS", 9)
    with pytest.raises(OntologyError, match="10 cells, and at most 9"):
        read_ontology(parquet(tmp_path / "a.parquet", **{"class": [f"wn:{k}" for k in range(5)], "att:s": [0.5] * 5}))


def test_parquet_is_read_when_it_is_named_and_passed_over_in_a_folder(tmp_path):
    written(tmp_path, "a.csv", CSV)
    parquet(tmp_path / "features.parquet", x=[0.5])
    assert [d.reader for d in read_ontology(tmp_path).documents] == ["table"]


def test_values_keep_their_spelling(tmp_path):
    found = read_ontology(written(tmp_path, "a.csv", "class,att:s\nwn:a, 0.50 \n"))
    assert Literal("0.50", v.XSD + "decimal") in [f.object for f in found]
