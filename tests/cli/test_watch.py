"""`kgzsl watch` in a process of its own, while its files are really edited."""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.graph import build_graph
from kgzsl.watch.files import is_being_written
from tests.cli.test_cli import run
from tests.conftest import ROOT

ORIGINAL = (ROOT / "ontologies/animals.ttl").read_text()
OKAPI = '\nwn:okapi a owl:Class ; skos:prefLabel "okapi"@en ; rdfs:subClassOf wn:n02399000 ; att:stripes 0.6 .\n'
DEADLINE = 60


class Watch:
    """A running `kgzsl watch`; waits for its lines and never sleeps."""

    def __init__(self, *words):
        command = [sys.executable, "-m", "kgzsl", "watch", *map(str, words)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def line(self):
        line = self.lines.get(timeout=DEADLINE)
        assert line is not None, self.process.stderr.read()
        return line

    def event(self, kind):
        event = json.loads(self.line())
        assert event["kind"] == kind, event
        return event

    def end(self, number):
        """Send a signal; return the exit code and what was written to standard error."""
        self.process.send_signal(number)
        code = self.process.wait(DEADLINE)
        assert self.lines.get(timeout=DEADLINE) is None
        return code, self.process.stderr.read()


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    sources = [ROOT / "ontologies/animals.ttl", ROOT / "ontologies/animals-attributes.csv"]
    given = testing.synthetic_features(build_graph(kgzsl.read_ontology(sources)), per_class=6)
    rows = [k for k, label in enumerate(given.labels) if int(label[-1]) % 5]
    path = tmp_path_factory.mktemp("features") / "animals.npz"
    np.savez(path, X=given.X[rows], labels=np.array([given.labels[k] for k in rows]))
    return path


@pytest.fixture
def recipe(tmp_path):
    """The animals' recipe over files of its own; the Turtle file is beside it."""
    for name in ("animals.ttl", "animals-attributes.csv"):
        (tmp_path / name).write_bytes((ROOT / "ontologies" / name).read_bytes())
    path = tmp_path / "animals.toml"
    path.write_text((ROOT / "graphs/animals.toml").read_text().replace("../ontologies/", ""))
    return path


def hash_of(recipe):
    return kgzsl.read_ontology([recipe.with_suffix(".ttl"), recipe.with_name("animals-attributes.csv")]).hash


def test_a_day_at_the_editor(recipe, features):
    path, other = recipe.with_suffix(".ttl"), recipe.with_name("animals.ttl.tmp")
    blocks = ORIGINAL.split("\n\n")
    with Watch(recipe, "--features", features, "--hold", "0.5", "--json") as watch:
        first = watch.event("watching")["graph_hash"]
        path.write_text(ORIGINAL + OKAPI)
        told = watch.event("updated")
        assert told["added"] == ["https://w3id.org/kgzsl/wn30/okapi"]
        assert told["milliseconds"] > 0
        assert told["graph_hash"] == hash_of(recipe) != first

        path.write_text(ORIGINAL + OKAPI.replace("wn:n02399000", "wn:n0239900"))
        error = watch.event("refused")["error"]
        assert (error["file"], error["line"]) == (str(path), len(ORIGINAL.splitlines()) + 2)
        assert "unknown parent" in error["message"]
        assert error["fix"]

        other.write_text(ORIGINAL)
        other.replace(path)
        assert watch.event("updated")["removed"] == told["added"]

        path.unlink()
        assert watch.event("missing")["graph_hash"] == first
        path.write_text(ORIGINAL)
        assert "as before" in watch.event("unchanged")["message"]

        path.write_text(ORIGINAL[: len(ORIGINAL) * 2 // 3].rpartition("\n\n")[0] + "\n\nwn:n0")
        assert watch.event("refused")["graph_hash"] == first
        path.write_text("\n\n".join(blocks[: len(blocks) // 4]) + "\n")
        assert "cut short" in watch.event("refused")["error"]["message"]
        path.write_text("\n\n".join(blocks[: len(blocks) * 3 // 4]) + "\n")
        assert watch.event("held")["graph_hash"] == first
        assert watch.event("updated")["graph_hash"] == hash_of(recipe)
        path.write_text(ORIGINAL)
        assert watch.event("updated")["graph_hash"] == first

        recipe.write_text(recipe.read_text() + "# edited\n")
        watch.event("restart")
        assert watch.end(signal.SIGTERM) == (0, "")


def test_a_burst_of_saves_and_a_slow_writer(recipe, features):
    path = recipe.with_suffix(".ttl")
    with Watch(recipe, "--features", features) as watch:
        assert watch.line().startswith(f"watching {path}, ")
        for number in range(20):
            path.write_text(ORIGINAL + OKAPI.replace("0.6", f"0.{number + 10}"))
        last, lines = hash_of(recipe), [watch.line()]
        while not lines[-1].endswith(f"graph {last}"):
            lines.append(watch.line())
        assert len(lines) < 20
        assert lines[0].startswith("+okapi (1 class) ")

        with path.open("w") as file:
            knows = is_being_written(path)
            for part in range(0, len(ORIGINAL), len(ORIGINAL) // 5):
                file.write(ORIGINAL[part : part + len(ORIGINAL) // 5])
                file.flush()
                time.sleep(0.06)
        lines = [watch.line()]
        while not lines[-1].endswith(f"graph {hash_of(recipe)}"):
            lines.append(watch.line())
        assert lines[-1].startswith("-okapi (1 class) ")
        assert len(lines) == 1 or not knows
        code, error = watch.end(signal.SIGINT)
        assert code == 130
        assert "Traceback" not in error


def test_a_kill_between_edits_loses_nothing(recipe, features):
    path, bundle = recipe.with_suffix(".ttl"), recipe.with_name("a.kgzsl")
    known, loaded, stop = {hash_of(recipe)}, [], threading.Event()

    def load_again_and_again():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            while not stop.is_set():
                loaded.append(kgzsl.load(bundle).graph.hash)

    reader = threading.Thread(target=load_again_and_again)
    with Watch(recipe, "--features", features, "--save", bundle, "--json") as watch:
        watch.event("watching")
        reader.start()
        for number in range(4):
            path.write_text(ORIGINAL + OKAPI.replace("0.6", f"0.{number + 1}"))
            known.add(watch.event("updated")["graph_hash"])
        stop.set()
        reader.join()
        assert loaded
        assert set(loaded) <= known
        before = path.read_bytes()
        watch.process.kill()
    assert path.read_bytes() == before
    assert kgzsl.load(bundle).graph.hash == hash_of(recipe)

    path.write_text(ORIGINAL + OKAPI + OKAPI.replace("okapi", "quagga"))
    with Watch(bundle, "--save", bundle, "--json") as watch:
        watch.event("watching")
        assert watch.event("updated")["added"] == ["https://w3id.org/kgzsl/wn30/quagga"]
        watch.process.kill()
    engine = kgzsl.load(bundle)
    assert engine.stale == ()
    assert engine.graph.hash == hash_of(recipe)
    fresh = engine.learner.propagate(engine.state.space).bank
    assert engine.bank.ids == fresh.ids
    assert np.allclose(engine.bank.weights, fresh.weights, atol=1e-6)


def test_bad_words_end_in_one_line(recipe, features, bundle, tmp_path):
    np.savez(tmp_path / "bare.npz", X=np.ones((4, 8)))
    cases = [
        ((tmp_path / "none.toml",), "no such recipe or bundle"),
        ((recipe,), "no seen class"),
        ((recipe, "--features", tmp_path / "bare.npz"), "has no labels"),
        ((recipe, "--features", features, "--learner", "kernl"), "did you mean 'kernel'"),
        ((bundle, "--features", features), "a bundle is trained already"),
        ((bundle, "--save", tmp_path / "no/a.kgzsl"), "no such folder to write to"),
    ]
    for words, message in cases:
        assert message in run("watch", *words, code=2).stderr
