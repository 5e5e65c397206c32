"""A GBU data set as the folder that the rest of kgzsl reads: a recipe, classes, their attributes, and features."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError, MissingFileError, one_line
from kgzsl.gbu.load import Gbu
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.tokens import is_local, quoted
from kgzsl.whole import written_whole

RECIPE, CLASSES, TABLE = "recipe.toml", "classes.ttl", "attributes.csv"
ARRAYS = {"train.npz": "trainval", "test_seen.npz": "test_seen", "test_unseen.npz": "test_unseen"}
WRITTEN = frozenset({RECIPE, CLASSES, TABLE, *ARRAYS})
_MOST_UNKNOWN = 0.1
"""A matrix with more below zero holds vectors and no strengths."""
_NUMBERED = re.compile(r"^\s*\d+[\s,]+(?=\S)")
_TEXT = """\
# {title}: {classes} classes, {attributes} attributes, split: {split}. Paths count from the folder of this file.
#   kgzsl train {recipe} --out {bundle}
# A class is added by a row in {table} and its name in {names}; `kgzsl add` writes both.
name = {name}
ontologies = ["{names}", "{table}"]
answers = "seen and leaves"

[relations]
subClassOf = 1.0
hasAttribute = 0.2

[vectors]
source = "attributes"

[seen]
features = "train.npz"
backbone = {backbone}

[learner]
name = "kernel"
seed = 0
"""


def write_gbu(
    gbu: Gbu,
    folder: str | Path,
    attributes: Literal["att", "original_att"] = "att",
    attribute_names: Sequence[str] | None = None,
    force: bool = False,
) -> None:
    """Write a data set as a recipe with its ontology and features; the folder is there whole or not at all.

    ``train.npz`` holds the images of ``trainval_loc``; ``test_seen.npz`` and ``test_unseen.npz`` the others, the first
    where the split has it. Labels are IRIs of the classes. An unknown attribute is an empty cell: no fact.

    Args:
        gbu: what to write.
        folder: to make; the one above it must exist.
        attributes: ``att`` is scaled to unit length, ``original_att`` is as measured, as shares of 1.
        attribute_names: in the order of the matrix; ``a001`` and so on where None.
        force: replace the folder, if there is nothing in it that this function did not write.

    Raises:
        FeatureError: the folder is there or cannot be written, or attributes or names that cannot be.
        MissingFileError: the folder above is not there.
    """
    folder = Path(os.path.realpath(folder))
    _refuse_place(folder, force)
    table = _table(gbu, _strengths(gbu, attributes), _columns(attribute_names, gbu.att.shape[1]))
    texts = {TABLE: table, CLASSES: _classes(gbu), RECIPE: _recipe(gbu)}
    try:
        with _whole_folder(folder) as made:
            _fill(made, gbu, texts)
    except OSError as error:
        raise FeatureError(f"cannot be written: {error.strerror}", file=str(folder)) from None


def read_names(path: str | Path) -> list[str]:
    """Read names of attributes, one a line; a number before a name is taken off.

    Raises:
        MissingFileError: no such file.
        FeatureError: it is not text.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("no such file", file=str(path))
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FeatureError("not UTF-8", file=str(path), fix="one name a line") from None
    return [_NUMBERED.sub("", line).strip() for line in lines if line.strip()]


def _fill(made: Path, gbu: Gbu, texts: Mapping[str, str]) -> None:
    for name, which in ARRAYS.items():
        rows = getattr(gbu, f"{which}_loc")
        if len(rows):
            with written_whole(made / name) as file:
                labels = np.array(gbu.ids)[gbu.labels[rows]]
                np.savez(file, X=gbu.features[rows], labels=labels, backbone=np.array(gbu.backbone))
    for name, text in texts.items():
        with written_whole(made / name) as file:
            file.write(text.encode())


