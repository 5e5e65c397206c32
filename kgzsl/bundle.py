"""One file that holds a fitted engine: a zip of JSON and safetensors, checked before anything in it is used."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.errors import BundleError, MissingFileError
from kgzsl.expansion import refuse_bomb
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Learner
from kgzsl.learners.catalogue import make_learner
from kgzsl.ontology.model import Document, Fact, Literal, Ontology
from kgzsl.ontology.read import is_address
from kgzsl.resolve.bias.stacking import CalibratedStacking
from kgzsl.resolve.chain import Chain
from kgzsl.resolve.decide.desk import Desk
from kgzsl.whole import written_whole

VERSION = 2
MEMBERS = ("ontology.json", "arrays.safetensors")
MANIFEST = "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Contents:
    """What a bundle holds.

    Args:
        recipe: what it was made by; its folder is relative to the bundle in the file.
        sources: ontology paths, relative to the bundle in the file.
        ontology: all facts.
        learner: fitted.
        bank: its classifiers of the ontology's classes.
        chain: adjusters.
        desk: deciders, or None where there was nothing to calibrate them on.
        vectors: the vector source's cache.
    """

    recipe: Recipe
    sources: tuple[str, ...]
    ontology: Ontology
    learner: Learner
    bank: ClassifierBank
    chain: Chain
    desk: Desk | None
    vectors: dict[str, Array]


def bundle_id(learner: Learner) -> str:
    """Return the id of a fitted learner: a hash of its name, options and arrays, 16 hexadecimal digits."""
    digest = hashlib.sha256(json.dumps([learner.name, dict(learner.options), learner.seen_ids]).encode())
    for name, array in sorted(learner.state().items()):
        digest.update(name.encode() + str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def write(path: str | Path, contents: Contents) -> None:
    """Write a bundle: to a temporary file first, so that a bundle is whole or is not there.

    Raises:
        BundleError: the place cannot be written.
    """
    from safetensors.numpy import save

    path = Path(path)
    arrays = {name: np.ascontiguousarray(array) for name, array in _arrays(contents).items()}
    facts = json.dumps(_facts(contents.ontology, path)).encode()
    members = {"ontology.json": facts, "arrays.safetensors": save(arrays)}
    manifest = _manifest(contents, path) | {"sha256": {name: _digest(data) for name, data in members.items()}}
    members[MANIFEST] = json.dumps(manifest, indent=1).encode()
    try:
        with written_whole(path) as file, zipfile.ZipFile(file, "w") as archive:
            archive.comment = _digest(members[MANIFEST]).encode()
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED, 1)
    except OSError as error:
        raise BundleError(f"cannot be written: {error.strerror}", file=str(path)) from None


def read(path: str | Path) -> Contents:
    """Read a bundle.

    Raises:
        MissingFileError: no such file.
        BundleError: truncated, tampered with, of a newer version, or no bundle at all.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("no such bundle", file=str(path))
    manifest, members = _checked(path)
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(members["arrays.safetensors"])
        ontology = _ontology(json.loads(members["ontology.json"]), path)
        return _contents(manifest, arrays, ontology, path)
    except (KeyError, ValueError, TypeError, AssertionError, RecursionError, SafetensorError) as error:
        raise BundleError(f"does not hold what a bundle must: {error!r}", file=str(path)) from None


def _checked(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, path, BundleError)
            members = {name: archive.read(name) for name in (MANIFEST, *MEMBERS) if name in archive.namelist()}
            comment = archive.comment.decode("ascii", "replace")
        manifest = json.loads(members[MANIFEST])
        version, digests = manifest["version"], manifest["sha256"]
    except BundleError:
        raise
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, EOFError) as error:
        raise BundleError(f"is no bundle, or was cut short: {error}", file=str(path)) from None
    except Exception as error:  # zlib.error and what else a damaged archive may raise
        raise BundleError(f"is damaged: {error}", file=str(path)) from None
    if not isinstance(version, int) or not isinstance(digests, dict):
        raise BundleError("does not hold what a bundle must: its manifest", file=str(path), value=version)
    if version > VERSION:
        raise BundleError(f"is of version {version}; this kgzsl reads up to {VERSION}", file=str(path), value=version,
                          fix="install a newer kgzsl")  # fmt: skip
    wrong = [name for name in MEMBERS if name not in members or digests.get(name) != _digest(members[name])]
    if wrong or comment != _digest(members[MANIFEST]):
        raise BundleError(f"was changed after it was written: {wrong[0] if wrong else MANIFEST}", file=str(path),
                          fix="train again, or restore it from a copy")  # fmt: skip
    return manifest, members


