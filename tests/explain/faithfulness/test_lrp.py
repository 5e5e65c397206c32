"""GNN-LRP at γ = 0 is the exact split; above it, relevance is still conserved but for what biases take."""

import pytest

from kgzsl.explain.facts import fact_values
from kgzsl.explain.faithfulness.methods.lrp import GnnLrp
from tests.explain.worlds import an_input, setting_of, unseen


@pytest.mark.parametrize(("name", "options"), [
    ("gcn", ()), ("sgcn", ()), ("dgp", ()), ("rgcn", ()), ("gcn", (("ensemble", 2),)), ("gcn", (("decay", 0.0),)),
])  # fmt: skip
def test_without_gamma_it_is_the_exact_split(name, options):
    setting = setting_of(name, 1, options)
    assert GnnLrp().unavailable(setting) is None
    for iri in unseen(setting)[:3]:
        x = an_input(setting, 2)
        exact, other = fact_values(setting, x, iri), GnnLrp(0.0).values(setting, x, iri)
        for fact in {*exact, *other}:
            assert other.get(fact, 0.0) == pytest.approx(exact.get(fact, 0.0), abs=2e-4)


def test_gamma_changes_what_is_said():
    setting = setting_of("gcn", 1)
    x, iri = an_input(setting, 2), unseen(setting)[0]
    none, some = GnnLrp(0.0).values(setting, x, iri), GnnLrp(0.25).values(setting, x, iri)
    assert max(abs(some[fact] - none[fact]) for fact in {*none} & {*some}) > 1e-4


@pytest.mark.parametrize("name", ["gat", "kernel", "absorb", "nearest", "shared"])
def test_it_says_where_its_rule_is_not(name):
    assert "plain convolutions" in GnnLrp().unavailable(setting_of(name, 1))
