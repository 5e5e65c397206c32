import hashlib
import json
import warnings
import zipfile

import numpy as np
import pytest

import kgzsl
from kgzsl.errors import BundleError, MissingFileError
from kgzsl.learners.catalogue import LEARNERS
from tests.conftest import small_engine


@pytest.mark.parametrize("learner", LEARNERS)
def test_save_then_load_answers_the_same(learner, tmp_path):
    engine, _, features = small_engine(tmp_path, learner)
    engine.save(tmp_path / "a.kgzsl")
    other = kgzsl.load(tmp_path / "a.kgzsl")
    for name, array in engine.learner.state().items():
        assert np.array_equal(array, other.learner.state()[name]), name
    assert np.array_equal(engine.bank.weights, other.bank.weights)
    assert (other.id, other.gamma, other.graph.hash) == (engine.id, engine.gamma, engine.graph.hash)
    assert other.predict(features.X) == engine.predict(features.X)
    one = [other.predict(x)[0] for x in features.X[:20]]
    assert np.allclose([a.score for a in one], [a.score for a in engine.predict(features.X[:20])], atol=1e-6)
    x = features.X[0]
    assert other.explain(x).score == pytest.approx(engine.explain(x).score, abs=1e-6)


def test_a_loaded_engine_updates_like_the_one_that_was_saved(small, tmp_path):
    engine, path, _ = small
    engine.save(tmp_path / "a.kgzsl")
    path.write_text(path.read_text() + "\nwn:x a owl:Class ; rdfs:subClassOf wn:n02391049 ; att:stripes 0.2 .\n")
    with pytest.warns(UserWarning, match=r"stale.*animals.ttl changed"):
        other = kgzsl.load(tmp_path / "a.kgzsl")
    assert other.stale == engine.stale == (str(path),)
    engine.update()
    other.update()
    assert other.stale == ()
    assert np.abs(other.bank.weights - engine.bank.weights).max() <= 1e-6
    assert other.graph.hash == engine.graph.hash


def test_text_vectors_travel_with_the_bundle(engine, bundle, photos):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        other = kgzsl.load(bundle)
    assert np.array_equal(other.state.space.vectors, engine.state.space.vectors)
    assert other.predict(photos.X[:50]) == engine.predict(photos.X[:50])


def test_damaged_bundles_are_refused(small, tmp_path):
    engine, _, _ = small
    good = tmp_path / "good.kgzsl"
    engine.save(good)
    data = good.read_bytes()
    bad = tmp_path / "bad.kgzsl"
    rng = np.random.default_rng(0)
    for cut in (0, 1, 100, len(data) // 2, len(data) - 1):
        bad.write_bytes(data[:cut])
        with pytest.raises(BundleError) as caught:
            kgzsl.load(bad)
        assert str(bad) in str(caught.value)
    for at in rng.integers(0, len(data), 60):
        changed = bytearray(data)
        changed[at] ^= 0xFF
        bad.write_bytes(bytes(changed))
        try:
            other = kgzsl.load(bad)
        except BundleError:
            continue
        assert np.array_equal(other.bank.weights, engine.bank.weights)
    with pytest.raises(MissingFileError):
        kgzsl.load(tmp_path / "none.kgzsl")


def rewritten(path, out, change):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
        comment = archive.comment
    change(members)
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = comment
        for name, content in members.items():
            archive.writestr(name, content)


def test_tampered_and_newer_bundles_are_refused(small, tmp_path):
    engine, _, _ = small
    good, bad = tmp_path / "good.kgzsl", tmp_path / "bad.kgzsl"
    engine.save(good)

    def facts(members):
        members["ontology.json"] = members["ontology.json"].replace(b"zebra", b"horse")

    def version(members):
        manifest = json.loads(members["manifest.json"])
        members["manifest.json"] = json.dumps(manifest | {"version": 99}).encode()

    def options(members):
        members["manifest.json"] = members["manifest.json"].replace(b'"adjusters"', b'"adjuster"')

    for change, words in ((facts, "changed after it was written: ontology"), (version, "version 99"),
                          (options, "changed after it was written: manifest")):  # fmt: skip
        rewritten(good, bad, change)
        with pytest.raises(BundleError, match=words):
            kgzsl.load(bad)


def test_saving_is_atomic(small, tmp_path, monkeypatch):
    engine, _, _ = small
    path = tmp_path / "a.kgzsl"
    engine.save(path)
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zipfile.ZipFile.writestr", full)
    with pytest.raises(BundleError, match="No space left"):
        engine.save(path)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir() if "kgzsl" in p.name) == ["a.kgzsl"]
    with pytest.raises(BundleError, match="cannot be written"):
        engine.save(tmp_path / "no" / "such" / "folder.kgzsl")


def test_facts_keep_addresses_and_files_beside_their_document(tmp_path):
    from kgzsl import bundle as module
    from kgzsl.ontology.model import Document, Fact, Ontology

    near, far = str(tmp_path / "edges.csv"), "sparql:http://localhost:1/query"
    documents = (
        Document(near, (Fact("a", "p", "b", str(tmp_path / "nodes.csv"), 2), Fact("a", "p", "c", near, 3)), "s", "x"),
        Document(far, (Fact("a", "p", "d", "http://localhost:1/query", 0),), "t", "sparql"),
    )
    place = tmp_path / "deep/a.kgzsl"
    written = json.loads(json.dumps(module._facts(Ontology(documents), place)))
    assert tuple(module._ontology(written, place)) == tuple(Ontology(documents))
    assert module._ontology(written, place).paths == (near, far)


def test_a_bundle_of_version_1_had_a_gamma_and_nothing_else(small, tmp_path):
    engine, _, features = small
    new, old = tmp_path / "new.kgzsl", tmp_path / "old.kgzsl"
    engine.save(new)
    with zipfile.ZipFile(new) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"]) | {"version": 1, "gamma": 0.125}
    del manifest["adjusters"], manifest["desk"]
    members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(old, "w") as archive:
        archive.comment = hashlib.sha256(members["manifest.json"]).hexdigest().encode()
        for name, content in members.items():
            archive.writestr(name, content)
    loaded = kgzsl.load(old)
    assert loaded.gamma == 0.125
    candidate = loaded.predict(features.X[:1])[0].candidates[0]
    taken = 0.125 if candidate.seen else 0
    assert candidate.score == pytest.approx(candidate.stages[0][1] - taken, abs=1e-6)
