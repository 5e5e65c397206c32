"""The graph of a picture: nothing of the score is lost in it, and it stays small."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.explain.draw.union import ANSWER, BASE, END, REST, union
from kgzsl.explain.explanation import GRADIENTS
from tests.explain.draw import made


def foot(found):
    return sum(node.value for node in found.nodes.values() if node.key[1] in (END, REST, BASE))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(5, 20), st.integers(0, 5), st.integers(0, 1000), st.integers(3, 30))
def test_the_foot_sums_to_all_paths_and_layers_go_down(number, nodes, depth, seed, most):
    given_ = made.many(min(number, 12), nodes, min(depth, 4), seed)
    found = union(given_, most=most)
    assert foot(found) == pytest.approx(given_.by_path.sum, abs=0.006)  # a bias that shows as zero has no foot
    assert len(found.nodes) <= most
    assert set(found.layers) == set(found.nodes)
    for (source, target), edge in found.edges.items():
        assert found.layers[source] < found.layers[target]
        assert edge.plus >= 0 >= edge.minus
    deepest = max(found.layers.values())
    assert all(found.layers[key] == deepest for key in found.nodes if key[1] in (END, REST, BASE))
    into = {}
    for (_, target), edge in found.edges.items():
        into[target] = into.get(target, 0) + edge.value
    for key, node in found.nodes.items():
        if key[1] in (END, REST, BASE):
            assert into[key] == pytest.approx(node.value)


def test_what_has_no_room_is_one_node():
    found = union(made.star(30))
    assert len([key for key in found.nodes if key[1] == END]) == 8
    assert found.nodes["", REST].label == "… 22 others"
    assert foot(found) == pytest.approx(made.star(30).score)


def test_walks_that_come_back_are_drawn_without_circles():
    ways = [made.path(0.3, "okapi", "giraffe", "okapi", "zebra"), made.path(0.2, "okapi", "b", "a", "x"),
            made.path(0.1, "okapi", "a", "b", "y"), made.path(0.1, "okapi")]  # fmt: skip
    found = union(made.explanation(paths=ways))
    labels = [node.label for node in found.nodes.values()]
    assert labels.count("okapi") == 2
    assert "okapi itself" in labels
    assert labels.count("a") == labels.count("b") == 2
    assert all(found.layers[a] < found.layers[b] for a, b in found.edges)


def test_both_signs_of_a_step_are_kept_apart():
    ways = [made.path(0.3, "okapi", "giraffe", "zebra"), made.path(-0.2, "okapi", "giraffe", "gazelle")]
    found = union(made.explanation(paths=ways))
    edge = found.edges[(made.BASE + "okapi", ANSWER), (made.BASE + "giraffe", "inner")]
    assert (edge.plus, edge.minus) == (pytest.approx(0.3), pytest.approx(-0.2))
    assert [fact.relation for fact in edge.facts] == ["subClassOf"]


def test_the_exact_split_is_drawn():
    full = made.full()
    assert union(full).over == "paths"
    guessed = made.explanation(full.contributions, full.paths, by_path=full.by_path._replace(method=GRADIENTS))
    assert (union(guessed).over, union(guessed).method) == ("seen classes", "exact")
    assert union(made.explanation(paths=full.paths, by_path=guessed.by_path)).method == GRADIENTS
    only = made.explanation(attributes=full.attributes, score=0.1)
    assert union(only).over == "attributes"
    assert union(made.explanation(score=0.1)) is None
