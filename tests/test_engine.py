import os
import re
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kgzsl
from kgzsl.errors import OntologyError, ShrunkError
from kgzsl.graph import build_graph
from kgzsl.ontology import vocabulary as v
from kgzsl.semantics.space import build_space
from tests.conftest import ROOT, small_engine

ZEBRA, TIGER = "n02391049", "n02129604"


def fresh_bank(engine):
    """What a fresh load of the files with the same fitted learner gives."""
    graph = build_graph(kgzsl.read_ontology(engine.sources))
    space = build_space(graph, engine.recipe.relations, engine.state.space.source)
    return engine.learner.propagate(space).bank


def test_predicts_and_mirrors_the_first_candidate(engine, photos):
    answers = engine.predict(photos.X[:4], k=3)
    assert len(answers) == 4
    for answer in answers:
        first = answer.candidates[0]
        assert (answer.id, answer.label, answer.score, answer.seen) == (first.id, first.label, first.score, first.seen)
        assert len(answer.candidates) == 3
        assert answer.graph_hash == engine.graph.hash
        assert answer.bundle == engine.id
        assert [name for name, _ in first.stages] == ["bank", "calibrated-stacking"]
        scores = [c.score for c in answer.candidates]
        assert scores == sorted(scores, reverse=True)


def test_candidates_by_name_and_below(engine, photos):
    names = engine.predict(photos.X[:2], k=9, classes=["okapi", "n01517565", "below ungulate"])
    allowed = {engine.graph.short(i) for i in engine.graph.descendants("ungulate")} | {"n02439398", "n01517565"}
    assert {c.id for a in names for c in a.candidates} <= allowed
    with pytest.raises(kgzsl.KgzslError, match="no class lies below okapi"):
        engine.predict(photos.X[:1], classes="below okapi")


def test_a_permutation_of_classes_permutes_the_answers(engine, photos):
    classes = list(engine.candidates())[:60]
    order = np.random.default_rng(0).permutation(60)
    scores = engine.scores(photos.X[:9], classes)
    assert np.allclose(engine.scores(photos.X[:9], [classes[k] for k in order]), scores[:, order], atol=1e-6)


def test_contributions_add_up_to_the_score(engine, photos):
    for name in ("okapi", "gazelle", "vertebrate"):
        found = engine.explain(photos.X[7], name)
        assert sum(c.value for c in found.contributions) == pytest.approx(found.score, abs=1e-5)
        assert found.score == pytest.approx(float(engine.scores(photos.X[7:8], [name])[0, 0]), abs=1e-6)


def test_what_an_explanation_refuses(engine, photos, tmp_path):
    answer = engine.predict(photos.X[:1], k=1)[0]
    assert engine.explain(photos.X[0], answer, counterfactuals=False).id == answer.id
    with pytest.raises(kgzsl.KgzslError, match="did you mean 'okapi'"):
        engine.explain(photos.X[0], "okapy")
    with pytest.raises(kgzsl.KgzslError, match="features are 7 wide"):
        engine.explain(photos.X[0][:7])
    with pytest.raises(kgzsl.KgzslError, match="came from the bundle"):
        engine.explain(photos.X[0], replace(answer, bundle="other"))
    with pytest.raises(kgzsl.KgzslError, match="predict again: the ontology was edited"):
        engine.explain(photos.X[0], replace(answer, graph_hash="other"))


def test_walks_carry_the_score(root, photos):
    engine = kgzsl.train(root / "graphs/objects.toml", learner="absorb", options={"hierarchy": 0.3})
    found = engine.explain(photos.X[0], "okapi")
    assert sum(c.value for c in found.contributions) == pytest.approx(found.score, abs=1e-5)
    learner, space, okapi = engine.learner, engine.state.space, engine.graph.find("okapi")
    chances = dict.fromkeys(learner.seen_ids, 0.0)
    for walk in learner.walks(space, okapi, most=10**6):
        chances[walk.nodes[-1]] += walk.share
    exact = learner.coefficients(space, [okapi]).values[0]
    kept = np.array(list(chances.values()))
    assert 0 < (kept > 0).sum() <= learner.options.keep
    assert 0.5 < kept.sum() <= 1 + 1e-6
    assert kept / kept.sum() == pytest.approx(exact / exact.sum(), abs=1e-5)


