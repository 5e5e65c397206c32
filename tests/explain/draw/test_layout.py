"""Geometry: no box covers another, everything is inside, and edges lead down without crossing boxes."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.explain.draw.layout import Box, crossings, layout


@st.composite
def worlds(draw):
    depth = draw(st.integers(1, 5))
    layers = {"top": 0}
    for k in range(draw(st.integers(1, 16))):
        layers[f"n{k}"] = draw(st.integers(1, depth))
    sizes = {key: (draw(st.floats(20, 160)), draw(st.floats(20, 80))) for key in layers}
    edges = {}
    for key, layer in layers.items():
        above = [other for other, at in layers.items() if at < layer]
        for other in draw(st.lists(st.sampled_from(above), max_size=3, unique=True)) if above else []:
            edges[other, key] = draw(st.floats(1, 14))
    return sizes, layers, edges


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_boxes_never_overlap_and_all_is_inside(world):
    sizes, layers, edges = world
    found = layout(sizes, layers, edges)
    assert set(found.boxes) == set(sizes)
    for one, other in combinations(found.boxes.values(), 2):
        assert not one.overlaps(other)
    for key, box in found.boxes.items():
        assert box.width == pytest.approx(sizes[key][0])
        assert box.height >= sizes[key][1]
        assert box.x >= -1e-6
        assert box.y >= 0
        assert box.x + box.width <= found.width + 1e-6
        assert box.y + box.height <= found.height + 1e-6
    for one, other in combinations(sizes, 2):
        if layers[one] < layers[other]:
            assert found.boxes[one].y + found.boxes[one].height < found.boxes[other].y


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_edges_lead_down_from_box_to_box_and_pass_none(world):
    sizes, layers, edges = world
    found = layout(sizes, layers, edges)
    assert set(found.routes) == set(edges)
    for (source, target), route in found.routes.items():
        above, below = found.boxes[source], found.boxes[target]
        assert above.x <= route[0][0] <= above.x + above.width
        assert below.x <= route[-1][0] <= below.x + below.width
        assert route[0][1] == pytest.approx(above.y + above.height)
        assert route[-1][1] == pytest.approx(below.y)
        assert all(a[1] <= b[1] for a, b in pairwise(route))
        for x, y in route[1:-1]:
            assert not any(box.overlaps(Box(x, y, 0, 0)) for box in found.boxes.values())


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_the_same_is_laid_out_the_same(world):
    assert layout(*world) == layout(*world)


def test_crossings_that_can_be_avoided_are():
    edges = {("top", "a"): 1, ("top", "b"): 1, ("a", "y"): 1, ("b", "x"): 1}
    layers = {"top": 0, "a": 1, "b": 1, "x": 2, "y": 2}
    below = {"top": ["a", "b"], "a": ["y"], "b": ["x"]}
    assert crossings([["top"], ["a", "b"], ["x", "y"]], below) == 1
    found = layout(dict.fromkeys(layers, (50, 20)), layers, edges)
    rows = [sorted((key for key in layers if layers[key] == k), key=lambda key: found.boxes[key].x) for k in range(3)]
    assert crossings(rows, below) == 0


def test_one_box_alone():
    found = layout({"top": (50, 20)}, {"top": 0}, {})
    assert found.boxes == {"top": Box(0, 0, 50, 20)}
    assert (found.width, found.height) == (50, 20)
