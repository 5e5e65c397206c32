"""What each protocol makes of a recipe and data: which inputs are trained on, which tested, and who competes."""

import json
import warnings

import numpy as np
import pytest

from kgzsl import testing
from kgzsl.cli.figures import Study
from kgzsl.errors import EvaluationError, FeatureError, KgzslError, MissingFileError, UnknownNameError
from kgzsl.evaluate.catalogue import PROTOCOLS, make_problem, protocol_class
from kgzsl.evaluate.protocols.base import Common, kept_share
from kgzsl.evaluate.protocols.hops import hop_sets
from kgzsl.evaluate.protocols.reading import encoded
from kgzsl.features import load_features
from kgzsl.gbu import load_gbu, write_gbu
from kgzsl.training import read_material, train_on
from tests.evaluate.places import GROUPS, MEMBERS, place
from tests.gbu.pairs import NAMES, SEEN, pair

AT = "http://example.org/"
UNSEEN = ["c00", "c11", "c22"]


@pytest.fixture
def here(tmp_path):
    return place(tmp_path)


@pytest.fixture(scope="module")
def gbu_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gbu")
    for name, version in (("PS", 2), ("SS", 0)):
        write_gbu(load_gbu(*pair(folder / f"{name}-mat", version=version), name="TOY"), folder / name)
    return folder


def seen_and_unseen(here, unseen=UNSEEN):
    own = np.isin(here.y, unseen)
    test = own | (np.arange(len(own)) % 2 == 0)
    return np.flatnonzero(~test), np.flatnonzero(test)


def shared(root, name):
    path = root.parent / "shared/data" / name
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{name}")
    return path


def iris(*names):
    return tuple(AT + name for name in names)


def held_rows(problem):
    return {row.tobytes() for row in problem.material.labelled.X}


def assert_fair(problem):
    """What holds of every problem, whatever the protocol."""
    held = held_rows(problem) if problem.material.labelled is not None else set()
    assert not any(row.tobytes() in held for row in problem.test.X)
    labels = {iri for label in problem.test.labels for iri in label.split("|")}
    assert set(problem.unseen) | set(problem.seen) <= labels
    assert not set(problem.unseen) & set(problem.material.seen.ids)
    assert set(problem.seen) <= set(problem.material.seen.ids)
    assert all(set(task.classes) <= set(task.candidates) for task in problem.tasks)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_catalogue_lists_what_can_be_cited(name):
    kind = protocol_class(name)
    assert kind.name == name
    assert kind.citation
    assert "Source:" in kind.__doc__
    assert issubclass(kind.Options, Common)
    assert all(field.description for field in kind.Options.model_fields.values())


def test_unknown_protocols_and_options_are_refused_with_the_nearest(here):
    with pytest.raises(UnknownNameError, match="did you mean 'cross-domain'"):
        make_problem("cross-domian", here.recipe)
    for options, words in (({"folsd": 3}, "protocol 'own' has no option 'folsd'; did you mean 'folds'"),
                           ({"share": "much"}, "option 'share': .*number"),
                           ({"by": "luck"}, "option 'by'")):  # fmt: skip
        with pytest.raises(EvaluationError, match=words):
            make_problem("own", here.recipe, options)


def test_cross_domain_is_the_split_of_the_demo(root, engine):
    [problem] = make_problem("cross-domain", root / "graphs/objects.toml")
    study = Study({"kernel": engine})
    assert_fair(problem)
    assert np.array_equal(problem.test.X, study.X[study.test_rows])
    assert problem.test.labels == tuple(study.labels[study.test_rows])
    assert (problem.unseen, problem.seen) == (study.unseen, study.seen)
    assert set(problem.strata["above seen classes"]) == study.above_seen
    assert set(problem.strata["not above seen classes"]) == set(study.unseen) - study.above_seen
    assert held_rows(problem) == {row.tobytes() for row in study.X[study.calibration_rows]}
    zero_shot, generalised = problem.tasks
    assert (zero_shot.name, zero_shot.candidates, zero_shot.generalised) == ("zero-shot", study.unseen, False)
    assert set(generalised.candidates) == {*study.unseen, *study.seen}
    assert generalised.generalised
    layer = "objects/caltech101_lite0_int8_demo.npz"
    assert list(problem.data) == [layer]
    assert len(problem.data[layer]) == 64


