import dataclasses
import json

import numpy as np
import pytest

import kgzsl
from kgzsl.errors import FeatureError, OntologyError, UnknownNameError
from kgzsl.whatif import preview
from tests.conftest import small_engine

GIRAFFE, DEER, ZEBRA = (f"https://w3id.org/kgzsl/wn30/{n}" for n in ("n02439033", "n02430045", "n02391049"))
OKAPI = '\nwn:okapi a owl:Class ; skos:prefLabel "okapi"@en ; rdfs:subClassOf wn:n02439033 .\n'


def edited(engine, path, text):
    path.write_text(text)
    return kgzsl.read_ontology(engine.sources)


def block_of(text, name):
    start = text.index(f"\nwn:{name} a owl:Class") + 1
    return text[start : text.index(" .\n", start) + 3]


@pytest.fixture
def with_okapi(small):
    engine, path, _ = small
    return edited(engine, path, path.read_text() + OKAPI)


def test_no_edit_does_nothing(small):
    engine, _, features = small
    effect = preview(engine, kgzsl.read_ontology(engine.sources), features.X)
    assert not effect
    assert effect.before == effect.after == engine.graph.hash
    assert effect.inputs == len(features)


def test_it_foretells_what_an_update_does_and_touches_nothing(small, with_okapi):
    engine, _, features = small
    state, before = engine.state, engine.predict(features.X)
    effect = preview(engine, with_okapi, features.X)
    assert engine.state is state
    assert [a.candidates for a in engine.predict(features.X)] == [a.candidates for a in before]
    update = engine.update()
    assert (update.before, update.after) == (effect.before, effect.after)
    assert update.added == tuple(item.iri for item in effect.added)
    after = engine.predict(features.X)
    changes = {n: (b.candidates[0].iri, a.candidates[0].iri) for n, (b, a) in enumerate(zip(before, after, strict=True))
               if b.candidates[0].iri != a.candidates[0].iri}  # fmt: skip
    assert changes
    assert {c.input: (c.before.iri, c.after.iri) for c in effect.changed} == changes
    for change in effect.changed:
        assert change.score_before == pytest.approx(before[change.input].score, abs=1e-6)
        assert change.score_after == pytest.approx(after[change.input].score, abs=1e-6)


def test_a_new_class_says_what_it_is_near_and_whose_inputs_it_takes(small, with_okapi):
    engine, _, features = small
    effect = preview(engine, with_okapi, features.X, k=4)
    (okapi,) = effect.added
    assert (okapi.id, okapi.label, okapi.described, okapi.grounded) == ("okapi", "okapi", False, True)
    engine.update()
    bank, others = engine.bank, [iri for iri in engine.candidates() if iri != okapi.iri]
    own = bank.weights[bank.row[okapi.iri]]
    cosines = {iri: float(own @ bank.weights[bank.row[iri]]) for iri in others}
    nearest = sorted(cosines, key=cosines.get, reverse=True)[:4]
    assert [item.iri for item in okapi.nearest] == nearest
    assert [item.cosine for item in okapi.nearest] == pytest.approx([cosines[iri] for iri in nearest], abs=1e-5)
    won = sum(a.candidates[0].iri == okapi.iri for a in engine.predict(features.X))
    among = sum(okapi.iri in [c.iri for c in a.candidates] for a in engine.predict(features.X, k=4))
    assert okapi.first == won > 0
    assert sum(item.among for item in okapi.confused) == among > won
    assert okapi.confused[0].iri == GIRAFFE
    assert [item.iri for item in effect.retired] == [GIRAFFE]
    assert not preview(engine, with_okapi, features.X).retired


