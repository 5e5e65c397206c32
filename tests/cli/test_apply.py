"""`kgzsl explain … --apply N`, as typed: what it writes, and what it refuses to write."""

import json
import warnings

import numpy as np
import pytest

import kgzsl
from kgzsl.explain.counterfactual import expected
from tests.cli.test_cli import run
from tests.explain.counterfactual import zoo
from tests.explain.counterfactual.test_suggestion import RIGHT, WRONG, _put


@pytest.fixture
def faulty(tmp_path):
    """A bundle over a zoo where fur and fins of a cat were swapped: (bundle, inputs of the cat, paths, row to mend)."""
    paths = zoo.write(tmp_path)
    given = zoo.features(paths)
    _put(paths[1], RIGHT, WRONG)
    engine, X = zoo.train(paths, given), zoo.of(given, "cat3")
    bundle, inputs = tmp_path / "zoo.kgzsl", tmp_path / "cats.npz"
    engine.save(bundle)
    np.savez(inputs, X=X, labels=np.array(["cat3"] * len(X)))
    tried = ((k, expected(engine.setting, x, zoo.IRI + "cat3")) for k, x in enumerate(X))
    row = next(k for k, found in tried if found and found[0].mends)
    return bundle, inputs, paths, row


def answers(bundle, inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        engine = kgzsl.load(bundle)
    return [one.candidates[0].id for one in engine.predict(kgzsl.load_features(inputs).X)]


def test_a_suggestion_is_applied_and_the_answer_is_right(faulty):
    bundle, inputs, paths, row = faulty
    before = paths[1].read_text().splitlines()
    assert answers(bundle, inputs)[row] != "cat3"
    text = run("explain", bundle, inputs, "--row", row, "--expected", "cat3", "--apply", 1).stdout
    changed = [k for k, (a, b) in enumerate(zip(before, paths[1].read_text().splitlines(), strict=True), 1) if a != b]
    assert len(changed) == 1
    flat = text.replace("\n", "")
    assert f"written: {paths[1]}" in flat
    assert f"{paths[1]}:{changed[0]}: stated" in flat
    assert f"`kgzsl update {bundle}` takes it over" in flat
    run("update", bundle)
    assert answers(bundle, inputs)[row] == "cat3"


def test_what_is_taken_out_is_named_by_file_and_line(faulty, capsys):
    from kgzsl.cli.applying import apply
    from kgzsl.explain.counterfactual import Suggestion
    from kgzsl.explain.counterfactual.trials import WITHOUT
    from kgzsl.explain.explanation import Edit
    from kgzsl.graph.classgraph import SUBCLASS

    bundle, inputs, paths, _ = faulty
    engine = kgzsl.load(bundle)
    (fact,) = engine.graph.out(zoo.IRI + "fish3", SUBCLASS)
    made = Suggestion("remove a fact", (Edit(WITHOUT, fact),), 1, 0, 0.1, "", ())
    apply(engine, [made], 1, bundle, inputs)
    said = capsys.readouterr().out.replace("\n", "")
    assert f"{paths[0]}:{fact.line}: taken out" in said
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine.update()
    assert not engine.graph.out(zoo.IRI + "fish3", SUBCLASS)


def test_what_mends_nothing_is_not_applied(faulty):
    from kgzsl.cli.applying import apply
    from kgzsl.errors import KgzslError
    from kgzsl.explain.counterfactual import Suggestion
    from kgzsl.explain.counterfactual.trials import WITHOUT
    from kgzsl.explain.explanation import Edit

    bundle, inputs, paths, _ = faulty
    engine, before = kgzsl.load(bundle), paths[0].read_text()
    edit = Edit(WITHOUT, engine.graph.out(zoo.IRI + "fish3")[0])
    with pytest.raises(KgzslError, match="suggestion 1 mends nothing"):
        apply(engine, [Suggestion("remove a fact", (edit,), 0, 0, 0.1, "", ())], 1, bundle, inputs)
    assert paths[0].read_text() == before


def test_of_a_labelled_set_and_as_json(faulty):
    bundle, inputs, paths, _ = faulty
    before = paths[1].read_text()
    data = json.loads(run("explain", bundle, inputs, "--errors", "--apply", 1, "--json").stdout)
    assert data["written"]
    assert data["files"] == [str(paths[1])]
    assert paths[1].read_text() != before


def test_what_is_refused_writes_nothing(faulty):
    bundle, inputs, paths, row = faulty
    before = [path.read_text() for path in paths]
    asked = ("explain", bundle, inputs, "--row", row)

    def refused(*words):
        text = run(*asked, *words, code=2).stderr
        assert len([line for line in text.splitlines() if line.startswith("error:")]) == 1
        return " ".join(text.split())

    assert "there is no suggestion 99" in refused("--expected", "cat3", "--apply", 99)
    assert "--expected or --errors" in refused("--apply", 1)
    assert [path.read_text() for path in paths] == before
    paths[0].write_text(before[0] + "\n# edited\n")
    assert "changed since the bundle was made" in refused("--expected", "cat3", "--apply", 1)
    assert [path.read_text() for path in paths] == [before[0] + "\n# edited\n", before[1]]