def test_all_photos_are_a_cross_domain_test_once_those_that_were_calibrated_on_are_out(root):
    test = shared(root, "caltech101/efflite0_features.npz")
    names = shared(root, "caltech101/caltech101_wnid_map.json")
    options = {"test": test, "names": names, "unknown": "drop", "near": 0.999, "duplicates": "drop"}
    [problem] = make_problem("cross-domain", root / "graphs/objects.toml", options)
    said = {finding.code: finding.text for finding in problem.findings}
    assert len(problem.material.labelled) == 320
    assert said["duplicates"].startswith("320 test inputs")
    assert len(problem.test) == 7539 - 320
    assert (len(problem.unseen), len(problem.seen)) == (59, 32)


@pytest.mark.parametrize("split", ["PS", "SS"])
def test_gbu_is_what_the_published_split_says(gbu_folder, split):
    folder = gbu_folder / split
    [problem] = make_problem("gbu", folder)
    assert_fair(problem)
    parts = [load_features(folder / f"{name}.npz") for name in ("test_unseen", "test_seen")[: 1 + (split == "PS")]]
    assert np.array_equal(problem.test.X, np.vstack([part.X for part in parts]))
    assert problem.test.labels == tuple(label for part in parts for label in part.labels)
    assert len(problem.material.labelled) == len(load_features(folder / "train.npz"))
    assert {iri.rpartition("/")[2] for iri in problem.unseen} == {"mole", "ox"}
    names = [(task.name, len(task.classes), len(task.candidates), task.generalised) for task in problem.tasks]
    zero_shot = ("zero-shot", 2, 2, False)
    assert names == [zero_shot, ("generalised", len(NAMES), len(NAMES), True)][: 1 + (split == "PS")]
    assert set(problem.data) >= {"train.npz", str(folder / "test_unseen.npz")}


def test_gbu_takes_the_recipe_of_the_folder_and_says_when_the_split_is_the_other(gbu_folder, tmp_path):
    [one], [other] = (make_problem("gbu", path) for path in (gbu_folder / "PS", gbu_folder / "PS/recipe.toml"))
    assert np.array_equal(one.test.X, other.test.X)
    assert make_problem("gbu", gbu_folder / "SS", {"split": "SS"})[0].tasks
    for wanted, folder in (("PS", "SS"), ("SS", "PS")):
        with pytest.raises(EvaluationError, match=rf"split {wanted} was asked for, and the folder holds {folder}"):
            make_problem("gbu", gbu_folder / folder, {"split": wanted})
    with pytest.raises(MissingFileError):
        make_problem("gbu", tmp_path)


def test_gbu_has_validation_classes_to_choose_on_and_reads_no_test_image_for_it(gbu_folder, tmp_path):
    folder = tmp_path / "TOY"
    folder.mkdir()
    for name in ("recipe.toml", "classes.ttl", "attributes.csv", "train.npz"):
        (folder / name).write_bytes((gbu_folder / "PS" / name).read_bytes())
    [problem] = make_problem("gbu", folder, {"part": "validation"})
    assert_fair(problem)
    trained = load_features(folder / "train.npz")
    assert len(problem.unseen) == len(SEEN) // 3
    assert len(problem.test) + len(problem.material.labelled) == len(trained)
    assert {*problem.unseen, *problem.seen} == set(trained.labels)
    listed = tmp_path / "val.toml"
    listed.write_text('seen = ["antelope", "zebra", "killer whale", "polar bear"]\nunseen = ["fox", "otter"]\n')
    [problem] = make_problem("gbu", folder, {"part": "validation", "validation": listed})
    assert [iri.rpartition("/")[2] for iri in problem.unseen] == ["fox", "otter"]
    with pytest.raises(EvaluationError, match=r"no test_unseen.npz beside"):
        make_problem("gbu", folder)


