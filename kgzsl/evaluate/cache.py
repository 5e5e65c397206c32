"""Runs that are done, kept by the hash of all that they depend on, so that an evaluation can be resumed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kgzsl.errors import EvaluationError
from kgzsl.evaluate.records import code_hash, digest, versions
from kgzsl.evaluate.results import Run
from kgzsl.whole import written_whole


class Cache:
    """A folder of runs.

    Args:
        folder: where they are; made when the first is kept. None keeps nothing.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder) if folder is not None else None

    def get(self, key: str) -> Run | None:
        """Return the run of this key; None where there is none, or none that can be read."""
        if self.folder is None:
            return None
        try:
            found = _adapter().validate_json((self.folder / f"{key}.json").read_bytes())
        except (OSError, ValidationError):
            return None
        return found if found.key == key else None

    def put(self, run: Run) -> None:
        """Keep a run that has outcomes.

        Raises:
            EvaluationError: the folder cannot be written.
        """
        if self.folder is None or run.reason:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_whole(self.folder / f"{run.key}.json") as file:
                file.write(_adapter().dump_json(run))
        except OSError as error:
            raise EvaluationError(f"cannot be written: {error.strerror}", file=str(self.folder),
                                  fix="name another --cache") from None  # fmt: skip


def run_key(problem: str, learner: str, options: Mapping[str, Any], seed: int, resolver: Any) -> str:
    """Return the hash of all that a run depends on: problem, learner, options, seed, adjusters, code and libraries."""
    return digest([code_hash(), versions(), problem, learner, dict(options), seed, resolver])


@cache
def _adapter() -> TypeAdapter[Run]:
    return TypeAdapter(Run)
