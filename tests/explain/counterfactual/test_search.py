"""The smallest sets of edits: held against brute force, on worlds and on tables of gains."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kgzsl.explain.counterfactual.near import considered
from kgzsl.explain.counterfactual.search import Goal, margins, smallest
from kgzsl.explain.counterfactual.trials import FEW, WITH, WITHOUT, Trials, answer, propagated, rescored
from kgzsl.explain.explanation import Edit
from kgzsl.graph.classgraph import SUBCLASS, Relation
from tests.explain.counterfactual.zoo import drawn, inputs
from tests.learners.worlds import worlds

FACTS = 7
TIE = 1e-5


class Table:
    """Stands in for trials: the margin of the first of two classes falls with what the edits weigh together."""

    def __init__(self, weigh, most=10_000):
        self.weigh, self.most, self.made = weigh, most, 0
        self.before = np.array([[1.0, 0.0]])
        self.spent = ""

    def start(self):
        """Time is no matter here."""

    def scores(self, edits):
        if self.made >= self.most:
            self.spent = f"{self.made} propagations"
            return None
        self.made += 1
        return np.array([[1.0 - self.weigh(edits), 0.0]])


def edits(n):
    return [Edit(WITHOUT, Relation(f"c{k}", SUBCLASS, "top")) for k in range(n)]


def by_sum(weights):
    return lambda found: sum(weights[int(edit.fact.source[1:])] for edit in found)


@given(st.lists(st.floats(0.01, 0.9), min_size=1, max_size=8), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_what_adds_up_is_found_in_the_smallest_number(weights, most):
    found = smallest(Table(by_sum(weights)), Goal(0, False), edits(len(weights)), most)
    needed = next((k for k in range(1, len(weights) + 1) if sum(sorted(weights)[-k:]) > 1 + 1e-9), None)
    if needed is not None and needed <= 5:
        assert found.reached
        assert {len(one) for one in found.sets} == {needed}
        assert 1 <= len(found.sets) <= most
        assert all(by_sum(weights)(one) > 1 for one in found.sets)
    elif needed is None and abs(sum(weights) - 1) > 1e-9:
        assert not found.reached
        assert len(found.sets) == 1
    assert found.complete <= 2


def test_a_larger_set_holds_nothing_that_is_not_needed():
    """The beam reaches the goal with a fact too many: the third helps only where the first two are not needed."""
    trio = frozenset(edits(5)[2:])

    def weigh(found):
        return 2.0 if trio <= found else 0.3 * len(found & frozenset(edits(2))) + 0.01 * len(found)

    found = smallest(Table(weigh), Goal(0, False), edits(5), 3)
    assert found.reached
    assert set(found.sets[0]) == trio


def test_a_budget_stops_it_and_says_so():
    found = smallest(Table(by_sum([0.1] * 6), most=8), Goal(0, False), edits(6), 2)
    assert not found.reached
    assert found.spent == "8 propagations"
    assert found.complete == 1
    assert len(found.sets[0]) == 2, "the best so far is kept"
    assert smallest(Table(by_sum([0.1] * 6), most=3), Goal(0, False), edits(6), 2).complete == 0


def test_edits_that_do_nothing_are_no_counterfactual():
    table = Table(lambda found: 0.0)
    found = smallest(table, Goal(0, False), edits(6), 2)
    assert (found.sets, found.reached) == ((), False)
    assert table.made == 6, "where none bears, none is paired"
    assert smallest(Table(lambda found: 0.0), Goal(0, False), [], 2).sets == ()


@given(worlds(), st.integers(0, 5), st.booleans())
@settings(max_examples=25, deadline=None)
def test_the_set_found_is_the_smallest_by_brute_force(world, seed, wins):
    setting = drawn(world)
    x = inputs(setting, 1, seed)
    order = np.argsort(-setting.scores(x)[0], kind="stable")
    iri = setting.candidates[order[1 if wins else 0]]
    goal = Goal(setting.candidates.index(iri), wins)
    facts = considered(setting, (), (iri, setting.candidates[order[0 if wins else 1]]), FACTS)
    found = smallest(Trials(setting, x, 500, 60.0), goal, [Edit(WITHOUT, f) for f in facts], 100)
    tried = ([c for c in combinations(facts, size) if _reaches(setting, x, goal, c)] for size in (1, 2))
    reaching = next((sets for sets in tried if sets), [])
    if reaching:
        assert found.reached
        assert {frozenset(e.fact for e in one) for one in found.sets} == set(map(frozenset, reaching))
    elif found.reached:
        assert len(found.sets[0]) > 2
    for one in found.sets if found.reached else ():
        assert _reaches(setting, x, goal, [e.fact for e in one])


def _reaches(setting, x, goal, facts):
    """From scratch: another space, and a propagation that knows nothing of the one before."""
    bank = setting.learner.propagate(setting.space.edited(facts, ())).bank
    scores = bank.scores(x, bank.rows(setting.candidates))[0]
    ahead = float(scores[goal.place] - np.delete(scores, goal.place).max())
    assume(abs(ahead) > TIE)  # classes of one description tie, and rounding alone decides between them
    return (ahead > 0) == goal.wins


@pytest.mark.parametrize("learner", ["kernel", "absorb", "conse", "sgc"])
@given(world=worlds(), data=st.data())
@settings(max_examples=8, deadline=None)
def test_rescoring_what_changed_is_scoring_all(learner, world, data):
    setting = drawn(world, learner)
    relations = setting.graph.relations
    gone = data.draw(st.lists(st.sampled_from(relations), max_size=3, unique=True))
    names = st.sampled_from(setting.candidates)
    come = [Relation(a, SUBCLASS, b) for a, b in data.draw(st.lists(st.tuples(names, names), max_size=2)) if a > b]
    come = [fact for fact in come if fact[:3] not in {edge[:3] for edge in relations}]
    made = [Edit(WITHOUT, fact) for fact in gone] + [Edit(WITH, fact) for fact in dict.fromkeys(come)]
    for n in (1, FEW + 3):
        X = inputs(setting, n)
        found = rescored(setting, X, setting.scores(X), made)
        assert np.allclose(found, setting.scores(X, None, propagated(setting, made)), atol=1e-5)
        assert answer(setting, made, found[0]) == setting.candidates[int(found[0].argmax())]


def test_each_set_is_propagated_once():
    from tests.learners.worlds import tree

    setting = drawn(tree(12))
    trials = Trials(setting, inputs(setting, 1), 3, 60.0)
    first, second, third, fourth = (frozenset([Edit(WITHOUT, fact)]) for fact in setting.graph.relations[:4])
    assert trials.scores(first) is trials.scores(first)
    assert trials.scores(frozenset()) is trials.before
    assert trials.scores(second) is not None
    assert trials.scores(third) is not None
    assert trials.made == 3
    assert trials.scores(fourth) is None
    assert trials.scores(second) is not None, "what is known costs nothing"
    assert trials.spent == "3 propagations"
    early = Trials(setting, inputs(setting, 1), 3, 0.0)
    assert early.spent == "", "its clock does not run yet"
    early.start()
    assert early.spent == "0 seconds"


def test_margins_are_over_the_best_other():
    scores = np.array([[3.0, 1.0, 2.0], [3.0, 1.0, 2.0]])
    assert np.allclose(margins(scores, np.array([0, 1])), [1.0, -2.0])
    assert margins(np.array([[1.0]]), np.array([0]))[0] == np.inf
