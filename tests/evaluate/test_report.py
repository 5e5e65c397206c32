"""Reports as files: JSON that comes back, one page that needs nothing else, and cells that stay text."""

import base64
import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from kgzsl.errors import EvaluationError, MissingFileError
from kgzsl.evaluate import plots
from kgzsl.evaluate.problem import Finding
from kgzsl.evaluate.report import KINDS, check_place, parsed, read_report, write_report
from kgzsl.evaluate.run import evaluate
from kgzsl.evaluate.tables import Table, csv_text, latex, markdown
from tests.evaluate.hand import animals

NASTY = "<script>alert('x')</script> | a_b & 50 % \\ $x$ \u202e =1+1"


@pytest.fixture(scope="module")
def report():
    return evaluate(animals(), ["kernel", "eszsl", "cosine"], [0, 1], date="2020-01-01")


@pytest.fixture(scope="module")
def nasty(report):
    """The same where every name from data is hostile."""
    finding = Finding("descendants", "warning", NASTY)
    problem = replace(report.problems[0], findings=(finding,), data={NASTY: "0"})
    runs = []
    for run in report.runs:
        outcomes = [replace(o, scored=tuple(_hostile(one) for one in o.scored)) for o in run.outcomes]
        runs.append(replace(run, outcomes=tuple(outcomes), reason=run.reason and NASTY))
    return replace(report, name=NASTY, problems=(problem,), runs=tuple(runs))


def _hostile(one):
    rows = tuple(replace(row, label=NASTY, nearest=NASTY) for row in one.classes)
    hubs = one.hubness and replace(one.hubness, hubs=tuple(replace(h, label=NASTY) for h in one.hubness.hubs))
    frequent = tuple(replace(c, truth=NASTY, answer=NASTY) for c in one.folded.frequent)
    return replace(one, classes=rows, hubness=hubs, folded=replace(one.folded, frequent=frequent), notes=(NASTY,))


class Page(HTMLParser):
    """Collects tags, and the attributes that could fetch something."""

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.links, self.handlers = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.links += [value for key, value in attributes if key in ("href", "src", "action", "data", "xlink:href")]
        self.handlers += [key for key, _ in attributes if key.startswith("on")]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_json_comes_back(report, tmp_path):
    write_report(report, tmp_path / "r.json")
    assert read_report(tmp_path / "r.json") == report
    data = json.loads((tmp_path / "r.json").read_text())
    assert (data["format"], data["version"]) == ("kgzsl report", 1)
    assert data["environment"]["machine"]["cores"] >= 1
    assert {"numpy", "torch"} <= set(data["environment"]["packages"])
    assert data["recipe"]["learner"]["name"] == "kernel"
    assert len(data["problems"][0]["graph_hash"]) == 16


def test_the_page_needs_nothing_else(report, nasty):
    for one in (report, nasty):
        text = KINDS[".html"](one)
        page = Page()
        page.feed(text)
        assert not page.open
        assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
        assert page.links
        assert all(link.startswith("data:text/csv;charset=utf-8;base64,") for link in page.links)
        assert not page.handlers
        assert not re.search(r"@import|url\(", text)
        assert "\u202e" not in text
        for picture in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
            ElementTree.fromstring(picture)


def test_each_plot_has_its_data(report):
    text = KINDS[".html"](report)
    for title in ("Seen–unseen curve: generalised", "Class by class, by distance to the nearest seen class: zero-shot",
                  "Confusion folded by the hierarchy: zero-shot", "Reliability: generalised", "Hubs: generalised",
                  "Cost"):  # fmt: skip
        section = text.split(f"<h2>{title}</h2>")[1].split("<h2>")[0]
        assert "<svg" in section
        assert "<details>" in section
        data = base64.b64decode(re.search(r"base64,([\w+/=]+)", section)[1]).decode()
        rows = list(csv.reader(io.StringIO(data)))
        assert len(rows) == section.count("<tr>")
    curve = report.runs[0].outcomes[1].by("plain").balance.curve
    section = text.split("<h2>Seen–unseen curve: generalised</h2>")[1]
    data = base64.b64decode(re.search(r"base64,([\w+/=]+)", section)[1]).decode()
    assert f"kernel,plain,{curve[3][0]:.6g},{curve[3][1]:.4f},{curve[3][2]:.4f}" in data


def test_csv_has_every_figure(report):
    rows = list(csv.DictReader(io.StringIO(KINDS[".csv"](report))))
    assert len(rows) == len(report.summaries)
    first = next(row for row in rows if row["measure"] == "H" and row["learner"] == "kernel")
    assert float(first["value"]) == next(s.figure.value for s in report.summaries
                                         if (s.measure, s.learner) == ("H", "kernel"))  # fmt: skip


def test_markdown_and_latex_keep_cells_apart(nasty):
    for line in KINDS[".md"](nasty).splitlines():
        assert "<script" not in line.replace("\\<", "")
    table = Table("t", ("a", ">b"), ((NASTY, "1"),))
    row = markdown("t", [], [table]).splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 3
    tex = latex(NASTY, [(NASTY, NASTY)], [table])
    row = next(line for line in tex.splitlines() if line.endswith(r" & 1 \\"))
    assert len(re.findall(r"(?<!\\)&", row)) == 1
    assert not re.search(r"(?<!\\)[%$#_]", row.replace(r"\\", "").replace("$-$", ""))
    assert all(line.startswith("%") for line in tex.splitlines()[:2])


def test_no_cell_of_csv_is_a_formula():
    text = csv_text(("a",), [("=1+1",), ("-0.5",), ("+x",), ("@a",), ("plain, \"quoted\"",)])
    assert [row[0] for row in csv.reader(io.StringIO(text))] == ["a", "'=1+1", "-0.5", "'+x", "'@a", 'plain, "quoted"']


def test_plots_of_nothing_and_of_many():
    for drawn in ([], [plots.Bar("a", 0.0, "0")], [plots.Bar(f"c{k}", k, str(k), k % 9) for k in range(2000)]):
        ElementTree.fromstring(plots.bars("t", drawn, ("a", "b")))
    ElementTree.fromstring(plots.lines("t", "x", "y", [plots.Line("a", (), ((0.5, 0.5),)), plots.Line(NASTY, ())]))


def test_what_is_refused(report, tmp_path):
    data = json.loads(KINDS[".json"](report))
    cases = [
        ("{", "is not JSON"), ("[]", "is no report"), ("{}", "is no report"), ("[" * 100_000, "is not JSON"),
        (json.dumps(data | {"version": 2}), "is a report of version 2; this kgzsl reads version 1"),
        (json.dumps(data | {"version": None}), "of version None"),
        (json.dumps(data | {"runs": [{"problem": 1}]}), "does not hold what a report must: 'runs.0"),
    ]  # fmt: skip
    for text, message in cases:
        with pytest.raises(EvaluationError, match=re.escape(message)):
            parsed(text, "r.json")
    with pytest.raises(MissingFileError):
        read_report(tmp_path / "none.json")
    for name, message in (("r.htm", "did you mean '.html'"), ("r", "no suffix"), ("no/r.md", "no such folder")):
        with pytest.raises(EvaluationError, match=re.escape(message)):
            check_place(tmp_path / name)
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(EvaluationError, match="cannot be written there"):
        write_report(report, tmp_path / "folder.md")
