"""Counterfactuals of answers: what is stated of them is so, in a propagation from scratch and in the files."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kgzsl
from kgzsl.errors import UnknownNameError
from kgzsl.explain.counterfactual import counterfactuals, planned, searched
from kgzsl.explain.counterfactual.near import around, bearing, considered
from kgzsl.explain.counterfactual.offers import fitting, likely_strengths, offers, parents_of, relatives
from kgzsl.explain.counterfactual.trials import WITH, WITHOUT
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph
from tests.explain.counterfactual import zoo
from tests.explain.counterfactual.zoo import drawn, inputs
from tests.learners.worlds import tree, worlds


def from_scratch(setting, x, edits):
    """Answer and margins by a space and a propagation that know nothing of those before."""
    space = setting.space.edited([e.fact for e in edits if e.action == WITHOUT],
                                 [e.fact for e in edits if e.action == WITH])  # fmt: skip
    return replace(setting, space=space, propagation=setting.learner.propagate(space))


@pytest.mark.parametrize("learner", ["kernel", "absorb"])
@given(world=worlds(), seed=st.integers(0, 9), place=st.integers(0, 2))
@settings(max_examples=6, deadline=None)
def test_what_is_stated_is_so(learner, world, seed, place):
    setting = drawn(world, learner)
    x = inputs(setting, 1, seed)[0]
    best = setting.answers(x[None])[0]
    iri = setting.candidates[np.argsort(-setting.scores(x[None])[0], kind="stable")[place]]
    result = searched(setting, x, iri, facts=6, tries=80, seconds=60.0)
    assert result == searched(setting, x, iri, facts=6, tries=80, seconds=60.0), "deterministic"
    for one in result.counterfactuals:
        there = from_scratch(setting, x, one.edits)
        after = there.margin(x, iri)
        assert one.after == pytest.approx(after, abs=1e-5)
        assert one.before == pytest.approx(setting.margin(x, iri), abs=1e-5)
        if abs(after) > 1e-4:
            assert one.iri == there.answers(x[None])[0]
            assert one.changed == (one.iri != best)
        assert {edit.action for edit in one.edits} in ({WITHOUT}, {WITH})
        assert setting.graph.label(one.iri) in one.text or "the answer stay" in one.text


def test_the_order_of_relations_does_not_count():
    setting = drawn(tree(20))
    graph = setting.graph
    back = ClassGraph(graph.concepts, graph.relations[::-1], (), graph.hash, graph.ontology)
    other = replace(setting, space=replace(setting.space, graph=back))
    for seed in range(3):
        x = inputs(setting, 1, seed)[0]
        iri = setting.answers(x[None])[0]
        first, second = (searched(one, x, iri, facts=5, tries=60, seconds=60.0) for one in (setting, other))
        assert [one.edits for one in first.counterfactuals] == [one.edits for one in second.counterfactuals]


def test_sentences_name_file_and_line_and_hold_in_the_files(tmp_path):
    paths = zoo.write(tmp_path)
    given = zoo.features(paths)
    engine = zoo.train(paths, given)
    for x in [x for name in ("cat3", "bird3") for x in zoo.of(given, name)[:2]]:
        setting = engine.setting
        iri = setting.answers(x[None])[0]
        for one in counterfactuals(setting, x, iri, most=1):
            kept = [path.read_text() for path in paths]
            planned(setting.graph, one.edits).apply()
            engine.update()
            assert engine.setting.answers(x[None])[0] == one.iri, one.text
            for path, text in zip(paths, kept, strict=True):
                path.write_text(text)
            engine.update()
            if one.changed:
                assert one.text.startswith("without " if one.edits[0].action == WITHOUT else "if ")
                assert (", the answer would be" in one.text) == (one.edits[0].action == WITH)
                assert f"the answer would be {one.label}" in one.text
            for edit in one.edits:
                assert edit.action == WITH or f"{edit.fact.file}:{edit.fact.line} (" in one.text


def test_a_class_that_loses_what_lay_below_it_competes(tmp_path):
    """Without ``cub subClassOf lion`` the lion is a leaf: its own classifier fits better than any other's."""
    paths = zoo.write(tmp_path)
    text = paths[0].read_text()
    paths[0].write_text(text + "\n" + zoo.testing.block("cub", ["cat3"]))
    paths[1].write_text(paths[1].read_text() + f"{zoo.IRI}cub,0.9,0.9,0,0,0,0.8,0.9,0.9\n")
    given = zoo.features(paths)
    engine = zoo.train(paths, given, held=(*zoo.HELD, "cub"))
    setting, lion = engine.setting, zoo.IRI + "cat3"
    assert lion not in setting.candidates
    bank = setting.propagation.bank
    x, (fact,) = bank.table[bank.rows([lion])][0], setting.graph.into(lion, SUBCLASS)
    found = searched(setting, x, setting.answers(x[None])[0], [fact], most=50).counterfactuals
    first = next(one for one in found if [edit.fact for edit in one.edits] == [fact])
    assert (first.iri, first.changed, len(first.edits)) == (lion, True, 1)
    assert first.text.startswith(f"without {paths[0]}:{fact.line} (cub subClassOf cat3) the answer would be cat3 (")
    assert "cat3, with nothing below it, would be a candidate too" in first.text
    planned(setting.graph, first.edits).apply()
    engine.update()
    assert engine.setting.answers(x[None]) == [lion]
    named = replace(setting, candidates=tuple(c for c in setting.candidates if c != zoo.IRI + "fish3"))
    others = searched(named, x, named.answers(x[None])[0], [fact]).counterfactuals
    assert all(c.iri in named.candidates for c in others), "where candidates were named, no leaf joins them"


