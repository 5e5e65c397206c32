"""The strongest walks are those that listing them all gives, and all walks add up to the score."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.explain.by_path import paths
from kgzsl.explain.member import Member
from kgzsl.explain.opened import opened
from kgzsl.explain.walks import Search
from tests.explain.worlds import all_walks, an_input, setting_of, unseen

PIECEWISE = [
    ("gcn", ()), ("gcn", (("normalisation", "symmetric"),)), ("gcn", (("normalisation", "parents"),)), ("sgcn", ()),
    ("dgp", ()), ("rgcn", ()), ("compgcn", ()), ("gat", ()), ("sgc", ()), ("sgc", (("hops", 3),)),
    ("sgc", (("hops", 0),)), ("shared", ()), ("shared", (("hops", 3),)), ("gcn", (("layers", 3),)),
    ("gcn", (("layers", 4), ("hidden", 8))), ("gcn", (("ensemble", 2),)), ("conse", ()),
    ("dgp", (("layers", 4), ("hidden", 8))),
]  # fmt: skip


def case(name, options):
    return pytest.param(name, options, id="-".join([name, *(f"{k}={v}" for k, v in options)]))


@pytest.mark.parametrize(("name", "options"), [case(*given) for given in PIECEWISE])
@pytest.mark.parametrize("nearest", [False, True])
def test_walks_add_up_and_the_strongest_are_found(name, options, nearest):
    setting = setting_of(name, 1, options, nearest)
    x = an_input(setting, 3)
    for iri in unseen(setting)[:3]:
        found = opened(setting, x, iri)
        every = all_walks(setting, x, iri)
        size = sum(map(abs, every.values())) + sum(abs(v) for _, v in found.baseline)
        whole = sum(every.values()) + sum(value for _, value in found.baseline)
        assert abs(whole - setting.score(x, iri)) <= 1e-5 * size
        listed, total = paths(setting, x, iri, 5)
        assert total.residual <= 1e-5
        assert total.sum == pytest.approx(setting.score(x, iri), abs=1e-5 * size)
        assert total.gap == 0
        _same_as_listing(setting, found, iri, every)
        assert len(listed) == min(5, sum(value != 0 for value in every.values()))


def _same_as_listing(setting, found, iri, every):
    members = [Member(p.descriptions, p.layers, p.functional[0]) for p in found.parts]
    got = Search(members, 5).run(setting.snapshot.slot[iri])
    for walk in got.walks:
        assert walk.value == pytest.approx(every[walk.nodes, walk.steps], abs=1e-6)
    strongest = sorted((abs(v) for v in every.values()), reverse=True)
    assert [abs(w.value) for w in got.walks] == pytest.approx(strongest[: len(got.walks)], abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 5), st.sampled_from(["gcn", "dgp", "gat", "sgc", "shared"]), st.integers(0, 100), st.integers(1, 40)
)
def test_any_number_of_walks_of_any_world(seed, name, draw, most):
    setting = setting_of(name, seed)
    x, iri = an_input(setting, draw), unseen(setting)[draw % len(unseen(setting))]
    every = sorted((abs(v) for v in all_walks(setting, x, iri).values()), reverse=True)
    listed, total = paths(setting, x, iri, most)
    assert [abs(p.value) for p in listed] == pytest.approx(every[: len(listed)], abs=1e-6)
    assert len(listed) == min(most, sum(v > 0 for v in every))
    assert total.residual <= 1e-5


@pytest.mark.parametrize("budget", [1, 3, 10])
def test_a_search_cut_short_certifies_its_gap(budget):
    setting = setting_of("gcn", 2, (("layers", 4), ("hidden", 8)))
    x, iri = an_input(setting, 1), unseen(setting)[0]
    part = opened(setting, x, iri).parts[0]
    member = Member(part.descriptions, part.layers, part.functional[0])
    found = Search([member], 5, budget).run(setting.snapshot.slot[iri])
    every = sorted((abs(v) for v in all_walks(setting, x, iri).values()), reverse=True)
    weakest = min((abs(w.value) for w in found.walks), default=0.0) if len(found.walks) == 5 else 0.0
    missed = [v for v in every if not any(abs(abs(w.value) - v) < 1e-7 for w in found.walks)]
    assert max(missed, default=0.0) <= weakest + found.gap + 1e-7


def test_a_hub_is_valued_in_blocks_and_nothing_is_lost():
    """More ends than one block takes: the cut must not lose any of the strongest."""
    setting = setting_of("dgp", 4)
    x, iri = an_input(setting, 5), unseen(setting)[-1]
    one = paths(setting, x, iri, 1)[0]
    many = paths(setting, x, iri, 30)[0]
    assert abs(one[0].value) == pytest.approx(max(abs(p.value) for p in many), abs=1e-7)


def test_permuting_members_of_an_ensemble_changes_nothing():
    setting = setting_of("gcn", 1, (("ensemble", 2),))
    x, iri = an_input(setting, 3), unseen(setting)[0]
    parts = opened(setting, x, iri).parts
    members = [Member(p.descriptions, p.layers, p.functional[0]) for p in parts]
    slot = setting.snapshot.slot[iri]
    a, b = Search(members, 6).run(slot), Search(members[::-1], 6).run(slot)
    assert [w.nodes for w in a.walks] == [w.nodes for w in b.walks]
    assert np.allclose([w.value for w in a.walks], [w.value for w in b.walks], atol=1e-7)


@pytest.mark.parametrize("name", ["gcn", "gat", "dgp", "shared"])
def test_what_is_remembered_may_be_forgotten(name, monkeypatch):
    setting = setting_of(name, 2)
    x = an_input(setting, 1)
    wanted = [paths(setting, x, iri, 5) for iri in unseen(setting)]
    monkeypatch.setattr("kgzsl.explain.trace.REMEMBERED", 60)
    fresh = replace(setting)
    for iri, (listed, total) in zip(unseen(setting), wanted, strict=True):
        again = paths(fresh, x, iri, 5)
        assert [p.nodes for p in again[0]] == [p.nodes for p in listed]
        assert again[1].sum == pytest.approx(total.sum, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_weights_that_are_given_one_way_only(seed):
    """A concept may be read at one layer and not at the next."""
    for name, options in (("shared", (("hops", 4),)), ("sgc", (("hops", 4),)), ("dgp", (("layers", 5), ("hidden", 4)))):
        setting = setting_of(name, seed, options, one_way=True)
        x = an_input(setting, seed)
        for iri in unseen(setting)[:4]:
            every = sorted((abs(v) for v in all_walks(setting, x, iri).values() if v), reverse=True)
            listed, _ = paths(setting, x, iri, 10)
            assert [abs(p.value) for p in listed] == pytest.approx(every[:10], abs=1e-6)


def test_no_paths_may_be_asked_for():
    for name in ("gcn", "sgc", "kernel", "absorb", "ppr", "conse"):
        setting = setting_of(name, 1)
        listed, total = paths(setting, an_input(setting), unseen(setting)[0], 0)
        assert listed == ()
        assert total.sum == pytest.approx(setting.score(an_input(setting), unseen(setting)[0]), abs=1e-5)