def test_hops_are_counted_in_the_hierarchy(here):
    """Seen c00: its kind is one hop away, its siblings and the root two, the other kinds three, their members four."""
    material = read_material(here.with_seen(here.rows("c00", "c01")))
    sets = hop_sets(material, ["1-hops", "2-hops", "3-hops", "all"], "edge")
    others = [f"kind{g}" for g in range(1, GROUPS)]
    assert set(sets["1-hops"]) == set(iris("kind0"))
    assert set(sets["2-hops"]) == set(iris("kind0", "c02", "thing"))
    assert set(sets["3-hops"]) == set(iris("kind0", "c02", "thing", *others))
    assert set(sets["all"]) == set(material.graph.class_ids) - set(iris("c00", "c01"))
    by_class = hop_sets(material, ["2-hops", "3-hops", "4-hops"])
    assert [set(found) for found in by_class.values()] == [set(sets[f"{k}-hops"]) for k in (1, 2, 3)]
    for wanted, words in ((["1-hops"], "no unseen class is within 1-hops"), (["far"], "no set 'far'")):
        with pytest.raises(EvaluationError, match=words):
            hop_sets(material, wanted)


def test_imagenet_hops_have_a_task_with_and_one_without_the_seen_classes(here):
    train = np.concatenate([here.rows(f"c{g}0", f"c{g}1")[::2] for g in (0, 1)])
    test = here.npz("test.npz", np.setdiff1d(np.arange(len(here.y)), train))
    [problem] = make_problem("imagenet-hops", here.with_seen(train), {"test": test})
    assert_fair(problem)
    assert [task.name for task in problem.tasks] == ["3-hops", "3-hops and seen", "all", "all and seen"]
    assert [finding.code for finding in problem.findings] == ["untested"]
    by_name = {task.name: task for task in problem.tasks}
    assert set(by_name["3-hops"].classes) == set(iris("c02", "c12"))
    assert set(by_name["3-hops"].candidates) == set(iris("c02", "c12", "kind0", "kind1", "thing"))
    assert set(by_name["3-hops and seen"].candidates) == {*by_name["3-hops"].candidates, *problem.material.seen.ids}
    assert set(by_name["all"].classes) == set(problem.unseen)
    assert all(task.ks == (1, 2, 5, 10, 20) for task in problem.tasks)
    assert [task.generalised for task in problem.tasks] == [False, True] * 2
    options = {"test": test, "sets": "2-hops", "hop": "edge", "with_seen": "no"}
    [problem] = make_problem("imagenet-hops", here.with_seen(train), options)
    assert [task.name for task in problem.tasks] == ["2-hops"]


def test_imagenet_hops_are_taken_from_lists_too(here):
    train = here.rows("c00", "c01", "c10", "c11")
    test = here.npz("test.npz", np.setdiff1d(np.arange(len(here.y)), train))
    lists = here.text("sets.json", json.dumps({"2-hops": ["c02", "c12", "c99"], "all": ["c02", "c12", "c20", "c00"]}))
    options = {"test": test, "lists": lists, "sets": "2-hops, all"}
    [problem] = make_problem("imagenet-hops", here.with_seen(train), options)
    assert {task.name: task.candidates for task in problem.tasks if not task.generalised} == {
        "2-hops": iris("c02", "c12"), "all": iris("c02", "c12", "c20")}  # fmt: skip
    said = {finding.code: finding.text for finding in problem.findings}
    assert "such as 'c99'" in said["missing"]
    left = len(here.y) - len(train) - sum(here.y.count(name) for name in ("c02", "c12", "c20"))
    assert said["left-out"].startswith(f"{left} test inputs")
    with pytest.raises(EvaluationError, match="has no list '3-hops'; it has 2-hops, all"):
        make_problem("imagenet-hops", here.with_seen(train), options | {"sets": "3-hops"})
    with pytest.raises(EvaluationError, match=r"needs test inputs.*--test FILE"):
        make_problem("imagenet-hops", here.with_seen(train))


