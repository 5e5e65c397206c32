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
