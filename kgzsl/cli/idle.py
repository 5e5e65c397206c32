"""Options that were typed and that nothing would read: refused, for whoever typed them expects something of them."""

from __future__ import annotations

from collections.abc import Mapping, Set

import typer

from kgzsl.errors import KgzslError


def refuse_idle(ctx: typer.Context, part: Mapping[str, Set[str]], mode: str) -> None:
    """Refuse typed options that have no part in what is asked.

    Args:
        ctx: of the verb.
        part: mode → names of the parameters that have a part in it; those in no mode have one in all.
        mode: what is asked.

    Raises:
        KgzslError: an option that another mode reads, and not this one.
    """
    for option in ctx.command.params:
        name = option.name or ""
        modes = [word for word, read in part.items() if name in read]
        source = ctx.get_parameter_source(name)
        if modes and mode not in modes and source is not None and source.name == "COMMANDLINE":
            off = option.secondary_opts if ctx.params[name] is False else []
            flag = (off or option.opts)[0]
            where = f"with {mode}" if mode else f"without {' or '.join(modes)}"
            raise KgzslError(f"{flag} has no part {where}", value=flag, fix="leave it out")
