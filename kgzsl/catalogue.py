"""Catalogues: tables of name → dotted class, and how something is looked up in one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from kgzsl.errors import UnknownNameError, suggest


def class_of(name: str, table: Mapping[str, str], kind: str) -> Any:
    """Return the class of a name.

    Args:
        name: in the table.
        table: name → dotted class.
        kind: what the table lists, for the message.

    Raises:
        UnknownNameError: no such name; with the nearest in spelling, or all of them.
    """
    if name not in table:
        near = suggest(name, table)
        fix = f"did you mean '{near}'?" if near else f"known are {', '.join(table)}"
        raise UnknownNameError(f"unknown {kind} '{name}'", value=name, fix=fix)
    module, _, attribute = table[name].rpartition(".")
    return getattr(importlib.import_module(module), attribute)
