"""Terminals: a tree with colours; pipes: plain lines of at most 120 cells."""

import re

from rich.cells import cell_len
from rich.console import Console

from kgzsl.explain.draw.tree import tree
from tests.explain.draw import made
from tests.explain.draw.test_pictures import ALL, evil


def shown(explanation, plain=True, **options):
    import io

    file = io.StringIO()
    Console(file=file, width=120, highlight=False, **options).print(tree(explanation, plain))
    return file.getvalue()


def test_everything_is_there():
    text = shown(made.full())
    for word in (
        "okapi  score 0.4200", "It looks most like gazelle and impala", "residual 3e-08", "bias of layer 1 -0.0040",
        "+0.270 ████████████████ gazelle", "objects.ttl:1256", "attributes that raise it",
        "of okapi, attributes.csv:31",
        "attributes that lower it", "+0.0400 over gerenuk before adjusters",
        "Without objects.ttl:212 (okapi subClassOf giraffe) the answer would be gerenuk.",
        "The split over paths is exact",
    ):  # fmt: skip
        assert word in text, word


def test_a_pipe_gets_plain_text():
    for found in (*ALL.values(), evil()):
        lines = shown(found).splitlines()
        assert not any(re.search("[\x00-\x1f\x7f-\x9f│├└─]", line) for line in lines)
        assert max(map(cell_len, lines)) <= 120


def test_a_terminal_gets_a_tree_with_colours():
    text = shown(made.full(), plain=False, force_terminal=True)
    assert "├── " in text
    assert "\x1b[34m" in text
    assert shown(made.full(), plain=False, force_terminal=True, no_color=True).count("\x1b[34m") == 0
    evils = shown(evil(), plain=False, force_terminal=True)
    assert "\x1b[2J" not in evils
    assert "\\u001b[2J" in evils


def test_nothing_empty_is_shown():
    text = shown(made.explanation(score=0.2, learner="tfvaegan"))
    assert text.splitlines() == [
        "okapi  score 0.2000 before adjusters, learner tfvaegan",
        "  The learner 'tfvaegan' splits the score of okapi into no parts, so that none is named.",
    ]


def test_many_are_summed():
    text = shown(made.star(30))
    assert "24 others" in text
    assert len(text.splitlines()) < 12


def test_attributes_of_both_signs_have_one_scale_and_what_is_left_out_is_counted():
    share = made.full().attributes[0]
    values = (0.08, -0.04, 0.0002, 0.0001, -0.0003)
    text = shown(made.explanation(attributes=[share._replace(value=v, iri=str(v)) for v in values], score=0.1))
    assert "+0.0800 ████████████████ stripes" in text
    assert "-0.0400 ████████         stripes" in text
    assert "2 smaller ones are left out" in text
    assert "1 smaller one is left out" in text


def test_zeros_are_no_rows():
    parts = [made.seen(0.3, "gazelle"), made.seen(0.0, "zebra")]
    ways = [made.path(0.3, "okapi", "gazelle"), made.path(0.0, "okapi", "zebra")]
    assert "zebra" not in shown(made.explanation(parts, ways))


def test_the_splits_of_a_margin_stand_apart():
    text = shown(made.full())
    assert "rather than gerenuk, by seen class (sums to the margin)" in text
    assert "rather than gerenuk, by fact (these overlap)" in text
    assert "okapi scores +0.0400 over gerenuk before adjusters, and +0.0400 over the best other candidate" in text


def test_sums_are_counted():
    total = made.three_paths().by_path
    one = made.explanation([made.seen(0.3, "gazelle")])
    assert "1 seen class sums to 0.3000" in shown(one)
    ways = made.three_paths().paths
    for number, rest, said in (
        (8, 0.0, "8 paths, 3 of them listed, +0.2900 and bias of layer 1 -0.0040 make"),
        (8, 0.01, "the 3 listed +0.2900, the other 5 +0.0100 and bias"),
        (None, 0.01, "the 3 listed +0.2900, all others +0.0100 and bias"),
    ):  # fmt: skip
        text = shown(made.explanation(paths=ways, by_path=total._replace(number=number, rest=rest)))
        assert said in " ".join(text.split()), text
