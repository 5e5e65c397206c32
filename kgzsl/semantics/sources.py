"""Catalogue of vector sources: name in a recipe → how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from kgzsl.graph.recipe import Recipe, Walks
from kgzsl.semantics.space import VectorSource

SOURCES = {
    "text": "kgzsl.semantics.text.TextSource",
    "words": "kgzsl.semantics.words.WordSource",
    "attributes": "kgzsl.semantics.attributes.AttributeSource",
    "walks": "kgzsl.semantics.walks.WalkSource",
    "table": "kgzsl.semantics.table.TableSource",
}


def make_source(recipe: Recipe, cached: bool = True) -> VectorSource:
    """Return the vector source that a recipe asks for.

    Args:
        recipe: see above.
        cached: False where a bundle restores it: files that it was made from are opened when they are needed.

    Raises:
        MissingFileError, RecipeError: its cache, word vectors or table are missing or of another kind.
    """
    module, _, name = SOURCES[recipe.vectors.source].rpartition(".")
    made: VectorSource = getattr(import_module(module), name)(*ARGUMENTS[recipe.vectors.source](recipe, cached))
    return made


def _text(recipe: Recipe, cached: bool) -> tuple[Any, ...]:
    about = recipe.vectors
    return about.model, recipe.resolve(about.cache) if about.cache and cached else None


def _words(recipe: Recipe, cached: bool) -> tuple[Any, ...]:
    return recipe.resolve(recipe.vectors.model), recipe.vectors.text or "names and gloss", not cached


def _walks(recipe: Recipe, _: bool) -> tuple[Any, ...]:
    options = recipe.vectors.walks or Walks()
    own = options.relations
    return recipe.vectors.model, options, recipe.ways if own is None else {name: (w, w) for name, w in own.items()}


def _table(recipe: Recipe, cached: bool) -> tuple[Any, ...]:
    return recipe.resolve(recipe.vectors.model), recipe.vectors.array or "vectors", not cached


ARGUMENTS: Mapping[str, Callable[[Recipe, bool], tuple[Any, ...]]] = {
    "text": _text, "words": _words, "attributes": lambda *_: (), "walks": _walks, "table": _table,
}  # fmt: skip
"""Name in a recipe → what its class is made with."""
