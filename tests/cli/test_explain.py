"""`kgzsl explain`, as typed: what it says, and what it says of bad input."""

import json
import os
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from kgzsl.cli.app import main
from kgzsl.explain.draw import KINDS
from tests.conftest import small_engine
from tests.hostile.running import UNSEEN

EVIL = "evil \\u001b[2J<script>alert(1)</script>[bold]x[/bold]"


class World(NamedTuple):
    """A bundle, labelled inputs, the same without labels, and names: of an answer, a seen class and an empty one."""

    bundle: str
    inputs: str
    bare: str
    answer: str
    seen: str
    unseen: str


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    engine, path, features = small_engine(folder)
    text = path.read_text()
    head = re.search(r"^(wn:\S+) a owl:Class", text, re.MULTILINE)[1]
    path.write_text(f'{text}\nwn:nothing a owl:Class ; skos:prefLabel "nothing known"@en .\n'
                    f'wn:evil a owl:Class ; skos:prefLabel "{EVIL}"@en ; rdfs:subClassOf {head} .\n')  # fmt: skip
    engine.update()
    engine.save(folder / "animals.kgzsl")
    labels = np.array(features.labels)
    held = sorted(set(labels))[::5]
    rows = np.flatnonzero(np.isin(labels, held))[::4]
    np.savez(folder / "inputs.npz", X=features.X[rows], labels=labels[rows])
    np.save(folder / "bare.npy", features.X[rows])
    answer = engine.predict(features.X[rows[:1]], k=1)[0]
    graph = engine.graph
    return World(str(folder / "animals.kgzsl"), str(folder / "inputs.npz"), str(folder / "bare.npy"), answer.label,
                 graph.short(engine.learner.seen_ids[0]), graph.short(held[0]))  # fmt: skip


@pytest.fixture
def typed(world, monkeypatch, capsys):
    """Run `kgzsl explain BUNDLE INPUTS …` and return what it printed; checks the exit code and the terminal."""

    def run(*words, code=0, bundle=world.bundle, inputs=world.inputs):
        monkeypatch.setattr(sys, "argv", ["kgzsl", "explain", bundle, inputs, *map(str, words)])
        with warnings.catch_warnings(), pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr()
        assert (ended.value.code or 0) == code, out.err
        assert not UNSEEN.search(out.out + out.err)
        assert "Traceback" not in out.err
        return out.err if code else out.out

    return run


def one_line(text):
    assert len([line for line in text.splitlines() if line.startswith("error:")]) == 1
    return text


def test_an_answer(typed, world):
    text = typed()
    assert text.startswith(world.answer)
    assert "seen classes" in text
    assert "what would change the answer" in text
    assert "what would change the answer" not in typed("--no-counterfactuals")


def test_options_choose_what_is_said(typed, world):
    text = typed("--row", 2, "--class", world.unseen, "--against", world.seen, "--no-counterfactuals")
    assert "rather than" in text
    data = json.loads(typed("--json", "--paths", 1, "--against", world.seen, "--no-counterfactuals"))
    assert data["rival"]["id"] == world.seen
    assert len(data["paths"] or [0]) == 1
    assert sum(c["value"] for c in data["contributions"]) == pytest.approx(data["score"], abs=1e-5)
    assert "was given" in typed("--class", world.seen, "--no-counterfactuals")


def test_json_keeps_to_the_schema_that_is_printed(typed, monkeypatch, capsys):
    jsonschema = pytest.importorskip("jsonschema")
    data = json.loads(typed("--json"))
    monkeypatch.setattr(sys, "argv", ["kgzsl", "explain", "--schema"])
    with pytest.raises(SystemExit):
        main()
    jsonschema.validate(data, json.loads(capsys.readouterr().out))


def test_files(typed, tmp_path):
    for suffix in KINDS:
        path = tmp_path / f"why{suffix}"
        assert f"Written to {path}" in typed("--no-counterfactuals", "--out", path)
        assert path.stat().st_size


def test_expected(typed, world):
    named = {json.loads(typed("--row", n, "--json", "--no-counterfactuals"))["id"]: n for n in range(6)}
    answer, row = next(iter(named.items()))
    assert "already: nothing to mend" in typed("--row", row, "--expected", answer)
    other = next(name for name in (world.unseen, *named) if name != answer)
    text = typed("--row", row, "--expected", other)
    assert "expected" in text
    data = json.loads(typed("--row", row, "--expected", other, "--json"))
    assert data["answer"] == answer
    assert data["expected"] == other
    assert all(s["edits"] and s["text"] for s in data["suggestions"])


def test_errors_of_a_labelled_set(typed, tmp_path):
    out = tmp_path / "edits.json"
    assert "hashes of" in typed("--errors", "--out", out)
    data = json.loads(out.read_text())
    assert data["labels"]["number"] == data["inputs"] > 0
    assert data["errors"] <= data["inputs"]


def test_measure(typed, monkeypatch, tmp_path):
    from functools import partial

    from kgzsl.explain import faithfulness

    quick = partial(faithfulness.faithfulness, methods=["paths"])
    monkeypatch.setattr(faithfulness, "faithfulness", quick)
    text = typed("--measure", "--answers", 3)
    assert text.startswith("3 answers of the learner 'kernel'")
    assert "fidelity+" in text
    assert "random path" in text
    typed("--measure", "--answers", 2, "--out", tmp_path / "measured.json")
    assert json.loads((tmp_path / "measured.json").read_text())["answers"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--class", "girafe"), "did you mean 'giraffe'"),
        (("--against", "girafe"), "did you mean 'giraffe'"),
        (("--expected", "girafe"), "did you mean 'giraffe'"),
        (("--row", "9999"), "there is no row 9999; the last is --row"),
        (("--out", "why.pdf"), "use one of .svg, .png, .html, .dot, .md, .json"),
        (("--out", "none/why.svg"), "no such folder"),
        (("--errors", "--out", "why.svg"), "use .json"),
        (("--errors", "--measure"), "ask different things"),
        (("--class", "\x1b[2J<b>"), r"\u001b[2J<b>"),
    ],
)  # fmt: skip
def test_bad_words(typed, words, said):
    assert said in one_line(typed(*words, code=2))


