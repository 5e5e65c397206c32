"""Loading a pair of GBU files: both versions of the split, and pairs that do not belong together."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from kgzsl.errors import FeatureError, KgzslError, MissingFileError
from kgzsl.gbu import load_gbu
from tests.conftest import ROOT
from tests.gbu import pairs
from tests.gbu.pairs import cells, column, contents, pair, saved

SPLITS = ROOT.parent / "shared/data/gbu_splits"
CUB = ROOT.parent / "shared/data/cub/cub_resnet_logits1000_f16.npz"
PUBLISHED, FOLDERS = ("AWA1", "AWA2", "APY", "CUB", "SUN"), ("CUB", "SUN")


def refusal(paths, words, kind=FeatureError):
    with pytest.raises(kind, match=words) as caught:
        load_gbu(*paths)
    return caught.value


def apart(paths, words):
    """The error names both files, an example and the likely fix."""
    error = refusal(paths, words)
    assert str(paths[0]) in str(error)
    assert str(paths[1]) in str(error)
    assert error.value is not None
    assert "from one release" in error.fix


@pytest.mark.parametrize("compressed", [True, False])
def test_what_is_in_the_files_is_what_is_loaded(tmp_path, compressed):
    images, splits = contents()
    gbu = load_gbu(*pair(tmp_path / "TOY", compressed=compressed))
    assert gbu.name == "TOY"
    assert gbu.names == pairs.NAMES
    assert gbu.features.dtype == np.float32
    assert np.array_equal(gbu.features, images["features"].T.astype(np.float32))
    assert np.array_equal(gbu.labels, images["labels"].ravel().astype(int) - 1)
    assert np.array_equal(gbu.att, splits["att"].T)
    assert np.array_equal(gbu.original_att, splits["original_att"].T)
    for key in ("trainval_loc", "test_seen_loc", "test_unseen_loc"):
        assert np.array_equal(getattr(gbu, key), splits[key].ravel().astype(int) - 1), key
    assert gbu.checked == len(gbu.labels)
    assert gbu.ids[1] == "https://w3id.org/kgzsl/gbu/TOY/killer%2Bwhale"
    assert gbu.titles[1] == "killer whale"
    with pytest.raises(FeatureError, match="no part 'val'"):
        gbu.part("val")


def test_parts_are_labelled_features(tmp_path):
    gbu = load_gbu(*pair(tmp_path, version=0), name="Toy")
    part = gbu.part("val")
    assert np.array_equal(part.X, gbu.features[gbu.val_loc])
    assert part.labels == tuple(gbu.ids[k] for k in gbu.labels[gbu.val_loc])
    assert part.backbone == "res101"
    assert set(gbu.part("test_unseen").labels) == {gbu.ids[6], gbu.ids[7]}


def test_the_first_version_gives_no_test_image_to_validation(tmp_path):
    with pytest.warns(UserWarning, match="6 test images of seen classes"):
        gbu = load_gbu(*pair(tmp_path, version=1))
    assert gbu.leaked == 6
    assert gbu.split == "proposed, version 1"
    assert not set(gbu.test_seen_loc) & (set(gbu.train_loc) | set(gbu.val_loc))
    assert sorted([*gbu.train_loc, *gbu.val_loc]) == sorted(gbu.trainval_loc)
    assert not set(gbu.labels[gbu.train_loc]) & set(gbu.labels[gbu.val_loc])


@pytest.mark.parametrize(("version", "split"), [(0, "standard"), (2, "proposed, version 2")])
def test_other_versions_load_without_a_warning(tmp_path, version, split):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gbu = load_gbu(*pair(tmp_path, version=version))
    assert gbu.split == split
    assert (gbu.train_loc is None) == (version == 2)
    assert len(gbu.test_seen_loc) == (0 if version == 0 else 6)


def test_names_may_be_in_a_text_file_beside(tmp_path):
    paths = pair(tmp_path, splits={"allclasses_names": None})
    assert "a file allclasses.txt beside it would do" in refusal(paths, "no variable 'allclasses_names'").fix
    (tmp_path / "allclasses.txt").write_text("\n".join(pairs.NAMES) + "\n")
    assert load_gbu(*paths).names == pairs.NAMES


# --- two files that do not belong together -----------------------------------------------------------------------


def other(labels, **changes):
    """Return images of other labels, with as many features."""
    count = len(labels)
    return {"features": np.ones((4, count)), "labels": column(labels), "image_files": None} | changes


def labels_of():
    return contents()[0]["labels"].ravel().astype(int) - 1


def test_more_or_fewer_images_than_the_split_knows(tmp_path):
    apart(pair(tmp_path, other(labels_of()[:-1])), "names the image 48 and there are 47")
    apart(pair(tmp_path, other([*labels_of(), 0])), "of 49 images 1 are in no part of the split, such as the image 49")


def test_images_in_another_order(tmp_path):
    moved = np.roll(labels_of(), 7)
    apart(pair(tmp_path, other(moved)), "such as '.*', are in 'trainval_loc' and in 'test_unseen_loc'")


def test_labels_of_more_classes(tmp_path):
    labels = labels_of()
    labels[labels == 7] = 8
    apart(pair(tmp_path, other(labels)), "the label 9 and there are 8 classes")


def test_classes_that_are_tested_as_seen_and_not_trained_on(tmp_path):
    splits = contents()[1]
    labels, tests = labels_of(), splits["test_seen_loc"].ravel().astype(int) - 1
    labels[tests[0]] = 7
    unseen = np.flatnonzero(labels_of() == 7)
    splits = {"test_unseen_loc": column(np.flatnonzero(labels_of() == 6)),
              "test_seen_loc": column([*tests, *unseen])}  # fmt: skip
    apart(pair(tmp_path, other(labels), splits), "1 classes of 'test_seen_loc', such as 'ox'")


def test_classes_in_another_order_are_told_by_the_folders(tmp_path):
    """Splits and rows agree, and only the names, with their attributes, are in another order."""
    order = np.roll(np.arange(pairs.CLASSES), 1)
    splits = {key: contents()[1][key][:, order] for key in ("att", "original_att")}
    splits["allclasses_names"] = cells([pairs.NAMES[k] for k in order])
    apart(pair(tmp_path, splits=splits), "6 images of the class 1, 'ox', are in folders of 'antelope'")
    blind = load_gbu(*pair(tmp_path, {"image_files": None}, splits))
    assert blind.checked == 0


def test_two_classes_that_changed_places_are_enough(tmp_path):
    order = [1, 0, *range(2, pairs.CLASSES)]
    splits = {"allclasses_names": cells([pairs.NAMES[k] for k in order])}
    apart(pair(tmp_path, splits=splits), "in folders of 'antelope'")


@pytest.mark.parametrize("folder", ["/data/VOC2008/JPEGImages", "C:\\pictures\\zebra", "/zebra"])
def test_folders_that_are_not_named_after_classes_say_nothing(tmp_path, folder):
    files = cells([f"{folder}/{n}.jpg" for n in range(len(labels_of()))])
    assert load_gbu(*pair(tmp_path, {"image_files": files})).checked == 0


def test_folders_of_folders_spell_one_class(tmp_path):
    names = ["airport_entrance", "airport_airport", "bakery_kitchen", "kitchen", "abbey", "e", "f", "g"]
    where = ["a/airport/entrance", "a/airport/airport", "b/bakery/kitchen", "k/kitchen", "a/abbey", "e", "f", "g"]
    files = cells([f"/BS/SUN/images/{where[k]}/sun_{n}.jpg" for n, k in enumerate(labels_of())])
    gbu = load_gbu(*pair(tmp_path, {"image_files": files}, {"allclasses_names": cells(names)}))
    assert gbu.checked == len(gbu.labels)


@pytest.mark.parametrize("files", [cells(["a"]), np.ones((48, 1)), None, cells([np.ones(2)] * 48)])
def test_paths_of_images_that_cannot_be_read_are_done_without(tmp_path, files):
    assert load_gbu(*pair(tmp_path, {"image_files": files})).checked == 0


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(pairs.CLASSES)))
def test_any_other_order_of_classes_is_refused(tmp_path_factory, order):
    folder = tmp_path_factory.getbasetemp() / "permuted"
    paths = pair(folder, splits={"allclasses_names": cells([pairs.NAMES[k] for k in order])})
    if list(order) == sorted(order):
        assert load_gbu(*paths).checked
    else:
        refusal(paths, "are in folders of")


# --- splits that contradict themselves ---------------------------------------------------------------------------


def locations(key):
    return contents()[1][key].ravel().astype(int) - 1


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("trainval_loc", lambda rows: [*rows, rows[0]], "names the image .* twice"),
        ("trainval_loc", lambda rows: [*rows, locations("test_unseen_loc")[0]], "'trainval_loc' and in 'test_unseen_l"),
        ("test_seen_loc", lambda rows: [*rows, locations("trainval_loc")[0]], "'trainval_loc' and in 'test_seen_loc'"),
        ("test_unseen_loc", lambda rows: [], "'test_unseen_loc' names no image"),
        ("test_unseen_loc", lambda rows: [-1, *rows], "names the image 0: images are counted from 1"),
    ],
)
def test_parts_that_overlap_or_are_empty(tmp_path, key, change, words):
    error = refusal(pair(tmp_path, splits={key: column(change(locations(key)))}), words)
    assert error.file == str(tmp_path / "att_splits.mat")


def test_validation_that_is_no_part_of_training(tmp_path):
    rows = contents(version=0)[1]["train_loc"].ravel().astype(int) - 1
    for changed in (rows[1:], [*rows, *locations("test_unseen_loc")[:1]]):
        refusal(pair(tmp_path, splits={"train_loc": column(changed)}, version=0), "do not share out 'trainval_loc'")
    refusal(pair(tmp_path, splits={"train_loc": None}, version=1), "no variable 'train_loc'")
    both = contents(version=0)[1]["trainval_loc"]
    refusal(pair(tmp_path, splits={"train_loc": both}, version=0), "each image once")


# --- files that cannot be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("images", "splits", "words"),
    [
        ({"features": None}, {}, "no variable 'features'"),
        ({"features": np.ones((48, 16))}, {}, "transpose the matrix"),
        ({"features": np.ones((16, 47))}, {}, "there are 48 labels"),
        ({"features": np.ones((16, 48)) * 1j}, {}, "no matrix of numbers"),
        ({"features": cells(["a"] * 48).T}, {}, "no matrix of numbers"),
        ({"features": np.full((16, 48), np.nan)}, {}, "'features' of image 1, number 1, is nan"),
        ({"features": np.full((16, 48), 1e300)}, {}, "is inf: features must be finite"),
        ({"labels": None}, {}, "no variable 'labels'"),
        ({"labels": cells(["a"] * 48)}, {}, "no variable 'labels' of numbers"),
        ({"labels": np.full((48, 1), 1.5)}, {}, "1.5 is no whole number"),
        ({"labels": np.zeros((48, 1))}, {}, "the label 0 and there are 8 classes"),
        ({}, {"att": None}, "no variable 'att'"),
        ({}, {"att": np.ones((12, 7))}, "a column for each of the 8 classes"),
        ({}, {"att": np.full((12, 8), np.inf)}, "not finite"),
        ({}, {"original_att": {"a": 1}}, "no variable 'original_att' of numbers"),
        ({}, {"trainval_loc": None}, "no variable 'trainval_loc'"),
        ({}, {"test_unseen_loc": np.full((3, 1), 0.5)}, "counted from 1"),
        ({}, {"allclasses_names": np.ones((8, 1))}, "no variable 'allclasses_names' of cells of text"),
        ({}, {"allclasses_names": cells(["a"] * 8)}, "'a' is named twice"),
        ({}, {"allclasses_names": cells(["a", "", *"bcdefg"])}, "'' is named twice or empty"),
    ],
)
def test_what_is_missing_or_wrong_is_one_error(tmp_path, images, splits, words):
    error = refusal(pair(tmp_path, images, splits), words)
    assert Path(error.file).suffix == ".mat"
    assert "\n" not in str(error)


def test_files_in_the_wrong_order(tmp_path):
    error = refusal(pair(tmp_path)[::-1], "no variable 'allclasses_names'")
    assert "in the wrong order" in error.fix


def test_no_file_and_other_files(tmp_path):
    images, splits = pair(tmp_path)
    refusal((tmp_path / "none.mat", splits), "no such file", MissingFileError)
    refusal((images, tmp_path), "no such file", MissingFileError)
    for content, words in ((b"", "too short"), (b"x" * 300, "not a MATLAB file of versions"),
                           (b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512), "7.3 file"),
                           (b"\x89HDF\r\n\x1a\n".ljust(512), "HDF5")):  # fmt: skip
        (tmp_path / "bad.mat").write_bytes(content)
        error = refusal((tmp_path / "bad.mat", splits), words)
    assert "-v7" in error.fix


def published(name, folder):
    """Return a pair of the published split and images that go with it, of the small sets with their folders."""
    path = SPLITS / f"{name}.mat"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    splits = {key: value for key, value in loadmat(path).items() if not key.startswith("__")}
    locs = {key: value.ravel().astype(int) - 1 for key, value in splits.items() if key.endswith("_loc")}
    classes = np.arange(splits["att"].shape[1])
    unseen = {"AWA1": 10, "AWA2": 10, "APY": 12, "CUB": 50, "SUN": 72}[name]
    labels = np.zeros(sum(len(locs[k]) for k in ("trainval_loc", "test_seen_loc", "test_unseen_loc")), int)
    held = {"test_unseen_loc": classes[-unseen:], "trainval_loc": classes[:-unseen], "test_seen_loc": classes[:-unseen]}
    for key, which in held.items():
        labels[locs[key]] = which[np.arange(len(locs[key])) % len(which)]
    names = [str(cell[0][0]) for cell in splits["allclasses_names"]]
    files = cells([f"/images/{names[k]}/{n}.jpg" for n, k in enumerate(labels)])
    images = {"features": np.ones((3, len(labels)), np.float32), "labels": column(labels)}
    if name in FOLDERS:
        images["image_files"] = files
    folder.mkdir()
    return saved(folder / "res101.mat", images, compressed=False), path, splits


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_splits(name, tmp_path):
    images, path, splits = published(name, tmp_path / name)
    gbu = load_gbu(images, path)
    assert (gbu.name, gbu.leaked, gbu.checked) == (name, 0, len(gbu.features) if name in FOLDERS else 0)
    assert gbu.split == ("proposed, with validation classes" if name == "AWA1" else "proposed, version 2")
    assert np.array_equal(gbu.att, splits["att"].T)
    assert len(gbu.names) == splits["att"].shape[1]
    assert np.allclose(np.linalg.norm(gbu.att, axis=1), 1)


def test_the_two_sets_of_animals_do_not_go_together(tmp_path):
    first, _, _ = published("AWA1", tmp_path / "AWA1")
    apart((first, SPLITS / "AWA2.mat"), "names the image 37322 and there are 30475")
    second, _, _ = published("AWA2", tmp_path / "AWA2")
    with pytest.raises(KgzslError, match="does not belong to") as caught:
        load_gbu(second, SPLITS / "AWA1.mat")
    assert caught.value.fix


def test_labels_in_the_order_of_the_birds_own_list_do_not_go_with_the_split(tmp_path):
    """The published split names seen classes first; labels that count as the data set does fit every other check."""
    if not (CUB.is_file() and (SPLITS / "CUB.mat").is_file()):
        pytest.skip(f"needs {CUB} and {SPLITS / 'CUB.mat'}")
    with np.load(CUB, allow_pickle=False) as file:
        y, classes = file["y"].astype(int), file["classes"].astype(str)
    names = [str(cell[0][0]) for cell in loadmat(SPLITS / "CUB.mat")["allclasses_names"]]
    files = cells([f"/CUB/images/{classes[k]}/{n}.jpg" for n, k in enumerate(y)])
    image = {"features": np.ones((3, len(y)), np.float32), "image_files": files}
    own = np.array([names.index(name) for name in classes])[y]
    gbu = load_gbu(saved(tmp_path / "good.mat", image | {"labels": column(own)}), SPLITS / "CUB.mat")
    assert gbu.checked == len(y)
    native = saved(tmp_path / "native.mat", image | {"labels": column(y)})
    apart((native, SPLITS / "CUB.mat"), "are in folders of '001.Black_footed_Albatross'")
    savemat(tmp_path / "blind.mat", {"features": image["features"], "labels": column(y)})
    assert load_gbu(tmp_path / "blind.mat", SPLITS / "CUB.mat").checked == 0
