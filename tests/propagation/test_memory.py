import pytest

from kgzsl.errors import LearnerError
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.networks import trainer
from kgzsl.propagation import memory, pipeline
from tests.learners.worlds import bank_of, space_of, tree


@pytest.mark.parametrize(("name", "step"), [("gcn", "training gcn on"), ("kernel", "propagating to")])
def test_what_does_not_fit_is_refused_with_an_estimate_before_it_is_begun(name, step, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1000)
    with pytest.raises(LearnerError, match=rf"{step} .* needs about .* GB of memory, .* are free") as refused:
        make_learner(name, {}).fit(space_of(tree()), bank_of()).classifiers(space_of(tree()))
    assert "closed form" in refused.value.fix
    assert refused.value.value > 1000


def test_nothing_is_refused_where_the_system_does_not_say(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: None)
    memory.require(10**18, "anything")


def test_the_system_says_how_much_is_free():
    free = memory.available()
    assert free is None or 10**6 < free < 10**15
    assert trainer.require is memory.require is pipeline.require