def _manifest(contents: Contents, path: Path) -> dict[str, Any]:
    learner, recipe = contents.learner, contents.recipe.model_dump()
    return {
        "format": "kgzsl bundle", "version": VERSION, "id": bundle_id(learner), "graph_hash": contents.ontology.hash,
        "recipe": recipe | {"folder": _relative(recipe["folder"], path)},
        "sources": [_relative(source, path) for source in contents.sources],
        "adjusters": contents.chain.described(), "desk": contents.desk.described() if contents.desk else None,
        "learner": {"name": learner.name, "options": dict(learner.options), "backbone": learner.backbone},
        "seen": learner.seen_ids, "classes": contents.bank.ids, "bank": _scalars(contents.bank),
    }  # fmt: skip


def _scalars(bank: ClassifierBank) -> dict[str, Any]:
    return {"metric": bank.metric, "backbone": bank.backbone, **bank.input_map.scalars()}


def _arrays(contents: Contents) -> dict[str, Array]:
    bank = contents.bank
    groups: dict[str, Mapping[str, Array | None]] = {
        "learner": contents.learner.state(), "vectors": contents.vectors, "chain": contents.chain.arrays(),
        "desk": contents.desk.arrays() if contents.desk else {}, "map": bank.input_map.arrays(),
        "bank": {"weights": bank.weights, "bias": bank.bias, "seen": bank.seen},
    }  # fmt: skip
    return {f"{group}.{k}": a for group, arrays in groups.items() for k, a in arrays.items() if a is not None}


def _group(arrays: Mapping[str, Array], group: str) -> dict[str, Array]:
    return {name.partition(".")[2]: a for name, a in arrays.items() if name.startswith(group + ".")}


def _contents(manifest: dict[str, Any], arrays: dict[str, Array], ontology: Ontology, path: Path) -> Contents:
    scalars, bank, about = manifest["bank"], _group(arrays, "bank"), manifest["learner"]
    recipe = Recipe(**manifest["recipe"] | {"folder": _absolute(manifest["recipe"]["folder"], path)})
    learner = make_learner(about["name"], about["options"])
    learner.restore(manifest["seen"], about["backbone"], _group(arrays, "learner"))
    input_map = InputMap.of(scalars, _group(arrays, "map"))
    classifiers = ClassifierBank(tuple(manifest["classes"]), bank["weights"], bank["bias"], bank["seen"], input_map,
                                 scalars["metric"], scalars["backbone"])  # fmt: skip
    sources = tuple(_absolute(source, path) for source in manifest["sources"])
    desk = Desk.restored(manifest["desk"], _group(arrays, "desk")) if manifest.get("desk") else None
    return Contents(recipe, sources, ontology, learner, classifiers, _chain(manifest, arrays), desk,
                    _group(arrays, "vectors"))  # fmt: skip


def _chain(manifest: dict[str, Any], arrays: dict[str, Array]) -> Chain:
    """Return the adjusters; a bundle of version 1 had a gamma and nothing else."""
    if manifest["version"] > 1:
        return Chain.restored(manifest["adjusters"], _group(arrays, "chain"))
    gamma = manifest["gamma"]
    return Chain((CalibratedStacking().restore({"gamma": np.array([gamma])}),)) if gamma else Chain()


def _facts(ontology: Ontology, path: Path) -> list[dict[str, Any]]:
    return [{"path": _relative(d.path, path), "stamp": d.stamp, "reader": d.reader,
             "facts": [(f.subject, f.predicate, f.object, f.line, *_elsewhere(f, d, path)) for f in d.facts]}
            for d in ontology.documents]  # fmt: skip


def _elsewhere(fact: Fact, document: Document, bundle: Path) -> tuple[str, ...]:
    """Return the file of a fact that stands beside its document, as nodes beside the edges of ConceptNet do."""
    return () if fact.file == document.path else (_relative(fact.file, bundle),)


def _ontology(documents: list[dict[str, Any]], path: Path) -> Ontology:
    return Ontology(tuple(_document(d, path) for d in documents))


def _document(data: dict[str, Any], bundle: Path) -> Document:
    name = _absolute(data["path"], bundle)
    others = {fact[4]: _absolute(fact[4], bundle) for fact in data["facts"] if len(fact) > 4}
    facts = (Fact(s, p, o if isinstance(o, str) else Literal(*o), others[at[0]] if at else name, line)
             for s, p, o, line, *at in data["facts"])  # fmt: skip
    return Document(name, tuple(facts), data["stamp"], data["reader"])


def _relative(name: str, bundle: Path) -> str:
    return name if is_address(name) or "://" in name else os.path.relpath(name, bundle.parent)


def _absolute(name: str, bundle: Path) -> str:
    return name if is_address(name) or "://" in name else os.path.normpath(bundle.parent / name)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
