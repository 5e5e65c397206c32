"""Suggestions for a wrong answer: they mend it, and really can be applied."""

import shlex
from functools import partial

import pytest
from hypothesis import given as drawn_by
from hypothesis import settings
from hypothesis import strategies as st

from kgzsl.errors import OntologyError, UnknownNameError
from kgzsl.explain.counterfactual import expected, how, missed, planned
from kgzsl.explain.counterfactual.repairs import ADD, MOVE, REMOVE, SEVERAL, STRENGTH, repairs
from kgzsl.explain.counterfactual.trials import WITH, WITHOUT
from kgzsl.explain.explanation import Edit
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, Relation
from tests.cli.test_cli import run
from tests.explain.counterfactual import zoo
from tests.explain.counterfactual.test_find import from_scratch

RIGHT, WRONG = "cat3,0.9,0.9,0,0,0,", "cat3,0,0.9,0,0,0.9,"


@pytest.fixture
def faulty(tmp_path):
    """An engine over a zoo where fur and fins of a cat were swapped: (engine, inputs of the cat, paths)."""
    paths = zoo.write(tmp_path)
    given = zoo.features(paths)
    _put(paths[1], RIGHT, WRONG)
    return zoo.train(paths, given), zoo.of(given, "cat3"), paths


def _put(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_a_swapped_attribute_is_found_and_mended(faulty):
    engine, X, paths = faulty
    iri, setting = zoo.IRI + "cat3", engine.setting
    x = next(x for x in X if expected(setting, x, iri)[0].mends)
    found = expected(setting, x, iri)
    touched = {edit.fact.target.removeprefix(zoo.IRI) for one in found for edit in one.edits}
    assert {"fur", "fins"} <= touched
    assert [one.mends for one in found] == sorted((one.mends for one in found), reverse=True)
    assert len({frozenset(e.fact[:3] for e in one.edits) for one in found}) == len(found)
    for one in found:
        there = from_scratch(setting, x, one.edits)
        assert there.margin(x, iri) - setting.margin(x, iri) == pytest.approx(one.gain, abs=1e-5)
        assert one.mends == (there.answers(x[None])[0] == iri)
    text = paths[1].read_text()
    planned(setting.graph, found[0].edits).apply()
    engine.update()
    assert engine.predict(x)[0].candidates[0].iri == iri
    changed = [line for line in paths[1].read_text().splitlines() if line not in text.splitlines()]
    assert [line.split(",")[0] for line in changed] == [iri], "one row of the table"


def test_where_no_edit_mends_it_alone_two_do(faulty):
    engine, X, _ = faulty
    iri, setting = zoo.IRI + "cat3", engine.setting
    x = next(x for x in X if expected(setting, x, iri)[0].kind == SEVERAL)
    found = expected(setting, x, iri, most=30)
    assert not any(one.mends for one in found if one.kind != SEVERAL)
    assert any(one.kind != SEVERAL for one in found), "what helps alone is listed after them"
    swapped = {(zoo.IRI + "cat3", zoo.IRI + name) for name in ("fur", "fins")}
    assert any({edit.fact[:3:2] for edit in one.edits} == swapped for one in found if one.mends)
    first = found[0]
    assert first.mends
    planned(setting.graph, first.edits).apply()
    engine.update()
    assert engine.predict(x)[0].candidates[0].iri == iri


def test_a_wrong_parent_is_mended_by_the_command_it_names(tmp_path):
    paths = zoo.write(tmp_path)
    given = zoo.features(paths)
    good = paths[0].read_text()
    head = ':bird3 a owl:Class ; skos:prefLabel "bird3"@en ;\n    rdfs:subClassOf :'
    _put(paths[0], head + "bird", head + "cat")
    engine = zoo.train(paths, given)
    iri, bird = zoo.IRI + "bird3", zoo.IRI + "bird"
    wrong = [x for x in zoo.of(given, "bird3") if engine.setting.answers(x[None])[0] != iri]
    offered = [(x, one) for x in wrong for one in expected(engine.setting, x, iri, most=20)]
    x, one = next((x, one) for x, one in offered if one.kind == MOVE and one.mends)
    (command,) = one.how
    old, new = (edit.fact for edit in one.edits)
    assert one.text.startswith(f"move bird3 from cat to {engine.graph.label(new.target)} ({paths[0]}:{old.line})")
    faulty = paths[0].read_text()
    assert shlex.split(command)[:2] == ["kgzsl", "move"]
    run(*shlex.split(command)[1:])
    engine.update()
    assert engine.predict(x)[0].candidates[0].iri == iri
    paths[0].write_text(faulty)
    (command,) = how(engine.graph, [Edit(WITHOUT, old), Edit(WITH, new._replace(target=bird))])
    run(*shlex.split(command)[1:])
    assert paths[0].read_text() == good


def test_a_line_to_add_can_be_added_anywhere(tmp_path):
    paths = zoo.write(tmp_path)
    given = zoo.features(paths)
    engine = zoo.train(paths, given)
    fact = Relation(zoo.IRI + "bird3", SUBCLASS, zoo.IRI + "fish")
    (line,) = how(engine.graph, [Edit(WITH, fact)])
    start = f"{paths[0]}: add the line "
    assert line.startswith(start)
    paths[0].write_text(paths[0].read_text() + line.removeprefix(start) + "\n")
    engine.update()
    assert fact[:3] in {edge[:3] for edge in engine.graph.out(fact.source)}


@drawn_by(st.data())
@settings(max_examples=12, deadline=None)
def test_a_plan_states_just_what_the_edits_say(tmp_path_factory, data):
    from kgzsl import read_ontology
    from kgzsl.graph import build_graph

    paths = zoo.write(tmp_path_factory.mktemp("plan"))
    graph = build_graph(read_ontology([str(path) for path in paths]))
    facts = [f for f in graph.relations if f.source.removeprefix(zoo.IRI)[-1] in "0123"]
    gone = data.draw(st.lists(st.sampled_from(facts), max_size=3, unique=True))
    weigh = data.draw(st.sampled_from([f for f in facts if f.relation == ATTRIBUTE and f not in gone]))
    come = [weigh._replace(weight=0.33, file="", line=0)]
    child = data.draw(st.sampled_from([iri for iri in graph.class_ids if iri.endswith("2")]))
    come += [Relation(child, SUBCLASS, zoo.IRI + data.draw(st.sampled_from(zoo.GROUPS)))]
    come = [f for f in come if f[:3] not in {e[:3] for e in graph.relations} - {weigh[:3]}]
    edits = [Edit(WITHOUT, f) for f in (*gone, weigh)] + [Edit(WITH, f) for f in come]
    after = build_graph(planned(graph, edits).after)
    expected_facts = {f[:4] for f in graph.edited([*gone, weigh], come).relations}
    assert {f[:4] for f in after.relations} == expected_facts


def test_what_no_plain_statement_says_is_left_to_the_curator(animals, tmp_path):
    from kgzsl import read_ontology
    from kgzsl.graph import build_graph

    path = tmp_path / "parts.ttl"
    path.write_text(zoo.testing.PREFIXES + ":tail a owl:Class .\n:has a owl:ObjectProperty .\n"
                    ":cat a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :has ;\n"
                    "  owl:someValuesFrom :tail ] .\n")  # fmt: skip
    graph = build_graph(read_ontology(path))
    (fact,) = (f for f in graph.relations if f.relation == "has")
    assert how(graph, [Edit(WITHOUT, fact)]) == (f"{path}:{fact.line}: take out what states cat has tail",)
    with pytest.raises(OntologyError, match="does not stand as a plain statement"):
        planned(graph, [Edit(WITHOUT, fact)])
    (text,) = how(graph, [Edit(WITH, Relation(zoo.IRI + "tail", "has", zoo.IRI + "cat"))])
    assert text.startswith("state tail has cat by hand")


def test_repairs_are_of_every_kind_and_never_of_a_seen_class(animals):
    engine, given, _ = animals
    setting, x = engine.setting, zoo.of(given, "bird3").mean(axis=0)
    found = repairs(setting, x, zoo.IRI + "cat3", zoo.IRI + "bird3")
    assert {one.kind for one in found} == {REMOVE, ADD, MOVE, STRENGTH}
    assert len({frozenset(one.edits) for one in found}) == len(found)
    seen = repairs(setting, x, zoo.IRI + "cat0", zoo.IRI + "bird3")
    assert {one.kind for one in seen} == {REMOVE}


def test_two_edits_are_a_move_only_where_one_goes_and_the_other_comes(animals):
    from kgzsl.explain.counterfactual.wording import repair, supposed

    graph, fact = animals[0].graph, partial(Relation, zoo.IRI + "cat3", SUBCLASS)
    dog, fish = fact(zoo.IRI + "dog"), fact(zoo.IRI + "fish")
    come = [Edit(WITH, dog), Edit(WITH, fish)]
    assert repair(graph, come) == "state cat3 subClassOf dog and cat3 subClassOf fish"
    assert supposed(graph, come) == "if cat3 were also stated subClassOf dog and subClassOf fish,"
    (old,) = graph.out(zoo.IRI + "cat3", SUBCLASS)
    other = old._replace(target=zoo.IRI + "dog", line=old.line + 1)
    gone = [Edit(WITHOUT, old), Edit(WITHOUT, other)]
    places = f"{old.where} (cat3 subClassOf cat) and {other.where} (cat3 subClassOf dog)"
    assert repair(graph, gone) == f"take out {places}"
    assert supposed(graph, gone) == f"without {places}"
    assert repair(graph, [come[0], gone[0]]) == f"move cat3 from cat to dog ({old.where})"
    strength = next(f for f in graph.out(zoo.IRI + "cat3", ATTRIBUTE))
    twice = [Edit(WITH, strength._replace(weight=w, file="", line=0)) for w in (0.25, 0.5)]
    assert repair(graph, twice).startswith("state cat3 hasAttribute")


def test_what_mends_nothing_is_said_to_and_has_no_command(animals):
    engine, given, _ = animals
    setting, iri = engine.setting, zoo.IRI + "fish3"
    for x in zoo.of(given, "dog0")[:3]:
        found = expected(setting, x, iri)
        assert all(bool(one.how) == one.mends for one in found)
        said = missed(setting.graph, iri, found)
        assert bool(said) != any(one.mends for one in found)
        assert said in ("", "no edit that was tried makes fish3 the answer; nearest misses:",
                        "no edit that was tried makes fish3 the answer")  # fmt: skip
    assert any(missed(setting.graph, iri, expected(setting, x, iri)) for x in zoo.of(given, "dog0"))


def test_a_right_answer_needs_nothing(animals):
    engine, given, _ = animals
    setting = engine.setting
    x = next(x for x in zoo.of(given, "bird3") if setting.answers(x[None])[0] == zoo.IRI + "bird3")
    assert expected(setting, x, zoo.IRI + "bird3") == ()
    with pytest.raises(UnknownNameError, match="'bird' is no candidate"):
        expected(setting, x, zoo.IRI + "bird")
