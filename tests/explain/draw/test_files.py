"""The suffix says what is written; it is written whole or not at all."""

import json
import xml.etree.ElementTree as ET

import pytest

from kgzsl.errors import DrawingError
from kgzsl.explain.draw import KINDS, write
from tests.explain.draw import made


def test_every_kind(tmp_path):
    for suffix in KINDS:
        path = tmp_path / f"okapi{suffix}"
        write(made.full(), path)
        assert path.stat().st_size
    ET.parse(tmp_path / "okapi.svg")
    assert (tmp_path / "okapi.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "okapi.json").read_text())["id"] == "okapi"
    write(made.full(), tmp_path / "OKAPI.SVG")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("okapi.pdf", ".svg, .png, .html, .dot, .md, .json"), ("okapi.htm", "did you mean '.html'"),
     ("okapi", "no suffix says what to write"), ("none/okapi.svg", "no such folder")],
)  # fmt: skip
def test_what_cannot_be_written(tmp_path, name, words):
    with pytest.raises(DrawingError) as caught:
        write(made.full(), tmp_path / name)
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_its_place(tmp_path):
    (tmp_path / "okapi.svg").mkdir()
    with pytest.raises(DrawingError, match="cannot be written"):
        write(made.full(), tmp_path / "okapi.svg")
