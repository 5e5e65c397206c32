import numpy as np
import pytest

import kgzsl
from kgzsl import testing
from kgzsl.errors import MissingFileError, RecipeError, UnknownNameError
from kgzsl.graph import build_graph
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.encoders import encoder
from kgzsl.semantics.space import build_space
from kgzsl.semantics.text import TextSource
from kgzsl.semantics.words import WordSource


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "w.ttl"
    text = testing.PREFIXES + testing.block("cat", [], "furry pet") + testing.block("tabby", ["cat"], "striped pet")
    path.write_text(text + ":odd a owl:Class ; rdfs:subClassOf :cat .\n")
    return build_graph(kgzsl.read_ontology(path))


def test_word_vectors_through_gensim(graph, tmp_path):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(3)
    keyed.add_vectors(["cat", "furry", "pet", "striped"], np.eye(4, 3, dtype=np.float32))
    keyed.save_word2vec_format(str(tmp_path / "v.txt"))
    keyed.save_word2vec_format(str(tmp_path / "v.bin"), binary=True)
    for source in (WordSource(keyed), WordSource(tmp_path / "v.txt"), WordSource(tmp_path / "v.bin")):
        space = build_space(graph, {"subClassOf": 1.0}, source)
        row = graph.index
        cat, odd = (space.vectors[row[f"http://example.org/{name}"]] for name in ("cat", "odd"))
        assert np.allclose(cat, np.ones(3) / np.sqrt(3), atol=1e-6)
        assert np.allclose(odd, cat, atol=1e-6), "a class without known words takes its parents' vector"
        assert not space.described[row["http://example.org/odd"]]
    with pytest.raises(MissingFileError):
        WordSource(tmp_path / "none.txt")
    (tmp_path / "bad.bin").write_bytes(b"\x00junk")
    with pytest.raises(RecipeError):
        WordSource(tmp_path / "bad.bin")


def test_a_fresh_vector_and_a_cached_one_are_the_same(root):
    cached = TextSource("minilm", root / "graphs/objects/vectors.npz")
    space = build_graph(kgzsl.read_ontology(root / "ontologies/objects.ttl"))
    texts = [space.concepts[space.find(name)].text for name in ("okapi", "gazelle")]
    fresh = TextSource("minilm")
    fresh.add(texts)
    for text in texts:
        kept = cached.state()["vectors"][list(cached._row).index(_key(text))]
        new = fresh.state()["vectors"][list(fresh._row).index(_key(text))]
        assert np.allclose(kept.astype(np.float32), new.astype(np.float32), atol=1e-3)


def _key(text):
    from kgzsl.semantics.text import key

    return key(text)


def test_a_forgotten_text_is_encoded_again(graph):
    source = TextSource("minilm")
    before, _ = source.vectors(graph)
    source.forget(next(iter(graph.concepts.values())).text)
    after, _ = source.vectors(graph)
    assert np.array_equal(before, after)
    other = TextSource("minilm")
    other.restore(source.state())
    assert np.array_equal(other.vectors(graph)[0], before)


def test_attributes_are_a_view_of_the_graph(root):
    sources = [root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv"]
    graph = build_graph(kgzsl.read_ontology(sources))
    vectors, known = AttributeSource().vectors(graph)
    assert vectors.shape == (len(graph), 85)
    zebra = vectors[graph.index[graph.find("zebra")]]
    assert zebra.max() == np.float32(0.9886)
    classes = [graph.index[iri] for iri in graph.class_ids]
    assert known[classes].all()


def test_unknown_encoders_and_caches_of_another_model(root):
    with pytest.raises(UnknownNameError, match="not installed"):
        encoder("nonesuch")
    with pytest.raises(RecipeError, match="are of 'minilm'"):
        TextSource("other", root / "graphs/objects/vectors.npz")
