"""What files say is shown, not obeyed: escape sequences, line breaks, marks of direction and markup."""

import ast
import json
import os

import pytest

from kgzsl.checks.annotations import annotation
from kgzsl.checks.finding import Finding
from kgzsl.errors import KgzslError, cut, shown, visible
from tests.conftest import ROOT
from tests.hostile.files import TURTLE
from tests.hostile.running import UNSEEN, kgzsl, one_line

EVIL = "\x1b[2J\x1b]0;taken\x07evil\r\n::error::forged\u202e\x9b2J[bold]x[/bold]"


@pytest.fixture
def evil(tmp_path):
    label = EVIL.encode("unicode_escape").decode().replace("\\x", "\\u00")
    path = tmp_path / "evil.ttl"
    path.write_text(f'{TURTLE}:p a owl:ObjectProperty .\n'
                    f':a a owl:Class ; rdfs:label "{label}" ; rdfs:subClassOf :nosuch, :b .\n'
                    f':b a owl:Class ; rdfs:label "{label}" ; skos:definition "{label}" ; :p :a .\n')  # fmt: skip
    return path


def test_text_of_errors_and_findings():
    error = str(KgzslError(EVIL, file=f"a{EVIL}.ttl", line=3, fix=EVIL))
    finding = str(Finding("E01", EVIL, f"a{EVIL}.ttl", 3, EVIL, EVIL))
    for text in (error, finding, annotation(Finding("E01", EVIL, f"a{EVIL}.ttl", 3, EVIL, EVIL))):
        assert "\n" not in text
        assert not UNSEEN.search(text)
        assert r"\u001b[2J" in text
    assert shown("one\n  two") == "one\n  two"
    assert shown("one\ntwo") == r"one\ntwo"
    assert visible("\udcff\t\n\r\n") == "\\udcff\t\n\r\n"
    assert cut("x" * 4000) == "x" * 4000
    assert len(cut("x" * 10**7)) < 4100
    assert KgzslError(EVIL).message == EVIL


@pytest.mark.parametrize(
    "arguments",
    [("check",), ("check", "--format", "table"), ("check", "--format", "github"), ("check", "--format", "sarif"),
     ("check", "--json"), ("graph", "show", "a", "-o"), ("graph", "show", "a", "--json", "-o"),
     ("graph", "paths", "a", "b", "-o"), ("graph", "descendants", "b", "-o"),
     ("query", "SELECT * { ?s ?p ?o }", "-o"), ("query", "SELECT * { ?s ?p ?o }", "-f", "json", "-o")],
)  # fmt: skip
def test_output_steers_no_terminal(tmp_path, evil, arguments):
    run = kgzsl(tmp_path, *arguments, evil)
    assert run.code in (0, 1), run.err
    assert run.out
    assert not run.err
    lines = run.out.splitlines()
    if "table" not in arguments and arguments[0] == "check":
        assert not any(line.startswith("::error::") for line in lines)
    if "--json" in arguments or "sarif" in arguments or "json" in arguments:
        assert any(EVIL in text for text in _strings(json.loads(run.out)))


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def test_names_that_are_typed_come_back_in_one_line(tmp_path, evil):
    one_line(kgzsl(tmp_path, "graph", "show", "\x1b[2J\nerror: forged", "-o", evil), r"\u001b[2J\nerror")


def test_names_of_files_that_are_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\x1b[2J.ttl"
    with open(path, "wb") as file:
        file.write(b"junk")
    one_line(kgzsl(tmp_path, "graph", "stats", "-o", os.fsdecode(path)), r"\udcff\u001b[2J.ttl:1: syntax error")


def test_everything_is_printed_through_one_module():
    """Markup is for what the program itself says: only the demo prints by the console."""
    wrong = []
    for path in sorted((ROOT / "kgzsl").rglob("*.py")):
        if path.name in ("output.py", "worker.py", "shacl.py") or path.parts[-2:] == ("cli", "demo.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name in ("print", "typer.echo", "typer.secho", "click.echo", "console().print"):
                wrong.append(f"{path}:{node.lineno}")
    assert [place for place in wrong if "app.py" not in place] == []
