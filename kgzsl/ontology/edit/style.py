"""The habits of a Turtle file: what its authors call labels, how they lay out a block, how they make ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.syntax import Statement, Turtle
from kgzsl.ontology.edit.turtle_cuts import heading
from kgzsl.ontology.model import Literal

T = TypeVar("T")
_DESCRIBED = v.CONCEPT_TYPES
_ORDER = (v.TYPE, *sorted(v.LABELS), *sorted(v.SYNONYMS), *v.GLOSSES, *sorted(v.PARENTS))


class Said(NamedTuple):
    """A predicate with texts, and the language that its texts are in."""

    predicate: str
    language: str | None

    def literal(self, value: str) -> Literal:
        """Return a text as this file tags it."""
        return Literal(value, v.RDF + "langString", self.language) if self.language else Literal(value)


class Style(NamedTuple):
    """How a file writes a class; ``form`` is ``lines``, ``line`` (one a block) or ``flat`` (one a fact).

    ``heading`` is what stands before the IRI in comments above blocks, where the file has them.
    """

    newline: str = "\n"
    form: str = "lines"
    indent: str = "    "
    first: str = " "
    semicolon: str = " ;"
    dot: str = " ."
    gap: str = "\n\n"
    heading: str = ""
    lists: bool = True
    word: str = "a"
    kind: str = v.OWL + "Class"
    label: Said = Said(v.LABEL, None)
    synonym: Said = Said(v.ALT_LABEL, None)
    gloss: Said = Said(v.DEFINITION, None)
    parent: str = v.SUBCLASS
    order: tuple[str, ...] = _ORDER

    @property
    def glue(self) -> str:
        """What stands between a semicolon and the next predicate."""
        return self.newline + self.indent if self.form == "lines" else " "

    def rank(self, predicate: str) -> int:
        """Where in a block a predicate stands; attributes and relations come last."""
        return self.order.index(predicate) if predicate in self.order else len(self.order)


def style_of(turtle: Turtle) -> Style:
    """Return what is most common among the classes of a file; where it has none, the style of this project."""
    blocks = [s for s in turtle.statements if any(o.term in _DESCRIBED for p in s.pairs for o in p.objects)]
    described = {statement.subject.term for statement in blocks}
    about = [statement for statement in turtle.statements if statement.subject.term in described]
    newline = "\r\n" if turtle.text.count("\r\n") * 2 > turtle.text.count("\n") else "\n"
    style = Style(newline, gap=2 * newline, **_words(turtle, about))
    if not about:
        return style
    flat = len(about) > 1 and _usual((len(s.pairs) == 1 and len(s.pairs[0].objects) == 1 for s in about), False)
    if flat and len(about) > len(described):
        return style._replace(form="flat", lists=False, gap=_gap(turtle, about, newline), **_marks(turtle, about))
    one_line = _usual(("\n" not in _text(turtle, s) for s in blocks if len(s.pairs) > 1), False)
    return style._replace(form="line" if one_line else "lines", gap=_gap(turtle, blocks, 2 * newline),
                          heading=_heading(turtle, blocks), lists=_lists(blocks), **_marks(turtle, blocks))  # fmt: skip


def _words(turtle: Turtle, about: Sequence[Statement]) -> dict[str, Any]:
    pairs = [pair for statement in about for pair in statement.pairs]
    objects = [(str(pair.verb.term), node.term) for pair in pairs for node in pair.objects]
    said = [(predicate, term.language) for predicate, term in objects if isinstance(term, Literal)]
    skos = v.SKOS in turtle.prefixes.values()
    label = _usual((Said(*s) for s in said if s[0] in v.LABELS), Said(v.PREF_LABEL if skos else v.LABEL, None))
    gloss = Said(v.DEFINITION if skos else v.COMMENT, label.language)
    types = [term for predicate, term in objects if predicate == v.TYPE]
    words = (turtle.tokens[pair.verb.first].text for pair in pairs if pair.verb.term == v.TYPE)
    return {
        "word": _usual(words, "a"),
        "kind": _usual((t for t in types if t in _DESCRIBED), v.OWL + "Class"),
        "label": label,
        "synonym": _usual((Said(*s) for s in said if s[0] in v.SYNONYMS), Said(v.ALT_LABEL, label.language)),
        "gloss": _usual((Said(*s) for s in said if s[0] in v.GLOSSES), gloss),
        "parent": _usual((pair.verb.term for pair in pairs if pair.verb.term in v.PARENTS), v.SUBCLASS),
        "order": _order(about),
    }


def _order(about: Iterable[Statement]) -> tuple[str, ...]:
    """Predicates of names, glosses and parents in the order of the blocks: by mean place, 0 first and 1 last."""
    places: dict[str, list[float]] = {}
    for statement in about:
        for k, pair in enumerate(statement.pairs):
            places.setdefault(str(pair.verb.term), []).append(k / max(len(statement.pairs) - 1, 1))
    mean = {p: sum(at) / len(at) for p, at in places.items() if p in _ORDER and p != v.TYPE}
    seen = sorted(mean, key=lambda p: (mean[p], _ORDER.index(p)))
    return (v.TYPE, *seen, *(p for p in _ORDER if p not in seen and p != v.TYPE))


def _marks(turtle: Turtle, blocks: Sequence[Statement]) -> dict[str, Any]:
    """White space before a stop and a semicolon, after one, and between a subject and its first predicate."""
    found: dict[str, Counter[str]] = {"dot": Counter(), "semicolon": Counter(), "first": Counter(), "indent": Counter()}
    for statement in blocks:
        found["dot"][_before(turtle, statement.last) + "."] += 1
        if not statement.pairs:
            continue
        found["first"][_before(turtle, statement.pairs[0].verb.first)] += 1
        for pair in statement.pairs[1:]:
            space = _before(turtle, pair.verb.first)
            if "\n" in space:
                found["indent"][space.rpartition("\n")[2]] += 1
            mark = next(k for k in range(pair.verb.first, 0, -1) if turtle.tokens[k].text == ";")
            found["semicolon"][_before(turtle, mark) + ";"] += 1
    return {name: counts.most_common(1)[0][0] for name, counts in found.items() if counts}


def _before(turtle: Turtle, index: int) -> str:
    token = turtle.tokens[index - 1]
    return token.text if token.kind == "space" else ""


def _gap(turtle: Turtle, blocks: Sequence[Statement], default: str) -> str:
    """Return the usual white space between one block and the next."""
    heads = [heading(turtle, statement) for statement in blocks]
    starts = {s.first if head is None else head for s, head in zip(blocks, heads, strict=True)}
    spaces = (turtle.tokens[s.last + 1].text for s in blocks if s.last + 2 in starts)
    return _usual((space for space in spaces if "\n" in space), default)


def _heading(turtle: Turtle, blocks: Sequence[Statement]) -> str:
    heads = [heading(turtle, statement) for statement in blocks]
    texts = ["" if head is None else turtle.tokens[head].text for head in heads]
    return _usual((text[: len(text) - len(text.lstrip("# \t"))] for text in texts), "")


def _lists(blocks: Iterable[Statement]) -> bool:
    """Whether several values of a predicate stand behind commas; else each repeats the predicate."""
    lists = repeats = 0
    for statement in blocks:
        verbs = [pair.verb.term for pair in statement.pairs]
        lists += sum(len(pair.objects) > 1 for pair in statement.pairs)
        repeats += len(verbs) - len(set(verbs))
    return lists >= repeats


def _text(turtle: Turtle, statement: Statement) -> str:
    start, end = turtle.span(statement)
    return turtle.text[start:end]


def _usual(values: Iterable[T], default: T) -> T:
    return max(Counter(values).items(), key=lambda item: item[1], default=(default, 0))[0]


_SHAPES: dict[str, Callable[[list[str]], str]] = {
    "okapi-calf": lambda words: "-".join(words).lower(),
    "okapi_calf": lambda words: "_".join(words).lower(),
    "okapicalf": lambda words: "".join(words).lower(),
    "Okapi_calf": lambda words: "_".join(words).capitalize(),
    "OkapiCalf": lambda words: "".join(word[:1].upper() + word[1:] for word in words),
    "okapiCalf": lambda words: words[0].lower() + "".join(word[:1].upper() + word[1:] for word in words[1:]),
}


def local_from(name: str, labels: Iterable[tuple[str, str]]) -> str:
    """Return the local part of an IRI for a name, made as the file makes those of its labels.

    Args:
        name: of the new class.
        labels: (local part, label) of the classes there are.
    """
    counts: Counter[str] = Counter()
    for local, label in labels:
        words = _split(label)
        if words:
            weight = 2 if len(words) > 1 else 1
            counts.update({shape: weight for shape, make in _SHAPES.items() if make(words) == local})
    shape = max(_SHAPES, key=lambda s: counts[s])
    words = _split(name)
    return _SHAPES[shape](words) if words else ""


def _split(name: str) -> list[str]:
    return re.findall(r"\w+", name.replace("'", "").replace("’", ""))