def test_seen_classes_keep_their_classifiers(animals):
    engine, given, _ = animals
    setting = engine.setting
    seen = tuple(iri for iri in setting.candidates if iri in setting.learner.seen_ids)
    setting = replace(setting, candidates=seen)
    found = searched(setting, zoo.of(given, "dog0")[0], zoo.IRI + "dog0")
    assert found.counterfactuals == ()
    assert any("moves the margin" in note for note in found.notes)
    assert any(note.startswith("no addition was considered") for note in found.notes)


def test_a_class_that_does_not_answer_is_made_to(animals):
    engine, given, _ = animals
    setting, x = engine.setting, zoo.of(given, "bird3")[0]
    wanted = zoo.IRI + "cat3"
    mine = searched(setting, x, wanted, facts=5)
    assert all(c.iri == wanted for c in mine.counterfactuals if c.changed and "would be cat3" in c.text)
    assert all(c.before < 0 and c.after > c.before for c in mine.counterfactuals)
    instead = searched(setting, x, setting.answers(x[None])[0], rival=wanted, facts=5)
    assert [c.edits for c in instead.counterfactuals] == [c.edits for c in mine.counterfactuals]
    assert all(c.before > 0 for c in instead.counterfactuals), "margins are those of the explained class"


def test_what_cannot_be_explained_is_named(animals):
    engine, given, _ = animals
    with pytest.raises(UnknownNameError, match="'cat' is no candidate for answers"):
        counterfactuals(engine.setting, given.X[0], zoo.IRI + "cat")
    with pytest.raises(UnknownNameError, match="'bird' is no candidate"):
        counterfactuals(engine.setting, given.X[0], zoo.IRI + "cat0", rival=zoo.IRI + "bird")
    alone = replace(engine.setting, candidates=(zoo.IRI + "cat3",))
    assert searched(alone, given.X[0], zoo.IRI + "cat3").counterfactuals == ()


def test_a_loaded_bundle_gives_the_same(animals, tmp_path):
    engine, given, _ = animals
    engine.save(tmp_path / "zoo.kgzsl")
    other = kgzsl.load(tmp_path / "zoo.kgzsl").setting
    x = zoo.of(given, "dog3")[0]
    for iri in (zoo.IRI + "dog3", zoo.IRI + "cat3"):
        mine, theirs = (searched(setting, x, iri, facts=4) for setting in (engine.setting, other))
        assert [one.edits for one in mine.counterfactuals] == [one.edits for one in theirs.counterfactuals]


def test_a_search_cut_short_says_so(animals):
    engine, given, _ = animals
    found = searched(engine.setting, zoo.of(given, "fish3")[0], zoo.IRI + "fish3", facts=9, tries=5)
    assert any("was cut short after 5 propagations: not even every single fact" in note for note in found.notes)
    early = searched(engine.setting, zoo.of(given, "fish3")[0], zoo.IRI + "fish3", seconds=0.0)
    assert any("0 seconds: all sets of up to 1 were tried" in note for note in early.notes), "single facts always are"
    assert all(len(one.edits) == 1 for one in early.counterfactuals)


