"""The verb `predict`: of a few inputs to the terminal, of any number to a file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgzsl.cli.model import Bundle, Classes, Inputs, Json, names_of
from kgzsl.cli.output import as_json, progress, say, table
from kgzsl.errors import FeatureError, KgzslError

if TYPE_CHECKING:
    from kgzsl.cli.answers import Parts
    from kgzsl.engine import Engine
    from kgzsl.learners.base import Progress
    from kgzsl.resolve import Answer
    from kgzsl.streaming import FeatureFile

PART = 4096
"""Inputs of a part: what is lost at most when a prediction is interrupted."""
WHOLE = 20_000
"""Inputs that may be asked together where an answer depends on all of them."""


def predict(
    bundle: Bundle,
    features: Inputs,
    k: Annotated[int, typer.Option("-k", min=1, help="Answers an input.")] = 5,
    classes: Classes = None,
    plain: Annotated[bool, typer.Option(help="Scores without calibration.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write .parquet or .csv instead.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with OUT.parts, left by an interruption.")] = False,
    json: Json = False,
) -> None:
    """Say what inputs are."""
    from kgzsl.engine import load
    from kgzsl.streaming import FeatureFile

    if resume and out is None:
        raise FeatureError("only what is written to a file can be gone on with", fix="name its --out")
    engine, file = load(bundle), FeatureFile(features)
    asked: dict[str, Any] = {"k": k, "classes": names_of(classes), "plain": plain}
    if out is not None:
        _to_file(engine, file, asked, out, resume)
        return
    inputs = file.chunks(_size(engine, file, plain), 0, engine.bank.width)
    found = (answer for X in inputs for answer in engine.predict(X, **asked))
    if json:
        for answer in found:
            as_json(answer)
    else:
        table((">input", "answer", ">score", "seen", "then"), (_row(n, answer) for n, answer in enumerate(found)))


def _to_file(engine: Engine, file: FeatureFile, asked: dict[str, Any], out: Path, resume: bool) -> None:
    from kgzsl.cli.answers import Parts

    size = _size(engine, file, asked["plain"])
    parts = Parts(out, _about(engine, file, asked | {"part": size}), resume)
    try:
        with progress() as report:
            _write_parts(engine, file, asked, parts, size, report)
    except KeyboardInterrupt:
        done = min(file.rows, parts.done * size)
        say(f"{done:,} of {file.rows:,} inputs are answered in {parts.folder}; --resume goes on", err=True)
        raise
    except KgzslError:
        if not parts.done:
            parts.forget()
        raise
    parts.join()


def _write_parts(
    engine: Engine, file: FeatureFile, asked: dict[str, Any], parts: Parts, size: int, report: Progress
) -> None:
    at = parts.done
    start = at * size
    for X in file.chunks(size, start, engine.bank.width):
        parts.write(at, engine.predict(X, **asked), start)
        at, start = at + 1, start + len(X)
        report("predict", start, max(start, file.rows))


def _size(engine: Engine, file: FeatureFile, plain: bool) -> int:
    """Return how many inputs are answered together: all, where an answer depends on all of them."""
    if plain or not engine.chain.transductive:
        return PART
    if file.rows > WHOLE:
        names = ", ".join(one.name for one in engine.chain.adjusters if one.transductive)
        raise FeatureError(f"{file.rows:,} inputs are more than {WHOLE:,}, and with '{names}' an answer depends on all "
                           "of them", file=str(file.path), value=file.rows,
                           fix="--plain, other adjusters, or a smaller file")  # fmt: skip
    return WHOLE + 1


def _about(engine: Engine, file: FeatureFile, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what answers depend on, under the names that a refusal gives it."""
    chain = engine.chain
    hasher = hashlib.blake2b(repr(chain.described()).encode(), digest_size=16)
    for name, array in sorted(chain.arrays().items()):
        hasher.update(name.encode() + array.tobytes())
    size = file.path.stat().st_size
    return {"bundle": engine.id, "graph": engine.graph.hash, "adjusters": hasher.hexdigest(),
            "input": {"blake2b": file.digest, "bytes": size}, "options": asked}  # fmt: skip


def _row(n: int, answer: Answer) -> tuple[object, ...]:
    then = ", ".join(f"{c.label} {c.score:.3f}" for c in answer.candidates[1:])
    flag = "" if answer.candidates[0].described else " (no description of its own)"
    return n, f"{answer.label} ({answer.id}){flag}", f"{answer.score:.4f}", "seen" if answer.seen else "unseen", then