def test_published_hops_are_those_of_the_bundled_hierarchy(root):
    """The bundled graph is a slice of WordNet; of 558 classes of the published 2-hops in it one is farther away."""
    lists = shared(root, "imagenet/materials/imagenet-testsets.json")
    options = {"test": root / "graphs/objects/caltech101_lite0_int8_demo.npz", "duplicates": "drop", "with_seen": "no"}
    [problem] = make_problem("imagenet-hops", root / "graphs/objects.toml", {**options, "lists": lists})
    assert_fair(problem)
    published = {task.name: set(task.candidates) for task in problem.tasks}
    ours = hop_sets(problem.material, ["2-hops", "3-hops"])
    assert len(published["2-hops"]) == 558
    assert len(published["2-hops"] - set(ours["2-hops"])) == 1
    assert set(ours["2-hops"]) & published["all"] <= published["2-hops"]
    assert set(ours["3-hops"]) & published["all"] <= published["3-hops"]


def test_text_intents_read_vectors_or_texts(here, monkeypatch):
    def encoder(text):
        return here.X[int(text.split()[-1])]

    train, _ = seen_and_unseen(here)
    test = here.rows(*UNSEEN)
    line = "{0}\tplease do {0} with row {1}\n"
    texts = {name: here.text(name, "".join(line.format(here.y[k], k) for k in rows))
             for name, rows in (("train.txt", train), ("test.tsv", test))}  # fmt: skip
    encoded.cache_clear()
    monkeypatch.setattr("kgzsl.semantics.encoders.encoder", lambda name: encoder)
    [problem] = make_problem("text-intents", here.recipe, {"train": texts["train.txt"], "test": texts["test.tsv"]})
    [other] = make_problem("text-intents", here.with_seen(train), {"test": here.npz("test.npz", test)})
    encoded.cache_clear()
    assert_fair(problem)
    for one in (problem, other):
        assert one.unseen == iris(*UNSEEN)
        assert (one.seen, [task.name for task in one.tasks]) == ((), ["zero-shot"])
        assert len(one.material.labelled) == len(train)
    assert np.allclose(problem.test.X, other.test.X)
    assert np.allclose(problem.material.seen.weights, other.material.seen.weights, atol=1e-5)


def test_text_intents_keep_texts_of_seen_intents_back_when_told(here):
    train, _ = seen_and_unseen(here)
    options = {"test": here.npz("test.npz", here.rows(*UNSEEN)), "hold": "0.4"}
    [problem] = make_problem("text-intents", here.with_seen(train), options)
    assert_fair(problem)
    assert [task.name for task in problem.tasks] == ["zero-shot", "generalised"]
    assert len(problem.test) + len(problem.material.labelled) == len(here.rows(*UNSEEN)) + len(train)
    assert len(problem.seen) == GROUPS * MEMBERS - len(UNSEEN)


@pytest.mark.parametrize(("text", "line"), [("c00\tone\nc01 two\n", 2), ("c00\tone\n\n\t two\n", 3), ("c00\t \n", 1)])
def test_a_line_that_is_no_label_and_text_is_named(here, text, line):
    options = {"train": here.text("train.txt", text), "test": here.text("test.txt", text)}
    with pytest.raises(EvaluationError, match="not a label, a tab and a text") as caught:
        make_problem("text-intents", here.recipe, options)
    assert caught.value.line == line


def test_snips_is_the_published_split(root, tmp_path):
    files, intents = {}, set()
    with np.load(shared(root, "snips/snips_minilm.npz")) as file:
        for name in ("train", "test"):
            files[name] = tmp_path / f"{name}.npz"
            np.savez(files[name], X=file[f"{name}_x"], label=file[f"{name}_y"])
            intents |= set(map(str, file[f"{name}_y"]))
    path = tmp_path / "intents.ttl"
    facts = "".join(f":{name} a owl:Class ; :a{k} 1.0 .\n:a{k} a owl:AnnotationProperty ; rdfs:subPropertyOf "
                    "kg:hasAttribute .\n" for k, name in enumerate(sorted(intents)))  # fmt: skip
    path.write_text(f"{testing.worlds.PREFIXES}@prefix kg: <https://w3id.org/kgzsl/ns#> .\n{facts}")
    [problem] = make_problem("text-intents", testing.recipe_of(path), files)
    assert_fair(problem)
    assert (len(problem.material.labelled), len(problem.test)) == (5974, 3914)
    assert len(problem.unseen) == 2
    assert len(problem.material.seen) == 3


