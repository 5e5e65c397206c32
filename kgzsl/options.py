"""Options of learners and adjusters: validated, and with the ranges that a search tries."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Field

from kgzsl.errors import KgzslError, LearnerError, suggest


def tuned(default: float, low: float, high: float, log: bool = False, **about: Any) -> Any:
    """Return a field of options that a search tries between ``low`` and ``high``."""
    return Field(default, json_schema_extra={"low": low, "high": high, "log": log}, **about)


def choice(default: str, **about: Any) -> Any:
    """Return a field of options of which a search tries every value."""
    return Field(default, json_schema_extra={"every": True}, **about)


class Options(BaseModel):
    """Settings of a learner or an adjuster; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def validated(
    owner: str, kind: type[Options], options: dict[str, Any], refusal: type[KgzslError] = LearnerError
) -> Options:
    """Return options of a learner or an adjuster.

    Args:
        owner: such as ``learner 'kernel'``, for messages.
        kind: what it takes.
        options: as given.
        refusal: what is raised.

    Raises:
        KgzslError: an option that it does not have, with the nearest that it has, or a value of the wrong kind.
    """
    try:
        return kind(**options)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        near = suggest(key, kind.model_fields)
        known = ", ".join(kind.model_fields) or "none"
        unknown = first["type"] == "extra_forbidden"
        message = f"{owner} has no option '{key}'" if unknown else f"option '{key}': {first['msg']}"
        fix = f"did you mean '{near}'?" if unknown and near else f"its options are {known}" if unknown else None
        raise refusal(message, value=options.get(key), fix=fix) from None
