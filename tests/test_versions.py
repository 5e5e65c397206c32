"""Versioned matrices against plain ones, over random sequences of changes; old versions stay as they were."""

import threading
import weakref

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

from kgzsl.versions import DenseRows, SparseRows, csr, gathered, stores

SOME = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
WIDTH = 3
PLACES = st.lists(st.integers(0, 30), max_size=6, unique=True)
GROWTHS = st.lists(st.tuples(st.integers(0, 4), PLACES, st.integers(0, 99)), max_size=12)


@pytest.fixture(autouse=True, params=[0, 64])
def few(request, monkeypatch):
    """With little room, so that small matrices are compacted too, and with as much as there is."""
    monkeypatch.setattr(stores, "FEWEST", request.param)


def values(seed, n):
    return np.random.default_rng(seed).normal(size=(n, WIDTH)).astype(np.float32)


def dense_history(n, changes, start):
    """Versions, and copies of what they should hold; every change gives some rows other values, new ones among them."""
    version, plain, found = start, start.dense().copy(), []
    for growth, at, seed in changes:
        n += growth
        rows = np.array([k for k in at if k < n] + list(range(n - growth, n)), np.int64)
        rows = np.unique(rows)
        plain = np.concatenate([plain, np.zeros((growth, WIDTH), np.float32)])
        plain[rows] = values(seed, len(rows))
        version = version.changed(rows, values(seed, len(rows)), n)
        found.append((version, plain.copy()))
    return found


@SOME
@given(n=st.integers(0, 9), changes=GROWTHS)
def test_dense_versions_are_the_matrices_that_they_stand_for(n, changes):
    history = dense_history(n, changes, DenseRows.of(values(100, n)))
    X = values(101, 4)
    for version, plain in history:
        assert version.shape == plain.shape
        assert len(version) == len(plain)
        assert np.array_equal(version.dense(), plain)
        assert np.array_equal(version[:], plain)
        assert np.array_equal(version[np.arange(len(plain))[::-2]], plain[::-2])
        assert np.allclose(version.dot(X), X @ plain.T, atol=1e-6)


@SOME
@given(n=st.integers(1, 9), changes=GROWTHS, branch=GROWTHS)
def test_two_edits_of_one_version_do_not_meet(n, changes, branch):
    start = DenseRows.of(values(100, n))
    one, other = dense_history(n, changes, start), dense_history(n, branch, start)
    for version, plain in (*one, *other, (start, values(100, n))):
        assert np.array_equal(version.dense(), plain)


@SOME
@given(n=st.integers(1, 9), order=st.lists(st.integers(0, 8), max_size=12))
def test_rows_may_be_taken_in_any_order(n, order):
    at = np.array([k % n for k in order], np.int64)
    taken = DenseRows.of(values(0, n)).taken(at)
    assert np.array_equal(taken.dense(), values(0, n)[at])
    assert np.array_equal(taken.changed(at[:0], values(0, 0)).dense(), values(0, n)[at])


def test_a_matrix_may_begin_empty_and_shrink():
    version = DenseRows.empty(5, WIDTH, filled=2).changed(np.array([4, 1]), values(0, 2))
    assert np.array_equal(version[np.array([4, 1])], values(0, 2))
    assert np.array_equal(version.changed(np.array([0]), values(1, 1), 2)[np.array([0, 1])],
                          np.stack([values(1, 1)[0], values(0, 2)[1]]))  # fmt: skip


def test_what_was_given_is_not_written_to():
    mine = values(0, 4)
    mine.flags.writeable = False
    version = DenseRows.of(mine)
    for k in range(300):
        version = version.changed(np.array([k % 4]), values(k, 1))
    assert np.array_equal(mine, values(0, 4))


def entries(seed, n):
    rng = np.random.default_rng(seed)
    columns = np.flatnonzero(rng.random(n) < 0.4)
    return columns, rng.normal(size=len(columns))


def sparse_history(n, changes, start):
    version, plain, found = start, start.matrix().toarray(), []
    for growth, at, seed in changes:
        n += growth
        rows = {k: entries(seed + k, n) for k in at if k < n}
        plain = np.pad(plain, (0, growth))
        for k, (columns, filled) in rows.items():
            plain[k] = 0
            plain[k, columns] = filled
        version = version.replaced(rows, n)
        found.append((version, plain.copy()))
    return found


def random_sparse(n, seed=0):
    return sparse.csr_array(sparse.random_array((n, n), density=0.3, rng=np.random.default_rng(seed)))


@SOME
@given(n=st.integers(0, 9), changes=GROWTHS)
def test_sparse_versions_are_the_matrices_that_they_stand_for(n, changes):
    for version, plain in sparse_history(n, changes, SparseRows.of(random_sparse(n))):
        assert version.n == len(plain)
        assert np.array_equal(version.matrix().toarray(), plain)
        for row, wanted in enumerate(plain):
            columns, found = version.entries(row)
            assert np.array_equal(columns, np.flatnonzero(wanted))
            assert np.array_equal(found, wanted[columns])


