"""What ranks facts, on settings where the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from kgzsl.errors import UnknownNameError
from kgzsl.explain.facts import fact_values
from kgzsl.explain.faithfulness.catalogue import CONTROL, METHODS, make_methods
from kgzsl.explain.faithfulness.methods.controls import STEPS
from kgzsl.explain.faithfulness.question import ranked
from tests.explain.faithfulness.toys import STRENGTHS, StandIn, asked, inputs, toy, trained
from tests.learners.worlds import PART

NETWORKS = {
    "gcn": ("gcn", {}),
    "gcn of three layers": ("gcn", {"layers": 3}),
    "gcn over parents": ("gcn", {"normalisation": "parents"}),
    "gcn, symmetric": ("gcn", {"normalisation": "symmetric", "decay": 0.0}),
    "ensemble": ("gcn", {"ensemble": 2}),
    "sgcn": ("sgcn", {}),
}


def told(question, name):
    """Method → importance of each fact by its ends."""
    values = make_methods([name])[name](question).values
    return {(fact.source, fact.target): value for fact, value in zip(question.facts, values, strict=True)}


def question():
    return asked(toy(), "a", "b", np.array([1.0, 0.0], np.float32))


@pytest.mark.parametrize("name", ["occlusion", "saliency"])
def test_one_fact_at_a_time_on_sums(name):
    found = told(question(), name)
    for fact, strength in STRENGTHS.items():
        sign = 1 if fact[0] == "a" else -1
        assert found[fact] == pytest.approx(sign * strength, abs=1e-5)
    assert found["a", "p4"] == 0


def test_greedy_deletes_what_counts_most_first():
    asked_ = question()
    ranking = make_methods(["greedy"])["greedy"](asked_)
    order = [asked_.facts[k][:3:2] for k in ranking.order]
    assert order[:4] == [("a", "p0"), ("a", "p1"), ("a", "p2"), ("a", "p4")]
    assert sorted(ranking.order) == list(range(len(asked_.facts)))
    assert order[-1] == ("a", "p3")


def test_greedy_sees_what_a_fact_is_worth_once_others_are_gone():
    """p1 stands in for p0: alone it changes nothing, after p0 it is what counts most."""
    learner = StandIn({("a", "p2"): 0.05})
    setting = toy(learner)
    asked_ = asked(setting, "a", "b", np.array([1.0, 0.0], np.float32), relations=(PART,))
    orders = {name: [asked_.facts[k].target for k in method(asked_).order if asked_.facts[k].source == "a"]
              for name, method in make_methods(["occlusion", "greedy"]).items()}  # fmt: skip
    assert orders["occlusion"][:2] == ["p0", "p2"]
    assert orders["greedy"][:3] == ["p0", "p1", "p2"]


@pytest.mark.parametrize("learner", ["kernel", "absorb", "sgcn"])
def test_nothing_is_better_than_greedy_at_one_fact(learner):
    setting = trained(learner)
    for k, x in enumerate(inputs(3)):
        asked_ = asked(setting, "n22", "n16", x, k)
        drop = {}
        for name, method in make_methods().items():
            if method.unavailable(setting) is None:
                first = asked_.facts[method(asked_).order[0]]
                drop[name] = asked_.margin() - asked_.margin((first,))
        assert max(drop.values()) == drop["greedy"], drop
        assert drop["occlusion"] == pytest.approx(drop["greedy"])


def test_paths_are_the_difference_of_what_goes_over_each_fact():
    setting = trained("sgc")
    asked_ = asked(setting, "n22", "n16")
    ranking = make_methods(["paths"])["paths"](asked_)
    mine, other = (fact_values(setting, asked_.x, iri) for iri in ("n22", "n16"))
    expected = [mine.get(fact, 0) - other.get(fact, 0) for fact in asked_.facts]
    assert ranking.values == pytest.approx(expected, abs=1e-7)
    assert 0 <= ranking.outside < 1
    assert make_methods(["paths"])["paths"](replace(asked_, facts=asked_.facts[:1])).outside > ranking.outside


def test_random_paths_start_at_the_two_classes_and_never_look_at_the_learner():
    setting = trained("sgc")
    asked_ = asked(setting, "n22", "n16", most=1000, hops=6)
    first, again, other = (make_methods()[CONTROL](q) for q in
                           (asked_, replace(asked_, x=-asked_.x), replace(asked_, seed=asked_.seed + 1)))  # fmt: skip
    assert np.array_equal(first.values, again.values)
    assert not np.array_equal(first.values, other.values)
    assert np.abs(first.values).sum() <= 2 * STEPS
    assert first.values.max() > 0 > first.values.min()
    alone = asked(setting, "n22", "n03")
    values = make_methods()[CONTROL](alone).values
    assert values[["n22" in fact[:3:2] for fact in alone.facts]].sum() >= 1, "each walk begins at the class"


def test_no_random_path_from_a_given_classifier():
    assert (make_methods()[CONTROL](asked(trained("sgc"), "n22", "n03")).values >= 0).all()


def test_ties_are_broken_at_random_but_for_all_methods_alike():
    one, other = ranked(np.zeros(30), 0), ranked(np.ones(30), 0)
    assert np.array_equal(one.order, other.order)
    assert not np.array_equal(one.order, np.arange(30))
    assert not np.array_equal(one.order, ranked(np.zeros(30), 1).order)
    assert list(ranked(np.array([0.0, 2.0, -1.0, 1.0]), 0).order) == [1, 3, 0, 2]


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("rival", ["n16", "n03"])
def test_the_network_that_is_masked_is_the_one_that_answers(kind, rival):
    from kgzsl.explain.faithfulness.methods.messages import MarginNetwork

    name, options = NETWORKS[kind]
    setting = trained(name, **options)
    for iri in ("n22", "n17", "n01"):
        asked_ = asked(setting, iri, rival)
        network = MarginNetwork(asked_)
        logits = network(*network.inputs)[0].detach().numpy() * asked_.unit
        scores = setting.scores(asked_.x[None], [iri, rival])[0]
        assert logits[0] - logits[1] == pytest.approx(scores[0] - scores[1], abs=1e-5)
        assert logits[0] - logits[1] == pytest.approx(asked_.margin(), abs=1e-5)


def test_mask_gradient_is_the_derivative_by_the_messages_of_a_fact():
    import torch
    from torch_geometric.explain.algorithm.utils import clear_masks, set_masks

    from kgzsl.explain.faithfulness.methods.messages import MarginNetwork

    asked_ = asked(trained("gcn"), "n22", "n16")
    found = make_methods(["mask gradient"])["mask gradient"](asked_).values
    network = MarginNetwork(asked_).double()
    for key in ("inherited", "convolved", "own", "x", "given", "offset"):
        setattr(network, key, getattr(network, key).double())
    network.members = [[{k: v.double() for k, v in layer.items()} for layer in m] for m in network.members]
    vectors, edges = network.inputs

    def margin(weakened, by):
        mask = torch.ones(edges.shape[1], dtype=torch.float64)
        mask[weakened] -= by
        set_masks(network, mask, edges, apply_sigmoid=False)
        logits = network(vectors.double(), edges)[0]
        clear_masks(network)
        return float(logits[0] - logits[1]) * asked_.unit

    for fact, value in list(zip(asked_.facts, found, strict=True))[:6]:
        at = network.field.facts[fact[:3]]
        assert value == pytest.approx((margin(at, -1e-5) - margin(at, 1e-5)) / 2e-5, abs=1e-5)


def test_gnnexplainer_says_nothing_of_facts_that_the_network_cannot_read():
    setting = trained("sgcn")
    asked_ = asked(setting, "n22", "n16", hops=8, most=1000)
    method = make_methods(["gnnexplainer"])["gnnexplainer"]
    values = method(asked_).values
    near = {end for iri in ("n22", "n16") for fact in (*setting.graph.out(iri), *setting.graph.into(iri))
            for end in fact[:3:2]}  # fmt: skip
    unread = np.array([not near & {*fact[:3:2]} for fact in asked_.facts])
    assert unread.any()
    assert not values[unread].any()
    assert 0 < values[~unread].max() <= 2
    assert np.array_equal(method(asked_).values, values), "the seed of the question says all"


@pytest.mark.parametrize("name", ["mask gradient", "gnnexplainer"])
def test_masks_are_for_networks_of_one_operator(name):
    method = make_methods([name])[name]
    assert method.unavailable(trained("sgcn")) is None
    for learner in ("kernel", "residual", "rgcn"):
        assert "gcn and sgcn" in method.unavailable(trained(learner))


def test_the_catalogue_names_and_cites():
    made = make_methods()
    assert list(made) == list(METHODS)
    for name, method in made.items():
        assert method.name == name
        assert method.citation
    assert list(make_methods(["greedy"])) == [CONTROL, "greedy"]
    with pytest.raises(UnknownNameError, match="did you mean 'occlusion'"):
        make_methods(["oclusion"])