def test_a_new_parent_moves_the_classifiers_below_it(small):
    engine, path, features = small
    text = path.read_text()
    block = block_of(text, "n02439033")
    parent = block.rsplit("rdfs:subClassOf ")[-1].removesuffix(" .\n")
    after = edited(engine, path, text.replace(block, block.replace(parent, "wn:n02430045")))
    effect = preview(engine, after, features.X)
    moved = {item.iri: item for item in effect.moved}
    assert GIRAFFE in moved
    assert ZEBRA not in moved
    assert [m.distance for m in effect.moved] == sorted((m.distance for m in effect.moved), reverse=True)
    old = engine.bank.weights[engine.bank.row[GIRAFFE]].copy()
    engine.update()
    new = engine.bank.weights[engine.bank.row[GIRAFFE]]
    expected = 1 - old @ new / (np.linalg.norm(old) * np.linalg.norm(new))
    assert moved[GIRAFFE].distance == pytest.approx(float(expected), abs=1e-5)
    assert moved[GIRAFFE].ratio == pytest.approx(float(np.linalg.norm(new) / np.linalg.norm(old)), abs=1e-5)
    assert GIRAFFE not in {m.iri for m in preview(engine, after, tolerance=0.01).moved}


def test_a_removed_class_hands_its_inputs_over(small):
    engine, path, features = small
    block = block_of(path.read_text(), "n02391049")
    table = path.with_name("animals.csv")
    table.write_text("".join(line for line in table.read_text().splitlines(True) if "n02391049" not in line))
    after = edited(engine, path, path.read_text().replace(block, ""))
    effect = preview(engine, after, features.X)
    assert [item.iri for item in effect.removed] == [ZEBRA]
    lost = [c for c in effect.changed if c.before.iri == ZEBRA]
    assert lost
    assert all(c.after.iri != ZEBRA for c in lost)


def test_a_seen_class_that_is_described_anew_keeps_its_classifier(small):
    engine, path, _ = small
    table = path.with_name("animals.csv")
    rows = table.read_text().splitlines()
    known = {"wn:" + iri.rsplit("/", 1)[1] for iri in engine.learner.seen_ids}
    seen = next(n for n, row in enumerate(rows) if row.split(",")[0] in known)
    name, label, first, *rest = rows[seen].split(",")
    rows[seen] = ",".join((name, label, str(1 - float(first)), *rest))
    table.write_text("\n".join(rows) + "\n")
    effect = preview(engine, kgzsl.read_ontology(engine.sources))
    assert [item.label for item in effect.described_anew] == [label]
    assert label not in {item.label for item in effect.moved}


def test_names_need_to_be_known_on_one_side_only(small, with_okapi):
    engine, _, features = small
    effect = preview(engine, with_okapi, features.X, classes=["okapi", "zebra"])
    assert {c.before.label for c in effect.changed} == {"zebra"}
    assert {c.after.label for c in effect.changed} == {"okapi"}
    only = preview(engine, with_okapi, features.X, classes="okapi")
    assert len(only.changed) == len(features)
    assert all(c.before is None and c.score_before is None for c in only.changed)
    with pytest.raises(UnknownNameError, match="unknown class 'okapy'; did you mean 'okapi'"):
        preview(engine, with_okapi, features.X, classes=["okapy"])


def test_a_broken_edit_and_unfit_features_are_refused(small):
    engine, path, features = small
    with pytest.raises(FeatureError, match="wide"):
        preview(engine, engine.state.ontology, features.X[:, :3])
    broken = edited(engine, path, path.read_text() + OKAPI.replace("n02439033", "n0"))
    with pytest.raises(OntologyError, match=r"animals\.ttl:\d+: E01"):
        preview(engine, broken)


def test_it_is_plain_data(small, with_okapi):
    engine, _, features = small
    effect = preview(engine, with_okapi, features.X)
    data = json.loads(json.dumps(dataclasses.asdict(effect)))
    assert data["added"][0]["nearest"][0]["cosine"] == effect.added[0].nearest[0].cosine
    assert data["changed"][0]["before"]["iri"] == effect.changed[0].before.iri


@pytest.mark.parametrize("learner", ["gcn", "conse", "nearest"])
def test_other_families(tmp_path, learner):
    engine, path, features = small_engine(tmp_path, learner)
    effect = preview(engine, edited(engine, path, path.read_text() + OKAPI), features.X)
    assert [item.id for item in effect.added] == ["okapi"]
    assert effect.added[0].nearest
    fresh = preview(engine, engine.state.ontology, features.X)
    assert not fresh
