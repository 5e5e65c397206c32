import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgzsl.errors import OntologyError
from kgzsl.ontology.rows import iri_of, is_iri, rows

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=6)


@given(st.lists(st.lists(CELL, min_size=2, max_size=3), max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_rows_and_the_lines_they_begin_on(table, ends, mark):
    written, expected, line = io.StringIO(), [], 1
    writer = csv.writer(written, lineterminator=ends)
    for row in table:
        writer.writerow(row)
        if any(cell.strip() for cell in row):
            expected.append((line, row))
        line += 1 + sum(cell.count("\n") for cell in row)
    data = (b"\xef\xbb\xbf" if mark else b"") + written.getvalue().encode()
    if not written.getvalue().startswith("\ufeff"):
        assert list(rows("a.csv", data)) == expected


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b'a,b\n"c,d\ne,f\n', 2, "not a table"),
        (b'a,b\n"c" d,e\n', 2, "not a table"),
        (b"a,b\n" + b"x" * 200_000 + b",c\n", 2, "field larger than"),
        (b"a,b\nc,d\ne,\xe9\n", 3, "not UTF-8"),
        (b"\xff\xfea\x00", 1, "not UTF-8"),
    ],
)
def test_what_is_no_table_names_its_line(data, line, words):
    with pytest.raises(OntologyError, match=words) as caught:
        list(rows("a.csv", data))
    assert (caught.value.file, caught.value.line) == ("a.csv", line)


@pytest.mark.parametrize("name", ["http://x/a b", "http://x/\x01", "att:a<b", "att:a\x85b", 'att:"'])
def test_characters_that_no_iri_may_hold(name):
    with pytest.raises(OntologyError, match="no IRI may") as caught:
        iri_of(name, "a.csv", 7)
    assert caught.value.line == 7
    assert not is_iri(name)
