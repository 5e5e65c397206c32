"""Files of word vectors: every format gives the same vectors, and what is wrong with a file is said with its line."""

import pickle

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from kgzsl.errors import MissingFileError, RecipeError
from kgzsl.semantics import mapped
from kgzsl.semantics.keyed import read_keyed

WORDS = ["cat", "New_York", "naïve", "the"]
TABLE = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


def lines(header=False):
    rows = [f"{word} {' '.join(map(str, row))}" for word, row in zip(WORDS, TABLE.tolist(), strict=True)]
    return "\n".join((["4 3"] if header else []) + rows) + "\n"


@pytest.fixture
def files(tmp_path):
    """One file of each format with the same vectors."""
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(3)
    keyed.add_vectors(WORDS, TABLE)
    (tmp_path / "glove.txt").write_text(lines(), encoding="utf8")
    (tmp_path / "fasttext.vec").write_text(lines(header=True).replace("\n", " \n"), encoding="utf8")
    keyed.save_word2vec_format(str(tmp_path / "w2v.bin"), binary=True)
    keyed.save_word2vec_format(str(tmp_path / "w2v.bin.gz"), binary=True)
    np.save(tmp_path / "pair.npy", TABLE)
    parquet.write_table(pa.table({"index": WORDS}), tmp_path / "words.parquet")
    return tmp_path


@pytest.mark.parametrize("name", ["glove.txt", "fasttext.vec", "w2v.bin", "w2v.bin.gz", "pair.npy"])
def test_every_format_gives_the_same_vectors(files, name):
    keyed = read_keyed(files / name)
    assert keyed.index_to_key == WORDS
    assert np.allclose(keyed.vectors, TABLE, atol=1e-6)
    assert np.array_equal(keyed["New_York"], keyed.vectors[1])
    assert keyed.most_similar("cat", topn=1)[0][0] in WORDS[1:]
    assert isinstance(keyed.vectors, np.memmap) == (name == "pair.npy")


@pytest.mark.parametrize("name", ["glove.txt", "w2v.bin"])
def test_a_large_file_is_memory_mapped_until_it_changes(files, monkeypatch, name):
    monkeypatch.setattr(mapped, "SMALL", 0)
    path = files / name
    first = read_keyed(path)
    assert isinstance(first.vectors, np.memmap)
    kept = path.with_name(f"{name}.vectors.npy")
    np.save(kept, 2 * TABLE)
    assert np.allclose(read_keyed(path).vectors, 2 * TABLE), "it is read from what is kept"
    path.write_text(lines().replace("cat", "dog"), encoding="utf8")
    other = read_keyed(path) if name == "glove.txt" else None
    assert other is None or other.index_to_key[0] == "dog"
    assert mapped.mapped(path) is not None or name != "glove.txt"


def test_where_nothing_can_be_kept_vectors_are_read_anew(files, monkeypatch):
    def refused(path):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(mapped, "SMALL", 0)
    monkeypatch.setattr(mapped, "written_whole", refused)
    assert np.allclose(read_keyed(files / "glove.txt").vectors, TABLE, atol=1e-6)


def fasttext(folder):
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    sentences = [["striped", "horse", "zebra"], ["spotted", "cat", "leopard"]] * 5
    model = FastText(sentences, vector_size=6, min_count=1, bucket=50, epochs=1, seed=1, workers=1)
    save_facebook_model(model, str(folder / "ft.bin"))
    return model, folder / "ft.bin"


@pytest.mark.parametrize("small", [0, 10**9])
def test_fasttext_makes_vectors_of_words_it_does_not_know(tmp_path, monkeypatch, small):
    model, path = fasttext(tmp_path)
    monkeypatch.setattr(mapped, "SMALL", small)
    keyed = read_keyed(path)
    assert isinstance(keyed.vectors_ngrams, np.memmap) == (small == 0)
    for word in ("zebra", "zebras", "stripes"):
        assert np.allclose(keyed.get_vector(word), model.wv.get_vector(word), atol=1e-6), word


def test_words_with_spaces_and_words_that_stand_twice(tmp_path):
    (tmp_path / "v.txt").write_text("cat 1 2\n. . . 3 4\ncat 5 6\n\n")
    keyed = read_keyed(tmp_path / "v.txt")
    assert keyed.index_to_key == ["cat", ". . ."]
    assert keyed.vectors.tolist() == [[1, 2], [3, 4]]


class Bomb:
    def __reduce__(self):
        return (open, ("bomb.txt", "w"))


def test_pickles_are_refused_unread(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v.kv").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(RecipeError, match=r"is a pickle.*save_word2vec_format"):
        read_keyed(tmp_path / "v.kv")
    np.save(tmp_path / "v.npy", np.array([Bomb()], object), allow_pickle=True)
    parquet.write_table(pa.table({"w": ["a"]}), tmp_path / "v.parquet")
    with pytest.raises(RecipeError, match="not vectors and words"):
        read_keyed(tmp_path / "v.npy")
    assert not (tmp_path / "bomb.txt").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("v.txt", b"cat 1 2\ndog 1\n", "v.txt:2: not a word and 2 numbers"),
        ("v.txt", b"cat 1 2\ndog 1 x\n", "v.txt:2: not a word and 2 numbers"),
        ("v.txt", b"2 3\ncat 1 2\n", "v.txt:2: not a word and 3 numbers"),
        ("v.txt", b"cat\n", "v.txt:1: not a word and its numbers"),
        ("v.txt", b"cat 1 2\ndog nan 2\n", "the vector of 'dog' holds NaN or Inf"),
        ("v.txt", b"1 2\n", "holds no word"),
        ("v.txt", b"", "v.txt:1"),
        ("v.bin", b"", "not word vectors"),
        ("v.bin", b"99999999 300\ncat ", "cut short"),
        ("v.bin", b"\x00junk", "not word vectors"),
        ("v.bin.gz", b"junk", "not word vectors"),
        ("v.bin", b"\xba\x16\x4f\x2f" + b"\x0c\x00\x00\x00", "not word vectors"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        read_keyed(tmp_path / name)
    assert words in str(caught.value)
    assert not list(tmp_path.glob("*.npy"))


def test_a_pair_needs_its_words(tmp_path):
    np.save(tmp_path / "v.npy", TABLE)
    with pytest.raises(MissingFileError, match="0 files may hold the words"):
        read_keyed(tmp_path / "v.npy")
    parquet.write_table(pa.table({"w": WORDS[:2]}), tmp_path / "v.parquet")
    with pytest.raises(RecipeError, match=r"shape \(4, 3\) for 2 words"):
        read_keyed(tmp_path / "v.npy")
    with pytest.raises(MissingFileError, match="no such word vectors"):
        read_keyed(tmp_path / "none.bin")
