"""`kgzsl ask` as a user types it."""

import json

import pytest

from tests.cli.test_cli import run

PHOTOS = "graphs/objects/caltech101_lite0_int8_demo.npz"


@pytest.fixture(scope="module")
def photos_file(root):
    return root / PHOTOS


def test_a_table_says_what_it_rests_on(bundle, photos_file):
    words = ("ask", "vehicle and (hasPart some sail)", "--features", photos_file, "--bundle", bundle, "-k", "5")
    lines = run(*words).stdout.splitlines()
    assert "candidates are known to fit: " in lines[0]
    assert "schooner" in lines[0]
    assert "log-odds" in lines[1]
    assert len(lines) == 7
    assert all(line.split()[-1] in ("n03612010", "n04147183") for line in lines[2:])


def test_json(bundle, photos_file):
    text = run("ask", "vehicle and (hasPart some feather)", "-f", photos_file, "-b", bundle, "-k", "3", "--json").stdout
    told = json.loads(text)
    assert told["classes"] == []
    assert told["described"] == ["vehicle with feather"]
    scores = [item["score"] for item in told["inputs"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert told["graph_hash"]


def test_without_a_bundle_the_recipe_is_trained(root, photos_file):
    recipe = root / "graphs/objects.toml"
    lines = run("ask", "bird and not 'wading bird'", "-f", photos_file, "-r", recipe, "-k", "2").stdout.splitlines()
    assert all(line.split()[-1] in ("n01519873", "n01792158", "n01811909") for line in lines[-2:])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bird and okapy", "error: unknown class 'okapy', at character 10; did you mean 'okapi'?\n"
                           "  bird and okapy\n           ^^^^^"),
        ("bird and (hasPart min 2 wing)", "not represented"),
        ("bird and (hasPart some (wheel and not rotor))", "relate only to things that have a name"),
        ("(" * 500, "a name is missing"),
    ],
)  # fmt: skip
def test_errors_point_at_the_place(bundle, photos_file, text, message):
    error = run("ask", text, "--features", photos_file, "--bundle", bundle, code=2).stderr
    assert message in error
    assert len([line for line in error.splitlines() if line.startswith("error:")]) == 1
