"""Word vectors of classes: what is looked up how, what is unknown, and what a bundle keeps."""

import warnings

import numpy as np
import pytest

from kgzsl.errors import MissingFileError, RecipeError
from kgzsl.graph.classgraph import SUBCLASS, ClassGraph, Concept, Relation
from kgzsl.ontology.model import Ontology
from kgzsl.semantics.edited import relations_read
from kgzsl.semantics.space import build_space
from kgzsl.semantics.words import WordSource
from tests.semantics.test_keyed import fasttext

VOCABULARY = ["cat", "wild", "New_York", "striped", "horse", "Paris", "sea_lion", "a"]


def keyed(words=VOCABULARY, seed=0):
    from gensim.models import KeyedVectors

    made = KeyedVectors(8)
    made.add_vectors(words, np.random.default_rng(seed).normal(size=(len(words), 8)).astype(np.float32))
    return made


def graph_of(*concepts, edges=()):
    made = {c.iri: c for c in sorted(concepts)}
    return ClassGraph(made, tuple(Relation(a, SUBCLASS, b) for a, b in edges), (), "hash", Ontology(()))


@pytest.mark.parametrize(
    ("concept", "text", "terms"),
    [
        (Concept("x", "class", "new york"), "label", ["New_York"]),
        (Concept("x", "class", "New_York"), "label", ["New_York"]),
        (Concept("x", "class", "sea lion"), "label", ["sea_lion"]),
        (Concept("x", "class", "Wild cat"), "label", ["wild", "cat"]),
        (Concept("x", "class", "wild-cat, PARIS"), "label", ["wild", "cat", "Paris"]),
        (Concept("x", "class", "cat", ("wild cat",)), "label", ["cat"]),
        (Concept("x", "class", "cat", ("wild cat",)), "names", ["cat", "wild", "cat"]),
        (Concept("x", "class", "cat", ("wild cat",), "a horse"), "names", ["cat", "wild", "cat"]),
        (Concept("x", "class", "cat", ("horse",), "a zorse"), "names and gloss", ["cat", "horse", "a"]),
    ],
)
def test_which_terms_count(concept, text, terms):
    vectors = keyed()
    found, known = WordSource(vectors, text).vectors(graph_of(concept))
    assert known.all()
    assert np.allclose(found[0], np.mean([vectors[term] for term in terms], axis=0), atol=1e-6)


def test_unknown_words_are_listed_and_counted():
    graph = graph_of(Concept("a", "class", "wild horse"), Concept("b", "class", "zorse", ("zebroid",)),
                     Concept("c", "class", "striped zonkey"), Concept("d", "class", ""),
                     Concept("e", "attribute", "zzz"), edges=[("b", "a"), ("d", "a")])  # fmt: skip
    source = WordSource(keyed())
    with pytest.warns(UserWarning, match=r"1 classes have no word.*'zorse' \(zorse, zebroid\).*1 classes have unknown "
                                         r"words, such as 'striped zonkey' \(zonkey\)"):  # fmt: skip
        space = build_space(graph, {SUBCLASS: 1.0}, source)
    assert source.unknown_words(graph) == {"b": ("zorse", "zebroid"), "c": ("zonkey",)}
    assert space.described.tolist() == [True, False, True, False, False]
    assert np.allclose(space.vectors[1], space.vectors[0]), "ancestors stand in"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source.vectors(graph)
        assert relations_read(source, graph) == frozenset()


def test_fasttext_makes_unknown_words_of_n_grams(tmp_path):
    model, path = fasttext(tmp_path)
    graph = graph_of(Concept("a", "class", "Zebras"))
    source = WordSource(path)
    with pytest.warns(UserWarning, match=r"'Zebras' \(Zebras\): these are made of n-grams"):
        vectors, known = source.vectors(graph)
    assert known[0]
    assert np.allclose(vectors[0], model.wv.get_vector("zebras"), atol=1e-6)


def test_a_bundle_answers_without_the_file_until_a_new_text_comes(tmp_path):
    path = tmp_path / "v.bin"
    keyed().save_word2vec_format(str(path), binary=True)
    old = graph_of(Concept("a", "class", "wild cat"), Concept("b", "class", "zorse"))
    new = graph_of(*old.concepts.values(), Concept("c", "class", "striped horse"))
    source = WordSource(path)
    wanted, known = source.vectors(old)
    state = {name: array.copy() for name, array in source.state().items()}
    whole = source.vectors(new)[0]

    moved = path.rename(tmp_path / "elsewhere.bin")
    other = WordSource(path, lazy=True)
    other.restore(state)
    assert np.array_equal(other.vectors(old)[0], wanted)
    assert np.array_equal(other.vectors(old)[1], known)
    with pytest.raises(MissingFileError):
        other.vectors(new)
    moved.rename(path)
    assert np.array_equal(other.vectors(new)[0], whole)

    keyed(seed=1).save_word2vec_format(str(path), binary=True)
    third = WordSource(path, lazy=True)
    third.restore(state)
    with pytest.raises(RecipeError, match="not the word vectors that the bundle was trained with"):
        third.vectors(new)
