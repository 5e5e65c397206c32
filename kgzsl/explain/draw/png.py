"""The picture as pixels, drawn by resvg, with a font whether or not the system has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kgzsl.errors import DrawingError
from kgzsl.explain.draw.svg import svg
from kgzsl.explain.explanation import Explanation

ZOOM = 2.0
PROBE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">{}</svg>'
LETTER = '<text x="4" y="16" font-family="sans-serif" font-size="14">n</text>'
BROUGHT = (("matplotlib", "mpl-data/fonts/ttf/DejaVuSans.ttf", "DejaVu Sans"),
           ("reportlab", "fonts/Vera.ttf", "Bitstream Vera Sans"))  # fmt: skip
"""Packages that bring a font: name, its file, its family."""
USUAL = ("Arial", "Liberation Sans", "DejaVu Sans", "Noto Sans", "Helvetica", "Roboto", "Open Sans", "Ubuntu")

Fonts = dict[str, Any]


def png(explanation: Explanation) -> bytes:
    """Return the picture as PNG, twice as fine as the SVG.

    Raises:
        DrawingError: resvg is not installed, or no font is found.
    """
    return bytes(_renderer()(svg_string=svg(explanation), zoom=ZOOM, **fonts()))


@cache
def fonts() -> Fonts:
    """Return resvg's options for the first choice of fonts by which a letter leaves a mark.

    Raises:
        DrawingError: no font is found.
    """
    blank = _renderer()(svg_string=PROBE.format(""))
    for options in _choices():
        if _renderer()(svg_string=PROBE.format(LETTER), **options) != blank:
            return options
    raise DrawingError("no font to write with was found",
                       fix="install one, such as Debian's fonts-dejavu-core, or write .svg or .html")  # fmt: skip


def _choices() -> Iterator[Fonts]:
    """Yield the system's usual families, then fonts that Python packages bring."""
    yield {}
    for family in USUAL:
        yield {"sans_serif_family": family}
    for package, file, family in BROUGHT:
        found = find_spec(package)
        path = Path(found.origin).parent / file if found and found.origin else None
        if path and path.is_file():
            yield {"font_files": [str(path)], "sans_serif_family": family}


def _renderer() -> Callable[..., Any]:
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        fix = "pip install 'kgzsl[draw]', or write .svg or .html"
        raise DrawingError("resvg-py is not installed, which draws .png", fix=fix) from None
    return svg_to_bytes