def many_labels(here):
    """Return inputs of two labels: means of an input of each of two classes of one kind."""
    rows = [(here.rows(f"c{g}{a}")[k], here.rows(f"c{g}{b}")[k])
            for g in range(GROUPS) for a, b in ((0, 1), (1, 2)) for k in range(6)]  # fmt: skip
    X = np.array([here.X[list(pair)].mean(axis=0) for pair in rows])
    return X, [[here.y[k] for k in pair] for pair in rows]


def test_inputs_of_several_labels_joined_or_as_a_matrix(here):
    X, labels = many_labels(here)
    classes = here.text("p.toml", f'seen = {json.dumps([c for c in here.classes if c not in ("c00", "c12", "c22")])}\n'
                                  'unseen = ["c00", "c12", "c22"]\n')  # fmt: skip
    train = [k for k, pair in enumerate(labels) if not set(pair) & {"c00", "c12", "c22"} and k % 2]
    test = np.setdiff1d(np.arange(len(X)), train)
    names = here.classes
    Y = np.array([[name in pair for name in names] for pair in labels], np.uint8)
    for name, rows in (("train", train), ("test", test)):
        np.savez(here.folder / f"{name}-joined.npz", X=X[rows], label=["|".join(labels[k]) for k in rows])
        np.savez(here.folder / f"{name}-matrix.npz", X=X[rows], Y=Y[rows], classes=names)
    made = [make_problem("multi-label", here.recipe, {"train": here.folder / f"train-{kind}.npz",
                                                      "test": here.folder / f"test-{kind}.npz", "classes": classes})
            for kind in ("joined", "matrix")]  # fmt: skip
    for [problem] in made:
        assert_fair(problem)
        assert problem.unseen == iris("c00", "c12", "c22")
        assert [set(label.split("|")) for label in problem.test.labels] == [set(iris(*labels[k])) for k in test]
        assert len(problem.material.labelled) == 2 * len(train)
        assert [task.multilabel for task in problem.tasks] == [True, True]
        assert problem.tasks[0].classes == problem.unseen
    assert np.array_equal(made[0][0].material.seen.weights, made[1][0].material.seen.weights)


def test_a_label_of_an_unseen_class_in_the_training_part_is_refused_or_hidden(here):
    X, labels = many_labels(here)
    classes = here.text("p.toml", f'seen = {json.dumps([c for c in here.classes if c not in ("c00", "c12")])}\n'
                                  'unseen = ["c00", "c12"]\n')  # fmt: skip
    half = np.arange(len(X)) % 2 == 0
    for name, rows in (("train", np.flatnonzero(half)), ("test", np.flatnonzero(~half))):
        np.savez(here.folder / f"{name}.npz", X=X[rows], label=["|".join(labels[k]) for k in rows])
    options = {"train": here.folder / "train.npz", "test": here.folder / "test.npz", "classes": classes}
    with pytest.raises(EvaluationError, match=r"row 0 of the training part has a label of the unseen class 'c00'"):
        make_problem("multi-label", here.recipe, options)
    [problem] = make_problem("multi-label", here.recipe, options | {"hide": True})
    assert_fair(problem)
    assert not {*iris("c00", "c12")} & set(problem.material.labelled.labels)
    hidden = sum(sum(name in ("c00", "c12") for name in labels[k]) for k in np.flatnonzero(half))
    assert len(problem.material.labelled) == 2 * half.sum() - hidden


