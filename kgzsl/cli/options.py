"""Options that are given as KEY=VALUE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgzsl.errors import KgzslError


def key_values(pairs: Sequence[str] | None, refusal: type[KgzslError], example: str) -> dict[str, Any]:
    """Return what pairs say, values as text.

    Args:
        pairs: KEY=VALUE each.
        refusal: what is raised.
        example: of a pair, for the message.

    Raises:
        KgzslError: a pair that is none.
    """
    for pair in pairs or ():
        if "=" not in pair or pair.startswith("="):
            raise refusal(f"option '{pair}' is not KEY=VALUE", value=pair, fix=f"such as --option {example}")
    return dict(pair.split("=", 1) for pair in pairs or ())