@SOME
@given(n=st.integers(1, 9), changes=GROWTHS, at=st.lists(st.integers(0, 40), max_size=9))
def test_sparse_rows_come_in_the_order_asked_for(n, changes, at):
    for version, plain in sparse_history(n, changes, SparseRows.of(random_sparse(n))):
        rows = np.array([k % len(plain) for k in at], np.int64)
        lengths, columns, found = version.rows(rows)
        assert np.array_equal(csr(lengths, columns, found, version.n).toarray(), plain[rows])
        assert np.array_equal(version.columns(rows), np.unique(np.nonzero(plain[rows])[1]))


@SOME
@given(n=st.integers(1, 9), changes=GROWTHS, branch=GROWTHS)
def test_two_edits_of_one_sparse_version_do_not_meet(n, changes, branch):
    start = SparseRows.of(random_sparse(n))
    for version, plain in (*sparse_history(n, changes, start), *sparse_history(n, branch, start)):
        assert np.array_equal(version.matrix().toarray(), plain)
    assert np.array_equal(start.matrix().toarray(), random_sparse(n).toarray())


def test_entries_that_are_stated_twice_are_summed():
    twice = sparse.csr_array((np.array([1.0, 2.0, 4.0]), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))
    assert np.array_equal(SparseRows.of(twice).matrix().toarray(), [[0, 3], [4, 0]])


ENTRY = st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(-3, 3))


@SOME
@given(found=st.lists(ENTRY, max_size=20))
def test_gathered_entries_are_those_of_a_coordinate_matrix(found):
    i, j, value = (np.array(part, np.int64) for part in (zip(*found, strict=True) if found else ([], [], [])))
    matrix = gathered(i, j, value.astype(float), (5, 7))
    assert np.array_equal(matrix.toarray(), sparse.coo_array((value, (i, j)), shape=(5, 7)).toarray())
    assert matrix.has_canonical_format


def store_of(version):
    return version._store


@SOME
@given(n=st.integers(0, 9), before=GROWTHS, fork=GROWTHS, live=GROWTHS, again=GROWTHS)
def test_a_fork_and_what_it_came_from_go_on_apart(n, before, fork, live, again):
    start = DenseRows.of(values(100, n))
    base, plain = (start, values(100, n)) if not before else dense_history(n, before, start)[-1]
    used, forked = store_of(base).used, base.forked()
    mine = dense_history(len(plain), fork, forked)
    second, copied = mine[-1] if mine else (forked, plain)
    assert store_of(base).used == used
    theirs = dense_history(len(plain), live, base)
    deeper = dense_history(len(copied), again, second.forked())
    assert np.array_equal(second.dense(), copied), "a fork of a fork writes to the fork"
    X = values(101, 4)
    for version, wanted in ((base, plain), (forked, plain), *mine, *theirs, *deeper):
        assert version.shape == wanted.shape
        assert np.array_equal(version.dense(), wanted)
        assert np.array_equal(version[:], wanted)
        at = np.arange(len(wanted))[::-2]
        assert np.array_equal(version[at], wanted[at])
        assert np.array_equal(version.taken(at).dense(), wanted[at])
        assert np.allclose(version.dot(X), X @ wanted.T, atol=1e-6)
        assert all(np.array_equal(version[k], row) for k, row in enumerate(wanted))


@SOME
@given(n=st.integers(1, 9), before=GROWTHS, fork=GROWTHS, live=GROWTHS)
def test_rows_that_are_not_said_to_differ_are_the_same(n, before, fork, live):
    start = DenseRows.of(values(100, n))
    made = dense_history(n, before, start)
    base, plain = made[-1] if made else (start, values(100, n))
    family = [(base, plain), *made, *dense_history(len(plain), fork, base.forked()),
              *dense_history(len(plain), live, base), *dense_history(len(plain), live, base.forked())]  # fmt: skip
    for one, first in family:
        for other, second in family:
            if len(one) == len(other):
                same = np.setdiff1d(np.arange(len(one)), one.differing(other))
                assert np.array_equal(first[same], second[same])


def test_few_rows_are_said_to_differ():
    base = DenseRows.of(values(0, 50))
    one, other = (base.forked().changed(np.array([7, 3]), values(k, 2)) for k in (1, 2))
    assert one.differing(base).tolist() == base.differing(one).tolist() == [3, 7]
    assert one.differing(other).tolist() == [3, 7]
    assert not len(base.differing(base))
    assert len(base.differing(DenseRows.of(values(0, 50)))) == 50


def test_a_dropped_fork_is_freed():
    base = DenseRows.of(values(0, 50))
    forked = base.forked().changed(np.arange(50), values(1, 50))
    rows = weakref.ref(store_of(forked).new.buffer)
    del forked
    assert rows() is None
    assert store_of(base).used == 50


def test_a_matrix_may_grow_while_forks_of_it_are_read():
    base, stop, wrong = DenseRows.empty(40, WIDTH).changed(np.arange(40), values(0, 40)), threading.Event(), []

    def read():
        while not stop.is_set():
            forked = base.forked().changed(np.array([5]), values(1, 1))
            wanted = values(0, 40)
            wanted[5] = values(1, 1)[0]
            if not np.array_equal(forked.dense(), wanted):
                wrong.append(forked.dense())

    thread = threading.Thread(target=read)
    thread.start()
    version = base
    for k in range(2000):
        version = version.changed(np.array([k % 40, 39 - k % 40]), values(k, 2))
    stop.set()
    thread.join()
    assert not wrong
