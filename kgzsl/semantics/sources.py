"""Catalogue of vector sources: name in a recipe → how it is made."""

from __future__ import annotations

from kgzsl.graph.recipe import Recipe
from kgzsl.semantics.space import VectorSource

SOURCES = {
    "text": "kgzsl.semantics.text.TextSource",
    "words": "kgzsl.semantics.words.WordSource",
    "attributes": "kgzsl.semantics.attributes.AttributeSource",
}


def make_source(recipe: Recipe, cached: bool = True) -> VectorSource:
    """Return the vector source that a recipe asks for, with its cache or without.

    Raises:
        MissingFileError, RecipeError: its cache or word vectors are missing or of another model.
    """
    vectors = recipe.vectors
    if vectors.source == "attributes":
        from kgzsl.semantics.attributes import AttributeSource

        return AttributeSource()
    if vectors.source == "words":
        from kgzsl.semantics.words import WordSource

        return WordSource(recipe.resolve(vectors.model))
    from kgzsl.semantics.text import TextSource

    return TextSource(vectors.model, recipe.resolve(vectors.cache) if vectors.cache and cached else None)