def test_inputs_of_another_width(typed, tmp_path):
    np.save(tmp_path / "wide.npy", np.ones((2, 7)))
    for words in ((), ("--expected", "giraffe"), ("--measure",)):
        assert "features are 7 wide" in one_line(typed(*words, inputs=str(tmp_path / "wide.npy"), code=2))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--answers", 3), "--answers has no part without --measure"),
        (("--expected", "giraffe", "--class", "zebra"), "--class has no part with --expected"),
        (("--expected", "giraffe", "--no-counterfactuals"), "--no-counterfactuals has no part with --expected"),
        (("--expected", "giraffe", "--against", "zebra"), "--against has no part with --expected"),
        (("--errors", "--row", 0), "--row has no part with --errors"),
        (("--measure", "--paths", 3), "--paths has no part with --measure"),
    ],
)  # fmt: skip
def test_options_that_nothing_reads_are_refused(typed, words, said):
    assert f"{said}; leave it out" in one_line(typed(*words, code=2))


def test_a_class_is_not_compared_with_itself(typed, world):
    assert "compared with itself" in one_line(typed("--class", world.unseen, "--against", world.unseen, code=2))


def test_errors_name_file_and_row(typed, world, tmp_path):
    inputs, wide = str(tmp_path / "inputs.npz"), str(tmp_path / "wide.npy")
    given = dict(np.load(world.inputs))
    given["labels"][4:6] = "girafe"
    np.savez(inputs, **given)
    assert one_line(typed("--errors", inputs=inputs, code=2)).startswith(f"error: {inputs}: row 4: ")
    given["labels"][5] = "zzzebra"
    np.savez(inputs, **given)
    assert one_line(typed("--errors", inputs=inputs, code=2)).startswith(f"error: {inputs}: row 4: 2 labels")
    np.save(wide, np.ones((2, 7)))
    for words in ((), ("--measure",), ("--expected", "giraffe")):
        assert one_line(typed(*words, inputs=wide, code=2)).startswith(f"error: {wide}: features are 7 wide")


def test_what_cannot_be_written_is_said_before_anything_is_computed(typed, monkeypatch, tmp_path):
    from kgzsl import engine
    from kgzsl.explain.draw import files, png

    def never(path):
        raise AssertionError("loaded")

    monkeypatch.setattr(engine, "load", never)
    (tmp_path / "folder.json").mkdir()
    assert "it is a folder" in one_line(typed("--errors", "--out", tmp_path / "folder.json", code=2))
    png.fonts.cache_clear()
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "resvg_py", None)
        assert "pip install 'kgzsl[draw]'" in one_line(typed("--out", tmp_path / "why.png", code=2))
    may = os.access
    monkeypatch.setattr(files.os, "access", lambda path, mode: path != tmp_path and may(path, mode))
    assert "no permission" in one_line(typed("--out", tmp_path / "why.svg", code=2))


def test_an_interrupt_is_said(typed, monkeypatch):
    from kgzsl.explain import counterfactual, faithfulness

    def pressed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(faithfulness, "faithfulness", pressed)
    assert typed("--measure", code=130).strip() == "interrupted"
    mend = counterfactual.mend
    monkeypatch.setattr(counterfactual, "mend", lambda *a: replace(mend(*a, tries=1), interrupted=True))
    typed("--errors", code=130)
    typed("--errors", "--json", code=130)


@pytest.mark.parametrize("words", [(), ("--json",), ("--no-counterfactuals", "--class", "evil")])
def test_a_terminal_of_ascii_alone(world, words):
    env = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "kgzsl", "explain", world.bundle, world.inputs, *words]
    done = subprocess.run(command, capture_output=True, env=env)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode("ascii")
    if "--json" in words:
        assert "\u2013" not in json.loads(text)["label"]
    else:
        assert "###" in text
        assert "-subClassOf>" in text


def test_places_are_short(typed, world):
    text = typed()
    assert str(Path(world.bundle).parent) not in text
    assert re.search(r"[\w-]+\.ttl:\d+", text)


def test_errors_without_labels(typed, world):
    said = one_line(typed("--errors", inputs=world.bare, code=2))
    assert "holds no labels" in said
    assert "'labels' (.npz)" in said


def test_a_class_with_an_empty_description(typed):
    text = typed("--class", "nothing known", "--no-counterfactuals")
    assert "nothing known has no description, nor has anything above it" in text
    assert "looks most like" not in text
    assert "nothing known –" not in text


def test_names_that_hold_escapes_markup_and_html(typed, tmp_path):
    text = typed("--class", "evil", "--no-counterfactuals")
    assert "[bold]x[/bold]" in text
    assert r"\u001b[2J" in text
    for suffix in (".svg", ".html", ".md"):
        typed("--class", "evil", "--no-counterfactuals", "--out", tmp_path / f"evil{suffix}")
        written = (tmp_path / f"evil{suffix}").read_text()
        assert "<script>" not in written
        assert "\x1b" not in written


def test_a_terminal_that_knows_no_bars_gets_the_rest(world):
    command = [sys.executable, "-m", "kgzsl", "explain", world.bundle, world.inputs, "--no-counterfactuals"]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"score" in done.stdout
