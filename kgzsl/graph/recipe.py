"""Recipes: which ontologies, relations, vectors, seen classifiers and learner make an engine (TOML)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from kgzsl.errors import MissingFileError, RecipeError, suggest
from kgzsl.graph.kinds import Reading
from kgzsl.ontology.read import is_address
from kgzsl.ontology.toml import TomlError, parse_toml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Seen(_Strict):
    """Classifiers that are given: a layer, or labelled features to fit one on."""

    layer: str | None = None
    weights: str = "weights"
    bias: str | None = "bias"
    ids: str = "ids"
    features: str | None = None
    backbone: str | None = None


class Validation(_Strict):
    """Labelled features of seen classes, for early stopping and calibration."""

    features: str
    share: float = Field(1.0, gt=0, le=1)
    seed: int = 0


class Way(_Strict):
    """How a relation counts in propagation."""

    weight: float = Field(1.0, ge=0)
    direction: Literal["both", "along", "against"] = "both"


class Walks(_Strict):
    """Random walks over the graph and the skip-gram that reads them; see :class:`kgzsl.semantics.walks.WalkSource`."""

    dims: int = Field(default=100, ge=2, le=4096, description="of a vector; owl2vec's are twice as wide")
    walks: int = Field(default=10, ge=1, description="from each concept")
    length: int | None = Field(default=None, ge=2, description="concepts of a walk: 40, with owl2vec 5")
    p: float = Field(default=1.0, ge=1e-3, le=1e3, description="node2vec: against going back")
    q: float = Field(default=1.0, ge=1e-3, le=1e3, description="node2vec: against going on")
    window: int = Field(default=5, ge=1)
    negative: int = Field(default=5, ge=1)
    epochs: int = Field(default=2, ge=1)
    seed: int = Field(default=0, ge=0, lt=2**32)
    relations: dict[str, NonNegativeFloat] | None = Field(default=None, description="instead of the recipe's")


WALKS = ("deepwalk", "node2vec", "owl2vec")
READS = {"text": ("minilm", ("cache",)), "words": (None, ("text",)), "attributes": ("", ()),
         "walks": ("node2vec", ("walks",)), "table": (None, ("array",))}  # fmt: skip
"""Source of vectors → what it takes for ``model`` where nothing is said, and the other keys that it reads."""


class Vectors(_Strict):
    """What concepts mean."""

    source: Literal["text", "words", "attributes", "walks", "table"] = "text"
    model: str = Field(default="", validate_default=True)
    cache: str | None = None
    text: Literal["label", "names", "names and gloss"] | None = None
    array: str | None = None
    walks: Walks | None = None

    @field_validator("model")
    @classmethod
    def _named(cls, model: str, info: ValidationInfo) -> str:
        source = info.data.get("source", "text")
        usual = READS[source][0]
        if usual is None and not model:
            raise PydanticCustomError("model", f"name the file of the vectors: model = \"FILE\" (source = '{source}')")
        if source == "walks" and model and model not in WALKS:
            raise PydanticCustomError("model", f"no such walks; known are {', '.join(WALKS)}")
        return model or usual or ""

    @field_validator("cache", "text", "array", "walks")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        source = info.data.get("source", "text")
        if value is not None and info.field_name not in READS[source][1]:
            raise PydanticCustomError("unread", f"is not read where source = '{source}'")
        if isinstance(value, Walks) and (value.p, value.q) != (1, 1) and info.data.get("model") != "node2vec":
            raise PydanticCustomError("unread", "p and q are read by model = 'node2vec' only")
        return value


class Nearest(_Strict):
    """Derived edges from every concept to those whose descriptions are nearest by cosine."""

    neighbours: int = Field(10, ge=1)
    weight: float = Field(0.5, gt=0, description="of the nearest; the others fall with their cosine")
    width: float = Field(0.1, gt=0, description="cosine by which the weight falls to 1/e")


class Skos(_Strict):
    """What SKOS files mean; see :class:`kgzsl.graph.kinds.Reading`."""

    broader: Literal["parent", "relation"] = "parent"
    concepts: Literal["auto", "classes", "related"] = "auto"


class Learning(_Strict):
    """Which learner."""

    name: str = "gcn"
    seed: int = 0
    options: dict[str, Any] = {}


class Resolving(_Strict):
    """Scores → answers: adjusters by name (see `kgzsl adjusters`), or ``auto``, and their options by name."""

    adjusters: list[str] | Literal["auto"] = ["calibrated-stacking"]
    options: dict[str, dict[str, Any]] = {}
    folds: int = Field(default=3, ge=2, le=20, description="of seen classes: each is hidden once to rehearse on")


class Checking(_Strict):
    """What ``kgzsl check`` says: codes that are switched off, and SHACL files that are run too."""

    off: list[str] = []
    shapes: list[str] = []


class Recipe(_Strict):
    """A recipe; paths count from the folder of its file."""

    name: str
    ontologies: list[str] = Field(min_length=1)
    languages: list[str] = Field(default=["en"], description="of labels and glosses, the preferred first")
    skos: Skos = Skos()
    relations: dict[str, NonNegativeFloat | Way] = {"subClassOf": 1.0}
    nearest: Nearest | None = None
    vectors: Vectors = Vectors()
    seen: Seen = Seen()
    validation: Validation | None = None
    answers: Literal["seen and leaves", "all", "seen"] = "seen and leaves"
    learner: Learning = Learning()
    resolver: Resolving = Resolving()
    check: Checking = Checking()
    folder: str = "."

    @property
    def ways(self) -> dict[str, tuple[float, float]]:
        """Relation → weights along it and against it, less those that count nothing."""
        ways = {name: way if isinstance(way, Way) else Way(weight=way) for name, way in self.relations.items()}
        pairs = {name: (w.weight * (w.direction != "against"), w.weight * (w.direction != "along"))
                 for name, w in ways.items()}  # fmt: skip
        return {name: pair for name, pair in pairs.items() if any(pair)}

    @property
    def reading(self) -> Reading:
        """What is chosen about the meaning of facts."""
        languages = tuple(language.lower() for language in self.languages)
        return Reading(languages, self.skos.broader, self.skos.concepts)

    @property
    def sources(self) -> list[str]:
        """The ontologies as they can be read from here; addresses stay as they are."""
        return [o if is_address(o) else str(self.resolve(o)) for o in self.ontologies]

    def resolve(self, path: str) -> Path:
        """Return a path of the recipe as one that can be opened."""
        return Path(os.path.normpath(Path(self.folder) / path))


TABLES: dict[str, type[BaseModel]] = {
    "skos": Skos,
    "vectors": Vectors, "vectors.walks": Walks, "nearest": Nearest, "seen": Seen, "validation": Validation,
    "learner": Learning, "resolver": Resolving, "check": Checking,
}  # fmt: skip


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe.

    Raises:
        MissingFileError: no such file.
        RecipeError: not TOML (with its line), an unknown key (with the nearest known), or a wrong value.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("no such recipe", file=str(path), fix="`kgzsl demo` uses graphs/objects.toml")
    try:
        data, text = parse_toml(path.read_bytes())
    except TomlError as error:
        raise RecipeError(str(error), file=str(path), line=error.line) from None
    try:
        return Recipe(**{"name": path.stem, **data, "folder": str(path.parent)})
    except ValidationError as error:
        raise _explained(error.errors()[0], path, text) from None


def _explained(error: Any, path: Path, text: str) -> RecipeError:
    keys = [str(part) for part in error["loc"]]
    place, key = ".".join(keys), keys[-1]
    line = _line(keys, text)
    if error["type"] != "extra_forbidden":
        return RecipeError(f"'{place}': {error['msg'].lower()}", file=str(path), line=line, value=error.get("input"))
    known = _fields(keys[:-1])
    near = suggest(key, known)
    fix = f"did you mean '{near}'?" if near else f"known are {', '.join(known)}"
    return RecipeError(f"unknown key '{place}'", file=str(path), line=line, value=key, fix=fix)


def _line(keys: list[str], text: str) -> int | None:
    """Return the line of a key in its table, else of one that is spelt the same, else of the table."""
    at, found = "", dict[str, int]()
    for n, row in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([^\[\]]+)\]", row)
        at = header[1].strip() if header else at
        stated = re.match(r"\s*([\w\"'.-]+)\s*=", row)
        key = f"{at}.{stated[1]}".lstrip(".") if stated else at if header else ""
        found.setdefault(key, n)
        found.setdefault(key.rpartition(".")[2], n)
    return next((found[key] for key in (".".join(keys), keys[-1], ".".join(keys[:-1])) if key in found), None)


def _fields(inside: list[str]) -> list[str]:
    model = (TABLES.get(".".join(inside)) or TABLES.get(inside[0], Recipe)) if inside else Recipe
    return [name for name in model.model_fields if name != "folder"]
