"""Explanations as JSON, and the schema that they keep to."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from typing import Any

from kgzsl.explain.explanation import Explanation

Schema = dict[str, Any]


def document(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation as plain data, its sentence included; NaN and infinities are None."""
    from kgzsl.explain.draw.sentence import sentence

    return {"sentence": sentence(explanation), **_plain(explanation)}


def text(explanation: Explanation) -> str:
    """Return the same as indented JSON."""
    return json.dumps(document(explanation), ensure_ascii=False, indent=2) + "\n"


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _object(says: str, **properties: Schema) -> Schema:
    return {"type": "object", "description": says, "properties": properties, "required": list(properties),
            "additionalProperties": False}  # fmt: skip


def _array(items: Schema, says: str = "", maybe: bool = False) -> Schema:
    made: Schema = {"type": ["array", "null"] if maybe else "array", "items": items}
    return made | ({"description": says} if says else {})


def _type(name: str | list[str], says: str) -> Schema:
    return {"type": name, "description": says}


def _of(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _maybe(name: str, says: str) -> Schema:
    return {"anyOf": [_of(name), {"type": "null"}], "description": says}


def _named(what: str) -> dict[str, Schema]:
    return {"id": _type("string", f"short id of {what}"), "iri": _type("string", f"IRI of {what}"),
            "label": _type("string", f"label of {what}")}  # fmt: skip


NUMBER: Schema = {"type": ["number", "null"]}
VALUE = {**NUMBER, "description": "signed part of the score, or of the margin"}
STRINGS = _array({"type": "string"})

DEFS: dict[str, Schema] = {
    "fact": _object(
        "a stated fact", source=_type("string", "IRI"), relation=_type("string", "name"),
        target=_type("string", "IRI"), weight={**NUMBER, "description": "of the edge; 1 if not stated"},
        file=_type("string", "that states it; empty for none"), line=_type("integer", "in that file; 0 for none"),
    ),
    "path": _object(
        "a walk over the graph", nodes={**STRINGS, "description": "IRIs, the explained class first"},
        labels={**STRINGS, "description": "of the nodes"}, relations={**STRINGS, "description": "of each step"},
        facts=_array(_array(_of("fact")), "that each step goes over; none where it is derived"), value=VALUE,
    ),
    "contribution": _object(
        "what one seen class adds", **_named("the seen class"), value=VALUE,
        coefficient={**NUMBER, "description": "of its row in the classifier"},
        paths=_array(_of("path"), "that lead to it, where walks carry the score"),
    ),
    "total": _object(
        "how the parts of a split add up", over=_type("string", "what was split over: seen classes or paths"),
        method=_type("string", "exact, or how it was estimated"),
        listed={**NUMBER, "description": "sum of the parts that are listed"},
        rest={**NUMBER, "description": "sum of those that are not"},
        baseline=_array({"type": "array", "prefixItems": [{"type": "string"}, NUMBER], "minItems": 2, "maxItems": 2},
                        "name and value of what belongs to no class or path"),
        residual={**NUMBER, "description": "what is missing, relative to the sum of magnitudes"},
        number=_type(["integer", "null"], "how many parts there are, where they were counted"),
        gap={**NUMBER, "description": "by how much a part that is not listed may exceed the last listed one"},
    ),
    "fact_share": _object(
        "a fact, and what goes over it: each time a path passes, what is inherited, what biases send", fact=_of("fact"),
        value=VALUE,
    ),
    "attribute_share": _object(
        "what an attribute of a concept adds", **_named("the attribute"), of=_type("string", "IRI of what has it"),
        of_label=_type("string", "its label"), value=VALUE, fact=_maybe("fact", "that states it"),
        rival={**NUMBER, "description": "the same for the other class"},
    ),
    "edit": _object("one change of what is stated", action={"enum": ["without", "with"]}, fact=_of("fact")),
    "counterfactual": _object(
        "edits that change the answer, or the largest change found", edits=_array(_of("edit"), "applied together"),
        **_named("the answer after them"), changed=_type("boolean", "whether it is another answer"),
        before={**NUMBER, "description": "margin over the best other candidate, after adjusters"},
        after={**NUMBER, "description": "the same after the edits"}, text=_type("string", "the whole as a sentence"),
    ),
    "rival": _object(
        "why this class rather than another", **_named("the other class"),
        score={**NUMBER, "description": "of the other class"},
        margin={**NUMBER, "description": "of the explained class over it, before adjusters"},
        contributions=_array(_of("contribution"), "of seen classes to the margin", maybe=True),
        facts=_array(_of("fact_share"), "of stated facts to the margin"),
    ),
}  # fmt: skip

SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://w3id.org/kgzsl/schema/explanation-1.json",
    "title": "Why an input scored as it did for one class",
    **_object(
        "what `kgzsl explain --json` prints", sentence=_type("string", "the whole in plain words"),
        **_named("the class"), score={**NUMBER, "description": "before adjusters"},
        learner=_type("string", "name"), seen=_type("boolean", "whether its classifier was given"),
        contributions=_array(_of("contribution"), "over seen classes; null where there is no such sum", maybe=True),
        by_seen=_maybe("total", "how they add up"),
        paths=_array(_of("path"), "the strongest; null where no path carries the score", maybe=True),
        by_path=_maybe("total", "how they add up"),
        attributes=_array(_of("attribute_share"), "that raise or lower the score"),
        facts=_array(_of("fact_share"), "with what goes over them"),
        rival=_maybe("rival", "why rather than the runner-up, or than the class that was named"),
        counterfactuals=_array(_of("counterfactual"), "smallest sets of edits found that change the answer"),
        notes={**STRINGS, "description": "what must be known to read it"},
        graph_hash=_type("string", "of the graph that answered"), bundle=_type("string", "id of the fitted learner"),
        kin=_array(_of("fact"), "by which the class and the seen classes that it looks like are related"),
        names=_array({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
                     "IRI and label of what facts are about"),
    ),
    "$defs": DEFS,
}  # fmt: skip
