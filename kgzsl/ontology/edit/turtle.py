"""Edits of Turtle and N-Triples on their tokens: what is not touched stays as it is, to the byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import NewClass, Splices, Triple, key
from kgzsl.ontology.edit.style import local_from, style_of
from kgzsl.ontology.edit.syntax import Node, Statement, Turtle, compact
from kgzsl.ontology.edit.tokens import quoted
from kgzsl.ontology.edit.turtle_blocks import Writer, iri_like
from kgzsl.ontology.edit.turtle_cuts import cut_object, cut_pair, cut_statements, line_end
from kgzsl.ontology.model import Fact, Literal

Found = tuple[Statement, int, int]


class TurtleEditor:
    """Turtle as tokens; see :class:`kgzsl.ontology.edit.base.Editor`."""

    says = frozenset({"class", "attributes"})
    implied: tuple[str, ...] = ()

    def __init__(self, path: Path, text: str, facts: Sequence[Fact]) -> None:
        self._path, self._facts = path, facts
        self._strict = path.suffix.lower() == ".nt"
        self._begin(text)
        self._style = style_of(self._turtle)
        if self._strict:
            self._style = self._style._replace(form="flat", lists=False, word="", gap=self._style.newline)
        self._writer = Writer(self._style, self._strict)

    @property
    def text(self) -> str:
        """The text with every change so far."""
        self._flush()
        return self._text

    def expand(self, name: str) -> str | None:
        """Return the IRI of ``prefix:local`` with a prefix of the file, of ``:local`` and ``<iri>``, or None."""
        prefix, colon, local = name.partition(":")
        if colon and local and prefix in self._turtle.prefixes:
            return self._turtle.prefixes[prefix] + local
        return v.expand(name)

    def mint(self, name: str, parents: Sequence[str]) -> str:
        """Return an IRI beside that of the first parent, made from the name as the file makes its ids."""
        classes = [f.subject for f in self._facts if f.predicate == v.TYPE and f.object in v.CONCEPT_TYPES]
        beside = [iri for iri in (*parents, *classes) if not iri.startswith("_:")]
        if not beside:
            raise OntologyError(f"there is no class to make an id for '{name}' beside", file=str(self._path),
                                value=name, fix="give one with --id")  # fmt: skip
        space = beside[0].removesuffix(v.local_name(beside[0]))
        there = (fact for fact in self._facts if fact.predicate in v.LABELS and fact.subject.startswith(space))
        labels = [(v.local_name(f.subject), f.object.value) for f in there if isinstance(f.object, Literal)]
        local = local_from(name, labels)
        if not local:
            raise OntologyError(f"no id can be made from the name '{name}'", value=name, fix="give one with --id")
        return space + local

    def holds(self, attribute: str) -> bool:
        """Any attribute can be stated."""
        return True

    def retitle(self, iri: str, old: str, new: str) -> None:
        """Labels stand in facts alone."""

    def add(self, new: NewClass) -> set[Triple]:
        """Append a block for the class, and one for each new attribute before it."""
        said: list[list[Triple]] = []
        for iri, label in new.new_attributes.items():
            named = [] if label == v.local_name(iri) else [(iri, v.LABEL, Literal(label))]
            kinds = (iri, v.TYPE, v.OWL + "AnnotationProperty"), (iri, v.SUBPROPERTY, v.HAS_ATTRIBUTE)
            said.append([*kinds, *named])
        said.append(self._writer.described(new))
        self._prefixes_for(triple for block in said for triple in block)
        blocks = [self._writer.block(block, self._turtle.prefixes) for block in said]
        tokens = self._turtle.tokens
        end = next((t.end for t in reversed(tokens) if t.kind != "space"), 0)
        gap = self._style.gap if end else ""
        self._splices.put(end, end, gap + self._style.gap.join(blocks))
        self._flush()
        return {triple for block in said for triple in block}

    def synonym(self, value: str, label: Literal) -> Triple | None:
        """Return how the file says a further name, in the language of the label that it was."""
        return "", self._style.synonym.predicate, label._replace(value=value)

    def replace(self, old: Triple, new: Triple, label: str | None = None) -> None:
        """Write another object wherever the statement stands; the form of the text stays."""
        for statement, p, o in self._settled(old):
            node = statement.pairs[p].objects[o]
            token = self._turtle.tokens[node.first]
            if isinstance(new[2], Literal) and token.kind == "string" and _alike(node.term, new[2]):
                self._splices.put(token.start, token.end, quoted(new[2].value, token.text[0]))
            elif isinstance(new[2], str) and node.first in self._turtle.resolved:
                self._splices.put(token.start, token.end, iri_like(self._turtle, node.first, new[2]))
            else:
                self._splices.put(*self._turtle.span(node), self._writer.term(new[2], statement.prefixes))
            self._touched.add(statement.first)

    def insert(self, triple: Triple) -> None:
        """State a fact within the block of its subject, where the file's order puts its predicate."""
        self._prefixes_for(iter([triple]))
        statements = self._turtle.about(triple[0])
        if any(statement.first in self._touched for statement in statements):
            self._flush()
            statements = self._turtle.about(triple[0])
        typed = [s for s in statements if any(pair.verb.term == v.TYPE for pair in s.pairs)]
        if not statements:
            raise OntologyError(f"'{v.local_name(triple[0])}' is not described here", file=str(self._path))
        statement = (typed or statements)[0]
        if self._style.form == "flat" or not statement.pairs:
            self._insert_statement(statements, triple)
        else:
            self._insert_pair(statement, triple)
        self._touched |= {one.first for one in statements}

    def delete(self, triple: Triple, within: frozenset[str] = frozenset()) -> None:
        """Take the statement out wherever it stands, with what only belongs to it."""
        while found := self._settled(triple, within):
            once = {statement.first: (statement, p, o) for statement, p, o in found}
            for statement, p, o in once.values():
                self._cut(statement, p, o)
            self._touched |= set(once)
            if len(once) == len(found):
                return

    def rename(self, old: str, new: str, label: str | None = None) -> tuple[set[Triple], set[Triple]]:
        """Write another IRI at every token that stands for the old one; strings and comments are no tokens of it."""
        self._flush()
        tokens = self._turtle.tokens
        for index, written in self._turtle.resolved.items():
            if written.iri == old:
                self._splices.put(tokens[index].start, tokens[index].end, iri_like(self._turtle, index, new))
        self._flush()
        return set(), set()

    def drop(self, iri: str) -> None:
        """Take out the blocks of a subject, and those of labelled blank nodes that nothing else names."""
        todo = [iri]
        while todo:
            subject = todo.pop()
            named: set[str] = set()
            self._flush()
            for statement in self._turtle.about(subject):
                named |= self._blanks(statement)
                self._gone.append(statement)
            self._flush()
            used = {name for statement in self._turtle.statements for name in self._blanks(statement)}
            todo += sorted(named - used)

    @cached_property
    def _turtle(self) -> Turtle:
        """The text as parsed, anew after each change and only where it is looked at."""
        return Turtle(self._text, str(self._path), f"file:///{self._path.name}")

    def _begin(self, text: str) -> None:
        self._text = text
        self.__dict__.pop("_turtle", None)
        self._splices, self._touched, self._gone = Splices(), set[int](), list[Statement]()

    def _flush(self) -> None:
        if self._gone:
            cut_statements(self._turtle, self._gone, self._splices)
        if self._splices:
            self._begin(self._splices.applied(self._text))

    def _prefixes_for(self, triples: Iterator[Triple]) -> None:
        """Declare well-known prefixes where a file that uses prefixes has none for what is to be written."""
        declared = [d for d in self._turtle.directives if d.prefix is not None]
        if not declared or self._strict:
            return
        iris = [term for triple in triples for term in triple if isinstance(term, str) and term != v.TYPE]
        bare = [iri for iri in iris if compact(iri, self._turtle.prefixes).startswith("<")]
        known = {name: space for name, space in v.PREFIXES.items() if name not in self._turtle.prefixes
                 and any(iri.startswith(space) for iri in bare)}  # fmt: skip
        if not known:
            return
        last = declared[-1]
        word = self._turtle.tokens[last.first].text
        stop = " ." if word.startswith("@") else ""
        end = self._turtle.tokens[last.last].end
        lines = [f"{self._style.newline}{word} {name}: <{space}>{stop}" for name, space in known.items()]
        self._splices.put(end, end, "".join(lines))
        self._flush()

    def _settled(self, triple: Triple, within: frozenset[str] = frozenset()) -> list[Found]:
        """Return where a fact stands, with what was changed in these statements before made first."""
        found = list(self._found(triple, within))
        if any(statement.first in self._touched for statement, *_ in found):
            self._flush()
            found = list(self._found(triple, within))
        return found

    def _cut(self, statement: Statement, p: int, o: int) -> None:
        pair = statement.pairs[p]
        if len(pair.objects) > 1:
            cut_object(self._turtle, pair, o, self._splices)
        elif len(statement.pairs) > 1:
            cut_pair(self._turtle, statement, p, self._splices)
        else:
            self._gone.append(statement)

    def _found(self, triple: Triple, within: frozenset[str] = frozenset()) -> Iterator[Found]:
        wanted = key(triple)
        for statement in self._turtle.about(triple[0]):
            for p, pair in enumerate(statement.pairs):
                if pair.verb.term == triple[1]:
                    for o, node in enumerate(pair.objects):
                        plain = node.term is not None and key((triple[0], triple[1], node.term)) == wanted
                        if plain or (within and node.term is None and self._inside(node) == within):
                            yield statement, p, o

    def _inside(self, node: Node) -> frozenset[str]:
        """IRIs within brackets, less datatypes."""
        places = range(node.first, node.last + 1)
        found = {self._turtle.resolved[k].iri for k in places if k in self._turtle.resolved}
        return frozenset(iri for iri in found if not iri.startswith(v.XSD))

    def _insert_statement(self, statements: Sequence[Statement], triple: Triple) -> None:
        rank = self._style.rank
        before = [s for s in statements if s.pairs and rank(str(s.pairs[0].verb.term)) <= rank(triple[1])]
        anchor = (before or statements[:1])[-1]
        end = self._turtle.tokens[line_end(self._turtle, anchor.last)].end
        subject, obj = compact(triple[0], anchor.prefixes), self._writer.term(triple[2], anchor.prefixes)
        text = f"{subject} {self._writer.verb(triple[1], anchor.prefixes)} {obj}{self._style.dot}"
        self._splices.put(end, end, self._style.newline + text)

    def _insert_pair(self, statement: Statement, triple: Triple) -> None:
        style, pairs, turtle = self._style, statement.pairs, self._turtle
        obj = self._writer.term(triple[2], statement.prefixes)
        same = [pair for pair in pairs if pair.verb.term == triple[1]]
        if same and style.lists:
            end = turtle.tokens[same[-1].objects[-1].last].end
            self._splices.put(end, end, f", {obj}")
            return
        rank = style.rank(triple[1])
        above = (k for k, pair in enumerate(pairs) if style.rank(str(pair.verb.term)) <= rank)
        after = max(above, default=len(pairs) - 1)
        row = f"{self._writer.verb(triple[1], statement.prefixes)} {obj}"
        if after + 1 < len(pairs):
            verb = pairs[after + 1].verb
            start = turtle.tokens[verb.first].start
            self._splices.put(start, start, row + style.semicolon + self._glue(verb))
        else:
            end = turtle.tokens[pairs[-1].objects[-1].last].end
            glue = self._glue(pairs[-1].verb) if len(pairs) > 1 else style.glue
            self._splices.put(end, end, style.semicolon + glue + row)

    def _glue(self, verb: Node) -> str:
        token = self._turtle.tokens[verb.first - 1]
        return token.text if token.kind == "space" else " "

    def _blanks(self, statement: Statement) -> set[str]:
        """Labelled blank nodes that a statement names beside its subject."""
        tokens = self._turtle.tokens[statement.subject.last + 1 : statement.last]
        return {token.text for token in tokens if token.kind == "blank"} - {str(statement.subject.term)}


def _alike(old: str | Literal | None, new: Literal) -> bool:
    return isinstance(old, Literal) and old[1:] == new[1:]
