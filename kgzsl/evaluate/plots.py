"""Plots as inline SVG: lines, bars, and nothing from elsewhere. Names are escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgzsl.explain.draw.text import escaped, fitted, width_of

WIDTH, HEIGHT, LEFT, BELOW, TOP, RIGHT = 640.0, 320.0, 56.0, 44.0, 16.0, 150.0
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#555555")
"""Of Okabe and Ito 2008: people with any common colour blindness tell them apart."""
SIZE, ROW, NAMES = 12.0, 20.0, 190.0
MOST = 150
"""Bars that are drawn one by one with their names."""


@dataclass(frozen=True)
class Line:
    """Points that are joined, in order; ``marks`` are shown as dots."""

    name: str
    points: tuple[tuple[float, float], ...]
    marks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Bar:
    """A bar: its name, length, what is written beside it, and the group that gives its colour."""

    name: str
    value: float
    said: str
    group: int = 0


def lines(title: str, across: str, up: str, drawn: Sequence[Line], diagonal: bool = False) -> str:
    """Return lines over the unit square.

    Args:
        title: what it shows, for those who cannot see it.
        across: what the axis across says.
        up: what the upright axis says.
        drawn: what is drawn.
        diagonal: whether to draw where both are equal.
    """
    body = [*_frame(across, up)]
    if diagonal:
        body.append(f'<path class="soft" d="{_path([(0, 0), (1, 1)])}"/>')
    for k, line in enumerate(drawn):
        colour = COLOURS[k % len(COLOURS)]
        if line.points:
            body.append(f'<path fill="none" stroke="{colour}" stroke-width="2" d="{_path(line.points)}"/>')
        body += [f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="3.5" fill="{colour}"/>' for x, y in line.marks]
        body += _legend(k, line.name, colour)
    return _svg(title, WIDTH, max(HEIGHT, TOP + 18 * len(drawn) + BELOW), body)


def bars(title: str, drawn: Sequence[Bar], groups: Sequence[str] = (), full: float | None = None) -> str:
    """Return bars across, one below the other; many are thin and without names.

    Args:
        title: what it shows, for those who cannot see it.
        drawn: what is drawn.
        groups: names of colours; none with fewer than two.
        full: length of the longest bar that could be; of the longest that is there by default.
    """
    full = full or max((bar.value for bar in drawn), default=0.0) or 1.0
    named = len(drawn) <= MOST
    height = ROW if named else max(2.0, 900.0 / max(len(drawn), 1))
    start = 24.0 if len(groups) > 1 else 6.0
    body = list(_groups(groups)) if len(groups) > 1 else []
    for k, bar in enumerate(drawn):
        body += _bar(bar, start + k * height, height, full, named)
    return _svg(title, WIDTH, start + height * len(drawn) + 6, body)


def _bar(bar: Bar, y: float, height: float, full: float, named: bool) -> Iterator[str]:
    left = NAMES if named else 10.0
    long = max(0.0, min(1.0, bar.value / full)) * (WIDTH - left - 90)
    colour = COLOURS[bar.group % len(COLOURS)]
    tip = escaped(f"{bar.name}: {bar.said}")
    if named:
        name = escaped(fitted(bar.name, NAMES - 12, SIZE))
        yield f'<text x="{NAMES - 8:.0f}" y="{y + 14:.1f}" text-anchor="end">{name}</text>'
        yield f'<text class="small" x="{left + long + 6:.1f}" y="{y + 14:.1f}">{escaped(bar.said)}</text>'
    thick = height - (4 if named else 0.4)
    yield (f'<rect x="{left:.1f}" y="{y + (2 if named else 0):.2f}" width="{max(long, 0.5):.1f}" '
           f'height="{thick:.2f}" fill="{colour}"><title>{tip}</title></rect>')  # fmt: skip


def _groups(names: Sequence[str]) -> Iterator[str]:
    x = 10.0
    for k, name in enumerate(names):
        yield f'<rect x="{x:.1f}" y="4" width="10" height="10" fill="{COLOURS[k % len(COLOURS)]}"/>'
        yield f'<text class="small" x="{x + 14:.1f}" y="13">{escaped(name)}</text>'
        x += 30 + width_of(name, SIZE)


def _frame(across: str, up: str) -> Iterator[str]:
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield f'<path class="grid" d="{_path([(tick, 0), (tick, 1)])}"/>'
        yield f'<path class="grid" d="{_path([(0, tick), (1, tick)])}"/>'
        yield f'<text class="small" x="{_x(tick):.1f}" y="{_y(0) + 16:.1f}" text-anchor="middle">{tick:g}</text>'
        yield f'<text class="small" x="{LEFT - 6}" y="{_y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
    yield f'<text x="{_x(0.5):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{escaped(across)}</text>'
    yield f'<text transform="translate(14 {_y(0.5):.1f}) rotate(-90)" text-anchor="middle">{escaped(up)}</text>'


def _legend(k: int, name: str, colour: str) -> Iterator[str]:
    x, y = WIDTH - RIGHT + 14, TOP + 10 + 18 * k
    yield f'<rect x="{x:.1f}" y="{y - 8:.1f}" width="12" height="4" fill="{colour}"/>'
    yield f'<text class="small" x="{x + 17:.1f}" y="{y:.1f}">{escaped(fitted(name, RIGHT - 34, SIZE))}</text>'


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_x(x):.1f} {_y(y):.1f}" for x, y in points)


def _x(value: float) -> float:
    return LEFT + value * (WIDTH - LEFT - RIGHT)


def _y(value: float) -> float:
    return HEIGHT - BELOW - value * (HEIGHT - TOP - BELOW)


def _svg(title: str, width: float, height: float, body: Sequence[str]) -> str:
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" aria-label="{escaped(title)}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">')  # fmt: skip
    return "\n".join([head, f"<title>{escaped(title)}</title>", *body, "</svg>"])
