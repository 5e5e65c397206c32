"""Every vector source in a recipe: what is wrong is said with its line, and what is trained answers the same again."""

import warnings

import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.errors import RecipeError
from kgzsl.graph.recipe import READS, Vectors, read_recipe
from kgzsl.semantics.sources import ARGUMENTS, SOURCES
from tests.semantics.test_words import keyed

WORDS = ["thing", "sort", "member", "of", "with", "kind", *(f"member{k}" for k in range(4)),
         *(f"number{k}" for k in range(4)), *(f"word{k}" for k in range(12))]  # fmt: skip
KINDS = {
    "words": 'source = "words"\nmodel = "v.bin"',
    "names": 'source = "words"\nmodel = "v.bin"\ntext = "names"',
    "deepwalk": 'source = "walks"\nmodel = "deepwalk"\n[vectors.walks]\ndims = 8\nlength = 6',
    "node2vec": 'source = "walks"\n[vectors.walks]\ndims = 8\nlength = 6\np = 0.5\nrelations = {subClassOf = 2}',
    "owl2vec": 'source = "walks"\nmodel = "owl2vec"\n[vectors.walks]\ndims = 8',
    "table": 'source = "table"\nmodel = "t.npz"\narray = "rows"',
}


@pytest.fixture
def folder(tmp_path):
    """A small world with word vectors and a table beside it, and labelled features."""
    (tmp_path / "w.ttl").write_text(testing.world())
    keyed([*WORDS, *(f"c{g}{m}" for g in range(3) for m in range(4))]).save_word2vec_format(
        str(tmp_path / "v.bin"), binary=True)  # fmt: skip
    graph = testing.space_of(tmp_path / "w.ttl").graph
    rows = np.random.default_rng(0).normal(size=(len(graph), 5))
    np.savez(tmp_path / "t.npz", ids=list(graph.ids), rows=rows)
    return tmp_path


def trained(folder, kind):
    text = f'ontologies = ["w.ttl"]\nanswers = "all"\n[vectors]\n{KINDS[kind]}\n'
    (folder / "r.toml").write_text(text)
    names = [f"c{g}{m}" for g in range(3) for m in range(3)]
    rng = np.random.default_rng(0)
    X = rng.normal(size=(len(names), 12)).repeat(6, axis=0) + 0.1 * rng.normal(size=(len(names) * 6, 12))
    return kgzsl.train(folder / "r.toml", X, [name for name in names for _ in range(6)], learner="kernel"), X


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_is_added_without_training_and_a_bundle_answers_the_same(folder, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine, X = trained(folder, kind)
        engine.save(folder / "e.kgzsl")
        loaded = kgzsl.load(folder / "e.kgzsl")
        assert np.array_equal(loaded.state.space.vectors, engine.state.space.vectors)
        assert np.array_equal(loaded.state.space.described, engine.state.space.described)
        assert np.array_equal(loaded.scores(X), engine.scores(X))
        before = engine.state.space
        added = testing.block("new", ["kind1"], "member1 of number1 with word5")
        (folder / "w.ttl").write_text(testing.world() + added)
        for each in (engine, loaded):
            assert each.update().added == ("http://example.org/new",)
        engine.save(folder / "after.kgzsl")
        again = kgzsl.load(folder / "after.kgzsl")
    after = engine.state.space
    assert before.source is after.source
    kept = [after.graph.index[iri] for iri in before.graph.ids]
    assert np.array_equal(after.vectors[kept], before.vectors)
    assert after.vectors[after.graph.index["http://example.org/new"]].any()
    for other in (loaded, again):
        assert np.array_equal(other.state.space.vectors, after.vectors)
        assert np.allclose(other.bank.table, engine.bank.table, atol=1e-6)
        assert [a.id for a in other.predict(X)] == [a.id for a in engine.predict(X)]
    assert again.bank.ids == engine.bank.ids


def test_a_bundle_of_words_or_a_table_needs_no_file_for_what_it_knows(folder):
    for kind, file in (("words", "v.bin"), ("table", "t.npz")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            engine, X = trained(folder, kind)
            engine.save(folder / "e.kgzsl")
            (folder / file).unlink()
            assert np.array_equal(kgzsl.load(folder / "e.kgzsl").scores(X), engine.scores(X))


def test_every_source_is_in_every_table():
    names = set(Vectors.model_fields["source"].annotation.__args__)
    assert names == set(SOURCES) == set(ARGUMENTS) == set(READS)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ('source = "word"', "'vectors.source'", 3),
        ('source = "words"', "'vectors.model': name the file of the vectors", 2),
        ('source = "walks"\nmodel = "walk2vec"', "'vectors.model': no such walks; known are deepwalk, node2vec", 4),
        ('source = "table"\nmodel = "t"\ncache = "c.npz"', "'vectors.cache': is not read where source = 'table'", 5),
        ('text = "names"', "'vectors.text': is not read where source = 'text'", 3),
        ('source = "words"\nmodel = "v.bin"\ntext = "gloss"', "'vectors.text'", 5),
        ('source = "walks"\n[vectors.walks]\ndim = 3', "'vectors.walks.dim'; did you mean 'dims'", 5),
        ('source = "walks"\n[vectors.walks]\np = 0', "'vectors.walks.p'", 5),
        ('source = "walks"\nmodel = "deepwalk"\n[vectors.walks]\np = 2', "p and q are read by model = 'node2vec'", 5),
        ('[learner]\nseed = 1\n[vectors.walks]\nseed = -1', "'vectors.walks.seed'", 6),
        ('[vectors.walks]\ndims = 8', "'vectors.walks': is not read where source = 'text'", 3),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said_with_its_line(tmp_path, text, words, line):
    path = tmp_path / "r.toml"
    path.write_text(f'ontologies = ["w.ttl"]\n[vectors]\n{text}\n')
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)
    assert words in str(caught.value)
    assert caught.value.line == line


def test_defaults_of_sources():
    assert Vectors().model == "minilm"
    assert Vectors(source="walks").model == "node2vec"
    assert Vectors(source="attributes", model="minilm").model == "minilm", "as older bundles say"
