"""An explanation in the language of Graphviz, for those who lay it out themselves."""

from __future__ import annotations

from kgzsl.explain.draw.sentence import sentence
from kgzsl.explain.draw.text import clean, decimals, minus, places, signed
from kgzsl.explain.draw.union import ANSWER, FEET, OUTSIDE, Edge, Key, Union, union
from kgzsl.explain.explanation import Explanation

BLUE, ORANGE, THICKEST = "#0072b2", "#d55e00", 8.0


def dot(explanation: Explanation) -> str:
    """Return the same graph as the picture: an edge for what raises and one for what lowers."""
    made = union(explanation)
    lines = [f"label={_quoted(f'{explanation.label}: {sentence(explanation)}')}; labelloc=t; rankdir=TB",
             'node [shape=box, style=rounded, fontname="sans-serif"]',
             'edge [dir=none, fontsize=10, fontname="sans-serif"]']  # fmt: skip
    lines += _graph(made) if made else [f"answer [label={_quoted(explanation.label)}]"]
    return "digraph explanation {\n" + "".join(f"  {line};\n" for line in lines) + "}\n"


def _graph(made: Union) -> list[str]:
    names = {key: f"n{k}" for k, key in enumerate(made.nodes)}
    fine = decimals(node.value for node in made.nodes.values())
    lines = []
    for key, node in made.nodes.items():
        value = f"\n{signed(node.value, fine)}" if key[1] in FEET else ""
        value = f"\nscore {node.value:.{fine}f}" if key[1] == ANSWER else value
        style = ', style="rounded,dashed"' if key[1] in OUTSIDE else ""
        tip = _quoted(key[0] or node.tip or node.label)
        lines.append(f"{names[key]} [label={_quoted(node.label, minus(value))}, tooltip={tip}{style}]")
    heaviest = max(max(edge.plus, -edge.minus) for edge in made.edges.values()) or 1.0
    for edge in made.edges.values():
        lines += [_edge(edge, names, value, fine, heaviest) for value in (edge.plus, edge.minus) if value]
    foot = "; ".join(names[key] for key in made.nodes if key[1] in FEET)
    return [*lines, f"{{ rank=sink; {foot} }}"]


def _edge(edge: Edge, names: dict[Key, str], value: float, fine: int, heaviest: float) -> str:
    relation = " / ".join(edge.relations)
    said = f"{relation} ({places(edge.facts)})" if edge.facts else ""
    colour = BLUE if value > 0 else ORANGE
    style = "dashed" if edge.relations and not edge.facts else "solid"
    width = max(abs(value) / heaviest * THICKEST, 0.5)
    said_value = minus(signed(value, fine))
    tip = f"{relation}: {said_value}" if relation else said_value
    return (f'{names[edge.source]} -> {names[edge.target]} [color="{colour}", penwidth={width:.2f}, style={style}, '
            f"label={_quoted(said)}, tooltip={_quoted(tip)}]")  # fmt: skip


def _quoted(text: str, more: str = "") -> str:
    """Return a string of the language; ``more`` is what the program itself says and may break lines."""
    kept = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{kept}{more.replace(chr(10), chr(92) + "n")}"'
