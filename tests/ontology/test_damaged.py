"""Damaged files of every reader: one error with a line, or what is still there; never a crash or another exception."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgzsl.errors import KgzslError
from kgzsl.ontology.catalogue import READERS
from kgzsl.ontology.read import read_ontology
from tests.test_conformance import BESIDE, READER_FILES

EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["put", "cut", "repeat"]), st.binary(min_size=1, max_size=3)),
    min_size=1, max_size=4,
)  # fmt: skip


def damaged(data, edits):
    for share, how, new in edits:
        at = int(share * (len(data) - 1))
        if how == "put":
            data = data[:at] + new + data[at + len(new) :]
        elif how == "cut":
            data = data[:at] + data[at + 3 * len(new) :] or b"x"
        else:
            data = data[:at] + data[max(0, at - 9) : at] * len(new) + data[at:]
    return data


@pytest.mark.parametrize("name", [name for name in READERS if not READERS[name].live])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_damage_is_one_error_or_less_to_read(name, edits, tmp_path):
    good, text, *_ = READER_FILES[name]
    for file, content in BESIDE.get(name, {}).items():
        (tmp_path / file).write_text(content)
    path = tmp_path / good
    path.write_bytes(damaged(text if isinstance(text, bytes) else text.encode(), edits))
    facts, error = read(path)
    assert all(fact.line >= 1 for fact in facts)
    unknown = error is not None and error.message.startswith("no reader knows")
    assert error is None or (error.file and (error.line or unknown) and "\n" not in error.message)


def read(path):
    try:
        return tuple(read_ontology(path)), None
    except KgzslError as error:
        return (), error
