"""Following files in a thread, and what it rests on; tests/cli/test_watch.py does it as a user types it."""

import os
import queue
import threading
import time
import warnings
from contextlib import contextmanager

import pytest
import watchfiles

import kgzsl
from kgzsl.errors import OntologyError
from kgzsl.graph import build_graph
from kgzsl.watch import Watcher
from kgzsl.watch.changes import changes, described
from kgzsl.watch.files import folders, is_being_written, look, settled
from kgzsl.watch.wakes import Stop, wakes
from tests.conftest import ROOT, small_engine

ORIGINAL = (ROOT / "ontologies/animals.ttl").read_text()
TABLE = (ROOT / "ontologies/animals-attributes.csv").read_text()
OKAPI = '\nwn:okapi a owl:Class ; skos:prefLabel "okapi"@en ; rdfs:subClassOf wn:n02399000 ; att:stripes 0.6 .\n'
DEADLINE = 20


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return small_engine(tmp_path_factory.mktemp("watch"))


@pytest.fixture
def watched(trained):
    """An engine over files as they were first: (engine, Turtle file)."""
    engine, path, _ = trained
    path.write_text(ORIGINAL)
    path.with_suffix(".csv").write_text(TABLE)
    engine.update(force=True)
    return engine, path


@contextmanager
def following(engine, **options):
    """Watch in a thread; gives a function that waits for the next event."""
    events = queue.Queue()
    watcher = Watcher(engine, **options)
    thread = threading.Thread(target=watcher.run, args=(events.put,))
    thread.start()

    def event(kind):
        found = events.get(timeout=DEADLINE)
        assert found.kind == kind, found
        assert found.message.count("\n") == 0
        assert found.graph_hash == engine.graph.hash
        return found

    try:
        event("watching")
        yield event
    finally:
        watcher.stop()
        thread.join(DEADLINE)
        assert not thread.is_alive()
    assert events.empty()


def test_tells_each_edit_in_one_event(watched):
    engine, path = watched
    first = engine.graph.hash
    with following(engine) as event:
        path.write_text(ORIGINAL + OKAPI)
        told = event("updated")
        okapi = engine.graph.find("okapi")
        assert (told.added, told.removed, told.changed) == ((okapi,), (), ())
        assert told.message.startswith("+okapi (1 class) ")
        assert told.milliseconds > 0
        path.write_text(ORIGINAL + OKAPI.replace("0.6", "0.7"))
        assert event("updated").changed == (okapi,)
        path.write_text(ORIGINAL)
        assert event("updated").removed == (okapi,)
        path.write_text(ORIGINAL + "# a comment\n")
        assert event("unchanged").graph_hash == first


def test_a_broken_edit_keeps_the_last_good_state(watched):
    engine, path = watched
    with following(engine) as event:
        state, lines = engine.state, len(ORIGINAL.splitlines())
        path.write_text(ORIGINAL + OKAPI.replace("wn:n02399000", "wn:n0"))
        error = event("refused").error
        assert isinstance(error, OntologyError)
        assert (error.file, error.line) == (str(path), lines + 2)
        assert error.fix
        path.write_text(ORIGINAL + "wn:okapi a owl:Class")
        assert "syntax error" in event("refused").message
        path.write_text("")
        assert "the file is empty" in event("refused").message
        path.unlink()
        assert str(path) in event("missing").message
        assert engine.state is state
        path.write_text(ORIGINAL)
        assert "as before" in event("unchanged").message
        path.write_text(ORIGINAL + OKAPI)
        event("updated")


def test_files_saved_together_are_one_edit(watched):
    engine, path = watched
    head, *rows = TABLE.splitlines(keepends=True)
    with following(engine, settle=0.3) as event:
        path.write_text(ORIGINAL + OKAPI)
        path.with_suffix(".csv").write_text("".join([head, *rows, "wn:okapi" + rows[0][rows[0].index(",") :]]))
        told = event("updated")
        assert told.added == (engine.graph.find("okapi"),)
        assert len(engine.graph.attributes("okapi")) > 5


@pytest.fixture
def leases(tmp_path):
    """Skip where a file that is open for writing cannot be told."""
    with (tmp_path / "open").open("w"):
        if not is_being_written(tmp_path / "open"):
            pytest.skip("this system does not tell which files are open for writing")


def test_half_a_file_is_never_served(watched, leases):
    """What a slow writer has written so far is quiet for longer than the settle time, parses, and lacks little."""
    engine, path = watched
    before, seen = engine.graph.hash, set()
    blocks = (ORIGINAL + OKAPI).split("\n\n")
    head, tail = blocks[:-9], blocks[-9:]
    with following(engine, settle=0.03) as event:
        with path.open("w") as file:
            for part in (head, *([block] for block in tail)):
                file.write("\n\n".join(part) + "\n\n")
                file.flush()
                time.sleep(0.06)
                seen.add(engine.graph.hash)
        assert seen == {before}
        assert event("updated").added == (engine.graph.find("okapi"),)