def _strengths(gbu: Gbu, which: str) -> Array:
    """Return strengths from 0 to 1, NaN where unknown. Shape: (C, a)."""
    found = {"att": gbu.att, "original_att": gbu.original_att}.get(which)
    if found is None:
        raise FeatureError(f"{gbu.name} has no '{which}'", value=which, fix="known are att and original_att")
    unknown = (found < 0) | ((gbu.original_att < 0) if gbu.original_att is not None else False)
    if unknown.mean() > _MOST_UNKNOWN:
        raise FeatureError(f"{100 * unknown.mean():.0f} % of '{which}' are below zero: no strengths of attributes",
                           value=float(found.min()), fix="vectors of another kind are not read here")  # fmt: skip
    top = float(found.max())
    if top > 100:
        raise FeatureError(f"'{which}' goes up to {top:g}: neither shares nor percent", value=top)
    return np.where(unknown, np.nan, found / (100.0 if top > 1 else 1.0))


def _columns(names: Sequence[str] | None, count: int) -> list[str]:
    if names is None:
        return [f"att:a{k:03}" for k in range(1, count + 1)]
    if len(names) != count:
        raise FeatureError(f"{len(names)} names for {count} attributes", value=len(names))
    local = [re.sub(r"[^\w.]+", "-", name).strip("-") for name in names]
    wrong = next((name for k, name in enumerate(local) if not name or name in local[:k]), None)
    if wrong is not None:
        raise FeatureError(f"two attributes would be called '{wrong}'" if wrong else "an attribute without a name",
                           value=wrong)  # fmt: skip
    return [f"att:{name}" for name in local]


def _table(gbu: Gbu, strengths: Array, columns: Sequence[str]) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["class", "label", *columns])
    for iri, title, row in zip(gbu.ids, gbu.titles, strengths.tolist(), strict=True):
        rows.writerow([iri, title, *("" if cell != cell else f"{cell:.8g}" for cell in row)])
    return out.getvalue()


def _classes(gbu: Gbu) -> str:
    space = gbu.ids[0].rpartition("/")[0] + "/"
    head = [f"@prefix : <{space}> .", f"@prefix owl: <{v.OWL}> .", f"@prefix skos: <{v.SKOS}> .", ""]
    rows = (f"{_term(iri, space)} a owl:Class ; skos:prefLabel {quoted(title)}@en ."
            for iri, title in zip(gbu.ids, gbu.titles, strict=True))  # fmt: skip
    return "\n".join([*head, *rows, ""])


def _term(iri: str, space: str) -> str:
    local = iri.removeprefix(space)
    return f":{local}" if is_local(local) else f"<{iri}>"


def _recipe(gbu: Gbu) -> str:
    counts = {"classes": len(gbu.names), "attributes": gbu.att.shape[1], "split": gbu.split}
    title = one_line(gbu.name)
    return _TEXT.format(title=title, recipe=RECIPE, bundle="model.kgzsl", table=TABLE, names=CLASSES,
                        name=quoted(gbu.name), backbone=quoted(gbu.backbone), **counts)  # fmt: skip


def _refuse_place(folder: Path, force: bool) -> None:
    if not folder.parent.is_dir():
        raise MissingFileError("no such folder to write to", file=str(folder.parent))
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FeatureError("is a file; a folder is written", file=str(folder), fix="name another")
    if not force:
        raise FeatureError("the folder is there", file=str(folder), fix="name another, or say --force")
    others = sorted(path.name for path in folder.iterdir() if path.name not in WRITTEN)
    if others:
        raise FeatureError(f"holds '{others[0]}', which is not written here, so that the folder is not replaced",
                           file=str(folder), value=others[0], fix="move it, or name another folder")  # fmt: skip


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to fill; it takes the place of ``folder`` at the end, and nothing is left of it on an error."""
    outer = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        made, before = outer / "made", outer / "before"
        made.mkdir()
        yield made
        if folder.exists():
            os.rename(folder, before)
        try:
            os.rename(made, folder)
        except BaseException:
            if before.exists():
                os.rename(before, folder)
            raise
    finally:
        shutil.rmtree(outer, ignore_errors=True)