@pytest.mark.parametrize(("changed", "words"), [
    ({"Y": np.ones((3, 2))}, r"'Y' has the shape \(3, 2\) for 4 inputs and 3 names"),
    ({"Y": np.full((4, 3), 2)}, "'Y', row 0, column 0: 2 is neither 0 nor 1"),
    ({"Y": np.zeros((4, 3))}, "no input has a label"),
    ({"Y": None}, "has no labels"),
    ({"label": ["c00|c01", "c00|", "c01", "c00"], "Y": None}, "row 1"),
])  # fmt: skip
def test_matrices_of_labels_that_cannot_be_used(here, changed, words):
    arrays = {"X": np.eye(4, 16), "Y": np.eye(4, 3), "classes": ["c00", "c01", "c11"]} | changed
    np.savez(here.folder / "many.npz", **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(EvaluationError, match=words) as caught:
        make_problem("multi-label", here.with_seen(here.rows("c20", "c21")), {"test": here.folder / "many.npz"})
    assert caught.value.file.endswith("many.npz")


@pytest.mark.parametrize("kind", ["npz", "csv", "parquet"])
def test_own_inputs_say_their_split_in_a_column(here, kind):
    train, test = seen_and_unseen(here)
    split = np.where(np.isin(np.arange(len(here.y)), train), "train", "Test")
    path = here.npz("own.npz", split=split)
    if kind != "npz":
        path = as_table(here, split, kind)
    [problem] = make_problem("own", here.recipe, {"test": path})
    assert_fair(problem)
    assert np.allclose(problem.test.X, here.X[test])
    assert problem.unseen == iris(*UNSEEN)
    assert len(problem.material.labelled) == len(train)


def as_table(here, split, kind, y=None):
    import pyarrow as pa
    from pyarrow import csv, parquet

    columns = {f"x{k}": here.X[:, k].astype(float) for k in range(here.X.shape[1])}
    table = pa.table({"split": list(split), "label": list(here.y if y is None else y), **columns})
    path = here.folder / f"own.{kind}"
    csv.write_csv(table, path) if kind == "csv" else parquet.write_table(table, path)
    return path


def test_what_is_wrong_with_a_table_is_said_with_its_line(here):
    split = ["train", "test"] * (len(here.y) // 2)
    odd = [*split[:4], "tset", *split[5:]]
    with pytest.raises(EvaluationError, match=r"own.csv:6: row 4: unknown split 'tset'; did you mean 'test'"):
        make_problem("own", here.recipe, {"test": as_table(here, odd, "csv")})
    labels = [*here.y[:7], "", *here.y[8:]]
    with pytest.raises(EvaluationError, match=r"own.csv:9: row 7 has no label"):
        make_problem("own", here.recipe, {"test": as_table(here, split, "csv", labels)})
    labels = [*here.y[:7], "c0O", *here.y[8:]]
    with pytest.raises(EvaluationError, match=r"own.csv:9: row 7: unknown class 'c0O'; did you mean") as caught:
        make_problem("own", here.recipe, {"test": as_table(here, split, "csv", labels)})
    assert caught.value.value == "c0O"
    with pytest.raises(EvaluationError, match="no input is of the split 'test'"):
        make_problem("own", here.recipe, {"test": as_table(here, ["train"] * len(here.y), "csv")})
    path = here.text("bad.csv", "x0,x1,label,split\n1,2,c00,train\n1,?,c01,test\n")
    with pytest.raises(FeatureError, match=r"bad.csv:.*column 'x1'"):
        make_problem("own", here.recipe, {"test": path})


def test_own_classes_are_named_in_a_file(here):
    seen = [name for name in here.classes if name not in UNSEEN and name != "c31"]
    classes = here.text("mine.toml", f"seen = {json.dumps(seen)}\nunseen = {json.dumps(UNSEEN)}\n")
    [problem] = make_problem("own", here.recipe, {"test": here.npz("own.npz"), "classes": classes})
    assert_fair(problem)
    assert problem.unseen == iris(*UNSEEN)
    assert set(problem.seen) == set(iris(*seen))
    assert len(problem.material.labelled) == 8 * len(seen)
    assert len(problem.test) == 2 * len(seen) + 10 * len(UNSEEN)
    [finding] = problem.findings
    assert finding.text.startswith("10 inputs are of classes that")


def test_folds_by_class_leave_each_class_out_once(here):
    problems = make_problem("own", here.recipe, {"test": here.npz("own.npz"), "folds": "4"})
    assert [problem.name for problem in problems] == [f"world, fold {k} of 4" for k in range(1, 5)]
    assert sorted(iri for problem in problems for iri in problem.unseen) == sorted(iris(*here.classes))
    for problem in problems:
        assert_fair(problem)
        assert len(problem.test) + len(problem.material.labelled) == len(here.y)
        assert len(problem.seen) == len(here.classes) - len(problem.unseen)
    assert len({problem.material.graph.hash for problem in problems}) == 1


def test_folds_by_subtree_leave_whole_branches_out(here):
    own = here.npz("own.npz")
    problems = make_problem("own", here.recipe, {"test": own, "by": "subtree"})
    assert [problem.name for problem in problems] == [f"world, below kind{g}" for g in range(GROUPS)]
    for g, problem in enumerate(problems):
        assert_fair(problem)
        assert problem.unseen == iris(*(f"c{g}{m}" for m in range(MEMBERS)))
    [one] = make_problem("own", here.recipe, {"test": own, "by": "subtree", "below": "kind2"})
    assert one.unseen == problems[2].unseen


def test_random_draws_differ_by_seed(here):
    own = here.npz("own.npz")
    drawn = [[problem.unseen for problem in make_problem("own", here.recipe,
                                                         {"test": own, "by": "random", "folds": 2, "fold_seed": seed})]
             for seed in (0, 0, 1)]  # fmt: skip
    assert drawn[0] == drawn[1] != drawn[2]
    assert {len(unseen) for unseen in drawn[0]} == {3}


REFUSED = {
    "folds more than classes": ({"folds": 20}, "20 folds of 12 classes: a fold is empty"),
    "folds of one class": ({"folds": 12}, "12 folds of 12 classes: a fold holds a single class"),
    "a branch without unseen": ({"by": "subtree", "below": "c00"}, "branch 'c00' has 1 of the 12"),
    "a branch without seen": ({"by": "subtree", "below": "thing"}, "two seen ones must be left"),
    "no such branch": ({"by": "subtree", "below": "kidn1"}, "did you mean 'kind1'"),
    "no inputs": ({"test": None}, r"needs labelled inputs.*--test FILE"),
    "a candidate that is unknown": ({"candidates": "some.txt"}, r"some.txt:2: 'classes': unknown class 'c0O'"),
    "no candidate": ({"candidates": "none.txt"}, "names no candidate"),
    "candidates that lack what is tested": ({"candidates": "few.txt"},
                                            "3 classes with test inputs, such as 'c11', are not among the 1 cand"),
    "no file": ({"test": "nothing.npz"}, "no such feature file"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_evaluated_is_one_error(here, monkeypatch, case):
    options, words = REFUSED[case]
    monkeypatch.chdir(here.folder)
    here.text("some.txt", "c00\nc0O\n")
    here.text("none.txt", "# nothing\n")
    here.text("few.txt", "c00\nc01\n")
    with pytest.raises(KgzslError, match=words):
        make_problem("own", here.recipe, {"test": here.npz("own.npz")} | options)


def test_a_split_and_folds_contradict_each_other(here):
    split = ["train", "test"] * (len(here.y) // 2)
    with pytest.raises(EvaluationError, match=r"'folds' makes folds, and .*own.npz says what is unseen"):
        make_problem("own", here.recipe, {"test": here.npz("own.npz", split=split), "folds": 3})
    short = here.folder / "short.npz"
    np.savez(short, X=here.X, label=here.y, split=split[:-1])
    with pytest.raises(EvaluationError, match=r"'split' names 119 parts for 120 inputs"):
        make_problem("own", here.recipe, {"test": short})
    np.savez(short, X=here.X, label=here.y, split=np.array([*split[:-1], None], object))
    with pytest.raises(EvaluationError, match=r"short.npz: 'split' is no array of texts"):
        make_problem("own", here.recipe, {"test": short})


def test_inputs_that_do_not_fit_are_refused_by_every_protocol_with_a_test(here):
    train, test = seen_and_unseen(here)
    recipe = here.with_seen(train)
    wide = here.npz("wide.npz", test, X=here.X[test][:, :-1])
    bare = here.npz("bare.npz", test, label=None)
    other = here.npz("other.npz", np.setdiff1d(here.rows("c01"), train))
    few = here.npz("few.npz", np.union1d(here.rows("c00"), np.setdiff1d(here.rows("c01"), train)))
    for protocol in ("cross-domain", "imagenet-hops", "text-intents", "multi-label", "gbu"):
        for path, kind, words in ((wide, FeatureError, "15 wide, the classifiers read 16"),
                                  (bare, EvaluationError, "bare.npz: has no labels"),
                                  (other, EvaluationError, "0 unseen classes have test inputs, and two are needed"),
                                  (few, EvaluationError, "1 unseen classes have test inputs")):  # fmt: skip
            with pytest.raises(kind, match=words):
                make_problem(protocol, recipe, {"test": path})


def test_inputs_of_classes_neither_seen_nor_unseen_are_refused(here):
    split = np.where(np.isin(here.y, UNSEEN) | (np.arange(len(here.y)) % 2 == 0), "test", "train")
    classes = here.text("mine.toml", 'seen = ["c01"]\nunseen = ["c00", "c11"]\n')
    words = r"10 test inputs are of classes neither seen nor unseen, such as row \d+ of 'c22'"
    with pytest.raises(EvaluationError, match=words):
        make_problem("own", here.recipe, {"test": here.npz("own.npz", split=split), "classes": classes})


def test_candidates_may_be_named_or_all(here):
    train, test = seen_and_unseen(here)
    recipe, path = here.with_seen(train), here.npz("test.npz", test)
    listed = here.text("all.txt", "\n".join([*here.classes, "kind0"]))
    [problem] = make_problem("cross-domain", recipe, {"test": path, "candidates": listed})
    assert set(problem.tasks[0].candidates) == set(iris(*UNSEEN, "kind0"))
    assert set(problem.tasks[1].candidates) == set(iris(*here.classes, "kind0"))
    [problem] = make_problem("cross-domain", recipe, {"test": path, "candidates": "all"})
    assert set(problem.tasks[1].candidates) == set(iris(*here.classes))


def test_names_of_labels_are_mapped_and_left_out(here):
    train, test = seen_and_unseen(here)
    here_y = [f"label {name}" for name in here.y]
    path = here.folder / "named.npz"
    np.savez(path, X=here.X[test], label=np.array(here_y)[test])
    table = {f"label {name}": {"wnid": name} if k % 2 else name for k, name in enumerate(here.classes)}
    names = here.text("names.json", json.dumps(table | {"label c01": None}))
    [problem] = make_problem("cross-domain", here.with_seen(train), {"test": path, "names": names})
    assert (problem.unseen, AT + "c01" in problem.seen) == (iris(*UNSEEN), False)
    assert str(names) in problem.data
    with pytest.raises(EvaluationError, match="row 0: unknown class 'label c00'"):
        make_problem("cross-domain", here.with_seen(train), {"test": path})
    with pytest.raises(EvaluationError, match="no input has a label that the graph knows"):
        make_problem("cross-domain", here.with_seen(train), {"test": path, "unknown": "drop"})
    for text, words in (("{", "not JSON"), ("[]", "no names"), ('{"a": 3}', "no names")):
        with pytest.raises(EvaluationError, match=words):
            make_problem("cross-domain", here.with_seen(train), {"test": path, "names": here.text("names.json", text)})


def test_a_share_leaves_no_class_without_an_input():
    labels = ["a"] * 10 + ["b"] + ["c"] * 2
    train, rest = kept_share(labels, 0.4, 0)
    assert sorted([*train, *rest]) == list(range(13))
    assert {labels[k] for k in train} == {"a", "b", "c"}
    assert sum(labels[k] == "a" for k in train) == 4


def test_a_problem_trains_and_scores_its_tasks(here):
    """The inputs are made of the attributes, so that unseen classes are told apart far better than by chance."""
    for problem in make_problem("own", here.recipe, {"test": here.npz("own.npz"), "folds": 3}, learner="eszsl", seed=3):
        assert problem.material.recipe.learner.name == "eszsl"
        assert problem.material.recipe.learner.seed == 3
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from kgzsl.learners.catalogue import make_learner

            engine = train_on(problem.material, make_learner("eszsl"))
        task = problem.tasks[0]
        at = [k for k, label in enumerate(problem.test.labels) if label in task.classes]
        found = engine.scores(problem.test.X[at], task.candidates).argmax(axis=1)
        right = np.mean([task.candidates[c] == problem.test.labels[k] for c, k in zip(found, at, strict=True)])
        assert right > 2 / len(task.candidates)
