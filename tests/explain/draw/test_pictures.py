"""Pictures and pages: valid, self-contained, escaped, of the same numbers as the explanation."""

import re
import struct
import sys
import xml.etree.ElementTree as ET
import zlib
from html.parser import HTMLParser

import pytest

from kgzsl.errors import DrawingError
from kgzsl.explain.draw import png as pixels
from kgzsl.explain.draw.dot import dot
from kgzsl.explain.draw.html import fragment, html
from kgzsl.explain.draw.markdown import markdown
from kgzsl.explain.draw.png import png
from kgzsl.explain.draw.svg import svg
from tests.explain.draw import made

EVIL = '<script>alert("x")</script> & \x1b[2J]]> --> | ` {{x}} \u202e\ufffe\n# "quoted" \\" ; [a](http://e.org)'
SVG = "{http://www.w3.org/2000/svg}"
ALL = {
    "full": made.full(), "three": made.three_paths(), "forty": made.many(40),
    "one": made.explanation([made.seen(1, "a")]), "zero": made.explanation([made.seen(0.0, "a")]),
    "long": made.star(30, long=True), "dense": made.many(60, 18, 5, 3), "negative": made.many(12, negative=0.95),
    "none": made.explanation(score=0.2, notes=("it generates features",)),
    "nan": made.explanation([made.seen(float("nan"), "a"), made.seen(1.0, "b")]),
}  # fmt: skip


def evil():
    ways = [made.path(0.2, "okapi", "b", "c", labels=[EVIL] * 3)]
    fact = made.fact("a", EVIL, "b", 3, file=f"x/{EVIL}.ttl")
    ways = [way._replace(relations=(EVIL, EVIL), facts=((fact,), ())) for way in ways]
    full = made.full()
    return made.explanation([made.seen(0.2, "c", EVIL, ways)], ways, label=EVIL, id=EVIL, learner=EVIL, notes=(EVIL,),
                            counterfactuals=tuple(c._replace(text=EVIL) for c in full.counterfactuals),
                            rival=full.rival._replace(label=EVIL), attributes=full.attributes)  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_svg_is_whole_and_inside_its_frame(name):
    root = ET.fromstring(svg(ALL[name]))
    wide, high = float(root.get("width")), float(root.get("height"))
    moved = root.find(f"{SVG}g")
    at_x, at_y = map(float, re.findall(r"[\d.]+", moved.get("transform"))) if moved is not None else (0, 0)
    inner = set(moved.iter()) if moved is not None else set()
    for one in root.iter():
        x, y = (at_x, at_y) if one in inner else (0, 0)
        if one.tag == f"{SVG}rect":
            x, y = x + float(one.get("x", 0)), y + float(one.get("y", 0))
            assert -0.1 <= x <= x + float(one.get("width")) <= wide + 0.1
            assert -0.1 <= y <= y + float(one.get("height")) <= high + 0.1
        elif one.tag == f"{SVG}text":
            assert 0 <= x + float(one.get("x")) < wide
            assert 0 < y + float(one.get("y")) < high
    assert root.find(f"{SVG}title").text.startswith("okapi: ")
    assert svg(ALL[name]) == svg(ALL[name])


def test_svg_shows_values_places_and_signs():
    text = svg(made.full())
    assert "+0.260" in text
    assert "−0.040" in text
    assert "objects.ttl:" in text
    assert "(ontologies/objects.ttl:" in text, "tooltips have the whole place"
    assert "raises the score" in text
    assert "Without objects.ttl:212 (okapi subClassOf giraffe) the answer would be gerenuk." in text
    widths = [float(w) for w in re.findall(r'class="edge[^"]* plus" stroke-width="([\d.]+)"', text)]
    assert max(widths) == 14


def test_captions_cover_no_box_and_no_other_caption():
    root = ET.fromstring(svg(made.many(40)))
    rects = [[float(r.get(k)) for k in ("x", "y", "width", "height")] for r in root.iter(f"{SVG}rect") if r.get("x")]
    assert len(rects) > 20
    for k, (x, y, w, h) in enumerate(rects):
        for x2, y2, w2, h2 in rects[k + 1 :]:
            assert not (x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h)