def test_expressions_are_scored(engine, photos):
    match = engine.ask("vehicle and (hasPart some wing)", photos.X)
    best = np.array(photos.labels)[np.argsort(-match.scores)[:10]]
    assert set(best) == {"n02691156"}
    assert (match.graph_hash, match.bundle) == (engine.graph.hash, engine.id)
    for wrong in ("vehicle and (", "hasPrt some wing", "and", "vehicle vehicle", "'vehicle"):
        with pytest.raises(kgzsl.KgzslError):
            engine.ask(wrong, photos.X)


ORIGINAL = (ROOT / "ontologies/animals.ttl").read_text()
NAMES = ["wolf", "zebra", "tiger", "cow", "seal", "mammal", "carnivore"]
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(NAMES), st.floats(0, 1)),
        st.tuples(st.just("remove"), st.integers(0, 105), st.just(0)),
        st.tuples(st.just("move"), st.integers(0, 105), st.sampled_from(NAMES)),
        st.tuples(st.just("describe"), st.integers(0, 105), st.floats(0, 1)),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def edited(text, graph, edits, step):
    """Apply random edits to the Turtle text; nothing is put below what was removed, nor removed with a child."""
    for number, (what, where, value) in enumerate(edits, 10 * step):
        parent = "wn:" + graph.short(graph.find({"add": where, "move": value}.get(what, "wolf")))
        if what in ("add", "move") and f"{parent} a owl:Class" not in text:
            continue
        if what == "add":
            text += f'\nwn:x{number} a owl:Class ; skos:prefLabel "x{number}"@en ; rdfs:subClassOf {parent} ;\n'
            text += f"    att:stripes {value:.3f} .\n"
            continue
        iri = graph.class_ids[where % len(graph.class_ids)]
        name = "wn:" + graph.short(iri)
        if f"{name} a owl:Class" not in text:
            continue
        if what == "remove" and not re.search(rf"subClassOf[^.]*{name}\b", text):
            head, _, rest = text.partition(f"{name} a owl:Class")
            text = head + rest.partition("\n\n")[2] if rest else text
        elif what == "move" and graph.find(value) not in {iri, *graph.descendants(iri)}:
            text += f"\n{name} rdfs:subClassOf {parent} .\n"
        elif what == "describe":
            text += f"\n{name} att:spots {value:.3f} .\n"
    return text


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    """Learner → a small engine over files of its own, trained once."""
    return {name: small_engine(tmp_path_factory.mktemp(name), name) for name in ("kernel", "gcn", "absorb", "dgp")}


@pytest.mark.parametrize("learner", ["kernel", "gcn", "absorb", "dgp"])
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=st.lists(EDITS, min_size=1, max_size=3))
def test_an_update_equals_a_fresh_load(learner, edits, engines):
    """Through files, where every edit is first read; `tests/learners` has every learner over random graphs."""
    engine, path, _ = engines[learner]
    first = text = ORIGINAL
    path.write_text(first)
    engine.update()
    graph = engine.graph
    for number, step in enumerate(edits):
        text = edited(text, graph, step, number)
        path.write_text(text)
        engine.update()
        fresh = fresh_bank(engine)
        assert engine.bank.ids == fresh.ids
        assert np.array_equal(engine.bank.seen, fresh.seen)
        assert np.abs(engine.bank.weights - fresh.weights).max() <= 1e-6


def test_okapi_is_added_without_training(root, photos, tmp_path):
    from kgzsl.cli.demo import OKAPI, working_copy

    source, block = working_copy(tmp_path)
    with pytest.warns(UserWarning, match="left out of validation"):
        engine = kgzsl.train(root / "graphs/objects.toml", ontologies=[source])
    okapi = photos.X[np.array(photos.labels) == OKAPI]
    before, hash_before = engine.predict(okapi), engine.graph.hash
    assert OKAPI not in {c.id for a in before for c in a.candidates}
    with source.open("a") as file:
        file.write(block)
    done = engine.update()
    assert done.changed
    assert done.added == (v.WN + OKAPI,)
    assert set(done.milliseconds) == {"read", "graph", "check", "describe", "propagate", "swap"}
    after = engine.predict(okapi)
    assert sum(OKAPI in {c.id for c in a.candidates} for a in after) > len(okapi) // 2
    assert {a.graph_hash for a in after} == {engine.graph.hash} != {hash_before}
    assert np.abs(engine.bank.weights - fresh_bank(engine).weights).max() <= 1e-6
    assert not engine.update().changed


