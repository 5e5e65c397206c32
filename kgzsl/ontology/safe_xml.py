"""XML looked through before it is parsed: nothing in it may grow or reach outside."""

from __future__ import annotations

from xml.parsers import expat

from kgzsl.errors import OntologyError

DEEPEST = 500
"""XML elements inside each other; ontologies stay below twenty."""


def refuse_hostile_xml(name: str, data: bytes) -> None:
    """Read XML through once without building anything, and refuse what could grow or reach outside.

    Raises:
        OntologyError: an entity that is not plain text, more than ``DEEPEST`` elements inside each other, or no XML.
    """
    parser = expat.ParserCreate()
    depth = 0

    def declared(
        entity: str, parameter: bool, value: str | None, base: str | None, system: str | None,
        public: str | None, notation: str | None,
    ) -> None:  # fmt: skip
        if parameter or system or public or value is None or "&" in value or "%" in value:
            raise OntologyError(
                f"refuses the XML entity '{entity}': only plain text entities are read",
                file=name, line=parser.CurrentLineNumber, value=entity,
            )  # fmt: skip

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise OntologyError(f"more than {DEEPEST} XML elements inside each other", file=name,
                                line=parser.CurrentLineNumber, value=tag)  # fmt: skip

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1

    parser.EntityDeclHandler, parser.StartElementHandler, parser.EndElementHandler = declared, opened, closed
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise OntologyError(f"syntax error: {error}", file=name, line=error.lineno) from None
    except OntologyError:
        raise
    except (ValueError, LookupError) as error:  # an encoding that expat does not know
        raise OntologyError(f"cannot be decoded: {error}", file=name, line=1, fix="save the file as UTF-8") from None