def test_a_loaded_bundle_is_propagated_once_for_all_its_edits(animals, tmp_path, monkeypatch):
    engine, given, _ = animals
    engine.save(tmp_path / "zoo.kgzsl")
    setting = kgzsl.load(tmp_path / "zoo.kgzsl").setting
    learner, made = type(setting.learner), []
    propagate = learner.propagate
    monkeypatch.setattr(learner, "propagate", lambda self, space, previous=None: (
        made.append(previous is None), propagate(self, space, previous))[1])  # fmt: skip
    for x in zoo.of(given, "bird3")[:2]:
        searched(setting, x, zoo.IRI + "bird3", facts=3)
    assert made.count(True) == 1
    assert len(made) > 6


def test_parents_far_from_a_class_are_not_offered(tmp_path):
    """A big hierarchy of two branches: cousins are offered; those of the other branch only if a class has none."""
    from kgzsl import read_ontology
    from kgzsl.explain.counterfactual.near import kin
    from kgzsl.graph import build_graph
    from kgzsl.testing import PREFIXES, block

    lines = [PREFIXES, block("top", [])]
    for side in "ab":
        lines.append(block(side, ["top"]))
        for k in range(3):
            lines.append(block(f"{side}{k}", [side]))
            lines += [block(f"{side}{k}{n}", [f"{side}{k}"]) for n in range(3)]
            lines += [block(f"{side}{k}{n}{m}", [f"{side}{k}{n}"]) for n in range(3) for m in range(3)]
    path = tmp_path / "two.ttl"
    path.write_text("\n".join(lines))
    graph = build_graph(read_ontology(path))
    a, of = zoo.IRI.__add__, lambda names: [zoo.IRI + name for name in names]
    assert kin(graph, a("a000"), of(["b0", "a1", "a01", "b00", "a00", "a02"])) == of(["a00", "a01", "a02"])
    assert kin(graph, a("a000"), of(["b0", "b00", "b1"])) == of(["b0", "b00"]), "where there are no nearer ones"


def test_a_lost_path_or_description_is_said(animals):
    engine, given, _ = animals
    found = searched(engine.setting, zoo.of(given, "bird3")[0], zoo.IRI + "bird3", engine.graph.out("bird3", SUBCLASS))
    texts = [c.text for c in found.counterfactuals if "bird3 subClassOf bird)" in c.text]
    assert all("no stated fact would relate bird3 to a seen class" in text for text in texts)


def test_the_nearest_facts_fill_up_the_ranked_ones(animals):
    engine, _, _ = animals
    setting, bird = engine.setting, zoo.IRI + "bird3"
    near = list(around(setting, [bird]))
    assert near[0] == engine.graph.out(bird, SUBCLASS)[0]
    assert len(near) == len({fact[:3] for fact in near})
    assert set(near) == {f for f in engine.graph.relations if f.relation in bearing(setting.space)}
    fact = engine.graph.out(zoo.IRI + "fish0", SUBCLASS)[0]
    assert considered(setting, [fact, fact._replace(target="elsewhere")], [bird], 3) == [fact, *near[:2]]


def test_offers_are_what_fitting_classes_and_relatives_say(animals):
    engine, given, _ = animals
    setting, graph = engine.setting, engine.graph
    x, bird = zoo.of(given, "bird3").mean(axis=0), zoo.IRI + "bird3"
    assert fitting(setting, x)[0].removeprefix(zoo.IRI).startswith("bird")
    assert relatives(graph, bird)[:3] == [f"{zoo.IRI}bird{k}" for k in range(3)]
    assert parents_of(setting, bird, ["http://example.org/cat3"]) == [zoo.IRI + "cat"], "an unseen leaf stays one"
    assert zoo.IRI + "animal" not in parents_of(setting, zoo.IRI + "animal", list(setting.candidates))
    strengths = likely_strengths(setting, x)
    assert strengths[zoo.IRI + "wings"].value > 0.6
    assert strengths[zoo.IRI + "barks"].value < 0.3
    assert 0 < strengths[zoo.IRI + "wings"].error < 0.5
    facts = offers(setting, bird, fitting(setting, x), strengths)
    assert not {f[:3] for f in facts} & {f[:3] for f in graph.out(bird)}
    assert all(f.source == bird and f.target not in graph.ancestors(bird) for f in facts)
    bare = [f for f in offers(setting, zoo.IRI + "bird", [], strengths) if f.relation == ATTRIBUTE]
    assert bare[0].target == zoo.IRI + "wings"
    assert all(0 < f.weight <= 0.9 for f in bare)