@pytest.mark.parametrize("name", ALL)
def test_html_is_one_file_without_script(name):
    text = html(ALL[name])
    tags = tags_of(text)
    assert tags.count("html") == tags.count("body") == 1
    assert not {"script", "link", "img", "iframe", "object"} & set(tags)
    assert not re.search(r"url\(|@import|javascript:|\bon\w+=|https?://(?!www\.w3\.org/2000/svg)(?!example\.org)", text)
    assert "<svg" in text or name == "none"
    assert fragment(ALL[name]) in text
    assert ALL[name]._repr_html_() == fragment(ALL[name])
    assert "prefers-color-scheme: dark" in text


def tags_of(text):
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append(tag)
    parser.feed(text)
    return found


def test_names_are_shown_not_obeyed():
    found = evil()
    ET.fromstring(svg(found))
    page = html(found)
    assert "script" not in tags_of(page)
    for text in (svg(found), page, markdown(found), dot(found)):
        assert not re.search("[\x00-\x08\x1b\u202e\ufffe]", text)
        assert "\\u001b[2J" in text.replace("\\\\", "\\").replace("\\[", "[")
    assert "<script>" not in markdown(found) + svg(found) + page
    for table in re.findall(r"(?:^\|.*\n)+", markdown(found), re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1
    assert "\n# " not in markdown(found)
    assert "[a](" not in markdown(found)


def test_dot_quotes_and_lists_all():
    text = dot(evil())
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    assert '"' not in bare.replace('""', "")
    assert "script" not in bare
    assert dot(made.full()).count(" -> ") == 8  # one of them to the bias
    assert "objects.ttl:" in dot(made.full())
    assert "answer" in dot(ALL["none"])


def test_markdown_has_what_there_is_and_nothing_empty():
    text = markdown(made.full())
    for word in ("It looks most like", "### Seen classes", "### Strongest paths", "### What would change", "+0.270"):
        assert word in text
    assert "###" not in markdown(made.explanation(score=0.1))
    assert "| 10 others |" in markdown(made.star(31))


def shades(data):
    """Return how many different rows of pixels a PNG of 8-bit channels has, and its size."""
    wide, high = struct.unpack(">II", data[16:24])
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    return zlib.decompress(packed), (wide, high)


def test_png_has_letters():
    size = re.findall(r'(?:width|height)="(\d+)"', svg(made.full()))[:2]
    _, drawn = shades(png(made.full()))
    assert drawn == (2 * int(size[0]), 2 * int(size[1]))
    one, other = (made.explanation(score=0.2, label=name, notes=()) for name in ("okapi", "zebra"))
    assert shades(png(one))[0] != shades(png(other))[0], "no letter was drawn"


def test_png_says_what_is_missing(monkeypatch):
    pixels.fonts.cache_clear()
    monkeypatch.setattr(pixels, "_renderer", lambda: lambda **options: b"blank")
    with pytest.raises(DrawingError) as caught:
        png(made.full())
    assert "fonts-dejavu-core" in str(caught.value)
    monkeypatch.undo()
    pixels.fonts.cache_clear()
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(DrawingError) as caught:
        png(made.full())
    assert "pip install 'kgzsl[draw]'" in str(caught.value)


def test_png_finds_a_font_that_a_package_brings(monkeypatch, tmp_path):
    """As on a system without fonts: only an option that names a file leaves a mark."""
    pixels.fonts.cache_clear()
    file = tmp_path / "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    (tmp_path / "matplotlib/__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(pixels, "_renderer", lambda: lambda svg_string, **o: b"x" if "font_files" in o else b"blank")
    assert pixels.fonts() == {"font_files": [str(file)], "sans_serif_family": "DejaVu Sans"}
    pixels.fonts.cache_clear()


def test_the_foot_of_a_bias_is_drawn_in_every_picture():
    biased = made.three_paths().by_path._replace(rest=0.0, baseline=(("bias of layer 1", -0.009),))
    found = made.explanation(paths=made.three_paths().paths, by_path=biased)
    for text in (svg(found), html(found), dot(found)):
        assert "bias of" in text
        assert "−0.009" in text
        assert "others" not in text
    assert "concepts whose descriptions are read" in svg(found)
    assert ">seen classes<" in svg(made.full())


def test_one_minus_sign_in_a_page():
    page = html(made.full())
    assert not re.search(r">[^<]*(?<![\w.)])-\d[^<]*</(?:p|td|text)>", page)
    assert "3e-08" in page, "an exponent keeps its hyphen"


def test_facts_say_what_is_summed():
    for text in (html(made.full()), markdown(made.full())):
        assert "ach time a path passes over a fact, and what is inherited and what biases send over it" in text