def test_the_loss_of_many_classes_must_stand_for_a_while(watched):
    engine, path = watched
    blocks = ORIGINAL.split("\n\n")
    most, few = "\n\n".join(blocks[: len(blocks) * 3 // 4]) + "\n", "\n\n".join(blocks[: len(blocks) // 4]) + "\n"
    with following(engine, hold=0.5) as event:
        state = engine.state
        path.write_text(most)
        held = event("held")
        assert held.error.value >= 10
        assert str(path) in held.message
        assert "taken over if it stands for 0.5 s" in held.message
        assert engine.state is state
        path.write_text(ORIGINAL)
        event("unchanged")
        path.write_text(most)
        event("held")
        gone = event("updated")
        assert len(gone.removed) == held.error.value
        path.write_text(ORIGINAL)
        event("updated")
        path.write_text(few)
        assert "was the file cut short?" in event("refused").message
    with following(engine, hold=0.2, force=True) as event:
        event("held")
        assert len(event("updated").removed) > 50


def test_editors_that_replace_the_file(watched):
    engine, path = watched
    other, backup = path.with_name("4913"), path.with_name("animals.ttl~")
    with following(engine) as event:
        other.write_text(ORIGINAL + OKAPI)
        other.replace(path)  # VS Code, Protégé, sed -i
        event("updated")
        path.rename(backup)  # vim, Emacs
        path.write_text(ORIGINAL)
        backup.unlink()
        event("updated")
        path.write_text(ORIGINAL + OKAPI)
        event("updated")


def test_links_and_folders_that_are_exchanged(tmp_path):
    """As mounted configuration is: a link to a link that is turned over at once."""
    for name, text in (("one", ORIGINAL), ("two", ORIGINAL + OKAPI)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "animals.ttl").write_text(text)
    (tmp_path / "now").symlink_to("one")
    (tmp_path / "seen").mkdir()
    link = tmp_path / "seen/animals.ttl"
    link.symlink_to(tmp_path / "now/animals.ttl")
    engine, _, _ = small_engine(tmp_path)
    engine.sources = (str(link), str(tmp_path / "animals.csv"))
    with following(engine) as event:
        event("unchanged")
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").replace(tmp_path / "now")
        assert event("updated").added
        (tmp_path / "two").rename(tmp_path / "three")
        event("missing")
        (tmp_path / "two").mkdir()
        (tmp_path / "two/animals.ttl").write_text(ORIGINAL)
        assert event("updated").removed
        time.sleep(0.3)  # the new folder is watched by now
        (tmp_path / "two/animals.ttl").write_text(ORIGINAL + OKAPI)
        assert event("updated").added


def test_a_folder_as_source(tmp_path):
    engine, _, _ = small_engine(tmp_path)
    engine.sources = (str(tmp_path),)
    more = tmp_path / "more.ttl"
    with following(engine, hold=0.3) as event:
        more.write_text(ORIGINAL.split("\nwn:")[0] + OKAPI)
        assert event("updated").added
        more.unlink()
        assert str(more) in event("held").message
        assert event("updated").removed


def test_imports_are_followed_too(watched):
    engine, path = watched
    head = ORIGINAL.split("\nwn:")[0]
    imported, catalog = path.with_name("more") / "okapi.ttl", path.with_name("catalog-v001.xml")
    imported.parent.mkdir()
    imported.write_text(head + OKAPI)
    catalog.write_text(
        '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">'
        '<uri name="http://example.org/okapi" uri="more/okapi.ttl"/></catalog>'
    )
    with following(engine) as event:
        path.write_text(ORIGINAL + "\nwn:all a owl:Ontology ; owl:imports <http://example.org/okapi> .\n")
        assert event("updated").added
        imported.write_text(head + OKAPI.replace("0.6", "0.7"))
        assert event("updated").changed == (engine.graph.find("okapi"),)
        catalog.write_text('<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog"></catalog>')
        assert "okapi.ttl" in event("held").message
        catalog.unlink()


def test_without_notifications_it_looks_by_itself(watched, monkeypatch):
    def fails(*paths, **options):
        raise OSError("no watches left")
        yield

    monkeypatch.setattr(watchfiles, "watch", fails)
    engine, path = watched
    with following(engine) as event:
        path.write_text(ORIGINAL + OKAPI)
        event("updated")


def test_what_was_edited_before_it_began_is_taken_over(watched):
    engine, path = watched
    path.write_text(ORIGINAL + OKAPI)
    with following(engine) as event:
        event("updated")


def test_the_bundle_follows_and_says_when_it_cannot(watched, tmp_path):
    engine, path = watched
    folder = tmp_path / "bundles"
    folder.mkdir()
    with following(engine, save=folder / "a.kgzsl") as event:
        assert kgzsl.load(folder / "a.kgzsl").graph.hash == engine.graph.hash
        path.write_text(ORIGINAL + OKAPI)
        told = event("updated")
        assert kgzsl.load(folder / "a.kgzsl").graph.hash == told.graph_hash
        folder.rename(tmp_path / "away")
        path.write_text(ORIGINAL)
        assert "a.kgzsl" in event("unsaved").message
        (tmp_path / "away").rename(folder)
        path.write_text(ORIGINAL + OKAPI)
        event("updated")
        assert sorted(os.listdir(folder)) == ["a.kgzsl"]


def test_an_edited_recipe_needs_a_restart(watched, tmp_path):
    engine, path = watched
    recipe = tmp_path / "animals.toml"
    recipe.write_text("")
    with following(engine, made_from=recipe) as event:
        recipe.write_text("# edited")
        assert f"{recipe} was edited" in event("restart").message
        path.write_text(ORIGINAL + OKAPI)
        event("updated")


def test_tells_new_findings_once(watched):
    engine, path = watched
    twin = OKAPI.replace('"okapi"', '"zebra"').replace("n02399000", "n02374149")
    with following(engine) as event:
        path.write_text(ORIGINAL + twin)
        told = event("updated")
        assert "W02" in {finding.code for finding in told.findings}
        assert f"{path}:" in told.message
        path.write_text(ORIGINAL + twin.replace("0.6", "0.7"))
        assert event("updated").findings == ()
    path.write_text(ORIGINAL)
    with following(engine, findings=False) as event:
        event("updated")
        path.write_text(ORIGINAL + twin)
        assert event("updated").findings == ()


def test_a_parser_or_check_that_fails_does_not_end_the_watch(watched, monkeypatch):
    engine, path = watched
    with following(engine) as event:
        with monkeypatch.context() as patch:
            patch.setattr("kgzsl.ontology.rdf.read_rdf", lambda path, data: 1 / 0)
            path.write_text(ORIGINAL + OKAPI)
            assert "unexpected ZeroDivisionError" in event("refused").message
        with monkeypatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            patch.setattr("kgzsl.watch.watcher.check", lambda *_, **__: 1 / 0)
            path.write_text(ORIGINAL + OKAPI + "\n")
            assert event("updated").findings == ()


def graph_of(tmp_path, *texts):
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.ttl").write_text(text)
    return build_graph(kgzsl.read_ontology([tmp_path / f"{n}.ttl" for n in range(len(texts))]))


def test_changes_in_words(tmp_path):
    head = ORIGINAL.split("\nwn:")[0] + "\n"
    classes = "".join(f"wn:a{n} a owl:Class .\n" for n in range(6))
    old = graph_of(tmp_path, head + classes + "att:stripes rdfs:label 's' .")
    new = graph_of(tmp_path, head + 'wn:a5 a owl:Class ; skos:prefLabel "polar bear" .\nwn:b a owl:Class .')
    found = changes(old, new)
    assert [len(kind) for kind in (found.added, found.removed, found.changed, found.others)] == [1, 5, 1, 1]
    assert described(found, old, new) == "+b -a0 -a1 -a2 -2 more ~'polar bear' (7 classes, 1 other concept)"
    assert described(changes(new, new), new, new) == "no class changed"


def test_a_fact_that_moves_between_files_changes_nothing(tmp_path):
    head = ORIGINAL.split("\nwn:")[0] + "\n"
    fact = "wn:a rdfs:subClassOf [ a owl:Restriction ; owl:onProperty wn:p ; owl:someValuesFrom wn:b ] .\n"
    classes = "wn:a a owl:Class .\nwn:b a owl:Class .\n"
    old, new = graph_of(tmp_path, head + classes + fact, head), graph_of(tmp_path, head + classes, head + fact)
    assert changes(old, new).changed == ()
    assert changes(old, graph_of(tmp_path, head + classes, head)).changed == (old.find("a"),)


def test_settling_waits_for_quiet_and_for_writers(tmp_path, leases):
    path = tmp_path / "a.ttl"
    path.write_text("a")
    seen, start = settled(lambda: look([path]), 0.05, lambda: False), time.monotonic()
    assert seen == look([path])
    file = path.open("a")
    threading.Timer(0.2, file.close).start()
    settled(lambda: look([path]), 0.05, lambda: False)
    assert file.closed
    assert time.monotonic() - start > 0.2
    with path.open("a"):
        settled(lambda: look([path]), 0.05, lambda: True)
    assert not is_being_written(tmp_path / "none")


def test_folders_are_those_of_links_and_of_what_they_lead_to(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/a.ttl").write_text("")
    (tmp_path / "here").mkdir()
    (tmp_path / "here/a.ttl").symlink_to("../there/a.ttl")
    found = folders([tmp_path / "here/a.ttl", tmp_path / "none/a.ttl"])
    assert set(found) == {tmp_path / "here", tmp_path / "there"}


def test_no_folder_to_watch_is_no_end(tmp_path):
    stop = Stop()
    looks = wakes(dict, stop)
    next(looks)
    next(looks)
    stop.set()
    assert list(looks) == []


def test_nothing_is_said_while_nothing_happens(watched):
    engine, path = watched
    with following(engine):
        path.with_name("notes.txt").write_text("not an ontology")
        path.read_text()
        time.sleep(0.6)
