"""Where the bundled recipes and ontologies are: in the checkout, or inside the installed package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def bundled(path: str | Path) -> Path:
    """Return ``path`` where it exists, else the bundled file of that name (``graphs/objects.toml``), else ``path``."""
    path = Path(path)
    roots = (PACKAGE / "_data", PACKAGE.parent)
    places = [path] if path.is_absolute() or path.exists() else [root / path for root in roots]
    return next((place for place in places if place.exists()), path)
