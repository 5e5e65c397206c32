"""Names and numbers as every picture and table writes them; names come from files and may hold anything."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from kgzsl.errors import cut, one_line
from kgzsl.explain.explanation import Counterfactual
from kgzsl.graph.classgraph import Relation

_NO_XML = re.compile("[\ufffe\uffff\U0001fffe\U0001ffff]")
_NEGATIVE = re.compile(r"(?<![\w.)\]-])-(?=\d)")
_NARROW, _WIDE = frozenset("iljtfrI.,:;|!'()[]{}/\\ "), frozenset("mwMWQOG@%&—…→")
_NARROWEST, _MIDDLE, _UPPER, _WIDEST = 0.36, 0.61, 0.72, 0.98
DIGITS = 3


def clean(text: str) -> str:
    """Return text of any origin as one line without what a terminal or an XML reader would choke on."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", one_line(cut(text)))


def escaped(text: str) -> str:
    """Return text of any origin for XML and HTML, attributes too."""
    return html.escape(clean(text))


def decimals(values: Iterable[float]) -> int:
    """Return how many decimals show three digits of the largest of these values."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return min(max(DIGITS - 1 - math.floor(math.log10(largest)), 0), 9) if largest > 0 else DIGITS


def signed(value: float, places: int | None = None) -> str:
    """Return a value with its sign, as ``+0.412``; what is nothing at this number of places has none."""
    places = decimals([value]) if places is None else places
    said = f"{value:+.{places}f}"
    return said[1:] if said[1:].strip("0.") == "" else said


def nothing(value: float, places: int) -> bool:
    """Say whether a value shows as zero."""
    return signed(value, places).strip("0.") == ""


def minus(text: str) -> str:
    """Return text with its numbers as pictures write them, with a minus as wide as a plus; other hyphens stay."""
    return _NEGATIVE.sub("−", text)


def ended(text: str) -> str:
    """Return text as a sentence: begun with a capital, ended with a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def place(fact: Relation) -> str:
    """Return ``objects.ttl:212``, without the folders; ``derived`` where no file states it."""
    return f"{PurePath(fact.file).name}:{fact.line}" if fact.file else "derived"


def near(file: str) -> str:
    """Return a file as readers find it: from the working directory where it lies below, else its name alone."""
    path = PurePath(file)
    try:
        here = Path.cwd()
    except OSError:  # the working directory may be gone
        return path.name
    if path.is_absolute():
        return str(path.relative_to(here)) if path.is_relative_to(here) else path.name
    return path.name if ".." in path.parts else str(path)


def where(fact: Relation) -> str:
    """Return the place of a fact with its folders, as far as they lie below the working directory."""
    return f"{near(fact.file)}:{fact.line}" if fact.file else "derived"


def shortened(text: str, facts: Iterable[Relation]) -> str:
    """Return a sentence about facts with the files that state them as :func:`near` has them."""
    for file in sorted({fact.file for fact in facts if fact.file}, key=len, reverse=True):
        text = text.replace(f"{file}:", f"{near(file)}:")
    return text


def from_here(text: str) -> str:
    """Return a command or an instruction with files below the working directory named from there, so that it holds."""
    try:
        here = Path.cwd()
    except OSError:
        return text
    start = re.escape(f"{here.as_posix()}/")
    return re.sub(rf"(?<![^\s'\"]){start}", "", text) if here.name else text


def counterfactual(found: Counterfactual) -> str:
    """Return what edits would do, as a sentence with short places."""
    return ended(shortened(found.text, (edit.fact for edit in found.edits)))


def places(facts: Iterable[Relation], most: int = 3) -> str:
    """Return where facts are stated, each place once; ``derived`` for none."""
    found = list(dict.fromkeys(place(fact) for fact in facts))
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more if found else "derived"


def listed(names: Sequence[str]) -> str:
    """Return names as ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def width_of(text: str, size: float) -> float:
    """Return the width of a line in a common sans serif, rather too much than too little."""
    return size * sum(map(_ems, text))


def fitted(text: str, width: float, size: float) -> str:
    """Return the text, cut to a width with an ellipsis where it is longer."""
    if width_of(text, size) <= width:
        return text
    room, kept = width - width_of("…", size), ""
    for letter in text:
        room -= size * _ems(letter)
        if room < 0:
            break
        kept += letter
    return kept.rstrip() + "…"


def wrapped(text: str, width: float, size: float, most: int) -> list[str]:
    """Return the text as at most so many lines of a width; words longer than a line are broken."""
    lines: list[str] = []
    left = text.strip()
    while left and len(lines) < most - 1 and width_of(left, size) > width:
        head = _head(left, width, size)
        lines.append(head.rstrip())
        left = left[len(head) :].lstrip()
    return [*lines, fitted(left, width, size)] if left or not lines else lines


def _head(text: str, width: float, size: float) -> str:
    """Return as much of the text as fits a line, up to a place where it may be broken."""
    room, end, broken = width, 0, 0
    for letter in text:
        room -= size * _ems(letter)
        if room < 0:
            break
        end += 1
        if letter in " -_/":
            broken = end
    return text[: broken if broken > end / 3 else max(end, 1)]


def _ems(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in _NARROW:
        return _NARROWEST
    if letter in _WIDE or unicodedata.east_asian_width(letter) in "WF":
        return _WIDEST
    return _UPPER if letter.isupper() else _MIDDLE
