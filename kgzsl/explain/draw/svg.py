"""An explanation as a picture: the answer on top, what carries its score below, seen classes or other ends at the foot.

Width is contribution, colour is sign: blue raises, orange lowers, which people with any common colour blindness tell
apart. A dashed line is a step that no file states. Where a step is stated stands beside it where there is room, and in
the tooltip always.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from kgzsl.explain.draw.captions import Caption, captions
from kgzsl.explain.draw.layout import PORT, Box, Layout, layout
from kgzsl.explain.draw.sentence import sentence
from kgzsl.explain.draw.text import (
    clean,
    counterfactual,
    decimals,
    ended,
    escaped,
    fitted,
    minus,
    signed,
    where,
    width_of,
    wrapped,
)  # fmt: skip
from kgzsl.explain.draw.union import ANSWER, FEET, OUTSIDE, Edge, Node, Union, union
from kgzsl.explain.explanation import Explanation

FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
SIZE, SMALL, HEAD = 13.0, 11.0, 20.0
WIDEST_BOX, NARROWEST_BOX, PAD = 136.0, 64.0, 9.0
THICKEST, THINNEST = 14.0, 1.2
MARGIN, LINE, LEAST, BELOW = 28.0, 17.0, 640.0, 18.0
STYLE = """
.kgzsl-svg text { font-family: FONT; font-size: 13px; fill: #1f2933; }
.kgzsl-svg .paper { fill: #ffffff; }
.kgzsl-svg .head { font-size: 20px; font-weight: bold; }
.kgzsl-svg .small { font-size: 11px; fill: #52606d; }
.kgzsl-svg .box { fill: #f5f7fa; stroke: #9aa5b1; stroke-width: 1; }
.kgzsl-svg .answer { fill: #1f2933; stroke: #1f2933; }
.kgzsl-svg .on-answer { fill: #ffffff; font-weight: bold; }
.kgzsl-svg .end { fill: #ffffff; stroke: #52606d; }
.kgzsl-svg .rest, .kgzsl-svg .base { fill: none; stroke: #9aa5b1; stroke-dasharray: 3 3; }
.kgzsl-svg .plus { stroke: #0072b2; }
.kgzsl-svg .minus { stroke: #d55e00; }
.kgzsl-svg .edge { fill: none; stroke-opacity: 0.8; }
.kgzsl-svg .rest-edge { fill: none; stroke-opacity: 0.35; }
.kgzsl-svg .wedge { fill: #9aa5b1; }
.kgzsl-svg .derived { stroke-dasharray: 7 5; }
.kgzsl-svg .raises { fill: #00588a; font-weight: bold; }
.kgzsl-svg .lowers { fill: #a84300; font-weight: bold; }
.kgzsl-svg .behind { fill: #ffffff; fill-opacity: 0.8; }
""".replace("FONT", FONT)


class Sheet(NamedTuple):
    """What is drawn, where, and the numbers of decimals and of pixels for a unit of score."""

    union: Union
    layout: Layout
    lines: dict[Hashable, list[str]]
    places: int
    scale: float


def svg(explanation: Explanation, bare: bool = False) -> str:
    """Return the picture as SVG: no script, nothing from elsewhere, names escaped; ``bare`` without texts around it."""
    made = union(explanation)
    if bare and made is None:
        return ""
    sheet = _sheet(made) if made else None
    width = max(LEAST, (sheet.layout.width if sheet else 0) + 2 * MARGIN)
    head, top = ([], MARGIN / 2) if bare else _head(explanation, width)
    body, foot = [], top
    if sheet and made:
        shift = (width - sheet.layout.width) / 2
        body = [f'<g transform="translate({shift:.1f} {top:.1f})">', *_body(sheet), "</g>"]
        foot += sheet.layout.height + BELOW
        body.append(f'<text class="small" text-anchor="middle" x="{width / 2:.1f}" y="{foot - 3:.1f}">'
                    f"{escaped(made.ends)}</text>")  # fmt: skip
    legend, foot = _legend(_told(explanation, bare), sheet, width, foot + 24)
    title = escaped(f"{explanation.label}: {sentence(explanation)}")
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kgzsl-svg" role="img" aria-label="{title}" '
        f'width="{width:.0f}" height="{foot:.0f}" viewBox="0 0 {width:.0f} {foot:.0f}">',
        f"<title>{title}</title>", f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{foot:.0f}"/>', *head, *body, *legend, "</svg>\n",
    ])  # fmt: skip


def _sheet(made: Union) -> Sheet:
    places = decimals(node.value for node in made.nodes.values())
    lines: dict[Hashable, list[str]] = {
        key: wrapped(clean(node.label), WIDEST_BOX - 2 * PAD, SIZE, 3) for key, node in made.nodes.items()
    }
    kept = [edge for edge in made.edges.values() if edge.target[1] not in OUTSIDE] or list(made.edges.values())
    heaviest = max((edge.plus - edge.minus for edge in kept), default=0.0)
    scale = THICKEST / heaviest if heaviest > 0 else 0.0
    thick: dict[tuple[Hashable, Hashable], float] = {
        way: sum(width for *_, width in _strands(edge, scale)) for way, edge in made.edges.items()
    }
    sizes: dict[Hashable, tuple[float, float]] = {
        key: _size(node, lines[key], places, thick) for key, node in made.nodes.items()
    }
    layers: dict[Hashable, int] = {key: layer for key, layer in made.layers.items()}  # noqa: C416
    return Sheet(made, layout(sizes, layers, thick), lines, places, scale)


def _strands(edge: Edge, scale: float) -> list[tuple[float, str, float]]:
    """Return value, sign and width of what raises and of what lowers; what is not drawn one by one is one strand."""
    rest = edge.target[1] in OUTSIDE
    both = [(edge.plus, "plus"), (edge.minus, "minus")]
    values = [(edge.value, "plus" if edge.value > 0 else "minus")] if rest else both
    return [(v, word, min(max(abs(v) * scale, THINNEST), THICKEST)) for v, word in values if v or rest]


def _size(
    node: Node, lines: list[str], places: int, thick: dict[tuple[Hashable, Hashable], float]
) -> tuple[float, float]:
    below = _below(node, places)
    said = [width_of(line, SIZE) for line in lines] + [width_of(text, SMALL) for text in below]
    wide = max(said) * (1.08 if node.key[1] == ANSWER else 1.0) + 2 * PAD  # the answer is bold
    ports = [sum(w + PORT for way, w in thick.items() if way[side] == node.key) for side in (0, 1)]
    return max(NARROWEST_BOX, wide, min(max(ports), WIDEST_BOX)), LINE * (len(lines) + len(below)) + 2 * PAD - 4


def _below(node: Node, places: int) -> list[str]:
    """Return the lines under a label: what ends here, and all of it where that is more."""
    if node.key[1] == ANSWER:
        return [minus(f"score {node.value:.{places}f}")]
    if node.key[1] not in FEET:
        return []
    said = [signed(node.value, places)]
    if node.whole is not None and signed(node.whole, places) != said[0]:
        said.append(f"of {signed(node.whole, places)} in all")
    return [minus(text) for text in said]


def _head(e: Explanation, width: float) -> tuple[list[str], float]:
    """Return title and sentence, and where they end."""
    name = fitted(clean(f"{e.label} ({e.id})" if e.id != e.label else e.label), (width - 2 * MARGIN) * 0.92, HEAD)
    lines, y = [f'<text class="head" x="{MARGIN}" y="{MARGIN + 14}">{escaped(name)}</text>'], MARGIN + 14.0
    for line in wrapped(clean(sentence(e)), width - 2 * MARGIN, SIZE, 4):
        y += LINE + 3
        lines.append(f'<text x="{MARGIN}" y="{y:.1f}">{escaped(line)}</text>')
    return lines, y + 26


def _body(sheet: Sheet) -> Iterator[str]:
    edges = sorted(sheet.union.edges.values(), key=lambda edge: -abs(edge.value))
    for edge in edges:
        yield from _edge(sheet, edge)
    for caption in captions(sheet.layout, edges, SMALL):
        yield from _caption(caption)
    for key, node in sheet.union.nodes.items():
        yield from _node(sheet, node, sheet.layout.boxes[key])


def _edge(sheet: Sheet, edge: Edge) -> Iterator[str]:
    """Yield one strand for what raises and one for what lowers, side by side."""
    route = sheet.layout.routes[edge.source, edge.target]
    rest = edge.target[1] in OUTSIDE
    word = "rest-edge" if rest else "edge derived" if edge.relations and not edge.facts else "edge"
    strands = _strands(edge, sheet.scale)
    at = -sum(width for *_, width in strands) / 2
    for value, sign, thick in strands:
        shift, at = at + thick / 2, at + thick
        tip = _tip(sheet.union, edge, minus(signed(value, sheet.places)))
        yield (f'<path class="{word} {sign}" stroke-width="{thick:.1f}" d="{_curve(route, shift)}">'
               f"<title>{escaped(tip)}</title></path>")  # fmt: skip


def _tip(made: Union, edge: Edge, value: str) -> str:
    source, target = made.nodes[edge.source].label, made.nodes[edge.target].label
    relation = " / ".join(edge.relations)
    stated = "; ".join(map(where, edge.facts))
    way = f"{source} –{relation}→ {target}" if relation else f"{source} → {target}"
    return f"{way}: {value}" + (f" ({stated})" if stated else "")


def _curve(route: tuple[tuple[float, float], ...], shift: float) -> str:
    """Return a path that leaves and arrives upright, straight where it passes a layer."""
    points = [(x + shift, y) for x, y in route]
    said = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (y + to_y) / 2
        said += f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}"
    return said


def _caption(caption: Caption) -> Iterator[str]:
    box = caption.box
    yield (f'<rect class="behind" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
           'rx="3"/>')  # fmt: skip
    for k, line in enumerate(caption.lines):
        yield (f'<text class="small" text-anchor="middle" x="{box.middle:.1f}" y="{box.y + 11 + 13 * k:.1f}">'
               f"{escaped(line)}</text>")  # fmt: skip


def _node(sheet: Sheet, node: Node, box: Box) -> Iterator[str]:
    role = node.key[1].split()[0]
    tip = f"{node.label} ({node.key[0]})" if node.key[0] else minus(node.tip) or node.label
    yield f"<g><title>{escaped(tip)}</title>"
    yield (f'<rect class="box {role}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
           f'height="{box.height:.1f}" rx="6"/>')  # fmt: skip
    lines = [(line, "on-answer" if role == ANSWER else "") for line in sheet.lines[node.key]]
    sign = "raises" if node.value > 0 else "lowers"
    below = [(line, "small on-answer" if role == ANSWER else f"small {sign}" if k == 0 else "small")
             for k, line in enumerate(_below(node, sheet.places))]  # fmt: skip
    for k, (line, word) in enumerate(lines + below):
        y = box.y + PAD + 9.5 + LINE * k
        yield f'<text class="{word}" text-anchor="middle" x="{box.middle:.1f}" y="{y:.1f}">{escaped(line)}</text>'
    yield "</g>"


def _told(e: Explanation, bare: bool) -> list[str]:
    """Return what is said below: edits that would change the answer, or why there is nothing to draw."""
    said = [minus(counterfactual(c)) for c in e.counterfactuals if c.changed][:2]
    drawn = bool(e.paths or e.contributions or e.attributes)
    return [] if bare else said if drawn else [*e.notes, *said]


def _legend(said: Sequence[str], sheet: Sheet | None, width: float, y: float) -> tuple[list[str], float]:
    """Return what colours and lines mean and what is said below, and where they end."""
    lines, x = [], MARGIN
    for word, text in _signs(sheet):
        shape = f"M{x:.1f} {y:.1f}h26" if word else f"M{x:.1f} {y - 1:.1f}v2l26 5v-12z"
        lines += [f'<path class="{f"edge {word}" if word else "wedge"}" stroke-width="5" d="{shape}"/>',
                  f'<text class="small" x="{x + 33:.1f}" y="{y + 4:.1f}">{escaped(text)}</text>']  # fmt: skip
        x += 33 + width_of(text, SMALL) + 22
    y += 12 if x > MARGIN else -16
    for text in said:
        for line in wrapped(clean(ended(text)), width - 2 * MARGIN, SIZE, 3):
            y += LINE + 2
            lines.append(f'<text x="{MARGIN}" y="{y:.1f}">{escaped(line)}</text>')
    return lines, y + MARGIN * 0.8


def _signs(sheet: Sheet | None) -> list[tuple[str, str]]:
    edges = list(sheet.union.edges.values()) if sheet else []
    found = [("plus", "raises the score")] if any(edge.plus for edge in edges) else []
    lowers = "lowers it" if found else "lowers the score"
    found += [("minus", lowers)] if any(edge.minus for edge in edges) else []
    derived = any(edge.relations and not edge.facts for edge in edges)
    found += [("plus derived", "derived: no file states it")] if derived else []
    method = f" ({sheet.union.method})" if sheet and sheet.union.method else ""
    return [*found, ("", f"width: how much; over {sheet.union.over}{method}")] if sheet and found else []
