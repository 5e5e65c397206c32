"""The bad files, one a code, and what they say of themselves in comments."""

import re
from typing import NamedTuple

from kgzsl.checks import CHECKS, audible, check, ordered
from kgzsl.checks.shapes import findings
from kgzsl.checks.unreadable import build, read
from tests.conftest import ROOT

FOLDER = ROOT / "tests/data/checks"
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.ttl")) if path.stem in CHECKS}
_EXPECT = re.compile(r"# expect: ([A-Z]\d\d(?:, [A-Z]\d\d)*)")


class Expected(NamedTuple):
    """(code, line) of what is to be found, and codes that may be found besides."""

    findings: set[tuple[str, int]]
    allowed: set[str]


def expected(path):
    lines = path.read_text().splitlines()
    found = {(code, n) for n, line in enumerate(lines, 1) for m in _EXPECT.findall(line) for code in m.split(", ")}
    return Expected(found, set(header(path, "allow")))


def header(path, name):
    """Return the words of a comment such as ``# seen: horse`` at the head of the file."""
    found = re.search(rf"^# {name}: (.*)$", path.read_text(), re.MULTILINE)
    return re.split(r"[ ,]+", found[1]) if found else []


def examined(path):
    """Return all findings of a bad file, as ``kgzsl check`` has them."""
    ontology, unread = read([path])
    graph, meaningless = build(ontology)
    seen = [graph.find(name) for name in header(path, "seen")]
    shapes = [ROOT / name for name in header(path, "shapes")]
    found = audible(graph, [*unread, *meaningless, *findings(graph, shapes)])
    return ordered([*found, *check(graph, seen, "EWI")])