def test_a_broken_edit_is_refused_and_the_last_good_state_answers(small):
    engine, path, features = small
    text, before = path.read_text(), engine.predict(features.X[:5])
    breaks = {
        text + "\nwn:x1 a owl:Class ;\n": "syntax error",
        text + "\nwn:x1 a owl:Class ; rdfs:subClassOf wn:n0239104 .\n": "unknown parent 'n0239104'.*did you mean",
        text + "\nwn:n00001740 rdfs:subClassOf wn:n02391049 .\n": "cycle",
        text + "\nwn:n02391049 att:stripes 7.0 .\n": "not between 0 and 1",
        text + "\nwn:n02391049 a owl:Class .\n": "named twice",
        text + "\nwn:n02391049 att:stripes 'many' .\n": "not a number",
        "": "empty",
    }
    for broken, words in breaks.items():
        path.write_text(broken)
        with pytest.raises(OntologyError, match=words) as caught:
            engine.update()
        assert caught.value.file == str(path)
        assert caught.value.line
        assert engine.predict(features.X[:5]) == before
    path.write_text(text + "\n")
    engine.update()
    assert engine.predict(features.X[:5]) == before


def test_a_truncated_save_needs_force(small):
    engine, path, _ = small
    text = path.read_text()
    path.write_text(text[: text.index("\nwn:n0", 3000)] + "\n")
    with pytest.raises(ShrunkError, match="classes are left of"):
        engine.update()
    os.remove(path.with_name("animals.csv"))
    with pytest.raises(kgzsl.KgzslError, match="no such file"):
        engine.update(force=True)
    assert len(engine.bank) == 106


def test_force_accepts_fewer_classes(small):
    engine, path, _ = small
    text = path.read_text()
    path.write_text(text[: text.index("\nwn:n0", 3000)] + "\n")
    assert engine.update(force=True).removed


def test_seen_classes_after_an_edit(small):
    """Removed: no answer. Described anew: keeps its classifier. Renamed: a new, unseen class."""
    engine, path, _ = small
    text, row = path.read_text(), engine.bank.row
    iri = v.WN + ZEBRA
    kept = engine.bank.weights[row[iri]].copy()
    path.write_text(text + f"\nwn:{ZEBRA} att:stripes 0.01 .\n")
    with pytest.warns(UserWarning, match="seen classes are described anew, such as .*'zebra'.*: they keep"):
        engine.update()
    assert np.array_equal(engine.bank.weights[engine.bank.row[iri]], kept)
    path.write_text(text.replace(f"wn:{ZEBRA}", "wn:zebra2"))
    engine.update()
    assert iri not in engine.bank.row
    assert not engine.bank.seen[engine.bank.row[v.WN + "zebra2"]]


def test_every_answer_is_of_one_state(small):
    """Answers given during updates are those of the old or of the new graph, never of a mixture."""
    engine, path, features = small
    text, X = path.read_text(), features.X[:20]
    texts = [text, text + f"\nwn:{TIGER} att:spots 0.91 .\nwn:y a owl:Class ; rdfs:subClassOf wn:{TIGER} .\n"]
    right = {}
    for version in texts:
        path.write_text(version)
        engine.update()
        right[engine.graph.hash] = engine.predict(X)
    stop, wrong = threading.Event(), []

    def ask():
        while not stop.is_set():
            answers = engine.predict(X)
            if answers != right.get(answers[0].graph_hash):
                wrong.append(answers)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for k in range(12):
        path.write_text(texts[k % 2])
        engine.update()
    stop.set()
    for thread in threads:
        thread.join()
    assert len(right) == 2
    assert not wrong


def test_a_class_without_text_is_flagged(root, tmp_path, photos):
    source = tmp_path / "objects.ttl"
    text = (root / "ontologies/objects.ttl").read_text()
    source.write_text(text + "\nwn:x a owl:Class ; rdfs:subClassOf wn:n02439033 .\n")
    engine = kgzsl.train(root / "graphs/objects.toml", ontologies=[source])
    answer = engine.predict(photos.X[:1], classes=["x", "okapi"])[0]
    assert {c.id: c.described for c in answer.candidates} == {"x": False, "n02439398": True}


def test_a_seed_gives_the_same_bank(tmp_path):
    banks = [small_engine(tmp_path, "gcn")[0].bank.weights for _ in range(2)]
    assert np.array_equal(*banks)
